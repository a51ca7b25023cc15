# SPDX-License-Identifier: AGPL-3.0-only
"""The demo: a mutual from its charter and roster to paid claims and an audit, on a real local chain."""

from tongxin.demo.errors import DemoError
from tongxin.demo.play import run
from tongxin.demo.result import Band, DemoResult

__all__ = ["Band", "DemoError", "DemoResult", "run"]
