"""Authorities that a person or an operator has named: for what they count, and what is no authority."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from clicid.codec import jcs
from clicid.errors import LocalError, Refused
from tests.support.foreign_issuer import SCOPED
from tests.support.foreign_scene import CERTIFICATE, ROOT, SIGNER, VCT
from tests.support.mdoc import MdocWorld
from tests.support.refusals import refused
from tests.support.x509 import issue
from tests.unit.wallet.test_home import PASSPHRASE, make
from wallet.cli import app
from wallet.main import opened
from wallet.store.roots import NamedRoot, RootKind, Roots

if TYPE_CHECKING:
    from pathlib import Path

LIST = "https://foreign.example/list"
DOCTYPE = MdocWorld().doc_type


def test_what_is_named_reaches_the_policy(tmp_path: Path) -> None:
    home = make(tmp_path)
    mdoc = MdocWorld().root
    with opened(home, PASSPHRASE) as parts:
        parts.roots.put(NamedRoot(RootKind.SD_JWT, CERTIFICATE, frozenset({VCT}), frozenset({LIST})))
        parts.roots.put(NamedRoot(RootKind.MDOC, mdoc, frozenset({DOCTYPE})))
        parts.roots.put(NamedRoot(RootKind.METADATA, CERTIFICATE))
    with opened(home, PASSPHRASE) as parts:
        rules = parts.policy.rules
        (anchor,), (authority,) = rules.anchors, rules.authorities
        assert (anchor.certificate, authority.certificate) == (CERTIFICATE, mdoc)
        assert rules.by_name[anchor.name].types == {VCT}
        assert rules.by_name[anchor.name].lists == {LIST}
        assert rules.by_name[authority.name].types == {DOCTYPE}
        assert [one.certificate for one in parts.holder.signers.anchors] == [CERTIFICATE]
        assert parts.policy.allow_without_status, "for the documents, which name no list"
        assert len(parts.roots.all()) == 3


def test_nobody_is_believed_unnamed(tmp_path: Path) -> None:
    with opened(make(tmp_path), PASSPHRASE) as parts:
        assert (dict(parts.policy.rules.anchors), dict(parts.policy.rules.authorities)) == ({}, {})
        assert not parts.policy.allow_without_status
        assert not parts.holder.signed_metadata
        assert (parts.attester, parts.holder.attested, parts.holder.copies) == (None, False, 4)


def test_one_key_for_two_kinds_may_do_both() -> None:
    world = MdocWorld()
    found = Roots.of(
        [
            NamedRoot(RootKind.MDOC, world.root, frozenset({"a"}), frozenset({LIST})),
            NamedRoot(RootKind.MDOC, world.root, frozenset({"b"})),
        ]
    )
    (named,) = found.by_name.values()
    assert named.types == {"a", "b"}
    assert named.lists == {LIST}


@pytest.mark.parametrize(
    ("kind", "certificate", "types", "lists", "code"),
    [
        (RootKind.SD_JWT, b"none", {VCT}, set(), "issuer.certificate"),
        (RootKind.SD_JWT, issue(SIGNER, ROOT), {VCT}, set(), "issuer.certificate"),
        (RootKind.MDOC, CERTIFICATE, {VCT}, set(), "mdoc.authority"),
        (RootKind.SD_JWT, CERTIFICATE, set(), set(), "codec.shape"),
        (RootKind.METADATA, CERTIFICATE, {VCT}, set(), "codec.shape"),
        (RootKind.SD_JWT, CERTIFICATE, {VCT}, {"/list"}, "codec.url"),
    ],
)
def test_what_is_no_authority(
    kind: RootKind, certificate: bytes, types: set[str], lists: set[str], code: str
) -> None:
    with refused(code):
        NamedRoot(kind, certificate, frozenset(types), frozenset(lists))


def settings(home: Path, **changes: Any) -> None:
    path = home / "wallet.json"
    path.write_bytes(jcs.dumps(json.loads(path.read_bytes()) | changes))


ROW = {
    "kind": "sd-jwt",
    "certificate": base64.b64encode(CERTIFICATE).decode(),
    "types": [VCT],
    "lists": [],
}


def test_an_operator_names_them_for_everybody(tmp_path: Path) -> None:
    home = make(tmp_path)
    settings(home, roots=[ROW], copies=7, client_id="our-wallet", wallet_provider="https://provider.example")
    with opened(home, PASSPHRASE) as parts:
        assert len(parts.policy.rules.anchors) == 1
        assert parts.roots.all() == {}
        assert (parts.holder.copies, parts.holder.client_id, parts.holder.attested) == (7, "our-wallet", True)
        assert parts.attester is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"roots": [ROW | {"kind": "x"}]},
        {"roots": [ROW | {"certificate": "!"}]},
        {"roots": [ROW | {"certificate": "AAAA"}]},
        {"roots": [ROW | {"anything": 1}]},
        {"roots": ["x"]},
        {"roots": 7},
        {"copies": 0},
        {"copies": "4"},
        {"client_id": 7},
        {"wallet_provider": ["x"]},
    ],
)
def test_settings_that_are_wrong_open_no_wallet(tmp_path: Path, wrong: dict[str, Any]) -> None:
    home = make(tmp_path)
    settings(home, **wrong)
    with pytest.raises((LocalError, Refused)) as caught, opened(home, PASSPHRASE):
        pytest.fail("the wallet opened")
    assert caught.value.code in ("wallet.named", "wallet.home")


def test_named_and_taken_back_at_the_terminal(tmp_path: Path) -> None:
    home = make(tmp_path)
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    pem = base64.encodebytes(CERTIFICATE).decode()
    (tmp_path / "root.pem").write_text(f"-----BEGIN CERTIFICATE-----\n{pem}-----END CERTIFICATE-----\n")
    (tmp_path / "root.der").write_bytes(CERTIFICATE)

    def run(*words: str, code: int = 0) -> str:
        where = ("--home", str(home), "--passphrase-file", str(tmp_path / "passphrase"))
        result = CliRunner().invoke(app, [*words, *where], env={"COLUMNS": "400"})
        assert result.exit_code == code, result.output
        return result.output

    said = run("name-root", str(tmp_path / "root.pem"), "--kind", "sd-jwt", "--type", SCOPED["vct"])
    name = said.splitlines()[0]
    assert name.startswith("sd-jwt:ni:///sha-256;")
    run("name-root", str(tmp_path / "root.der"), "--kind", "metadata")
    rows = json.loads(run("named-issuers", "--json"))
    assert {row["root"].partition(":")[0] for row in rows} == {"sd-jwt", "metadata"}
    run("unname-issuer", name)
    assert len(json.loads(run("named-issuers", "--json"))) == 1
    run("unname-issuer", name, code=1)
    run("name-root", str(tmp_path / "none"), "--kind", "metadata", code=1)
    run("name-root", str(tmp_path / "passphrase"), "--kind", "metadata", code=1)
    run("name-issuer", "https://foreign.example", "--type", SCOPED["vct"])
    assert "https://foreign.example" in run("named-issuers")
    run("name-issuer", "did:web:foreign.example", "--type", SCOPED["vct"], code=1)
