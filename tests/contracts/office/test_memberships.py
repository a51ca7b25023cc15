# SPDX-License-Identifier: AGPL-3.0-only
"""What the Office decides itself: contacts (R-48), wallets (R-47), classes (R-44), other admission (R-38)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from support.founding import CHARTERS, REMAINDER, STEWARD, deploy_founder, fund_at
from support.hearing import BEYOND, DAY, HOUR, NO_PAYMENT, NOBODY, Mutual, bits, now, refused, roll
from support.signing import sign
from support.sources import source
from tongxin.charter import encode, parse_charter

ATTESTOR = Account.from_key(b"\x72" * 32)
NEW = Account.from_key(b"\x71" * 32)


def wallet_of(mutual: Mutual, member_id: bytes) -> str:
    return f"0x{mutual.fund.members(member_id) >> 96:040x}"


def status(mutual: Mutual, member_id: bytes) -> int:
    return bits(mutual.fund.members(member_id), 0, 8)


def change(
    mutual: Mutual, struct: str, signer: LocalAccount | None = None, **message: Any
) -> tuple[int, int, list[bytes]]:
    """An attestor's signed change: issued, expiry, signatures."""
    issued, expiry = now() - 1, now() + 60 * DAY
    message = {**message, "issued": issued, "expiry": expiry}
    signature = sign(signer or mutual.attestor, "Tongxin Office", mutual.office.address, struct, message)
    return issued, expiry, [signature]


def propose(mutual: Mutual, wallet: str = NEW.address) -> tuple[Any, ...]:
    proposal = change(mutual, "WalletChange", member_id=mutual.ids[0], wallet=wallet)
    mutual.office.propose_wallet(mutual.ids[0], wallet, *proposal)
    return proposal


class TestContacts:
    def test_the_wallet_names_and_unnames_them(self, mutual: Mutual) -> None:
        office, member_id, wallet = mutual.office, mutual.ids[0], mutual.wallets[0]
        office.set_contacts(member_id, mutual.wallets[1], NOBODY, NEW.address, sender=wallet)
        assert office.contacts(member_id) == (mutual.wallets[1], NOBODY, NEW.address)
        assert status(mutual, member_id) & 32
        office.set_contacts(member_id, NOBODY, NOBODY, NOBODY, sender=wallet)
        assert office.contacts(member_id) == (NOBODY, NOBODY, NOBODY)
        assert not status(mutual, member_id) & 32

    def test_nobody_else_names_them(self, mutual: Mutual) -> None:
        for stranger in (mutual.wallets[1], mutual.attestor.address):
            with refused("office: not the member's wallet"):
                mutual.office.set_contacts(mutual.ids[0], stranger, NOBODY, stranger, sender=stranger)

    def test_a_contact_files_for_the_beneficiary(self, mutual: Mutual) -> None:
        named = (mutual.wallets[1], NOBODY, NEW.address)
        mutual.office.set_contacts(mutual.ids[0], *named, sender=mutual.wallets[0])
        filed = mutual.file(0, sender=mutual.wallets[1])
        assert filed.claim[2:4] == (mutual.wallets[1], NEW.address)


