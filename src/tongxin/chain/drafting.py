# SPDX-License-Identifier: AGPL-3.0-only
"""Preparing a new version of a charter, step by step, from its document (R-90, R-91).

Every step has its purpose in the sender's journal, so that preparing that was interrupted goes on where it stopped.
"""

from __future__ import annotations

from tongxin.chain.charter import Charter
from tongxin.chain.events import Drafted
from tongxin.chain.founding import Progress, quiet
from tongxin.chain.transactions import Sender
from tongxin.charter import EncodedCharter

__all__ = ["prepare_version"]


def prepare_version(
    sender: Sender, charter: Charter, rules: EncodedCharter, *, label: str = "", progress: Progress = quiet
) -> int:
    """Stores, seals and publishes a draft of the next version, ready to be proposed.

    Benefits are stored anew only if they differ from the newest version's.

    Args:
        sender: Takes all the steps; having drafted gives no power.
        charter: The mutual's.
        rules: The whole of the new rules, from `tongxin.charter.encode`.
        label: Tells two drafts of the same rules apart; under the same label preparing goes on where it stopped.
        progress: Called with the name of each step before it.

    Returns:
        The draft's slot.

    Raises:
        Reverted: The chain refuses the rules: out of bounds, too large a step, a field that is fixed for ever.
        TransactionError, EndpointError, SignerError, JournalError: As `Sender.send`; call again to go on.
    """
    newest = charter.latest()
    kept = charter.words(newest)
    own = (kept.benefits, kept.entitlements) != (rules.words.benefits, rules.words.entitlements)
    prefix = f"draft {charter.address} after {newest} {rules.document_hash.hex()} {label}".rstrip()
    progress("draft")
    slot = sender.send(charter.draft(rules.terms(), own_benefits=own), f"{prefix}: draft").one(Drafted).slot
    if own:
        for first, benefits, entitlements in rules.benefit_batches():
            progress(f"benefits from {first}")
            action = charter.add_benefits(slot, first, benefits, entitlements)
            sender.send(action, f"{prefix}: benefits {first}")
    progress("seal")
    sender.send(charter.seal(slot), f"{prefix}: seal")
    progress("document")
    sender.send(charter.publish(slot, rules.document), f"{prefix}: document")
    return slot
