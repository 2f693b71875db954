"""did:ethr in full: everything that a registry has said of an identity, and the document at any point of it.

Verification wants keys and nothing else, and quickly (`ethr`). This is what others resolve: accounts,
services and agreement keys too, as of now, of a block, or of a time, with the numbers of
ethr-did-resolver 11. It differs from that resolver on purpose:

- a key is a Multikey with `publicKeyMultibase`; an attribute that holds no key of an algorithm that we
  know, or for another use than ``veriKey``, ``sigAuth`` and ``enc``, takes its number and is left out;
- no relationship names a key that is over: there, agreement keys dangle;
- a key that its owner has stated to be compromised is over from that statement on, under every number,
  whether that was stated of the number it has or of one it had;
- a revocation counts from its own second on, and an attribute whose name is malformed never takes a
  number: there, it takes one once it is over, and moves those behind it;
- addresses are in lower case (CAIP-10 takes both), and an endpoint that is JSON is one if DID Core
  allows it as such, else its text;
- `versionTime` is read, and a deactivated identity has no document (DID Resolution, the algorithm).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, multibase, multicodec, strict_json
from clicid.did import compromise, ethr
from clicid.did.compromise import Numbered
from clicid.did.document import CONTEXTS, Relationship, method_json
from clicid.did.ethr import EthrDid, EthrKey
from clicid.errors import Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clicid.codec.strict_json import Json

MAX_CHANGES: Final = 1 << 17
MAX_HISTORY_BYTES: Final = 1 << 25
"""Of names and values together; whoever reads a history from a store reads no more of it."""

MAX_DOCUMENT_BYTES: Final = 1 << 20
_MAX_ENDPOINT_DEPTH: Final = 16
_ACCOUNTS: Final = "https://w3id.org/security/suites/secp256k1recovery-2020/v2"
_SERVICE_NAME: Final = re.compile(r"did/svc/(\w+)(?:/\w+){0,2}", re.ASCII)
_AGREEMENT: Final = frozenset({Relationship.KEY_AGREEMENT})
_X25519_BYTES: Final = 32


class About(StrEnum):
    """What a change is about: the event of ERC-1056 that told it."""

    OWNER = "owner"
    DELEGATE = "delegate"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Change:
    """One event about an identity.

    Args:
        about: Which event.
        block: Number of its block.
        time: Time of that block, seconds since 1970.
        name: The attribute's name or the delegate's type, 32 bytes as emitted; empty for an owner.
        value: The attribute's value; the delegate's or owner's 20-byte address.
        valid_to: Last second of its validity, as emitted; 0 for an owner.
    """

    about: About
    block: int
    time: int
    name: bytes
    value: bytes
    valid_to: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of an identity.

    Args:
        did: Whose.
        changes: In the order in which they count.
        head: Number of the last block known.
        head_time: Its time, seconds since 1970.
        source: Which chain and block it is from, for people.
    """

    did: EthrDid
    changes: tuple[Change, ...]
    head: int
    head_time: int
    source: str


@dataclass(frozen=True, slots=True)
class Point:
    """A point in a history: its last block, and between which two seconds it lies.

    Of a block that is not at hand the second is not known, only that it lies between its neighbours'.
    """

    block: int
    earliest: int
    latest: int


@dataclass(frozen=True, slots=True)
class Version:
    """The document at a point, None once deactivated, and `didDocumentMetadata`."""

    document: dict[str, Json] | None
    metadata: dict[str, Json]


def version(history: History, at: Point) -> Version:
    """The document of an identity at a point of its history.

    An identity exists before anything is said of it: there, and before its first change, it owns itself.

    Raises:
        Refused: `did.too_large` for a history or a document beyond the caps above.
        Undecided: `did.version_time` if the point is not known well enough to tell whether a key had
            run out.
    """
    if len(history.changes) > MAX_CHANGES:
        raise Refused("did.too_large", detail=f"more than {MAX_CHANGES} changes")
    held = _Held(history.did.address)
    last, following = None, None
    for change in history.changes:
        if change.block > at.block or change.time > at.latest:
            following = following or change
        elif not held.deactivated:
            held.take(change)
            last = change
    metadata = _metadata(last, None if held.deactivated else following)
    if held.deactivated:
        return Version(None, {"deactivated": True, **metadata})
    return Version(_document(history.did, held, at), metadata)