class TestWallets:
    def test_a_wallet_replaces_itself_at_once_and_stays_accepted(self, mutual: Mutual) -> None:
        mutual.office.replace_wallet(mutual.ids[0], NEW.address, sender=mutual.wallets[0])
        assert wallet_of(mutual, mutual.ids[0]) == NEW.address.lower()
        assert status(mutual, mutual.ids[0]) & 2
        with refused("office: not the member's wallet"):
            mutual.office.replace_wallet(mutual.ids[0], mutual.wallets[0], sender=mutual.wallets[0])

    def test_a_proposed_wallet_takes_over_after_thirty_days_without_acceptance(self, mutual: Mutual) -> None:
        propose(mutual)
        roll(seconds=30 * DAY - 1)
        with refused("office: the veto time is not over"):
            mutual.office.complete_wallet(mutual.ids[0])
        roll(seconds=1)
        mutual.office.complete_wallet(mutual.ids[0], sender=mutual.keeper)
        assert wallet_of(mutual, mutual.ids[0]) == NEW.address.lower()
        assert not status(mutual, mutual.ids[0]) & 2
        with refused("office: no wallet was proposed"):
            mutual.office.complete_wallet(mutual.ids[0])

    def test_the_wallet_or_a_contact_vetoes_and_the_proposal_is_spent(self, mutual: Mutual) -> None:
        mutual.office.set_contacts(mutual.ids[0], NOBODY, mutual.wallets[1], NOBODY, sender=mutual.wallets[0])
        for who in (mutual.wallets[0], mutual.wallets[1]):
            proposal = propose(mutual)
            with refused("office: not the wallet or a contact"):
                mutual.office.veto_wallet(mutual.ids[0], sender=mutual.wallets[2])
            mutual.office.veto_wallet(mutual.ids[0], sender=who)
            with refused("office: no wallet was proposed"):
                mutual.office.veto_wallet(mutual.ids[0], sender=who)
            with refused("office: a later proposal exists"):
                mutual.office.propose_wallet(mutual.ids[0], NEW.address, *proposal)
            roll(seconds=30 * DAY)
            with refused("office: no wallet was proposed"):
                mutual.office.complete_wallet(mutual.ids[0])

    def test_a_wallet_that_replaces_itself_ends_a_proposal(self, mutual: Mutual) -> None:
        propose(mutual)
        mutual.office.replace_wallet(mutual.ids[0], mutual.wallets[1], sender=mutual.wallets[0])
        roll(seconds=31 * DAY)
        with refused("office: no wallet was proposed"):
            mutual.office.complete_wallet(mutual.ids[0])

    def test_only_attestors_propose_in_time(self, mutual: Mutual) -> None:
        member_id, office = mutual.ids[0], mutual.office
        by_member = change(mutual, "WalletChange", mutual.keys[1], member_id=member_id, wallet=NEW.address)
        with refused("office: not an attestor's signature"):
            office.propose_wallet(member_id, NEW.address, *by_member)
        issued, expiry, signatures = change(mutual, "WalletChange", member_id=member_id, wallet=NEW.address)
        with refused("office: too few attestors"):
            office.propose_wallet(member_id, NEW.address, issued, expiry, [])
        with refused("office: not an attestor's signature"):
            office.propose_wallet(member_id, NEW.address, issued, expiry, signatures * 2)
        with refused("office: no such member"):
            office.propose_wallet(keccak(text="nobody"), NEW.address, issued, expiry, signatures)
        with refused("office: wallet missing"):
            office.propose_wallet(member_id, NOBODY, issued, expiry, signatures)
        roll(seconds=-10)
        with refused("office: the change is of the future"):
            office.propose_wallet(member_id, NEW.address, issued, expiry, signatures)
        roll(seconds=61 * DAY)
        with refused("office: the change has expired"):
            office.propose_wallet(member_id, NEW.address, issued, expiry, signatures)


