"""Documents of states, issued by a sandbox only and marked TEST."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from pymdoccbor.mdoc.verifier import MobileDocument

from clicid.codec import base64url
from clicid.errors import LocalError
from clicid.formats.mdoc.elements import MDL, MDL_DOCTYPE, PID, PID_DOCTYPE
from clicid.ledger.network import NetworkKind
from clicid.verification import Accepted
from issuer.config import load
from tests.support import issuer_mdoc, issuer_world
from tests.support.issued_formats import CONFIGURATIONS, Holder, decided, issuer_signed, policy
from tests.support.issuer_clients import Person
from tests.support.issuer_config import network_file
from tests.support.issuer_mdoc import root
from tests.support.refusals import refused
from tests.unit.issuer.test_review import in_review

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World

pytestmark = pytest.mark.filterwarnings("ignore")


OUTBOX = 'kind = "directory"\ndirectory = "outbox"'


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An issuer of mdocs, and of the documents that only a sandbox issues."""
    with issuer_mdoc.running(tmp_path, test_documents=True) as found:
        yield found


@pytest.mark.parametrize(
    ("name", "doctype", "namespace"), [("TestPid_mdoc", PID_DOCTYPE, PID), ("TestMdl_mdoc", MDL_DOCTYPE, MDL)]
)
def test_a_sandbox_issues_documents_of_states_marked_test(
    world: World, name: str, doctype: str, namespace: str
) -> None:
    holder = Holder(world, name)
    text = holder.get(name)
    document = MobileDocument(docType=doctype, issuerSigned=issuer_signed(text), deviceSigned={})
    assert document.verify([x509.load_der_x509_certificate(root())], verify_hashes=True) is True
    marked = (f"{namespace}.UT", "test_credential")
    raw = holder.shown(
        name,
        base64url.decode(text),
        marked,
        *((namespace, element) for element in ("family_name", "birth_date", "issuing_country", "sex")),
    )
    ending = decided(world, text, raw, doctype)
    assert isinstance(ending, Accepted), ending
    shown = ending.credentials[0].claims.reveal()
    assert shown[marked[0]] == {"test_credential": True}
    assert shown[namespace]["issuing_country"] == "UT"  # of no state
    strict = policy(root(), doctype)
    ending = decided(
        world, text, raw, doctype, policy=replace(strict, rules=replace(strict.rules, allow_test=False))
    )
    assert ending.report.code == "policy.test_credential"


def test_nobody_is_offered_a_test_document_who_does_not_name_it(world: World) -> None:
    for person in (Person(world).approved(), in_review(world)):
        assert set(person.offer()["credential_configuration_ids"]) == set(CONFIGURATIONS)


def test_test_documents_are_refused_outside_a_sandbox(tmp_path: Path) -> None:
    file = issuer_mdoc.certified(tmp_path, test_documents=True)
    file.write_text(
        file.read_text()
        .replace("sandbox = true", "sandbox = false")
        .replace('"http://127.0.0.1:8401"', '"https://issuer.example"')
        .replace(OUTBOX, 'kind = "http"\nurl = "https://sms.example"\ntoken_file = "vault.key"')
    )
    with refused("config.invalid", where=str(file), kind=LocalError):
        load(file)
    load_text = file.read_text().replace("test_documents = true", "test_documents = false")
    file.write_text(load_text)
    load(file)


def test_test_documents_are_refused_on_another_chain_than_a_sandboxs(tmp_path: Path) -> None:
    file = issuer_mdoc.certified(tmp_path, test_documents=True)
    network = network_file(NetworkKind.TEST)
    (tmp_path / "network.json").write_bytes(network.to_bytes())
    file.write_text(re.sub(r'digest = ".*"', f'digest = "{network.digest().hex()}"', file.read_text()))
    with (
        refused("config.sandbox", where="issuing.test_documents", kind=LocalError),
        issuer_world.running(tmp_path),
    ):
        pass


def test_test_documents_are_refused_under_a_root_of_a_state(tmp_path: Path) -> None:
    with (
        refused("config.certificate", where="keys.document_signer", kind=LocalError),
        issuer_mdoc.running(tmp_path, country="SE", test_documents=True),
    ):
        pass
