"""Random documents: our types, W3C's own examples, trees of every construct, and what mutation makes of them.

They come in groups. The first of a group is made by mutation of a sound one, or is sound; the others
have its form and other values, so that a compiled shape has something to fill in, sound or hostile.
"""

from __future__ import annotations

import copy
import json
import random
import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clicid.adapters import package_data
from clicid.rdf.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VECTORS: Final = Path(__file__).resolve().parents[1] / "vectors" / "rdf" / "safe_mode.json"
GROUP: Final = 20
V2: Final = "https://www.w3.org/ns/credentials/v2"
AGE: Final = "https://schemas.clicid.example/contexts/age/v1"
IDENTITY: Final = "https://schemas.clicid.example/contexts/identity/v1"
EVERYTHING: Final = "https://vectors.example/context"

_POOLS: Final = json.loads((Path(__file__).parent / "pools.json").read_text())
TEXTS: Final = (*_POOLS["texts"],)
IRIS: Final = (*_POOLS["iris"], f"urn:x:{'a' * 3000}")
OTHERS: Final = (*_POOLS["others"],)
NAMES: Final = (*_POOLS["names"],)


class Case(NamedTuple):
    """A document, how much of JSON-LD it may use, and whether it opens a group."""

    document: dict[str, Any]
    profile: Profile
    first: bool


def contexts() -> dict[str, bytes]:
    """The contexts that the documents name: those that ship, and one with every construct."""
    rows = json.loads(package_data.schema("contexts/manifest.json"))
    shipped = {row["url"]: package_data.schema(f"contexts/{row['file']}") for row in rows}
    everything = json.dumps({"@context": json.loads(VECTORS.read_text())["context"]})
    return {**shipped, EVERYTHING: everything.encode()}


class Documents:
    """An endless series of documents, the same for one seed."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)

    def __iter__(self) -> Iterator[Case]:
        while True:
            profile = self._draw.choice((Profile.CLOSED, Profile.CLOSED, Profile.OPEN))
            document = self._draw.choice(_KINDS)(self._draw, profile)
            for _ in range(self._draw.choice((0, 0, 0, 0, 1, 1, 2))):
                self._mutate(document)
            yield Case(document, profile, first=True)
            for _ in range(GROUP - 1):
                varied = copy.deepcopy(document)
                self._vary(varied, self._draw.choice((0.05, 0.3, 1.0)))
                yield Case(varied, profile, first=False)

    def _vary(self, document: dict[str, Any], how_much: float) -> None:
        """Other texts where texts stand; mostly of the same kind, sometimes wild."""
        wild = self._draw.random() < 0.4
        for holder, key, name in list(_places(document)):
            value = holder[key]
            if not isinstance(value, str) or name == "@context" or self._draw.random() > how_much:
                continue
            if wild and self._draw.random() < 0.15:
                holder[key] = self._draw.choice(TEXTS + IRIS)
            elif re.match("[a-z]+:", value) and name not in ("type", "@type"):
                holder[key] = f"{value.partition(':')[0]}:{self._text()}"
            elif name not in ("type", "@type", "word", "@language"):
                holder[key] = self._draw.choice(
                    (self._text(), str(uuid.UUID(int=self._draw.getrandbits(128))))
                )
        if wild and self._draw.random() < 0.3:
            places = [each for each in _places(document) if isinstance(each[0][each[1]], str)]
            if places:
                (to, at, _), (source, place, _) = self._draw.choice(places), self._draw.choice(places)
                to[at] = source[place]

    def _text(self) -> str:
        return "".join(self._draw.choice("abcXYZ019-.Åé漢") for _ in range(self._draw.randrange(1, 12)))

    def _mutate(self, document: dict[str, Any]) -> None:
        places = list(_places(document))
        if not places:
            return
        holder, key, _ = self._draw.choice(places)
        kind = self._draw.randrange(8)
        if kind == 0:
            holder[key] = copy.deepcopy(self._draw.choice(OTHERS))
        elif kind == 1:
            holder[key] = self._draw.choice(TEXTS + IRIS)
        elif kind == 2:
            del holder[key]
        elif kind == 3 and isinstance(holder, dict):
            holder[self._draw.choice(NAMES)] = copy.deepcopy(self._draw.choice(OTHERS + TEXTS + IRIS))
        elif kind == 4:
            holder[key] = [copy.deepcopy(holder[key]) for _ in range(self._draw.randrange(1, 4))]
        elif kind == 5:
            source, place, _ = self._draw.choice(places)
            holder[key] = copy.deepcopy(source[place])
        elif kind == 6 and isinstance(holder, dict):
            items = list(holder.items())
            self._draw.shuffle(items)
            holder.clear()
            holder.update(items)
        elif isinstance(holder, list):
            holder.insert(self._draw.randrange(len(holder) + 1), copy.deepcopy(self._draw.choice(OTHERS)))


def _places(value: Any, name: str = "") -> Iterator[tuple[Any, Any, str]]:
    """Every place below a value: its holder, its key there, and the member's name it stands under."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        under = key if isinstance(key, str) and name != "@context" else name
        yield value, key, under
        if isinstance(value[key], dict | list):
            yield from _places(value[key], under)


