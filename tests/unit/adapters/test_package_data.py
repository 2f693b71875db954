from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from clicid.adapters import package_data
from clicid.errors import LocalError
from clicid.formats.data_model.resources import Digest

ROOT = Path(__file__).resolve().parents[3]


def test_contexts_are_those_of_the_checkout() -> None:
    contexts = package_data.contexts()
    assert contexts is package_data.contexts()
    raw = (ROOT / "schemas" / "contexts" / "credentials-v2.jsonld").read_bytes()
    assert contexts.digest("https://www.w3.org/ns/credentials/v2") == hashlib.sha256(raw).hexdigest()


def test_what_others_documents_name_is_kept_apart() -> None:
    closed, general, examples = (
        load().urls
        for load in (package_data.contexts, package_data.open_contexts, package_data.example_contexts)
    )
    assert closed < general < examples
    assert examples - general == {"https://www.w3.org/ns/credentials/examples/v2"}
    # In `jwt_vc_json` our own types have the base context of version 1.1.
    assert "https://www.w3.org/2018/credentials/v1" in closed
    assert "https://www.w3.org/ns/did/v1" in general - closed


def test_schemas_and_artifacts_by_name() -> None:
    assert json.loads(package_data.schema("published/age/v1/schema.json"))["title"] == "ClicAge"
    assert {"abi", "bytecode"} <= json.loads(package_data.artifact("DidRegistry")).keys()


def test_a_policy_names_each_type_with_the_digest_of_its_published_schema() -> None:
    found = package_data.schema_digests()
    assert found == {
        f"https://schemas.clicid.example/{name}": hashlib.sha256(
            (ROOT / "schemas" / "published" / name / "schema.json").read_bytes()
        ).digest()
        for name in package_data.TYPES
    }
    types = sorted((ROOT / "schemas" / "published").glob("*/*"))
    assert len(found) == len(types)


def test_a_network_has_its_own_ids_and_nothing_else_changes() -> None:
    ours = "https://vocabulary.example/v"
    placed, shipped = package_data.contexts(ours), package_data.contexts()
    assert placed.urls == {url.replace(package_data.EXAMPLE, ours) for url in shipped.urls}
    assert placed.digest("https://www.w3.org/ns/credentials/v2") == shipped.digest(
        "https://www.w3.org/ns/credentials/v2"
    )
    raw = package_data.published("contexts/clicid-age-v1.jsonld", ours)
    assert package_data.EXAMPLE.encode() not in raw
    assert placed.digest(f"{ours}/contexts/age/v1") == hashlib.sha256(raw).hexdigest()
    schema = package_data.published("published/age/v1/schema.json", ours)
    assert json.loads(schema)["$id"] == f"{ours}/age/v1/schema.json"
    assert package_data.schema_digests(ours)[f"{ours}/age/v1"] == hashlib.sha256(schema).digest()


def test_types_tell_their_vocabulary() -> None:
    ours = "https://vocabulary.example/v"
    assert package_data.vocabulary_of(package_data.schema_digests(ours)) == ours
    for types in ([], ["urn:x:age/v9"], [f"{ours}/age/v1", "https://other.example/age/v1"]):
        with pytest.raises(LocalError, match=r"config\.file"):
            package_data.vocabulary_of(types)


@pytest.mark.parametrize(
    "name", ["missing.json", "../pyproject.toml", "/etc/passwd", "", "contexts", ".hidden"]
)
def test_no_name_leads_elsewhere(name: str) -> None:
    with pytest.raises(LocalError, match=r"config\.file"):
        package_data.schema(name)
    with pytest.raises(LocalError, match=r"config\.file"):
        package_data.artifact(name)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folders as a wheel has them."""
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    monkeypatch.setattr(package_data, "_INSTALLED", tmp_path)
    monkeypatch.setattr(package_data, "contexts", package_data.contexts.__wrapped__)
    return tmp_path / "schemas" / "contexts"


def test_an_installed_wheel_has_them_beside_the_code(installed: Path) -> None:
    assert len(package_data.contexts().urls) == len(list(installed.glob("*.jsonld")))


@pytest.mark.parametrize("manifest", ["{}", "[1]", '[{"url": "urn:x:c"}]', "not JSON"])
def test_a_malformed_manifest(installed: Path, manifest: str) -> None:
    (installed / "manifest.json").write_text(manifest)
    with pytest.raises(LocalError, match=r"config\.file"):
        package_data.contexts()


def test_a_changed_context(installed: Path) -> None:
    path = installed / "credentials-v2.jsonld"
    path.write_bytes(path.read_bytes().replace(b"credentialStatus", b"credentialstatus"))
    with pytest.raises(LocalError, match=r"rdf\.context_digest"):
        package_data.contexts()


def test_what_is_at_hand_has_the_digests_of_its_bytes_and_of_its_publishers() -> None:
    known = package_data.at_hand()["https://www.w3.org/ns/credentials/v2"]
    raw = package_data.schema("contexts/credentials-v2.jsonld")
    assert Digest("sha384", hashlib.sha384(raw).digest()) in known
    # VC Data Model 2.0, annex B.1: the digest that the standard itself gives.
    recommended = bytes.fromhex("59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734")
    assert Digest("sha256", recommended) in known
    assert len(known) == 6