class TestClasses:
    def test_more_shares_at_once_for_the_price(self, mutual: Mutual) -> None:
        before, balance = mutual.balance(mutual.wallets[0]), mutual.fund.balance_of(mutual.ids[0])
        signed = change(mutual, "ClassChange", member_id=mutual.ids[0], class_id=1)
        mutual.office.change_class(mutual.ids[0], 1, *signed, sender=mutual.wallets[0])
        assert bits(mutual.fund.members(mutual.ids[0]), 8, 16) == 1
        assert before - mutual.balance(mutual.wallets[0]) == balance
        assert mutual.fund.balance_of(mutual.ids[0]) == 2 * balance

    def test_fewer_shares_after_the_leaving_notice_with_the_difference_back(self, mutual: Mutual) -> None:
        mutual._enrol([keccak(text="double")], [NEW.address], 1)
        member_id = keccak(text="double")
        balance = mutual.fund.balance_of(member_id)
        signed = change(mutual, "ClassChange", member_id=member_id, class_id=0)
        mutual.office.change_class(member_id, 0, *signed, sender=NEW.address)
        assert bits(mutual.fund.members(member_id), 8, 16) == 1
        roll(seconds=mutual.rules.leave_notice - 1)
        with refused("office: the notice is not over"):
            mutual.office.apply_class(member_id)
        roll(seconds=1)
        mutual.office.apply_class(member_id, sender=mutual.keeper)
        assert bits(mutual.fund.members(member_id), 8, 16) == 0
        assert mutual.balance(NEW.address) == balance // 2
        with refused("office: no class was requested"):
            mutual.office.apply_class(member_id)

    def test_a_later_change_takes_the_place_of_a_request(self, mutual: Mutual) -> None:
        mutual._enrol([keccak(text="double")], [NEW.address], 1)
        member_id = keccak(text="double")
        mutual.office.change_class(
            member_id, 0, *change(mutual, "ClassChange", member_id=member_id, class_id=0), sender=NEW.address
        )
        mutual.office.change_class(
            member_id, 1, *change(mutual, "ClassChange", member_id=member_id, class_id=1), sender=NEW.address
        )
        roll(seconds=mutual.rules.leave_notice)
        with refused("office: no class was requested"):
            mutual.office.apply_class(member_id)

    def test_a_change_is_used_once(self, mutual: Mutual) -> None:
        signed = change(mutual, "ClassChange", member_id=mutual.ids[0], class_id=1)
        mutual.office.change_class(mutual.ids[0], 1, *signed, sender=mutual.wallets[0])
        with refused("office: the change was used"):
            mutual.office.change_class(mutual.ids[0], 1, *signed, sender=mutual.wallets[0])

    def test_a_change_long_ago_is_no_obstacle_to_a_request(self, mutual: Mutual) -> None:
        up = change(mutual, "ClassChange", member_id=mutual.ids[0], class_id=1)
        mutual.office.change_class(mutual.ids[0], 1, *up, sender=mutual.wallets[0])
        roll(seconds=mutual.rules.filing_window + 2 * HOUR)
        down = change(mutual, "ClassChange", member_id=mutual.ids[0], class_id=0)
        mutual.office.change_class(mutual.ids[0], 0, *down, sender=mutual.wallets[0])
        assert mutual.office.pending_class(mutual.ids[0]) >> 200 > 0

    def test_who_leaves_or_has_just_changed_requests_nothing(self, mutual: Mutual) -> None:
        up = change(mutual, "ClassChange", member_id=mutual.ids[0], class_id=1)
        mutual.office.change_class(mutual.ids[0], 1, *up, sender=mutual.wallets[0])
        down = change(mutual, "ClassChange", member_id=mutual.ids[0], class_id=0)
        with refused("office: changed too recently"):
            mutual.office.change_class(mutual.ids[0], 0, *down, sender=mutual.wallets[0])
        mutual._enrol([keccak(text="double")], [NEW.address], 1)
        member_id = keccak(text="double")
        down = change(mutual, "ClassChange", member_id=member_id, class_id=0)
        mutual.fund.leave(member_id, sender=NEW.address)
        with refused("office: already leaving"):
            mutual.office.change_class(member_id, 0, *down, sender=NEW.address)
        roll(seconds=mutual.rules.leave_notice + HOUR)
        mutual.fund.refund(member_id)
        with refused("office: not in force"):
            mutual.office.change_class(member_id, 0, *down, sender=NEW.address)

    def test_only_with_the_wallets_consent_and_an_attestors_signature(self, mutual: Mutual) -> None:
        signed = change(mutual, "ClassChange", member_id=mutual.ids[0], class_id=1)
        with refused("office: not the member's wallet"):
            mutual.office.change_class(mutual.ids[0], 1, *signed, sender=mutual.attestor.address)
        with refused("office: not an attestor's signature"):
            mutual.office.change_class(mutual.ids[0], 0, *signed, sender=mutual.wallets[0])
        missing = change(mutual, "ClassChange", member_id=mutual.ids[0], class_id=2)
        with refused("office: no such class"):
            mutual.office.change_class(mutual.ids[0], 2, *missing, sender=mutual.wallets[0])
        beyond = change(mutual, "ClassChange", member_id=mutual.ids[0], class_id=40)
        with refused("office: no such class"):
            mutual.office.change_class(mutual.ids[0], 40, *beyond, sender=mutual.wallets[0])


