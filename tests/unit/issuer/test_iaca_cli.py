"""The issuer's root and what stands under it, by the commands of the ceremony; then documents by them."""

from __future__ import annotations

import re
import shlex
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from clicid.adapters import clock
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.codec import base64url
from clicid.errors import LocalError
from clicid.formats import mdoc
from clicid.keys.algorithms import P256
from clicid.keys.store import KeyRef
from clicid.trust import iaca as trusted
from clicid.trust import iaca_making
from clicid.trust.iaca import Authority
from issuer import iaca
from issuer.certificates import read_one
from issuer.cli import app
from issuer.iaca import Ceremony
from tests.support import issuer_world
from tests.support.guides import block
from tests.support.issued_formats import Holder
from tests.support.issuer_config import IDENTIFIER, NOW, VAULT_KEY, configured
from tests.support.issuer_mdoc import MIDNIGHT, VAULT, root
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An issuer's folder, in which the commands are given; time stands still."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    configured(tmp_path)
    assert CliRunner().invoke(app, ["migrate"]).exit_code == 0
    return tmp_path


def run(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["iaca", *map(str, words)])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def root_and_signer() -> str:
    """The ceremony; gives what the configuration has to say."""
    made = run(
        "root", "--vault", "iaca", "--identifier", IDENTIFIER, "--country", "SE", "--name", "Example IACA"
    )
    assert re.fullmatch(r"ca_digest 0x[0-9a-f]{64}\n", made.stdout)
    x5c = run("issuer", "--vault", "iaca", "--root", "iaca.pem").stdout
    signer = run("signer", "signer-1", "--vault", "iaca", "--root", "iaca.pem").stdout
    run("revocations", "--vault", "iaca", "--root", "iaca.pem")
    return f"{x5c}\n{signer}"


def put(folder: Path, lines: str) -> None:
    """Into the configuration, at the end of ``[keys]``."""
    file = folder / "issuer.toml"
    file.write_text(file.read_text().replace('owner = "owner"\n', f'owner = "owner"\n{lines}\n', 1))


def signer_of(text: str) -> bytes:
    return mdoc.MdocChecker().parse(base64url.decode(text)).issuer_signed.certificate


def test_what_the_ceremony_prints_makes_an_issuer_of_mdocs(folder: Path) -> None:
    put(folder, root_and_signer())
    authority = Authority.load(read_one(folder / "iaca.pem"))
    with issuer_world.running(folder) as world:
        text = Holder(world).get("ClicIdentity_mdoc")
        assert world.call("GET", "/certificates/iaca.cer").content == authority.certificate
    found = trusted.signer(signer_of(text), (authority,))
    trusted.check_dates(found, NOW)
    assert (authority.country, found.not_after - found.not_before) == ("SE", timedelta(days=457))


def test_the_commands_of_the_operators_guide_are_these(folder: Path) -> None:
    said = []
    for line in block("operators.md", "sh", "clicid-issuer iaca root").splitlines():
        _, _, *words = shlex.split(line.replace("/media/iaca", "iaca"))
        said.append(run(*words).stdout)
    shown = block("operators.md", "text", "ca_digest 0x")
    assert [line[:12] for line in "\n".join(said).splitlines()] == [line[:12] for line in shown.splitlines()]
    lines = "\n".join(said[1:3]).replace(
        'authority = "iaca.pem"', 'authority = "iaca.pem"\nrevocations = "iaca.crl"'
    )
    put(folder, lines)
    with issuer_world.running(folder) as world:
        assert Holder(world).get("ClicAge_mdoc")
        assert world.call("GET", "/certificates/iaca.crl").status_code == 200
    (folder / "signer.pem").rename(folder / "signer-1.pem")
    file = folder / "issuer.toml"
    renew, retire = block("operators.md", "sh", "mv signer.pem").splitlines()[1:]
    run(*shlex.split(renew.replace("/media/iaca", "iaca"), comments=True)[2:])
    file.write_text(file.read_text().replace('"document-signer"', '"document-signer-2"'))
    run(*shlex.split(retire, comments=True)[2:], "--yes")


def test_a_signer_is_renewed_and_the_old_one_retired(folder: Path) -> None:
    put(folder, root_and_signer())
    (folder / "signer.pem").rename(folder / "signer-1.pem")
    assert "key.in_use" in run("retire", "signer-1", "--certificate", "signer-1.pem", code=1).output
    assert 'name = "signer-2"' in run("signer", "signer-2", "--vault", "iaca", "--root", "iaca.pem").stdout
    file = folder / "issuer.toml"
    file.write_text(file.read_text().replace('name = "signer-1"', 'name = "signer-2"'))
    with issuer_world.running(folder) as world:
        text = Holder(world).get("ClicAge_mdoc")
    assert signer_of(text) == read_one(folder / "signer.pem")
    # No other key goes by this command, nor this one by another certificate.
    wrong = run("retire", "sd-jwt", "--certificate", "issuer.pem", "--yes", code=1)
    assert "config.certificate" in wrong.output
    assert "config.certificate" in run("retire", "signer-1", "--certificate", "signer.pem", code=1).output
    assert "Aborted" in run("retire", "signer-1", "--certificate", "signer-1.pem", code=1).output
    assert "Retired" in run("retire", "signer-1", "--certificate", "signer-1.pem", "--yes").output
    with AskarKeyStore.open(folder / "keys.vault", VAULT_KEY) as store:
        assert (store.find("signer-1"), store.find("sd-jwt")) == (None, KeyRef("sd-jwt"))
    audit = CliRunner().invoke(app, ["verify-audit"])
    assert audit.stdout.endswith("rows, unbroken\n")


