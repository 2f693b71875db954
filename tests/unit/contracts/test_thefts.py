"""Five roles, five keys: what each stolen key can do, what it cannot, and how the owner recovers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.contracts.conftest import Registries

NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")
TYPE = b"t" * 32


def accredit(on_chain: Registries, who: str) -> str | None:
    arguments = (on_chain.identity, TYPE, b"s" * 32, 100, 900, True, "https://issuer.example", bytes(32))
    return on_chain.trust.send(on_chain[who], "accredit", *arguments).error


class TestStolenCommitter:
    """It can revoke and suspend, that is all; the owner replaces it and undoes it."""

    def test_it_can_set(self, on_chain: Registries) -> None:
        assert on_chain.commit("committer").error is None

    def test_it_cannot_lift(self, on_chain: Registries) -> None:
        assert on_chain.commit("committer", b"", b"\x01").error == "not_allowed"
        assert on_chain.commit("committer", b"\x02", b"\x01").error == "not_allowed"

    def test_it_cannot_keep_itself_in_place(self, on_chain: Registries) -> None:
        taken = on_chain.status.send(
            on_chain["committer"], "setCommitter", on_chain.list_id, on_chain["thief"]
        )
        assert taken.error == "not_owner"

    def test_it_has_no_key_in_the_did(self, on_chain: Registries) -> None:
        written = on_chain.did.send(
            on_chain["committer"], "setAttribute", on_chain.identity, NAME, b"k" * 32, 9
        )
        assert written.error == "bad_actor"

    def test_the_owner_replaces_it_and_undoes_its_work(self, on_chain: Registries) -> None:
        on_chain.done(on_chain.commit("committer", b"\x07"))
        replaced = on_chain.status.send(
            on_chain["owner"], "setCommitter", on_chain.list_id, on_chain["rescue"]
        )
        assert replaced.error is None
        assert on_chain.commit("committer").error == "not_allowed"
        assert on_chain.commit("owner", b"", b"\x07").error is None
        assert on_chain.commit("rescue").error is None

    def test_what_it_signed_before_is_worthless_after(self, on_chain: Registries) -> None:
        on_chain.done(on_chain.status.send(on_chain["owner"], "setCommitter", on_chain.list_id, bytes(20)))
        arguments = (on_chain.list_id, 1, b"\x01", b"", b"d" * 32, bytes(32))
        assert on_chain.signed(on_chain.status, "committer", "commit", arguments).error == "not_allowed"


class TestStolenPayer:
    """It can spend its ether, and hold back what it is given to send; it has no right anywhere."""

    def test_it_can_do_nothing_of_its_own(self, on_chain: Registries) -> None:
        assert on_chain.commit("payer").error == "not_allowed"
        assert accredit(on_chain, "payer") == "not_governance"
        assert on_chain.did.send(
            on_chain["payer"], "changeOwner", on_chain.identity, on_chain["thief"]
        ).error == ("bad_actor")
        created = on_chain.status.send(
            on_chain["payer"], "createList", on_chain.identity, "https://x", 2, 8, ""
        )
        assert created.error == "not_owner"

    def test_it_cannot_change_what_it_is_given(self, on_chain: Registries) -> None:
        arguments = (on_chain.list_id, 1, b"\x01", b"", b"d" * 32, bytes(32))
        other = on_chain.signed(
            on_chain.status, "committer", "commit", arguments, address=on_chain.trust.address
        )
        assert other.error == "not_allowed"
        elsewhere = on_chain.signed(on_chain.status, "committer", "commit", arguments, chain_id=1)
        assert elsewhere.error == "not_allowed"

    def test_it_cannot_send_a_commit_twice(self, on_chain: Registries) -> None:
        arguments = (on_chain.list_id, 1, b"\x01", b"", b"d" * 32, bytes(32))
        on_chain.done(on_chain.signed(on_chain.status, "committer", "commit", arguments))
        assert on_chain.signed(on_chain.status, "committer", "commit", arguments).error == "version_gap"

    def test_it_cannot_bring_an_old_committer_back(self, on_chain: Registries) -> None:
        arguments = (on_chain.list_id, on_chain["thief"])
        on_chain.done(on_chain.signed(on_chain.status, "owner", "setCommitter", arguments))
        on_chain.done(
            on_chain.status.send(on_chain["owner"], "setCommitter", on_chain.list_id, on_chain["rescue"])
        )
        assert on_chain.signed(on_chain.status, "owner", "setCommitter", arguments).error == "bad_signature"

    def test_another_payer_takes_its_place(self, on_chain: Registries) -> None:
        arguments = (on_chain.list_id, 1, b"\x01", b"", b"d" * 32, bytes(32))
        on_chain.actors["payer"] = on_chain.actors["rescue"]
        assert on_chain.signed(on_chain.status, "committer", "commit", arguments).error is None


class TestStolenCredentialKey:
    """It signs credentials, off chain; the owner revokes its attribute, and it can do nothing about it."""

    def test_it_can_do_nothing_on_chain(self, on_chain: Registries) -> None:
        assert on_chain.commit("credential").error == "not_allowed"
        again = on_chain.did.send(
            on_chain["credential"], "setAttribute", on_chain.identity, NAME, b"k" * 32, 9
        )
        assert again.error == "bad_actor"

    def test_the_owner_revokes_it(self, on_chain: Registries) -> None:
        on_chain.done(
            on_chain.did.send(on_chain["owner"], "setAttribute", on_chain.identity, NAME, b"k" * 32, 999)
        )
        revoked = on_chain.did.send(on_chain["owner"], "revokeAttribute", on_chain.identity, NAME, b"k" * 32)
        assert int.from_bytes(on_chain.done(revoked).logs[0].data[64:96]) == 0


class TestStolenOwner:
    """It can do all that the identity can, and no more; governance withdraws the right to issue."""

    def test_it_can_lift_suspensions_and_hand_the_identity_over(self, on_chain: Registries) -> None:
        assert on_chain.commit("owner", b"", b"\x01").error is None
        taken = on_chain.did.send(on_chain["owner"], "changeOwner", on_chain.identity, on_chain["thief"])
        assert taken.error is None
        assert on_chain.commit("owner", b"", b"\x01").error == "not_allowed"
        assert on_chain.commit("thief", b"", b"\x01").error is None

    def test_it_cannot_accredit_itself(self, on_chain: Registries) -> None:
        assert accredit(on_chain, "owner") == "not_governance"
        delegated = on_chain.trust.send(
            on_chain["owner"], "delegate", on_chain.identity, TYPE, on_chain["thief"], 100, 900
        )
        assert delegated.error == "not_granted"

    def test_it_cannot_touch_another_identity(self, on_chain: Registries) -> None:
        assert on_chain.did.send(
            on_chain["owner"], "changeOwner", on_chain["rescue"], on_chain["owner"]
        ).error == ("bad_actor")

    def test_governance_withdraws_what_it_has_and_passed_on(self, on_chain: Registries) -> None:
        assert accredit(on_chain, "governance") is None
        passed = (on_chain.identity, TYPE, on_chain["thief"])
        on_chain.done(on_chain.trust.send(on_chain["owner"], "delegate", *passed, 100, 900))
        assert on_chain.trust.send(on_chain["governance"], "withdrawDelegation", *passed, False).error is None
        assert (
            on_chain.trust.send(on_chain["governance"], "withdraw", on_chain.identity, TYPE, False).error
            is None
        )
        again = on_chain.trust.send(on_chain["owner"], "delegate", *passed, 100, 900)
        assert again.error == "not_granted"

    def test_an_identity_moved_in_time_is_out_of_reach(self, on_chain: Registries) -> None:
        """The owner recovers by moving first: to a key that was kept apart."""
        on_chain.done(
            on_chain.did.send(on_chain["owner"], "changeOwner", on_chain.identity, on_chain["rescue"])
        )
        back = on_chain.did.send(on_chain["owner"], "changeOwner", on_chain.identity, on_chain["thief"])
        assert back.error == "bad_actor"
        assert on_chain.commit("owner").error == "not_allowed"
        assert on_chain.commit("rescue", b"", b"\x01").error is None


class TestStolenGovernance:
    """It can accredit and withdraw, so it is to be a contract of several keys; it holds no identity."""

    def test_it_cannot_write_for_an_issuer(self, on_chain: Registries) -> None:
        assert on_chain.commit("governance").error == "not_allowed"
        assert on_chain.did.send(
            on_chain["governance"], "changeOwner", on_chain.identity, on_chain["thief"]
        ).error == ("bad_actor")

    def test_handing_over_takes_the_new_ones_word(self, on_chain: Registries) -> None:
        on_chain.done(on_chain.trust.send(on_chain["governance"], "changeGovernance", on_chain["rescue"]))
        assert accredit(on_chain, "rescue") == "not_governance"
        assert on_chain.trust.send(on_chain["thief"], "acceptGovernance").error == "not_proposed"
        on_chain.done(on_chain.trust.send(on_chain["rescue"], "acceptGovernance"))
        assert accredit(on_chain, "governance") == "not_governance"
        assert accredit(on_chain, "rescue") is None

    def test_a_proposal_can_be_taken_back(self, on_chain: Registries) -> None:
        on_chain.done(on_chain.trust.send(on_chain["governance"], "changeGovernance", on_chain["thief"]))
        on_chain.done(on_chain.trust.send(on_chain["governance"], "changeGovernance", bytes(20)))
        assert on_chain.trust.send(on_chain["thief"], "acceptGovernance").error == "not_proposed"


def test_an_identity_given_to_nobody_is_its_own_keys_again(on_chain: Registries) -> None:
    """changeOwner(0): resolvers call it deactivated for ever, though ERC-1056 lets its first key write."""
    on_chain.done(on_chain.did.send(on_chain["owner"], "changeOwner", on_chain.identity, on_chain["rescue"]))
    given_up = on_chain.did.send(on_chain["rescue"], "changeOwner", on_chain.identity, bytes(20))
    assert given_up.logs[0].data[:32] == bytes(32)
    assert on_chain.did.read("owners", on_chain.identity) == bytes(20)
    assert on_chain.did.read("identityOwner", on_chain.identity) == on_chain.identity
    written = on_chain.did.send(on_chain["owner"], "setAttribute", on_chain.identity, NAME, b"k" * 32, 9)
    assert written.error is None
    assert on_chain.did.send(
        on_chain["rescue"], "setAttribute", on_chain.identity, NAME, b"k" * 32, 9
    ).error == ("bad_actor")


@pytest.mark.parametrize("v", [0, 26, 29, 255])
def test_an_unrecoverable_signature_is_nobodys(on_chain: Registries, v: int) -> None:
    """Failed recovery gives the zero address, which owns the zero identity: it must not pass."""
    change = on_chain.did.send(
        on_chain["thief"], "changeOwnerSigned", bytes(20), v, b"r" * 32, b"s" * 32, on_chain["thief"]
    )
    assert change.error == "bad_signature"
    arguments = (on_chain.list_id, 1, b"", b"", bytes(32), bytes(32), v, b"r" * 32, b"s" * 32)
    assert on_chain.status.send(on_chain["thief"], "commitSigned", *arguments).error == "bad_signature"
    made = (bytes(20), "https://x", 2, 8, "", v, b"r" * 32, b"s" * 32)
    assert on_chain.status.send(on_chain["thief"], "createListSigned", *made).error == "bad_signature"


def test_nobody_can_squat_anothers_list(on_chain: Registries) -> None:
    squat = on_chain.status.send(
        on_chain["thief"], "createList", on_chain.identity, "https://later", 2, 8, ""
    )
    assert squat.error == "not_owner"
    own = on_chain.status.send(on_chain["thief"], "createList", on_chain["thief"], "https://later", 2, 8, "")
    assert own.logs[0].topics[2] != on_chain.status.read("listIdOf", on_chain.identity, "https://later")


def test_registries_refuse_a_did_registry_without_code(on_chain: Registries) -> None:
    for name, args in (
        ("TrustRegistry", [on_chain["governance"], on_chain["thief"]]),
        ("StatusRegistry", [bytes(20)]),
    ):
        contract = on_chain.trust if name == "TrustRegistry" else on_chain.status
        refused = on_chain.evm.send(on_chain["payer"], b"", contract.artifact.deployment(args))
        assert refused.error == "no_registry"