class TestVersions:
    """The Office follows the version in force."""

    def test_attestors_are_those_of_the_version_in_force(self, mutual: Mutual) -> None:
        roll(seconds=20 * DAY)
        arguments: dict[str, Any] = {"member_id": mutual.ids[0], "class_id": 1}
        by_old = change(mutual, "ClassChange", **arguments)
        by_new = change(mutual, "ClassChange", ATTESTOR, **arguments)
        with refused("office: not an attestor's signature"):
            mutual.office.change_class(mutual.ids[0], 1, *by_new, sender=mutual.wallets[0])
        mutual.amend(mutual.rules, attestors=[ATTESTOR.address])
        with refused("office: not an attestor's signature"):
            mutual.office.change_class(mutual.ids[0], 1, *by_old, sender=mutual.wallets[0])
        mutual.office.change_class(mutual.ids[0], 1, *by_new, sender=mutual.wallets[0])
        assert bits(mutual.fund.members(mutual.ids[0]), 8, 16) == 1

    def test_a_class_exists_from_its_version_on(self, mutual: Mutual) -> None:
        roll(seconds=20 * DAY)
        signed = change(mutual, "ClassChange", member_id=mutual.ids[0], class_id=2)
        with refused("office: no such class"):
            mutual.office.change_class(mutual.ids[0], 2, *signed, sender=mutual.wallets[0])
        mutual.amend(replace(mutual.rules, classes=(1000, 2000, 3000)))
        mutual.office.change_class(mutual.ids[0], 2, *signed, sender=mutual.wallets[0])
        member = mutual.fund.members(mutual.ids[0])
        assert (bits(member, 8, 16), bits(member, 44, 24)) == (2, 3000)

    def test_a_decrease_waits_for_the_notice_in_force_at_its_request(self, mutual: Mutual) -> None:
        mutual._enrol([keccak(text="double")], [NEW.address], 1)
        member_id = keccak(text="double")
        roll(seconds=20 * DAY)
        down = change(mutual, "ClassChange", member_id=member_id, class_id=0)
        mutual.office.change_class(member_id, 0, *down, sender=NEW.address)
        applies_at = now() + mutual.rules.leave_notice
        mutual.amend(replace(mutual.rules, leave_notice=37 * DAY))
        roll(seconds=applies_at - now())
        mutual.office.apply_class(member_id)
        assert bits(mutual.fund.members(member_id), 8, 16) == 0

    def test_inviters_follow_the_version_in_force(self, mutual: Mutual) -> None:
        mutual.purse(NEW.address)
        roll(seconds=31 * DAY)
        joined = bits(mutual.fund.members(mutual.ids[1]), 24, 20) * HOUR
        mutual.amend(replace(mutual.rules, newcomer=7 * DAY, inviters=2))
        assert now() - joined > 7 * DAY
        fields = dict(
            zip(
                ("member_id", "wallet", "class_id", "issued", "expiry"),
                (keccak(text="invited"), NEW.address, 0, now() - 1, now() + DAY),
                strict=True,
            )
        )
        signatures = [sign(key, "Tongxin Fund", mutual.fund.address, "Attestation", fields) for key in mutual.keys[1:3]]
        with refused("office: too few inviters"):
            mutual.office.admit_invited(
                tuple(fields.values()), mutual.ids[1:2], signatures[:1], 300, mutual.hash, NO_PAYMENT,
                sender=NEW.address,
            )  # fmt: skip
        arguments = (tuple(fields.values()), mutual.ids[1:3], signatures, 300)
        with refused("fund: not the charter in force"):
            mutual.office.admit_invited(*arguments, mutual.charter.charter_hash(1), NO_PAYMENT, sender=NEW.address)
        mutual.office.admit_invited(*arguments, mutual.hash, NO_PAYMENT, sender=NEW.address)
        other = Account.from_key(b"\x73" * 32)
        mutual.purse(other.address)
        # The newest member may not invite yet.
        fields |= {"member_id": keccak(text="second"), "wallet": other.address}
        signatures = [
            sign(key, "Tongxin Fund", mutual.fund.address, "Attestation", fields) for key in (NEW, *mutual.keys[1:2])
        ]
        roll(seconds=2 * HOUR)
        with refused("office: an inviter is a newcomer"):
            mutual.office.admit_invited(
                tuple(fields.values()), [keccak(text="invited"), mutual.ids[1]], signatures, 300, mutual.hash,
                NO_PAYMENT, sender=other.address,
            )  # fmt: skip


