"""Every committed presentation ends with the reason that its file names, at every entry point."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clicid.adapters.gather import settle
from clicid.errors import REASONS
from clicid.formats.base import Binding, FormatId, Have, Material, Need, NeedKind, Wanted
from clicid.formats.sd_jwt_vc import SdJwtVcChecker
from clicid.verification import Accepted, Ending, Policy, Request, SignedLists, check
from tests.support.world import Store, World

FOLDER = Path(__file__).parents[3] / "vectors" / "sd_jwt_vc"
FILES = sorted(path for path in FOLDER.glob("*.json") if not path.name.startswith("_"))
CHECKERS = {FormatId.SD_JWT_VC: SdJwtVcChecker()}


def load(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


SETTING = load(FOLDER / "_setting.json")
NOW = datetime.fromtimestamp(SETTING["now"], UTC)
HAVE = {
    Need(NeedKind(item["kind"]), item["uri"], item["subject"]): Material(
        base64.b64decode(item["body"]), NOW, datetime.fromtimestamp(item["as_of"], UTC), "vector"
    )
    for item in SETTING["materials"]
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_ends_as_the_file_says(path: Path) -> None:
    vector = load(path)
    world = World()
    policy = Policy(
        "vectors",
        world.rules,
        {SETTING["credential_type"]: bytes.fromhex(SETTING["schema_digest"])},
        SignedLists.IGNORED,
        "00" * 32,
    )
    binding = Binding(SETTING["audience"], SETTING["nonce"])
    request = Request(FormatId.SD_JWT_VC, binding, frozenset({SETTING["credential_type"]}))
    store = Store(HAVE)

    def step(have: Have) -> Ending | Wanted:
        raw = vector["presentation"].encode()
        return check(raw, have, request=request, policy=policy, checkers=CHECKERS, now=NOW)

    ending = settle(step, store, NOW)

    code = vector["code"]
    assert ending.report.code == code
    assert isinstance(ending, Accepted) == (not code)
    if code:
        assert code in REASONS
        assert not any(section.shown for section in ending.report.sections)
    if code == "issuer.not_accredited":
        # A stranger's credential makes nobody ask for more than whether he is known.
        assert [need.kind for need in store.asked] == [NeedKind.ACCREDITATION]


def test_there_are_vectors_of_both_kinds() -> None:
    codes = [load(path)["code"] for path in FILES]
    assert codes.count("") == 2
    assert len(set(codes)) >= 25