def _uuid(draw: random.Random) -> str:
    return f"urn:uuid:{uuid.UUID(int=draw.getrandbits(128))}"


def _credential(draw: random.Random, kind: str, context: str, subject: dict[str, Any]) -> dict[str, Any]:
    index = draw.randrange(10**6)
    url = f"https://issuer.example/status/{draw.randrange(3)}"
    document: dict[str, Any] = {
        "@context": [V2, context],
        "id": _uuid(draw),
        "type": ["VerifiableCredential", kind],
        "issuer": draw.choice(("did:ethr:0x1:0xab", {"id": "did:key:z6Mk", "name": "Utfärdaren"})),
        "validFrom": "2026-11-01T00:00:00Z",
        "validUntil": "2027-11-01T00:00:00Z",
        "credentialSubject": subject,
        "credentialStatus": [
            {
                "id": f"{url}/{purpose}#{index}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": purpose,
                "statusListIndex": str(index),
                "statusListCredential": f"{url}/{purpose}",
            }
            for purpose in ("revocation", "suspension")
        ],
    }
    for name in ("id", "validUntil", "credentialStatus"):
        if draw.random() < 0.2:
            del document[name]
    return document


def _age(draw: random.Random, _profile: Profile) -> dict[str, Any]:
    subject: dict[str, Any] = {"ageOver18": draw.random() < 0.9}
    if draw.random() < 0.8:
        subject = {"id": f"did:key:z{draw.getrandbits(64)}", **subject}
    return _credential(draw, "ClicAge", AGE, subject)


def _identity(draw: random.Random, _profile: Profile) -> dict[str, Any]:
    subject = {
        "id": f"did:key:z{draw.getrandbits(64)}",
        "personRef": f"ref{draw.getrandbits(64)}",
        "givenName": "Åsa",
        "familyName": f"Öhrn-{draw.randrange(100)}",
        "birthDate": "1990-01-02",
        "nationality": "SWE",
        "personalIdentityNumber": {"numberValue": "199001021234", "numberKind": "personal"},
        "document": {"documentType": "passport", "documentNumber": f"AA{draw.randrange(10**7)}"},
        "assuranceLevel": "substantial",
        "proofing": {"methods": ["document", "face"], "engines": ["one"], "day": "2026-10-01"},
        "ageOver18": True,
    }
    for name in list(subject)[1:]:
        if draw.random() < 0.1:
            del subject[name]
    return _credential(draw, "ClicIdentity", IDENTITY, subject)


