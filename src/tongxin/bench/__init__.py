# SPDX-License-Identifier: AGPL-3.0-only
"""The bench: what each act costs, from the receipts of real transactions on a local chain of its own."""

from tongxin.bench.course import LEAST_MEMBERS, gas
from tongxin.bench.crowd import LEAST_MEMBERS as LEAST_CROWD
from tongxin.bench.errors import BenchError
from tongxin.bench.evidence import Run, measure, size_of, written
from tongxin.bench.figures import CONDITIONS, FIGURES, Figure
from tongxin.bench.scale import measure_scale
from tongxin.bench.scale_figures import SCALE_FIGURES, ScaleFigure, Wish
from tongxin.bench.snapshot import Change, compare, read, repeatable, write

__all__ = [
    "CONDITIONS",
    "FIGURES",
    "LEAST_CROWD",
    "LEAST_MEMBERS",
    "SCALE_FIGURES",
    "BenchError",
    "Change",
    "Figure",
    "Run",
    "ScaleFigure",
    "Wish",
    "compare",
    "gas",
    "measure",
    "measure_scale",
    "read",
    "repeatable",
    "size_of",
    "write",
    "written",
]
