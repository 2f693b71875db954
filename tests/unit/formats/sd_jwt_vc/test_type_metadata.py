"""Type metadata: names for people, and what every credential of a type must have (SD-JWT VC 5, 7)."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from clicid.formats.sd_jwt_vc import token, type_metadata
from clicid.formats.sd_jwt_vc.type_metadata import ClaimMetadata, Label, TypeMetadata
from clicid.securing.sd_jwt.disclosure import make
from clicid.securing.sd_jwt.reveal import Revealed, reveal
from tests.support.refusals import refused
from tests.support.world import World

VCT, BASE, ROOT = (f"https://types.example/{name}" for name in ("child", "base", "root"))
PUBLISHED = Path(__file__).parents[4] / "schemas" / "published"


def document(vct: str = VCT, **members: Any) -> bytes:
    return json.dumps({"vct": vct} | members).encode()


def sri(raw: bytes, name: str = "sha256") -> str:
    return f"{name}-{base64.b64encode(hashlib.new(name, raw).digest()).decode()}"


def collected(*documents: bytes, integrity: str = "") -> TypeMetadata:
    known = {json.loads(raw)["vct"]: raw for raw in documents}
    found = type_metadata.collect(VCT, integrity, known)
    assert isinstance(found, TypeMetadata)
    return found


def claim(*path: str | int | None, **members: Any) -> dict[str, Any]:
    return {"path": list(path)} | members


def test_names_in_several_languages() -> None:
    found = collected(
        document(
            display=[{"locale": "sv-SE", "name": "Intyg", "description": "Ett intyg"}],
            claims=[claim("name", display=[{"locale": "en", "label": "Name"}], sd="always", mandatory=True)],
            rendering="ignored",
        )
    )
    assert found.display == (Label("sv-SE", "Intyg", "Ett intyg"),)
    assert found.claims == (ClaimMetadata(("name",), (Label("en", "Name"),), True, "always"),)


def test_what_is_wanted_is_said_one_document_at_a_time() -> None:
    known: dict[str, bytes] = {}
    assert type_metadata.collect(VCT, "", known) == VCT
    known[VCT] = document(extends=BASE)
    assert type_metadata.collect(VCT, "", known) == BASE
    known[BASE] = document(BASE, extends=ROOT)
    assert type_metadata.collect(VCT, "", known) == ROOT


def test_a_type_inherits_what_it_does_not_say_itself() -> None:
    base = document(
        BASE,
        display=[{"locale": "en", "name": "Base"}],
        claims=[claim("name", display=[{"locale": "en", "label": "Full name"}]), claim("city", sd="always")],
    )
    child = document(
        extends=BASE,
        claims=[claim("city", mandatory=True, display=[{"locale": "en", "label": "Town"}]), claim("nation")],
    )
    found = collected(child, base)
    assert found.display == (Label("en", "Base"),)
    assert found.claims == (
        ClaimMetadata(("name",), (Label("en", "Full name"),)),
        ClaimMetadata(("city",), (Label("en", "Town"),), True, "always"),
        ClaimMetadata(("nation",)),
    )


@pytest.mark.parametrize(
    ("of_base", "of_child"),
    [
        ({"mandatory": True}, {"mandatory": False}),
        ({"sd": "always"}, {"sd": "never"}),
        ({"sd": "always"}, {"sd": "allowed"}),
        ({"sd": "never"}, {"sd": "always"}),
    ],
)
def test_a_type_cannot_take_back_what_it_extends(of_base: dict[str, Any], of_child: dict[str, Any]) -> None:
    base = document(BASE, claims=[claim("a", **of_base)])
    child = document(extends=BASE, claims=[claim("a", **of_child)])
    with refused("sd_jwt.type_metadata", "/claims"):
        collected(child, base)


def test_integrity_is_of_the_bytes() -> None:
    base = document(BASE)
    child = document(extends=BASE, **{"extends#integrity": sri(base, "sha384")})
    collected(child, base, integrity=sri(child))
    # of several functions the strongest counts
    with refused("sd_jwt.type_metadata", "vct#integrity"):
        collected(child, base, integrity=f"{sri(child)} {sri(b'other', 'sha512')}")
    with refused("sd_jwt.type_metadata", "vct#integrity"):
        collected(child, base + b" ", integrity=sri(child))
    with refused("vc.resource"):
        collected(child, base, integrity="md5-AAAA")


def circle(length: int) -> list[bytes]:
    names = [VCT, *(f"{BASE}/{number}" for number in range(1, length))]
    following = [*names[1:], names[0]]
    return [document(name, extends=after) for name, after in zip(names, following, strict=True)]


@pytest.mark.parametrize("length", [1, 2, 8, 9])
def test_a_type_that_extends_itself_ends(length: int) -> None:
    with refused("sd_jwt.type_metadata", "/extends"):
        collected(*circle(length))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (document(BASE), "sd_jwt.type_metadata"),
        (b"[]", "codec.shape"),
        (b"{", "codec.json"),
        (document(claims=[claim()]), "codec.shape"),
        (document(claims=[claim(-1)]), "codec.shape"),
        (document(claims=[claim(True)]), "codec.shape"),
        (document(claims=[claim("a", sd="maybe")]), "sd_jwt.type_metadata"),
        (document(claims=[claim("a"), claim("a")]), "sd_jwt.type_metadata"),
        (document(claims=[claim("a", display=[{"label": "no language"}])]), "codec.shape"),
        (document(display=[{"locale": "en"}]), "codec.shape"),
        (document(claims=[claim("a")] * 513), "codec.shape"),
        (document(extends="urn:example:base"), "sd_jwt.type_metadata"),
        (document(extends="http://"), "codec.url"),
    ],
)
def test_documents_that_are_none(raw: bytes, code: str) -> None:
    with refused(code):
        type_metadata.collect(VCT, "", {VCT: raw})


def test_a_type_that_is_no_address_has_no_document() -> None:
    with refused("sd_jwt.type_metadata", "/vct"):
        type_metadata.collect("urn:eudi:pid:1", "", {})


# Against a credential ---------------------------------------------------------------------------


def salt(number: int) -> bytes:
    return bytes([number]) * 16


def credential() -> Revealed:
    """Open: name, address.city. To be withheld: born, address.street, nations[1], degrees[0].type."""
    street, born = make(salt(1), "street", "Main"), make(salt(2), "born", 1990)
    second, kind = make(salt(3), None, "NO"), make(salt(4), "type", "BSc")
    unshown = make(salt(5), None, "DK")
    payload: dict[str, Any] = {
        "name": "A",
        "address": {"city": "X", "_sd": [street.digest]},
        "nations": ["SE", {"...": second.digest}],
        "places": [{"...": unshown.digest}, "X"],
        "degrees": [{"_sd": [kind.digest]}],
        "_sd": [born.digest],
    }
    return reveal(payload, [street, born, second, kind], never_selective=frozenset())


GOOD = [
    claim("name", sd="never", mandatory=True),
    claim("born", sd="always", mandatory=True),
    claim("address", sd="never"),
    claim("address", "street", sd="always"),
    claim("nations", 1, sd="always"),
    claim("nations", 0, sd="never"),
    claim("places", 0, sd="always"),  # which one it is cannot be told
    claim("degrees", None, "type", sd="always", mandatory=True),
    claim("absent", sd="always"),
    claim("absent", "inside", None, 3),
]


@pytest.mark.parametrize("member", GOOD, ids=lambda member: str(member["path"]))
def test_a_credential_as_its_type_says(member: dict[str, Any]) -> None:
    type_metadata.check(collected(document(claims=[member])), credential())


@pytest.mark.parametrize(
    "member",
    [
        claim("absent", mandatory=True),
        claim("address", "zip", mandatory=True),
        claim("nations", 2, mandatory=True),
        claim("name", sd="always"),
        claim("born", sd="never"),
        claim("address", "city", sd="always"),
        claim("address", "street", sd="never"),
        claim("nations", None, sd="always"),
        claim("nations", None, sd="never"),
        claim("degrees", 0, sd="always"),  # what is inside it is, and not it itself
        claim("name", "inside"),
        claim("name", None),
        claim("nations", "SE"),
        claim("address", 0),
    ],
    ids=lambda member: str(member["path"]),
)
def test_a_credential_that_is_not(member: dict[str, Any]) -> None:
    where = "/".join("*" if step is None else str(step) for step in member["path"])
    with refused("sd_jwt.type_claims", where):
        type_metadata.check(collected(document(claims=[member])), credential())


@pytest.mark.parametrize("name", ["age", "identity"])
def test_ours_are_read_and_their_bytes_are_fixed(name: str) -> None:
    raw = (PUBLISHED / name / "v1" / "type-metadata.json").read_bytes()
    vct = json.loads(raw)["vct"]
    found = type_metadata.collect(vct, sri(raw, "sha384"), {vct: raw})
    assert isinstance(found, TypeMetadata)
    assert {label.locale for label in found.display or ()} == {"en", "sv-SE"}


def test_integrity_is_read_from_a_credential() -> None:
    assert token.parse(World().credential()).integrity == ""