def _proof(draw: random.Random, _profile: Profile) -> dict[str, Any]:
    return {
        "@context": draw.choice(([V2], [V2, AGE])),
        "type": "DataIntegrityProof",
        "cryptosuite": draw.choice(("eddsa-rdfc-2022", "ecdsa-rdfc-2019")),
        "created": "2026-11-22T00:00:00Z",
        "verificationMethod": f"did:key:z6Mk#z{draw.getrandbits(32)}",
        "proofPurpose": draw.choice(("assertionMethod", "authentication")),
        "challenge": str(draw.getrandbits(64)),
        "domain": "https://rp.example",
    }


def _presentation(draw: random.Random, profile: Profile) -> dict[str, Any]:
    held = [draw.choice((_age, _identity))(draw, profile) for _ in range(draw.randrange(1, 3))]
    for credential in held:
        credential["proof"] = {name: value for name, value in _proof(draw, profile).items() if name[0] != "@"}
    return {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": f"did:key:z{draw.getrandbits(32)}",
        "verifiableCredential": held,
    }


def _tree(draw: random.Random, _profile: Profile) -> dict[str, Any]:
    return {"@context": EVERYTHING, **_node(draw, 3)}


def _node(draw: random.Random, depth: int) -> dict[str, Any]:
    node: dict[str, Any] = {}
    if draw.random() < 0.5:
        node["id"] = _uuid(draw)
    if draw.random() < 0.6:
        node["type"] = draw.choice(("Thing", "Scoped", ["Thing", "urn:x:Other"]))
    makers: dict[str, Callable[[], Any]] = {
        "text": lambda: draw.choice(("a", "b", ["a", "b", "c"], 7, True, {"@value": "x", "@language": "sv"})),
        "word": lambda: draw.choice(("Thing", "urn:x:word")),
        "flag": lambda: draw.random() < 0.5,
        "count": lambda: draw.randrange(-5, 10**6),
        "day": lambda: "2026-11-01",
        "none": lambda: draw.choice(("x", 5)),
        "set": lambda: draw.choice((["a"], ["b", "a"], [1, 2])),
        "list": lambda: draw.choice((["a"], ["a", "a"], ["b", "a", 3])),
        "svenska": lambda: "hej",
    }
    if depth:
        makers |= {
            "node": lambda: draw.choice(
                (
                    _uuid(draw),
                    _node(draw, depth - 1),
                    [_node(draw, depth - 1) for _ in range(draw.randrange(2, 4))],
                )
            ),
            "graph": lambda: [_node(draw, depth - 1)],
            "inner": lambda: {**_node(draw, depth - 1), "deep": "d"},
            "clear": lambda: {"@context": EVERYTHING, **_node(draw, depth - 1)},
        }
    for name in draw.sample(sorted(makers), draw.randrange(1, 6)):
        node[name] = makers[name]()
    return node


def _open(draw: random.Random, profile: Profile) -> dict[str, Any]:
    """As W3C's examples are: terms of no shipped context."""
    document = _age(draw, profile)
    more: Any = draw.choice(
        (
            {"@vocab": "https://example.org/ns#"},
            {
                "alumniOf": "https://schema.org/alumniOf",
                "degree": {"@id": "https://schema.org/degree", "@type": "@id"},
            },
            {
                "score": {
                    "@id": "https://example.org/score",
                    "@type": "http://www.w3.org/2001/XMLSchema#double",
                }
            },
        )
    )
    document["@context"] = [V2, more]
    document["type"] = ["VerifiableCredential"]
    document["credentialSubject"] = {
        "id": f"did:example:{draw.randrange(10**6)}",
        draw.choice(("alumniOf", "degree", "score", "name")): draw.choice(
            (
                "Uni",
                1.5,
                2,
                {"@value": "Uni", "@language": "en"},
                {"id": "urn:x:uni", "name": "Uni"},
                ["a", "b"],
            )
        ),
    }
    return document


_KINDS: Final = (_age, _identity, _identity, _proof, _presentation, _tree, _tree, _tree, _open)
