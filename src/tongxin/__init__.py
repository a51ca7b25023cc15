# SPDX-License-Identifier: AGPL-3.0-only
"""Tongxin: mutual aid whose money nobody holds."""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("tongxin")