def at_time(history: History, seconds: int) -> Point:
    """The point of a second, seconds since 1970: everything up to and with it counts."""
    return Point(history.head, seconds, seconds)


def _metadata(last: Change | None, following: Change | None) -> dict[str, Json]:
    found: dict[str, Json] = {}
    if last is not None:
        found |= {"versionId": str(last.block), "updated": _stamp(last.time)}
    if following is not None:
        found |= {"nextVersionId": str(following.block), "nextUpdate": _stamp(following.time)}
    return found


def _stamp(seconds: int) -> str:
    return instant.format_stamp(ethr.to_instant(seconds))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A delegate or attribute that is in force, and the number it has."""

    change: Change
    text: str
    number: int


class _Kind(StrEnum):
    """What is counted apart, by the fragment it is named with."""

    KEY = "delegate"
    SERVICE = "service"


@dataclass(slots=True)
class _Held:
    """What stands after some changes.

    `numbered` are the keys that a statement can name, revoked or not, by their numbers; `compromised` are
    the public halves of those that were in other hands.
    """

    owner: bytes
    deactivated: bool = False
    entries: dict[tuple[About, bytes, bytes], _Entry] = field(default_factory=dict)
    counted: Counter[_Kind] = field(default_factory=Counter)
    numbered: dict[int, Numbered] = field(default_factory=dict)
    compromised: set[bytes] = field(default_factory=set)

    def take(self, change: Change) -> None:
        """One change more."""
        if change.about is About.OWNER:
            self.owner = change.value
            self.deactivated = change.value == ethr.NULL_ADDRESS
            return
        if change.about is About.ATTRIBUTE and change.name == compromise.COMPROMISED:
            number, _ = compromise.decode_compromise(change.value) or (0, 0)
            self.compromised |= compromise.meant_by(number, self.numbered.values())
            return
        text = ethr.name_text(change.name)
        kind = None if text is None else _kind(change.about, text)
        if text is None or kind is None:
            return
        self.counted[kind] += 1
        self._take(_Entry(change, text, self.counted[kind]), kind)

    def _take(self, entry: _Entry, kind: _Kind) -> None:
        change = entry.change
        key = change.about, change.name, change.value
        lost = self.entries.pop(key, None)  # Set anew, it takes the new number's place in the order too.
        if change.valid_to <= change.time:
            return
        self.entries[key] = entry
        if change.about is About.ATTRIBUTE and kind is _Kind.KEY:
            former = () if lost is None else self.numbered.pop(lost.number).renewed()
            self.numbered[entry.number] = Numbered(entry.number, former, _half(entry))

    def valid(self, at: Point) -> Iterator[_Entry]:
        """What is good at a point: not run out, and no key that was in other hands."""
        for entry in self.entries.values():
            valid_to = entry.change.valid_to
            if ethr.is_key_name(entry.text) and _half(entry) in self.compromised:
                continue
            if valid_to >= at.latest:
                yield entry
            elif valid_to >= at.earliest:
                raise Undecided("did.version_time", detail=f"block {at.block}")


def _half(entry: _Entry) -> bytes:
    return ethr.public_half(entry.text, entry.change.value)


def _kind(about: About, text: str) -> _Kind | None:
    if about is About.DELEGATE or ethr.is_key_name(text):
        return _Kind.KEY
    return _Kind.SERVICE if _SERVICE_NAME.fullmatch(text) else None


def _document(did: EthrDid, held: _Held, at: Point) -> dict[str, Json]:
    made = _Made(did)
    made.add(
        _account(did, "controller", held.owner), {Relationship.AUTHENTICATION, Relationship.ASSERTION_METHOD}
    )
    for entry in held.valid(at):
        if entry.change.about is About.DELEGATE:
            made.add_delegate(entry)
        elif _SERVICE_NAME.fullmatch(entry.text):
            made.add_service(entry)
        else:
            made.add_key(entry)
        if made.size > MAX_DOCUMENT_BYTES:
            raise Refused("did.too_large", detail=f"a document of more than {MAX_DOCUMENT_BYTES} bytes")
    return made.to_json()


class _Made:
    """A document being put together. `size` is about how many bytes it has so far."""

    def __init__(self, did: EthrDid) -> None:
        self._did = did
        self._methods: list[Json] = []
        self._related: dict[Relationship, list[Json]] = {}
        self._services: list[Json] = []
        self.size = 0

    def add(self, method: dict[str, Json], uses: frozenset[Relationship] | set[Relationship]) -> None:
        """A verification method and what it may be used for."""
        self._methods.append(method)
        for use in uses:
            self._related.setdefault(use, []).append(method["id"])
        self.size += len(strict_json.dumps(method)) + len(str(method["id"])) * len(uses)

    def add_delegate(self, entry: _Entry) -> None:
        """An account that may act; of another type than ERC-1056's two it is only counted."""
        uses = ethr.PURPOSES.get(entry.text)
        if uses is not None:
            self.add(_account(self._did, f"delegate-{entry.number}", entry.change.value), uses)

    def add_key(self, entry: _Entry) -> None:
        """A key that signs, or one for agreement."""
        change = entry.change
        if len(change.value) > ethr.MAX_VALUE_BYTES:
            return
        key = EthrKey(entry.number, entry.text, change.value, change.block, change.time, change.valid_to)
        method = ethr.method_of(str(self._did), key)
        if method is not None:
            self.add(method_json(method.id, str(self._did), method.key.to_multikey()), method.relationships)
        elif (multikey := _agreement_key(entry.text, change.value)) is not None:
            name = f"{self._did}#delegate-{entry.number}"
            self.add(method_json(name, str(self._did), multikey), _AGREEMENT)

    def add_service(self, entry: _Entry) -> None:
        """A service, unless its endpoint is no text."""
        match, endpoint = _SERVICE_NAME.fullmatch(entry.text), _endpoint(entry.change.value)
        if match is not None and endpoint is not None:
            name = f"{self._did}#service-{entry.number}"
            self._services.append({"id": name, "type": match[1], "serviceEndpoint": endpoint})
            self.size += len(entry.change.value) + len(name)

    def to_json(self) -> dict[str, Json]:
        """The document."""
        made: dict[str, Json] = {
            "@context": [*CONTEXTS, _ACCOUNTS],
            "id": str(self._did),
            "verificationMethod": self._methods,
        }
        made |= {use.value: self._related[use] for use in Relationship if use in self._related}
        return made | ({"service": self._services} if self._services else {})


