"""Every committed response ends with the reason that its file names."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from clicid.adapters.gather import settle
from clicid.errors import REASONS
from clicid.formats.base import Binding, FormatId, Have, Material, Need, NeedKind, Wanted
from clicid.trust.iaca import Authority
from clicid.verification import Accepted, Ending, Policy, Request, SignedLists, check
from tests.support.mdoc import CHECKERS, MdocWorld
from tests.support.world import Store

FOLDER = Path(__file__).parents[3] / "vectors" / "mdoc"
FILES = sorted(path for path in FOLDER.glob("*.json") if not path.name.startswith("_"))


def load(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


SCHEMA = load(Path(__file__).parents[4] / "schemas" / "report.schema.json")
SETTING = load(FOLDER / "_setting.json")
NOW = datetime.fromtimestamp(SETTING["now"], UTC)
WORLD = MdocWorld()
HAVE = {
    Need(NeedKind(item["kind"]), item["uri"], item["subject"]): Material(
        base64.b64decode(item["body"]), NOW, datetime.fromtimestamp(item["as_of"], UTC), "vector"
    )
    for item in SETTING["materials"]
}
ROOT = Authority.load(base64.b64decode(SETTING["authority"]))
POLICY = Policy(
    "vectors",
    replace(WORLD.rules, authorities={ROOT: SETTING["issuer"]}),
    {SETTING["doc_type"]: bytes.fromhex(SETTING["schema_digest"])},
    SignedLists.IGNORED,
    "00" * 32,
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_ends_as_the_file_says(path: Path) -> None:
    vector = load(path)
    binding = Binding(
        SETTING["audience"],
        SETTING["nonce"],
        transcript=bytes.fromhex(SETTING["session_transcript"]),
        agree=lambda key: WORLD.keys.agree(WORLD.reader_ref, key),
    )
    request = Request(FormatId.DEVICE_RESPONSE, binding, frozenset({SETTING["doc_type"]}))
    store = Store(HAVE)

    def step(have: Have) -> Ending | Wanted:
        raw = base64.b64decode(vector["response"])
        return check(raw, have, request=request, policy=POLICY, checkers=CHECKERS, now=NOW)

    ending = settle(step, store, NOW)

    jsonschema.validate(ending.report.to_json(), SCHEMA)
    code = vector["code"]
    assert ending.report.code == code, ending.report
    assert isinstance(ending, Accepted) == (not code)
    if code:
        assert code in REASONS
        assert not any(section.shown for section in ending.report.sections)
    if code == "issuer.unknown":
        # A stranger's document makes nobody ask for anything.
        assert store.asked == []


def test_there_are_vectors_of_both_kinds() -> None:
    codes = [load(path)["code"] for path in FILES]
    assert codes.count("") == 4
    assert len(set(codes)) >= 25
    assert len(codes) >= 80