class TestWindDown:
    def test_no_class_changes_any_more(self, mutual: Mutual) -> None:
        mutual._enrol([keccak(text="double")], [NEW.address], 1)
        member_id = keccak(text="double")
        down = change(mutual, "ClassChange", member_id=member_id, class_id=0)
        mutual.office.change_class(member_id, 0, *down, sender=NEW.address)
        mutual.fund.wind_down(sender=mutual.assembly.address)
        up = change(mutual, "ClassChange", member_id=mutual.ids[0], class_id=1)
        with refused("fund: no class change now"):
            mutual.office.change_class(mutual.ids[0], 1, *up, sender=mutual.wallets[0])
        roll(seconds=1)
        again = change(mutual, "ClassChange", member_id=member_id, class_id=0)
        with refused("office: the mutual is winding down"):
            mutual.office.change_class(member_id, 0, *again, sender=NEW.address)
        roll(seconds=mutual.rules.leave_notice)
        with refused("fund: no class change now"):
            mutual.office.apply_class(member_id)

    def test_wallets_and_contacts_still_change(self, mutual: Mutual) -> None:
        mutual.fund.wind_down(sender=mutual.assembly.address)
        mutual.office.set_contacts(mutual.ids[0], mutual.wallets[1], NOBODY, NOBODY, sender=mutual.wallets[0])
        mutual.office.replace_wallet(mutual.ids[0], NEW.address, sender=mutual.wallets[0])
        assert wallet_of(mutual, mutual.ids[0]) == NEW.address.lower()


class TestInvitation:
    """An attestors' mutual after their silence, with one inviter."""

    def attestation(self, wallet: str = NEW.address) -> dict[str, Any]:
        fields = (keccak(text="invited"), wallet, 0, now() - 1, now() + DAY)
        return dict(zip(("member_id", "wallet", "class_id", "issued", "expiry"), fields, strict=True))

    def admit(
        self, m: Mutual, inviters: list[int], signers: list[LocalAccount] | None = None, ids: list[bytes] | None = None
    ) -> None:
        fields = self.attestation()
        keys = [m.keys[i] for i in inviters] if signers is None else signers
        signatures = [sign(key, "Tongxin Fund", m.fund.address, "Attestation", fields) for key in keys]
        named = [m.ids[i] for i in inviters] if ids is None else ids
        m.office.admit_invited(tuple(fields.values()), named, signatures, 300, m.hash, NO_PAYMENT, sender=NEW.address)

    def test_invitation_takes_over_only_after_the_attestors_silence(self, mutual: Mutual) -> None:
        mutual.purse(NEW.address)
        last = bits(mutual.fund.admission(), 4, 20) * HOUR
        roll(seconds=last + 30 * DAY - now())
        with refused("office: attestors admit here"):
            self.admit(mutual, [1])
        roll(seconds=1)
        self.admit(mutual, [1])
        assert wallet_of(mutual, keccak(text="invited")) == NEW.address.lower()
        assert status(mutual, keccak(text="invited")) == 3

    @pytest.fixture
    def silent(self, mutual: Mutual) -> Mutual:
        mutual.purse(NEW.address)
        roll(seconds=31 * DAY)
        return mutual

    def test_inviters_sign_for_themselves_and_are_enough(self, silent: Mutual) -> None:
        with refused("office: too few inviters"):
            self.admit(silent, [])
        with refused("office: a signature for each inviter"):
            self.admit(silent, [1, 2], silent.keys[1:2])
        with refused("office: not the inviter's signature"):
            self.admit(silent, [1], silent.keys[2:3])

    def test_inviters_have_different_wallets_and_do_not_invite_themselves(self, silent: Mutual) -> None:
        with refused("office: inviters need different wallets"):
            self.admit(silent, [1, 1])
        silent.office.replace_wallet(silent.ids[2], NEW.address, sender=silent.wallets[2])
        with refused("office: inviters need different wallets"):
            self.admit(silent, [2], [NEW])

    def test_inviters_are_in_force_accepted_and_staying(self, silent: Mutual) -> None:
        with refused("office: an inviter is not in force"):
            self.admit(silent, [1], ids=[keccak(text="nobody")])
        silent.fund.leave(silent.ids[1], sender=silent.wallets[1])
        with refused("office: an inviter is leaving or has not accepted"):
            self.admit(silent, [1])
        silent._enrol([keccak(text="sponsored")], [silent.wallets[3]], 0)
        roll(seconds=31 * DAY)
        with refused("office: an inviter is leaving or has not accepted"):
            self.admit(silent, [3], ids=[keccak(text="sponsored")])

    def test_nobody_is_admitted_openly_here(self, silent: Mutual) -> None:
        with refused("office: admission is not open"):
            silent.office.admit_open(
                tuple(self.attestation().values()), 300, silent.hash, NO_PAYMENT, sender=NEW.address
            )


