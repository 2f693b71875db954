"""The certificate of the document signer: nothing outlives it, and none that does not fit is started with."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.codec import base64url
from clicid.errors import LocalError
from clicid.keys.algorithms import P256
from clicid.keys.store import KeyRef
from clicid.verification import Accepted
from issuer import iaca
from issuer.iaca import Ceremony
from tests.support import issuer_mdoc, issuer_world
from tests.support.issued_formats import AGE, Holder, at_rest, decided, have, security
from tests.support.issuer_clients import Person, Wallet
from tests.support.issuer_config import IDENTIFIER, NOW, VAULT_KEY
from tests.support.issuer_mdoc import MIDNIGHT, VAULT, root
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clicid.keys.public import PublicKey
    from tests.support.issuer_world import World

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An issuer of mdocs, and of the documents that only a sandbox issues."""
    with issuer_mdoc.running(tmp_path, test_documents=True) as found:
        yield found


def test_offers_made_before_there_were_mdocs_are_redeemed_after(tmp_path: Path) -> None:
    """And one for an mdoc, whose signer is configured no more, is answered as any unknown one."""
    file = issuer_mdoc.certified(tmp_path)
    with_signer = file.read_text()
    start, end = with_signer.index("[keys.document_signer]"), with_signer.index("[issuing]")
    without = with_signer[:start] + with_signer[end:]
    file.write_text(without)
    with issuer_world.running(tmp_path, config=file) as world:
        person = Person(world).approved()
        url = person.offer(configurations=["ClicAge_sdjwt"])["credential_offer"]
        code = world.mailbox.last("transaction")
    file.write_text(with_signer)
    with issuer_world.running(tmp_path, config=file) as world:
        wallet = Wallet(world, url)
        assert wallet.redeem(code).status_code == 200
        assert wallet.credential("ClicAge_sdjwt").status_code == 200
        person.world = world
        url = person.offer(configurations=["ClicAge_mdoc"])["credential_offer"]
        code = world.mailbox.last("transaction")
    file.write_text(without)
    with issuer_world.running(tmp_path, config=file) as world:
        wallet = Wallet(world, url)
        wallet.redeem(code)
        answer = wallet.credential("ClicAge_mdoc")
        assert (answer.status_code, answer.json()["error"]) == (400, "unknown_credential_configuration")


def test_a_document_is_signed_within_its_signers_certificate(tmp_path: Path) -> None:
    """Times are rounded to the day; a certificate may have been made at noon."""
    with issuer_mdoc.running(tmp_path, begins=NOW - timedelta(hours=2)) as world:
        text = Holder(world).get("ClicAge_mdoc")
        times = security(text)["validityInfo"]
        assert times["signed"] == times["validFrom"] == NOW - timedelta(hours=2)
        assert isinstance(at_rest(world, text), Accepted)


def test_no_document_outlives_its_signers_certificate(tmp_path: Path) -> None:
    with issuer_mdoc.running(tmp_path, days=40) as world:
        found = security(Holder(world).get("ClicAge_mdoc"))["validityInfo"]
        assert found["validUntil"] == MIDNIGHT + timedelta(days=40)
        assert security(Holder(world).get("ClicAge_mdoc"))["docType"] == AGE


def test_no_mdoc_is_issued_once_its_signers_certificate_has_ended(tmp_path: Path) -> None:
    with issuer_mdoc.running(tmp_path, days=40) as world:
        world.clock.forward(minutes=41 * 24 * 60)
        holder = Holder(world)
        answer = holder.wallet.credential("ClicAge_mdoc")
        assert (answer.status_code, answer.json()["code"]) == (503, "mdoc.signer_expired")
        assert holder.get("ClicAge_sdjwt")  # the others go on


def test_a_verifier_refuses_a_document_whose_signers_certificate_has_ended(tmp_path: Path) -> None:
    with issuer_mdoc.running(tmp_path, days=40) as world:
        holder = Holder(world)
        text = holder.get("ClicAge_mdoc")
        raw = holder.shown("ClicAge_mdoc", base64url.decode(text), (AGE, "age_over_18"))
        assert isinstance(decided(world, text, raw, AGE), Accepted)
        world.clock.forward(minutes=41 * 24 * 60)
        assert decided(world, text, raw, AGE).report.code == "mdoc.signer_expired"


def test_a_verifier_refuses_a_root_that_is_not_the_one_on_chain(world: World) -> None:
    holder = Holder(world)
    text = holder.get("ClicAge_mdoc")
    raw = holder.shown("ClicAge_mdoc", base64url.decode(text), (AGE, "age_over_18"))
    other = have(world, text, AGE, ca_digest=bytes(32))
    assert decided(world, text, raw, AGE, have=other).report.code == "issuer.certificate"


def _signer(path: Path, made: bytes) -> None:
    (path / "signer.pem").write_bytes(iaca.to_pem(made))


def _of_another_root(path: Path, key: PublicKey) -> None:
    vault = MemoryKeyStore(b"another")
    _signer(path, Ceremony(vault, root(vault=vault)).signer(key, begins=MIDNIGHT, days=90))


def _without_its_usage(path: Path, key: PublicKey) -> None:
    _signer(path, Ceremony(VAULT, root()).issuer(key, (IDENTIFIER,), begins=MIDNIGHT, days=90))


def _of_another_key(path: Path, _: PublicKey) -> None:
    other = VAULT.public(VAULT.find("other") or VAULT.generate(P256, "other"))
    _signer(path, Ceremony(VAULT, root()).signer(other, begins=MIDNIGHT, days=90))


def _root_is_no_root(path: Path, _: PublicKey) -> None:
    (path / "iaca.pem").write_bytes((path / "signer.pem").read_bytes())


def _no_list(path: Path, _: PublicKey) -> None:
    (path / "iaca.crl").write_bytes((path / "iaca.pem").read_bytes())


def _chain_of_another_root(path: Path, _: PublicKey) -> None:
    vault = MemoryKeyStore(b"another")
    with AskarKeyStore.open(path / "keys.vault", VAULT_KEY) as store:
        key = store.public(KeyRef("sd-jwt"))
    made = Ceremony(vault, root(vault=vault)).issuer(key, (IDENTIFIER,), begins=MIDNIGHT, days=90)
    (path / "issuer.pem").write_bytes(iaca.to_pem(made))


@pytest.mark.parametrize(
    "spoil",
    [
        _of_another_root,
        _without_its_usage,
        _of_another_key,
        _root_is_no_root,
        _no_list,
        _chain_of_another_root,
    ],
)
def test_an_issuer_does_not_start_with_certificates_that_do_not_fit(
    tmp_path: Path, spoil: Callable[[Path, PublicKey], None]
) -> None:
    file = issuer_mdoc.certified(tmp_path)
    with AskarKeyStore.open(tmp_path / "keys.vault", VAULT_KEY) as store:
        key = store.public(KeyRef(issuer_mdoc.SIGNER))
    spoil(tmp_path, key)
    with refused("config.certificate", kind=LocalError), issuer_world.running(tmp_path, config=file):
        pass


def test_an_issuer_without_a_document_signer_offers_no_mdoc(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path) as world:
        offered = world.call("GET", "/.well-known/openid-credential-issuer").json()
        names = offered["credential_configurations_supported"]
        assert not [name for name in names if name.endswith("_mdoc")]
        assert world.call("GET", "/certificates/iaca.cer").status_code == 404
        answer = Person(world).approved().call("POST", "/offers", json={"configurations": ["ClicAge_mdoc"]})
        assert answer.json()["code"] == "oid4vci.configuration"
