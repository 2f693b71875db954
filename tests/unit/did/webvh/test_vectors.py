"""The vectors of did:webvh's implementers, whole: five implementations' logs, and those that must be refused.

Where what they show is not what the standard says, the case stands below by name, with the reason.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from clicid.did.webvh import documents, log
from clicid.did.webvh.files import Files
from clicid.did.webvh.identifier import WebvhDid
from clicid.errors import Refused
from tests.support.suites import cases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.did.webvh.log import Log

NOW = datetime(2026, 11, 26, tzinfo=UTC)
SCID_OF_THEIRS = "Qm0000000000000000000000000000000000000000000000"
_RESOLVED = re.compile(r'^ *- op: resolve-did\n *did: "(.*)"$', re.MULTILINE)
SCID = "QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE"

# "DID Witnesses": who is replaced approves the entry that replaces them. The second entry wants both of the
# first one's, and has one. (python says so itself.)
_REPLACED = ("did.unwitnessed", "the entry that replaces its witnesses is approved by the new ones alone")
# "The witness Parameter": a witness is named by a did:key.
_NO_DID = ("did.log_parameters", "witnesses are named by their multikeys")
REFUSED = {
    "witness-update/java": _REPLACED,
    "witness-update/java-eecc": _REPLACED,
    "witness-update/python": _REPLACED,
    "witness-update/ts": _REPLACED,
    "witness-update/rust": _NO_DID,
    "witness-threshold/rust": _NO_DID,
}
# "Deactivate": the document of a DID that is over is not shown. All five show it.
SHOWN_ALL_THE_SAME = "deactivate"
# "Read": `updated` is the time of the last entry, also where an earlier one is asked for.
UPDATED_AS_ASKED = {f"multi-update/{who}" for who in ("java", "java-eecc", "ts")}
# The file for one version holds another: the newest.
OTHER_VERSION = {"multi-update/python/1", "multi-update/python/2"}
# What each negative case is to be refused with, in the vectors' own words.
CODES = {
    "invalidDid": {"did.syntax", "did.log", "did.unwitnessed"},
    "invalidProof": {"did.log_proof"},
    "invalidParameters": {"did.log_parameters"},
}


class Case(NamedTuple):
    """One resolution: the log, the version asked for (0 for the newest), and the answer."""

    name: str
    files: Files
    number: int
    answer: dict[str, Any]


def _case(folder: Path, answer: Path) -> Case:
    witnesses = folder / "did-witness.json"
    return Case(
        f"{folder.parent.name}/{folder.name}",
        Files((folder / "did.jsonl").read_bytes(), witnesses.read_bytes() if witnesses.exists() else b""),
        int(answer.name.split(".")[1]) if answer.name.count(".") == 2 else 0,
        json.loads(answer.read_bytes()),
    )


def _resolutions(root: Path, *, negative: bool) -> Iterator[tuple[str, Case]]:
    for answer in sorted(root.glob("vectors/*/*/resolutionResult*.json")):
        folder = answer.parent
        if (
            folder.parent.name.startswith("negative-") is negative
            and (folder / "did.jsonl").stat().st_size > 1
        ):
            case = _case(folder, answer)
            yield f"{case.name}/{case.number}", case


def _literal(root: Path) -> Iterator[tuple[str, str]]:
    for script in sorted(root.glob("vectors/negative-*/script.yaml")):
        for did in _RESOLVED.findall(script.read_text()):
            yield f"{script.parent.name}/{did.partition(SCID_OF_THEIRS)[2]}", did


def _did(files: Files) -> str:
    return str(json.loads(files.log.splitlines()[-1])["state"]["id"])


def _without_services(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "service"}


def _services(document: dict[str, Any]) -> dict[str, Any]:
    """By their fragments: ids stand there with or without the DID, folders with or without a last slash."""
    return {
        one["id"].partition("#")[2]: (
            one["type"],
            one.get("@context"),
            one["serviceEndpoint"].removesuffix("/"),
        )
        for one in document.get("service", [])
    }


@pytest.mark.suite("did-webvh")
@pytest.mark.parametrize("case", cases("did-webvh", lambda root: _resolutions(root, negative=False)))
def test_a_log_of_five_implementations(case: Case) -> None:
    did = _did(case.files)
    if case.name in REFUSED:
        with pytest.raises(Refused) as refused:
            log.read(did, case.files, NOW)
        assert refused.value.code == REFUSED[case.name][0]
        return
    found = log.read(did, case.files, NOW)
    other = f"{case.name}/{case.number}" in OTHER_VERSION
    version = documents.by_number(found, case.number) if case.number and not other else found.newest
    theirs, ours = case.answer["didDocument"], documents.published(version)
    assert _without_services(ours) == _without_services(theirs)
    if case.name != f"{SHOWN_ALL_THE_SAME}/java":  # It leaves the two services out once the DID is over.
        assert _services(ours) == _services(theirs)
    said = {name: value for name, value in documents.metadata(found, version).items() if name != "ttl"}
    expected = _expected(case, said)
    assert {name: said[name] for name in expected} == expected
    over = case.name.startswith(f"{SHOWN_ALL_THE_SAME}/")
    assert said["deactivated"] is over
    document = documents.document(found, NOW)
    assert document.deactivated is over
    there = {method.id for method in document.methods if not method.ended}
    assert there == (set() if over else _own(found))


def _own(found: Log) -> set[str]:
    """The methods that are the DID's own.

    DID Core 5.2 wants a `controller`: python and ts write none. java-eecc moves the document's `id` alone,
    and leaves its method to the former DID.
    """
    listed: Any = found.newest.state["verificationMethod"]
    return {one["id"] for one in listed if one.get("controller") == str(found.newest.did)}


def _expected(case: Case, said: dict[str, Any]) -> dict[str, Any]:
    """Their metadata, in the standard's words where theirs are others."""
    told = {name: value for name, value in case.answer["didDocumentMetadata"].items() if value is not None}
    if case.number and case.name in UPDATED_AS_ASKED:
        assert told.pop("updated") == said["versionTime"]
    if told.get("witness"):
        told["witness"] = {**told["witness"], "threshold": str(told["witness"]["threshold"])}
    return told


@pytest.mark.suite("did-webvh")
@pytest.mark.parametrize("case", cases("did-webvh", lambda root: _resolutions(root, negative=True)))
def test_a_log_that_must_be_refused(case: Case) -> None:
    # The DID as it was asked for: its SCID is the first entry's, whatever the documents say.
    first = json.loads(case.files.log.splitlines()[0])
    did = f"did:webvh:{first['parameters']['scid']}:example.com"
    with pytest.raises(Refused) as refused:
        log.read(did, case.files, NOW)
    assert refused.value.code in CODES[case.answer["didResolutionMetadata"]["error"]]


@pytest.mark.suite("did-webvh")
@pytest.mark.parametrize("did", cases("did-webvh", _literal))
def test_an_identifier_that_must_be_refused(did: str) -> None:
    # Their SCID is none, which alone would do: the trap must be seen with a good one too.
    trap = did.replace(SCID_OF_THEIRS, SCID)
    assert trap != did
    for one in (did, trap):
        with pytest.raises(Refused, match=r"did\.syntax"):
            WebvhDid.parse(one)
