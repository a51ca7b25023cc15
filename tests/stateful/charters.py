# SPDX-License-Identifier: AGPL-3.0-only
"""What the three mutuals of the stateful tests have in common."""

from __future__ import annotations

from typing import Any

from contracts.mutual import SPACING, account
from stateful.claims import INVESTIGATOR
from stateful.twin import ATTESTORS
from tongxin.charter.numbers import BenefitNumbers
from tongxin.units import DAY
from tongxin.words import BenefitKind

LEVELS = (1_000, 2_500, 4_000, 5_000, 7_500, 9_000, 10_000)
BENEFITS = (
    BenefitNumbers(BenefitKind.LUMP_SUM, LEVELS, 0, 2, 10 * DAY, (4 * 10**7, 6 * 10**7, 2 * 10**7), (30 * DAY,) * 3),
    BenefitNumbers(BenefitKind.REIMBURSEMENT, LEVELS, 10**6, 0, 0, (2 * 10**7, 10**7, 3 * 10**7), (DAY,) * 3),
    BenefitNumbers(BenefitKind.CONTRIBUTION_REFUND, LEVELS, 0, 0, 0, (10**6,) * 3, (60 * DAY,) * 3),
)
COMMON: dict[str, Any] = {
    "benefits": BENEFITS,
    "min_runway": 20,
    "max_runway": 120,
    "round_cap": 20 * SPACING,
    "year_cap": 60 * SPACING,
    "fee": 777,
    "call_margin": 500,
    "carries": 1,
    "panel_size": 3,
    "threshold": 5_000,
    "strict": True,
    "juror_pay": 10**5,
    "juror_bond": 10**6,
    "lot_delay": 3,
    "waiver": True,
    "investigator": INVESTIGATOR.address,
    "investigator_fee": 3 * 10**5,
    "investigation_time": DAY,
    "entry_fee": 12_345,
    "inviters": 2,
    "open_quorum_heads": 2,
    "open_quorum_bps": 1_000,
    "steward": account("steward").address,
}

LIFE: dict[str, Any] = COMMON | {
    "newcomer": 3 * DAY,
    "minimum_members": 20,
    "founding_deadline": 90 * DAY,
    "floor_heads": 20,
    "proposal_pause": 7 * DAY,
    "ladder": ((10 * DAY, 5_000), (60 * DAY, 10_000)),
    "attestors": tuple(sorted((account(name).address for name in ATTESTORS[:2]), key=lambda one: int(one, 16))),
}
"""What the machines of a mutual's whole life have in common besides."""
