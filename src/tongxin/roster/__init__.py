# SPDX-License-Identifier: AGPL-3.0-only
"""Lists that people keep: the attestor's roster, the treasurer's contributions and receipts.

Nothing here talks to a chain, and nothing of a roster but tags, wallets and classes is ever to leave the attestor.
"""

from tongxin.roster.batches import Batch, plan_batches
from tongxin.roster.contributions import Contribution, ContributionReport, read_contributions
from tongxin.roster.decoding import RosterFileError
from tongxin.roster.event_names import EventName, EventNameError
from tongxin.roster.events import EventClaim, EventKey, EventRegister, EventRegisterError, EventUsedError
from tongxin.roster.members import RosterReport, RosterRow, read_roster
from tongxin.roster.problems import Problem, ProblemKind
from tongxin.roster.receipts import (
    Purchase,
    Receipt,
    Receipts,
    ReceiptsError,
    TopUpPlan,
    read_plan,
    read_receipts,
    write_plan,
    write_receipts,
)
from tongxin.roster.sealed import Opener, SealedFileError, Sealer, destroy_plain, is_sealed, seal_file
from tongxin.roster.tags import TagKey, TagKeyError, normalise_id_number

__all__ = [
    "Batch",
    "Contribution",
    "ContributionReport",
    "EventClaim",
    "EventKey",
    "EventName",
    "EventNameError",
    "EventRegister",
    "EventRegisterError",
    "EventUsedError",
    "Opener",
    "Problem",
    "ProblemKind",
    "Purchase",
    "Receipt",
    "Receipts",
    "ReceiptsError",
    "RosterFileError",
    "RosterReport",
    "RosterRow",
    "SealedFileError",
    "Sealer",
    "TagKey",
    "TagKeyError",
    "TopUpPlan",
    "destroy_plain",
    "is_sealed",
    "normalise_id_number",
    "plan_batches",
    "read_contributions",
    "read_plan",
    "read_receipts",
    "read_roster",
    "seal_file",
    "write_plan",
    "write_receipts",
]
