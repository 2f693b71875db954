"""The published suites. What is not met is listed with the code it ends in: a surprise pass fails too.

Of JSON-LD the safe mode wants a small part, so most of that suite shows that nothing outside it is
accepted with another meaning; `REASONS` says of each code why.
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from clicid.codec import shape, strict_json
from clicid.errors import REASONS, ClicidError, Refused
from clicid.rdf import canon, safe
from clicid.rdf.contexts import Contexts
from clicid.rdf.profile import Profile
from tests.support import datasets, suites

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "rdf"
URL = "https://vectors.example/context"


def canon_tests(folder: Path) -> Iterator[tuple[str, Any]]:
    for entry in json.loads((folder / "tests" / "manifest.jsonld").read_text())["entries"]:
        yield entry["id"].lstrip("#"), (entry, folder / "tests")


@pytest.mark.suite("rdf-canon")
@pytest.mark.parametrize("case", suites.cases("rdf-canon", canon_tests))
def test_rdf_canon(case: tuple[dict[str, Any], Path]) -> None:
    entry, folder = case
    dataset = datasets.parsed((folder / entry["action"]).read_bytes())
    algorithm = entry.get("hashAlgorithm", "SHA256").lower()
    if entry["type"] == "rdfc:RDFC10NegativeEvalTest":
        started = time.process_time()
        with pytest.raises(Refused, match=r"rdf\.poison"):
            canon.canonicalize(dataset, algorithm=algorithm)
        assert time.process_time() - started < 5
        return
    found = canon.canonicalize(dataset, algorithm=algorithm)
    expected = (folder / entry["result"]).read_bytes()
    if entry["type"] == "rdfc:RDFC10MapTest":
        bare = {given.removeprefix("_:"): label.removeprefix("_:") for given, label in found.labels.items()}
        assert bare == json.loads(expected)
    else:
        assert found.nquads == expected


def canonical(raw: bytes) -> bytes:
    """In safe mode, with the context that is written out at the top as a shipped one."""
    document = shape.as_object(strict_json.loads(raw))
    shipped = {}
    if isinstance(document.get("@context"), dict):
        shipped[URL] = strict_json.dumps({"@context": document["@context"]})
        document = {**document, "@context": URL}
    digests = {url: hashlib.sha256(body).hexdigest() for url, body in shipped.items()}
    return safe.canonicalize(document, Contexts(shipped, digests), profile=Profile.CLOSED)


def json_ld_tests(folder: Path) -> Iterator[tuple[str, Any]]:
    for part in ("toRdf", "expand"):
        manifest = json.loads((folder / "tests" / f"{part}-manifest.jsonld").read_text())
        for entry in manifest["sequence"]:
            yield f"{part}-{entry['@id'].lstrip('#')}", (part, entry, folder / "tests")


# For each part of the suite: test to the code of its refusal, or why its acceptance is right.
JSON_LD_EXCEPTIONS: dict[str, dict[str, str]] = json.loads((VECTORS / "json_ld_exceptions.json").read_text())
JSON_LD_OPEN_EXCEPTIONS: dict[str, dict[str, str]] = json.loads(
    (VECTORS / "json_ld_open_exceptions.json").read_text()
)


def in_open_profile(raw: bytes) -> bytes:
    """As it stands."""
    return safe.canonicalize(shape.as_object(strict_json.loads(raw)), Contexts({}, {}), profile=Profile.OPEN)


@pytest.mark.suite("json-ld")
@pytest.mark.parametrize("case", suites.cases("json-ld", json_ld_tests))
def test_json_ld(case: tuple[str, dict[str, Any], Path]) -> None:
    check_json_ld(case, canonical, JSON_LD_EXCEPTIONS)


@pytest.mark.suite("json-ld")
@pytest.mark.parametrize("case", suites.cases("json-ld", json_ld_tests))
def test_json_ld_in_the_open_profile(case: tuple[str, dict[str, Any], Path]) -> None:
    check_json_ld(case, in_open_profile, JSON_LD_OPEN_EXCEPTIONS)


def check_json_ld(
    case: tuple[str, dict[str, Any], Path],
    canonical: Callable[[bytes], bytes],
    exceptions: dict[str, dict[str, str]],
) -> None:
    part, entry, folder = case
    expected = exceptions[part].get(entry["@id"])
    raw = (folder / entry["input"]).read_bytes()
    negative = any("Negative" in kind for kind in entry["@type"])
    if (negative and expected is None) or expected in REASONS:
        with pytest.raises(ClicidError) as caught:
            canonical(raw)
        assert expected in (None, caught.value.code)
    elif "expect" in entry:
        form = ox.RdfFormat.N_QUADS if part == "toRdf" else ox.RdfFormat.JSON_LD
        # An exception with a reason is accepted, and says something else.
        same = canonical(raw) == datasets.canonical((folder / entry["expect"]).read_bytes(), form)
        assert same == (expected is None)
    else:
        assert canonical(raw)
