# SPDX-License-Identifier: AGPL-3.0-only
"""The bench: what each act costs, from the receipts of real transactions on a local chain of its own."""

from tongxin.bench.course import LEAST_MEMBERS, gas
from tongxin.bench.errors import BenchError
from tongxin.bench.evidence import Run, measure, size_of, written
from tongxin.bench.figures import CONDITIONS, FIGURES, Figure
from tongxin.bench.snapshot import Change, compare, read, repeatable, write

__all__ = [
    "CONDITIONS",
    "FIGURES",
    "LEAST_MEMBERS",
    "BenchError",
    "Change",
    "Figure",
    "Run",
    "compare",
    "gas",
    "measure",
    "read",
    "repeatable",
    "size_of",
    "write",
    "written",
]