def _account(did: EthrDid, fragment: str, address: bytes) -> dict[str, Json]:
    return {
        "id": f"{did}#{fragment}",
        "type": "EcdsaSecp256k1RecoveryMethod2020",
        "controller": str(did),
        "blockchainAccountId": f"eip155:{did.chain_id}:0x{address.hex()}",
    }


def _agreement_key(text: str, value: bytes) -> str | None:
    """The Multikey of an X25519 key, raw or behind its prefix; None for whatever else stands there."""
    algorithm, purpose = ethr.parts_of(text)
    if purpose != "enc":
        return None
    if algorithm == "X25519":
        value = multicodec.encode(multicodec.X25519_PUB, value)
    elif algorithm != "Multikey":
        return None
    try:
        code, raw = multicodec.decode(value)
    except Refused:
        return None
    whole = code == multicodec.X25519_PUB and len(raw) == _X25519_BYTES
    return multibase.encode(value) if whole else None


def _endpoint(value: bytes) -> Json:
    """A service's endpoint (DID Core 5.4: a string, a map, or a set of both); None if it is no text."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    try:
        found = strict_json.loads(text, max_bytes=MAX_DOCUMENT_BYTES, max_depth=_MAX_ENDPOINT_DEPTH)
    except Refused:
        return text
    several: Sequence[Json] = found if isinstance(found, list) else [found]
    return found if several and all(isinstance(one, str | dict) for one in several) else text
