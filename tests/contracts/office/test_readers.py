# SPDX-License-Identifier: AGPL-3.0-only
"""Who may read a member's documents, on record (R-124), and under which key a member reads (R-125)."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from support.hearing import DAY, NO_BYTES, NOBODY, Mutual, Rules, bits, refused, roll

DOCUMENT, READER, GRANT = (keccak(text=text) for text in ("document", "reader", "grant"))
GATHERING = Rules(minimum_members=100, founding_deadline=60 * DAY)


def with_contacts(mutual: Mutual) -> list[str]:
    """The wallet and two contacts; `wallets[3]` is the beneficiary."""
    first, second, paid = mutual.wallets[1:4]
    mutual.office.set_contacts(mutual.ids[0], first, second, paid, sender=mutual.wallets[0])
    return [mutual.wallets[0], first, second]


def test_the_wallet_and_contacts_authorise_and_revoke(mutual: Mutual) -> None:
    office, member_id = mutual.office, mutual.ids[0]
    record = mutual.fund.members(member_id)
    for actor in (mutual.wallets[0], *with_contacts(mutual)[1:]):
        office.authorise(member_id, DOCUMENT, READER, GRANT, sender=actor)
        said = mutual.event("Authorised", office)
        assert (said.member_id, said.document, said.reader, said.grant) == (member_id, DOCUMENT, READER, GRANT)
        assert said.actor == actor
        office.revoke(member_id, DOCUMENT, READER, sender=actor)
        said = mutual.event("Revoked", office)
        assert (said.member_id, said.document, said.reader, said.actor) == (member_id, DOCUMENT, READER, actor)
    assert mutual.fund.members(member_id) == record | 32


def test_nobody_else_authorises_or_revokes(mutual: Mutual) -> None:
    with_contacts(mutual)
    strangers = [mutual.wallets[3], mutual.wallets[4], mutual.attestor.address, mutual.keeper]
    for member_id in (mutual.ids[0], keccak(text="nobody")):
        for actor in strangers:
            with refused("office: not the wallet or a contact"):
                mutual.office.authorise(member_id, DOCUMENT, READER, GRANT, sender=actor)
            with refused("office: not the wallet or a contact"):
                mutual.office.revoke(member_id, DOCUMENT, READER, sender=actor)
    mutual.office.set_contacts(mutual.ids[0], NOBODY, NOBODY, NOBODY, sender=mutual.wallets[0])
    with refused("office: not the wallet or a contact"):
        mutual.office.revoke(mutual.ids[0], DOCUMENT, READER, sender=mutual.wallets[1])


def test_no_hash_is_empty(mutual: Mutual) -> None:
    for place in range(3):
        hashes = [NO_BYTES if at == place else one for at, one in enumerate((DOCUMENT, READER, GRANT))]
        with refused("office: hash missing"):
            mutual.office.authorise(mutual.ids[0], *hashes, sender=mutual.wallets[0])
    for hashes in ([NO_BYTES, READER], [DOCUMENT, NO_BYTES]):
        with refused("office: hash missing"):
            mutual.office.revoke(mutual.ids[0], *hashes, sender=mutual.wallets[0])


def test_a_wallet_announces_replaces_and_withdraws_its_reader_key(mutual: Mutual) -> None:
    office, member_id, wallet = mutual.office, mutual.ids[0], mutual.wallets[0]
    for kind, key in ((1, READER), (2, DOCUMENT), (0, NO_BYTES)):
        office.announce_key(member_id, kind, key, sender=wallet)
        said = mutual.event("ReaderKeyAnnounced", office)
        assert (said.member_id, said.kind, said.public_key) == (member_id, kind, key)
    with refused("office: no such kind of key"):
        office.announce_key(member_id, 3, READER, sender=wallet)
    for kind, key in ((0, READER), (1, NO_BYTES), (2, NO_BYTES)):
        with refused("office: key and kind do not go together"):
            office.announce_key(member_id, kind, key, sender=wallet)


def test_a_contact_announces_no_reader_key(mutual: Mutual) -> None:
    for actor in (with_contacts(mutual)[1], mutual.keeper):
        with refused("office: not the member's wallet"):
            mutual.office.announce_key(mutual.ids[0], 1, READER, sender=actor)


def test_a_replaced_wallet_has_no_say_any_more(mutual: Mutual) -> None:
    mutual.office.replace_wallet(mutual.ids[0], mutual.wallets[4], sender=mutual.wallets[0])
    with refused("office: not the wallet or a contact"):
        mutual.office.revoke(mutual.ids[0], DOCUMENT, READER, sender=mutual.wallets[0])
    mutual.office.revoke(mutual.ids[0], DOCUMENT, READER, sender=mutual.wallets[4])


def test_who_left_still_revokes_and_reads(mutual: Mutual) -> None:
    actors = with_contacts(mutual)
    mutual.fund.leave(mutual.ids[0], sender=mutual.wallets[0])
    roll(seconds=mutual.rules.leave_notice + DAY)
    mutual.fund.refund(mutual.ids[0])
    assert bits(mutual.fund.members(mutual.ids[0]), 0, 8) & 128
    for actor in actors:
        mutual.office.revoke(mutual.ids[0], DOCUMENT, READER, sender=actor)
        mutual.office.authorise(mutual.ids[0], DOCUMENT, READER, GRANT, sender=actor)
    mutual.office.announce_key(mutual.ids[0], 1, READER, sender=actors[0])


@pytest.mark.parametrize("rules", [GATHERING])
def test_whose_record_was_erased_has_no_contacts_any_more(mutual: Mutual) -> None:
    actors = with_contacts(mutual)
    mutual.fund.step_back(mutual.ids[0], sender=mutual.wallets[0])
    assert mutual.office.contacts(mutual.ids[0])[0] == actors[1]
    for actor in actors:
        with refused("office: not the wallet or a contact"):
            mutual.office.authorise(mutual.ids[0], DOCUMENT, READER, GRANT, sender=actor)
