# SPDX-License-Identifier: AGPL-3.0-only
"""How long the state machines run: `ci` in `make test`, `mutation` on each mutant, `deep` in `make deep`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

CHECKS = tuple(HealthCheck)
settings.register_profile("ci", max_examples=60, deadline=None, suppress_health_check=CHECKS, derandomize=True)
settings.register_profile("mutation", max_examples=10, deadline=None, suppress_health_check=CHECKS, derandomize=True)
settings.register_profile("deep", max_examples=1_000, deadline=None, suppress_health_check=CHECKS)
settings.register_profile(
    "quick",
    max_examples=60,
    deadline=None,
    suppress_health_check=CHECKS,
    derandomize=True,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