def test_a_revoked_signer_is_on_the_list_that_is_served(folder: Path) -> None:
    lines = root_and_signer().rstrip("\n")
    said = run(
        *("revocations", "--vault", "iaca", "--root", "iaca.pem", "--force"),
        *("--revoked", "signer.pem", "--days", 30),
    )
    assert said.stdout == "1 revoked, until 30 days from now\n"
    put(folder, f'{lines}\nrevocations = "iaca.crl"')
    with issuer_world.running(folder) as world:
        served = world.call("GET", "/certificates/iaca.crl")
    listed = x509.load_der_x509_crl(served.content)
    serial = x509.load_der_x509_certificate(read_one(folder / "signer.pem")).serial_number
    assert listed.get_revoked_certificate_by_serial_number(serial) is not None
    assert listed.next_update_utc == NOW + timedelta(days=30)
    authority = x509.load_der_x509_certificate(read_one(folder / "iaca.pem"))
    assert listed.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
    assert listed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == NOW.timestamp()


def test_what_is_there_is_not_written_over(folder: Path) -> None:
    root_and_signer()
    before = {path.name: path.read_bytes() for path in folder.glob("*.pem")}
    again = ("--vault", "iaca", "--root", "iaca.pem")
    assert "file.exists" in run("signer", "signer-1", *again, code=1).output
    assert "file.exists" in run("issuer", *again, code=1).output
    made = ("--vault", "iaca", "--identifier", IDENTIFIER, "--country", "SE", "--name", "x")
    assert "file.exists" in run("root", *made, code=1).output
    assert before == {path.name: path.read_bytes() for path in folder.glob("*.pem")}
    renewed = run("root", *made, "--force").stdout  # with its key: the digest on chain stays
    assert Authority.load(read_one(folder / "iaca.pem")).key_digest.hex() in renewed
    digest = Authority.load(iaca_root(before["iaca.pem"])).key_digest
    assert digest.hex() in renewed


def iaca_root(pem: bytes) -> bytes:
    (certificate,) = x509.load_pem_x509_certificates(pem)
    return certificate.public_bytes(Encoding.DER)


@pytest.mark.usefixtures("folder")
def test_a_country_is_two_capitals() -> None:
    for country in ("Sweden", "se", "S1", "ÅÅ", ""):
        words = ("--vault", "iaca", "--identifier", IDENTIFIER, "--country", country, "--name", "x")
        assert "config.invalid" in run("root", *words, code=1).output


def test_a_vault_without_the_roots_key_certifies_nothing() -> None:
    with refused("config.key", kind=LocalError):
        Ceremony(MemoryKeyStore(b"empty"), root()).revocations((), begins=NOW, days=1)


def test_a_certificate_does_not_outlive_the_root() -> None:
    key = VAULT.public(VAULT.find("other") or VAULT.generate(P256, "other"))
    ceremony = Ceremony(VAULT, root())
    ceremony.issuer(key, (IDENTIFIER,), begins=MIDNIGHT, days=3650)
    with refused("mdoc.making", kind=LocalError):
        ceremony.issuer(key, (IDENTIFIER,), begins=MIDNIGHT + timedelta(days=1), days=3650)


def test_an_issuers_certificate_signs_no_mdocs_and_a_document_signers_no_lists() -> None:
    key = VAULT.public(VAULT.find("other") or VAULT.generate(P256, "other"))
    authority = Authority.load(root())
    ceremony = Ceremony(VAULT, root())
    issuer = ceremony.issuer(key, (IDENTIFIER,), begins=MIDNIGHT, days=30)
    with refused("mdoc.signer"):
        trusted.signer(issuer, (authority,))
    lists = frozenset((trusted.LIST_SIGNER,))
    assert trusted.signer(issuer, (authority,), lists).key == key
    with refused("mdoc.signer"):
        trusted.signer(ceremony.signer(key, begins=MIDNIGHT, days=30), (authority,), lists)


def test_a_list_of_revoked_certificates_is_of_the_roots_own_key() -> None:
    stranger = MemoryKeyStore(b"stranger")
    ref = stranger.generate(P256, iaca.ROOT_KEY)
    with refused("mdoc.making", kind=LocalError):
        iaca_making.prepare_revocations(root(), stranger.public(ref), (), number=1, begins=NOW, days=1)
