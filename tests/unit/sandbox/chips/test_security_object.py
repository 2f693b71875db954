"""EF.SOD and master lists as OpenSSL reads them: who signed, what, over which hashes."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import pytest
from asn1crypto import pem

from sandbox.chips.country import SIGNED
from sandbox.chips.faults_objects import altered_signature
from sandbox.chips.master_list import CscaMasterList, ldif
from sandbox.chips.security_object import SecurityObject
from sandbox.chips.variants import named_by_key, version_1
from tests.support.chips import EXPLICIT, NAMED, cms_of, openssl, world_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", NAMED)
def test_openssl_verifies_the_signature_and_the_signer(name: str, tmp_path: Path) -> None:
    place = world_of(name)
    root = tmp_path / "root"
    root.write_bytes(pem.armor("CERTIFICATE", place.country.root.certificate.dump()))
    content = _verified(
        tmp_path, cms_of(place.good.files["EF.SOD"]), "-CAfile", root, "-attime", str(int(SIGNED.timestamp()))
    )
    assert SecurityObject.load(content)["version"].native == 0


# OpenSSL refuses to trust a key with parameters spelled out, and still checks what it signed.
@pytest.mark.parametrize("name", EXPLICIT)
def test_openssl_verifies_the_signature_of_a_key_with_parameters_spelled_out(
    name: str, tmp_path: Path
) -> None:
    place = world_of(name)
    _verified(tmp_path, cms_of(place.good.files["EF.SOD"]), "-noverify")
    forged = cms_of(altered_signature(place).files["EF.SOD"])
    assert openssl("cms", "-verify", "-inform", "DER", "-noverify", "-in", _file(tmp_path, forged)).returncode


@pytest.mark.parametrize("name", ["rsa-sha1", "p256-sha256", "brainpool512-sha512"])
def test_every_groups_hash_is_in_it(name: str, tmp_path: Path) -> None:
    place = world_of(name)
    content = _verified(tmp_path, cms_of(place.good.files["EF.SOD"]), "-noverify")
    parsed = SecurityObject.load(content).native
    assert {row["number"]: row["value"] for row in parsed["hashes"]} == {
        number: hashlib.new(name.rpartition("-")[2], place.good.files[f"DG{number}"]).digest()
        for number in (1, 2, 11, 14, 15)
    }


def test_version_1_signs_the_versions_of_the_file_system(tmp_path: Path) -> None:
    sod = version_1(world_of("p256-sha256")).files["EF.SOD"]
    content = SecurityObject.load(_verified(tmp_path, cms_of(sod), "-noverify")).native
    assert (content["version"], dict(content["version_info"])) == (1, {"lds": "0107", "unicode": "040000"})


def test_a_signer_named_by_its_key(tmp_path: Path) -> None:
    sod = cms_of(named_by_key(world_of("p256-sha256")).files["EF.SOD"])
    _verified(tmp_path, sod, "-noverify")
    shown = openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", tmp_path / "in").stdout
    assert b"d.subjectKeyIdentifier" in shown


@pytest.mark.parametrize("name", NAMED)
def test_openssl_verifies_the_master_list(name: str, tmp_path: Path) -> None:
    place = world_of(name)
    root = tmp_path / "root"
    root.write_bytes(pem.armor("CERTIFICATE", place.other.root.certificate.dump()))
    content = CscaMasterList.load(_verified(tmp_path, place.good.master_list, "-CAfile", root))
    assert {one.dump() for one in content["certificates"]} == {
        country.root.certificate.dump() for country in (place.country, place.other)
    }
    # DER: a set's members stand in the order of their bytes.
    assert [one.dump() for one in content["certificates"]] == sorted(
        one.dump() for one in content["certificates"]
    )


def test_the_directorys_export_holds_the_same_list() -> None:
    signed = world_of("p256-sha256").good.master_list
    text = ldif(signed, "UT")
    assert max(map(len, text.splitlines())) <= 76
    unfolded = text.replace("\n ", "")
    found = re.search(r"^pkdMasterListContent:: (\S+)$", unfolded, re.MULTILINE)
    assert found
    assert base64.b64decode(found[1], validate=True) == signed


def _verified(folder: Path, cms: bytes, *more: str | Path) -> bytes:
    """The content that OpenSSL says was signed."""
    ran = openssl(
        "cms", "-verify", "-inform", "DER", "-in", _file(folder, cms), "-purpose", "any", "-auth_level", "0",
        "-binary", "-out", folder / "out", *more,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return (folder / "out").read_bytes()


def _file(folder: Path, cms: bytes) -> Path:
    (folder / "in").write_bytes(cms)
    return folder / "in"
