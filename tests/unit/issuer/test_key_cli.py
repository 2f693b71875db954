"""The issuer's keys by the commands, on the real contracts; each held against credentials issued before."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from clicid.adapters import clock
from clicid.adapters.chain_contracts import STATUS_REGISTRY
from clicid.errors import Refused, Undecided
from clicid.keys.store import KeyRef
from clicid.status import delta
from clicid.status.rows import StatusList, list_id
from issuer.identity import Identity
from sandbox.setup import founding
from sandbox.setup import issuer as setup
from sandbox.setup.roles import COMMITTER, OWNER, Roles
from tests.support import owned_issuer
from tests.support.owned_issuer import SD_JWT, W3C

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.adapters.chain_transactions import Signer
    from tests.support.live import Copy
    from tests.support.owned_issuer import OwnedIssuer


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[OwnedIssuer]:
    with owned_issuer.founded(tmp_path) as made:
        yield made


def both(issuer: OwnedIssuer) -> dict[str, Copy]:
    """An SD-JWT VC and a W3C credential, by the keys configured now."""
    return {name: issuer.issue(name) for name in (SD_JWT, W3C)}


def endings(issuer: OwnedIssuer, copies: dict[str, Copy]) -> dict[str, str]:
    return {name: issuer.ending(copy) for name, copy in copies.items()}


def all_end(code: str) -> dict[str, str]:
    return {SD_JWT: code, W3C: code}


def rotated(issuer: OwnedIssuer) -> None:
    """Both credential keys replaced in the configuration, by keys that are on chain."""
    issuer.owned("add", "sd-jwt-2")
    issuer.set('name = "credential-sd-jwt"', 'name = "sd-jwt-2"')
    issuer.set("#delegate-2", "#delegate-4")
    issuer.certify("certificates-2", "sd-jwt-2")
    issuer.set('["issuer.pem", "iaca.pem"]', '["certificates-2/issuer.pem", "certificates-2/iaca.pem"]')
    said = issuer.owned("add", "data-integrity-2", "--algorithm", "Ed25519")
    assert re.search(r'\[keys.data_integrity\]\nname = "data-integrity-2"\nid = "did:\S+#delegate-5"\n', said)
    issuer.set('name = "credential-data-integrity"', 'name = "data-integrity-2"')
    issuer.set("#delegate-1", "#delegate-5")


def test_old_credentials_stay_good_when_keys_retire(issuer: OwnedIssuer) -> None:
    old = both(issuer)
    assert endings(issuer, old) == all_end("accepted")
    assert "key.in_use" in issuer.run("retire", "credential-sd-jwt", "--yes", code=1)
    # An entry that ends before what it may have signed; and a configuration whose key is not on chain.
    issuer.owned("add", "short", "--days", 10)
    assert "#delegate-3" in issuer.owned("add", "short")  # it is there: no second entry
    assert "key.ends_early" in issuer.run("retire", "short", "--yes", code=1)
    issuer.set("#delegate-2", "#delegate-3")
    assert "key.not_on_chain" in issuer.run("retire", "short", "--yes", code=1)
    issuer.set("#delegate-3", "#delegate-2")
    rotated(issuer)
    for name in ("credential-sd-jwt", "credential-data-integrity"):
        assert "Aborted" in issuer.run("retire", name, code=1)
        assert "1 credentials are out" in issuer.run("retire", name, "--yes")
        with issuer.ground() as ground:
            assert ground.keystore.find(name) is None
        assert "keystore.unknown" in issuer.run("retire", name, "--yes", code=1)
    assert endings(issuer, old) == all_end("accepted")
    assert endings(issuer, both(issuer)) == all_end("accepted")
    listed = issuer.run("list")
    assert re.search(r"#delegate-1  until \S+\n", listed)
    assert re.search(r"#delegate-4  until \S+  sd-jwt-2\n", listed)
    with issuer.ground() as ground, ground.env.store.reading() as tx:
        acts = [(act.act, act.subject.partition("#")[2]) for act in tx.audit.page(0, 100)]
    assert acts[-2:] == [("retire-key", "delegate-2"), ("retire-key", "delegate-1")]


def test_a_key_whose_entry_has_run_out_gets_a_new_one(
    issuer: OwnedIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "#delegate-3" in issuer.owned("add", "short", "--days", 10)
    later = clock.now() + timedelta(days=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "#delegate-4" in issuer.owned("add", "short", "--days", 100)


def test_under_a_compromised_key_only_what_was_anchored_before_counts(
    issuer: OwnedIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = both(issuer)
    block = issuer.anchor()
    late = issuer.issue(SD_JWT)
    assert endings(issuer, old) == all_end("accepted")
    assert issuer.ending(late) == "accepted"
    options = ("compromise", "credential-sd-jwt", "--since-block", block)
    counted = issuer.owned(*options, "--dry-run")
    assert "2 credentials are out" in counted
    assert f"1 of them are anchored before block {block}" in counted
    assert issuer.ending(late) == "accepted"
    assert "did.compromise" in issuer.owned("compromise", "2", "--since-block", 10**6, "--yes", code=1)
    said = issuer.owned(*options, "--yes")
    assert said.count("gas") == 2
    assert endings(issuer, old) == all_end("accepted")  # the one under this key by its proof
    assert issuer.ending(late) == "issuer.key_compromised"
    # What the thief signs now, backdated or not, is under the same key.
    assert issuer.ending(issuer.issue(SD_JWT)) == "issuer.key_compromised"
    # Given again, nothing is sent; an earlier block is stated, a later one is not.
    assert "gas" not in issuer.owned(*options, "--yes")
    assert issuer.owned("compromise", "2", "--since-block", 5, "--yes").count("gas") == 1
    assert "cannot be made later" in issuer.owned(*options, "--yes")
    assert "compromised from block 5" in issuer.run("list")
    assert issuer.ending(old[SD_JWT]) == "issuer.key_compromised"  # its root is of a later block
    rotated_away = issuer.run("retire", "credential-sd-jwt", "--yes", code=1)
    assert "key.in_use" in rotated_away
    assert "key.ended" in issuer.owned("add", "credential-sd-jwt", code=1)
    assert "key.not_on_chain" in issuer.owned("compromise", "9", "--since-block", 5, code=1)
    # Interrupted between revocation and statement nothing counts, until it is given again.
    write = Identity._write

    def fails(self: Identity, contract: str, function: str, *arguments: object) -> object:
        if function == "setAttribute":
            raise Undecided("chain.unreachable")
        return write(self, contract, function, *arguments)

    other = ("compromise", "1", "--since-block", block, "--yes")
    with monkeypatch.context() as patched:
        patched.setattr(Identity, "_write", fails)
        assert "chain.unreachable" in issuer.owned(*other, code=1)
    assert issuer.ending(old[W3C]) == "issuer.key_revoked"
    assert issuer.owned(*other).count("gas") == 1
    assert issuer.ending(old[W3C]) == "accepted"  # the statement gives back what was anchored in time


def commit(issuer: OwnedIssuer, url: str, held: StatusList, index: int, by: Signer) -> None:
    """One revocation on a list, with the digest of the list it is thought to make, whoever signs it."""
    id_ = list_id(issuer.roles.address(OWNER), url)
    (change,) = delta.plan([2 * index], [])
    held.change([2 * index], [])
    version = issuer.writer.contracts.call(STATUS_REGISTRY, "head", id_)[0] + 1
    digest = held.digest(id_, version)
    sent = issuer.writer.send_commit(id_, version, (change.set, change.cleared), digest, by=by)
    issuer.writer.wait(sent)


def test_a_stolen_committer_can_revoke_and_is_replaced_on_every_list(issuer: OwnedIssuer) -> None:
    victim = issuer.issue(W3C)
    url, index = victim.status_entry()
    while (other := issuer.issue(W3C)).status_entry()[0] != url:
        pass  # lists are drawn
    held = StatusList(2, setup.LIST_SIZE)
    commit(issuer, url, held, index, issuer.roles.signer(COMMITTER))
    assert issuer.ending(victim) == "status.revoked"
    assert issuer.ending(other) == "accepted"
    # A digest that fits nothing: the list decides nothing any more.
    commit(issuer, url, StatusList(2, setup.LIST_SIZE), 1, issuer.roles.signer(COMMITTER))
    assert issuer.ending(victim) == "status.revoked"
    assert issuer.ending(other) == "status.digest_mismatch"
    issuer.set('lists = ["a", "b"]', 'lists = ["b"]')  # one is full, and no longer named
    assert issuer.owned("recover", "committer", "committer-2").count("/status/") == 2
    assert issuer.owned("recover", "committer", "committer-2").count("/status/") == 0
    with pytest.raises(Refused, match="not_allowed"):
        commit(issuer, url, held, 3, issuer.roles.signer(COMMITTER))
    issuer.set('committer = "status-committer"', 'committer = "committer-2"')
    with issuer.ground() as ground:
        commit(issuer, url, held, 3, (ground.keystore, KeyRef("committer-2")))
        assert ground.registry.version(list_id(ground.identity, url)) == 3


def test_an_owner_who_moves_in_time_keeps_the_identifier_and_one_who_is_late_begins_anew(
    issuer: OwnedIssuer,
) -> None:
    old = issuer.issue(W3C)
    other = Roles.open(issuer.folder / "other", issuer.folder / "other-issuer")
    account = f"0x{other.address(OWNER).hex()}"
    other.close()
    vault = ("--owner-vault", issuer.folder / "other" / "did-owner", "--algorithm", "Ed25519")
    assert "config.invalid" in issuer.owned("recover", "owner", "0x" + "0" * 40, "--yes", code=1)
    assert "Aborted" in issuer.owned("recover", "owner", account, code=1)
    assert account in issuer.owned("recover", "owner", account, "--yes")
    late = issuer.owned("add", "nobodys", code=1)
    assert "key.owner" in late
    assert account in late
    issuer.run("add", "new", *vault)
    assert issuer.ending(old) == "accepted"
    # Had a thief been first, the new key would be the thief's. Nobody can tell until governance withdraws;
    # then all of it ends, and the issuer begins anew under another identifier.
    with issuer.ground() as ground:
        found = ground.keystore.find("nobodys"), ground.keystore.find("new")
    assert None not in found
    issuer.set('name = "credential-data-integrity"', 'name = "new"')
    issuer.set("#delegate-1", "#delegate-3")
    forged = issuer.issue(W3C)
    assert issuer.ending(forged) == "accepted"
    for uri in owned_issuer.types(issuer):
        founding.withdraw(issuer.writer, issuer.roles, uri)
    assert issuer.ending(forged) == "issuer.accreditation_withdrawn"
    assert issuer.ending(old) == "issuer.accreditation_withdrawn"
    # With governance's key the thief has the right back; a verifier that names its issuers is not moved.
    founding.accredit(
        issuer.writer, issuer.roles, issuer.founded.identifier, issuer.founded.vocabulary, bytes(32)
    )
    assert issuer.ending(forged) == "accepted"
    assert issuer.ending(forged, issuers=frozenset({f"did:ethr:0x1:{account}"})) == "issuer.unknown"