@pytest.fixture(scope="session")
def founder() -> Any:
    return deploy_founder()


class TestOtherForms:
    """Mutuals founded with open admission and with invitation from the first day."""

    def found(self, founder: Any, form: str) -> tuple[Any, Any, bytes, Any]:
        """Fund, Office, charter hash and token of a new mutual."""
        token = source("mocks/StableCoin").deploy("Test Yuan", "TCNY")
        text = (CHARTERS / "example-called.yaml").read_text(encoding="utf-8")
        text = text.replace("form: open", f"form: {form}").replace("inviters: 3", "inviters: 1")
        text = text.replace("newcomer: 0d", "newcomer: 20d")
        attestors = () if form == "open" else (ATTESTOR.address,)
        text = text.replace("attestor_quorum: 0", f"attestor_quorum: {len(attestors)}")
        charter = parse_charter(text, form).with_parties(
            token=token.address, steward=STEWARD, attestors=attestors, remainder=REMAINDER
        )
        encoded = encode(charter, 6)
        id_ = founder.begin(*encoded.founding_arguments())
        for batch in encoded.benefit_batches():
            founder.add_benefits(id_, *batch)
        for step in ("deploy_fund", "deploy_office", "deploy_jury", "deploy_court", "deploy_assembly"):
            getattr(founder, step)(id_)
        parts = founder.mutuals(id_)
        return fund_at(parts[1]), source("Office").at(parts[2]), encoded.document_hash, token

    def applicant(self, fund: Any, token: Any, name: str) -> tuple[LocalAccount, tuple[Any, ...]]:
        key = Account.from_key(keccak(text=name))
        token.mint(key.address, 10**12)
        token.approve(fund.address, BEYOND, sender=key.address)
        return key, (keccak(text=f"id of {name}"), key.address, 0, now() - 1, now() + DAY)

    def test_anybody_joins_an_open_mutual_and_attestors_sign_nothing(self, founder: Any) -> None:
        fund, office, charter_hash, token = self.found(founder, "open")
        key, attestation = self.applicant(fund, token, "first")
        office.admit_open(attestation, 50, charter_hash, NO_PAYMENT, sender=key.address)
        assert fund.members(attestation[0]) >> 96 == int(key.address, 16)
        other, another = self.applicant(fund, token, "second")
        with refused("office: admission is open"):
            office.admit_invited(another, [attestation[0]], [b""], 50, charter_hash, NO_PAYMENT, sender=other.address)
        with refused("office: no attestor signs here"):
            office.propose_wallet(attestation[0], other.address, now() - 1, now() + 1, [b""])

    def test_where_members_invite_they_do_so_from_the_first_day_but_not_as_newcomers(self, founder: Any) -> None:
        fund, office, charter_hash, token = self.found(founder, "invitation")
        key, attestation = self.applicant(fund, token, "first")
        names = ("member_id", "wallet", "class_id", "issued", "expiry")

        def signed_by(signer: LocalAccount, fields: tuple[Any, ...]) -> list[bytes]:
            message = dict(zip(names, fields, strict=True))
            return [sign(signer, "Tongxin Fund", fund.address, "Attestation", message)]

        fund.join(attestation, signed_by(ATTESTOR, attestation), 50, charter_hash, NO_PAYMENT, sender=key.address)
        joined = bits(fund.members(attestation[0]), 24, 20) * HOUR
        roll(seconds=joined + 20 * DAY - 1 - now())
        other, another = self.applicant(fund, token, "second")
        arguments = (another, [attestation[0]], signed_by(key, another), 50, charter_hash, NO_PAYMENT)
        with refused("office: an inviter is a newcomer"):
            office.admit_invited(*arguments, sender=other.address)
        roll(seconds=1)
        office.admit_invited(*arguments, sender=other.address)
        assert fund.members(another[0]) >> 96 == int(other.address, 16)
