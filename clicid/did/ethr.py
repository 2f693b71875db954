"""did:ethr: what an ERC-1056 registry has recorded of an identity, and the document it makes.

The numbers of keys are those that ethr-did-resolver gives: each delegate event and each attribute
event under ``did/pub/`` counts, revocations too, so that a number, once given, never moves. The
``#controller`` method of that resolver is left out: an account never signs credentials.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import instant, jcs, multicodec, shape, strict_json
from clicid.did.compromise import COMPROMISED, MAX_FORMER, Numbered, decode_compromise, meant_by
from clicid.did.document import DidDocument, Relationship, VerificationMethod
from clicid.did.syntax import Did
from clicid.errors import Refused
from clicid.keys import algorithms
from clicid.keys.public import PublicKey

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

METHOD: Final = "ethr"
MAX_KEYS: Final = 1024
MAX_RECORD_BYTES: Final = 1 << 20
MAX_VALUE_BYTES: Final = 256
NULL_ADDRESS: Final = bytes(20)
"""The owner that deactivates an identity, for ever."""
_IDENTIFIER: Final = re.compile(r"0x(0|[1-9a-f][0-9a-f]{0,15}):0x([0-9a-f]{40})", re.ASCII)
_HEX: Final = re.compile(r"0x((?:[0-9a-f]{2})*)", re.ASCII)
# The resolver's grammar of attribute names; \w keeps out names with a hyphen.
_PUBLIC_KEY_NAME: Final = re.compile(r"did/pub/(\w+)(?:/(\w+))?(?:/(\w+))?", re.ASCII)
_SIGNING: Final = frozenset({Relationship.ASSERTION_METHOD})
PURPOSES: Final = {"veriKey": _SIGNING, "sigAuth": _SIGNING | {Relationship.AUTHENTICATION}}
_CODES: Final = {"Ed25519": multicodec.ED25519_PUB, "Secp256k1": multicodec.SECP256K1_PUB}
_MULTIKEY: Final = "Multikey"


@dataclass(frozen=True, slots=True)
class EthrDid:
    """The parts of a did:ethr: chain id and 20-byte address."""

    chain_id: int
    address: bytes

    @classmethod
    def parse(cls, did: str, where: str = "") -> EthrDid:
        """``did:ethr:0x<chain id>:0x<address>``, both in lower-case hexadecimal.

        The method's other spellings (a network's name, mixed case, a public key) are refused:
        they would give one issuer several names.

        Raises:
            Refused: `did.syntax`, `did.method`.
        """
        parsed = Did.parse(did, where)
        if parsed.method != METHOD:
            raise Refused("did.method", where)
        match = _IDENTIFIER.fullmatch(parsed.identifier)
        if match is None:
            raise Refused("did.syntax", where, "0x<chain id>:0x<address> in lower case is wanted")
        return cls(int(match[1], 16), bytes.fromhex(match[2]))

    def __str__(self) -> str:
        return f"did:{METHOD}:0x{self.chain_id:x}:0x{self.address.hex()}"


@dataclass(frozen=True, slots=True)
class EthrKey:
    """One key attribute, and how it ended.

    Args:
        number: N of ``#delegate-N``.
        name: The attribute's name without trailing zero bytes.
        value: The attribute's value, at most 256 bytes.
        from_block: Number of the block that set it.
        from_time: Time of that block, seconds since 1970.
        valid_to: Last second of its validity, cut to 2^53-1.
        ended_at: Time of the block that revoked it, or None.
        compromised_from: Number of the block from which on the owner says that it may have been in
            other hands, or None.
        former: The last numbers that it had before it was set anew, rising, at most `MAX_FORMER`.
    """

    number: int
    name: str
    value: bytes
    from_block: int
    from_time: int
    valid_to: int
    ended_at: int | None = None
    compromised_from: int | None = None
    former: tuple[int, ...] = ()

    @property
    def public_half(self) -> bytes:
        """What `public_half` gives of its name and value."""
        return public_half(self.name, self.value)

    def compromised(self, block: int) -> EthrKey:
        """After a statement: the earliest block counts, for a later one only takes it back."""
        return replace(self, compromised_from=min(block, self.compromised_from or block))


@dataclass(frozen=True, slots=True)
class EthrRecord:
    """What a registry holds about one identity.

    Args:
        did: As `EthrDid.parse` reads it.
        owner: The 20-byte address of the owner.
        deactivated: Whether the owner ever was the null address.
        keys: In the order of their numbers.
        counted: How many events have taken a number so far.
        dropped: Whether there were more keys than are held here: of one that is not found it cannot be
            said then that it does not exist.
    """

    did: str
    owner: bytes
    deactivated: bool = False
    keys: tuple[EthrKey, ...] = ()
    counted: int = 0
    dropped: bool = False

    def with_owner(self, owner: bytes) -> EthrRecord:
        """After a DIDOwnerChanged. What was deactivated stays so, whoever owns it later."""
        return replace(self, owner=owner, deactivated=self.deactivated or owner == NULL_ADDRESS)

    def with_delegate(self, kind: bytes) -> EthrRecord:
        """After a DIDDelegateChanged: it takes a number; delegates are accounts and sign nothing."""
        return self if name_text(kind) is None else replace(self, counted=self.counted + 1)

    def with_attribute(
        self, name: bytes, value: bytes, *, valid_to: int, block: int, time: int
    ) -> EthrRecord:
        """After a DIDAttributeChanged.

        A validity that is over in its own block is a revocation (the registry emits 0). A key set
        anew takes the new number and loses the old one, as in the resolver; only a statement about the
        old one is still about it. `COMPROMISED` takes no
        number, and counts whatever its validity: see `compromise`. A record holds so many keys
        and no more: anyone may write to a registry, and all that it says is held in memory.

        Args:
            name: bytes32 as emitted.
            value: As emitted; a longer one than 256 bytes takes its number and is no key.
            valid_to: As emitted.
            block: The block's number.
            time: The block's time, seconds since 1970.
        """
        if name == COMPROMISED:
            return self._with_compromise(value)
        text = name_text(name)
        if text is None or not is_key_name(text):
            return self
        number = self.counted + 1
        held, keys, dropped = self._live(text, value), self.keys, self.dropped
        if valid_to <= time:
            if held is not None:
                keys = tuple(replace(key, ended_at=time) if key is held else key for key in keys)
        elif len(value) <= MAX_VALUE_BYTES:
            dropped = dropped or (held is None and len(keys) >= MAX_KEYS)
            if held is not None or len(keys) < MAX_KEYS:
                until = min(valid_to, shape.MAX_INTEGER)
                former = () if held is None else _numbered(held).renewed()
                stated = self._stated(text, value)
                fresh = EthrKey(number, text, value, block, time, until, None, stated, former)
                keys = (*(key for key in keys if key is not held), fresh)
        return replace(self, keys=keys, counted=number, dropped=dropped)

    def _live(self, text: str, value: bytes) -> EthrKey | None:
        """The key of that attribute that nobody has revoked; there is one at most."""
        for key in self.keys:
            if key.value == value and key.ended_at is None and key.name == text:
                return key
        return None

    def _stated(self, text: str, value: bytes) -> int | None:
        """From which block on the key of that value may have been in other hands, if somebody said so."""
        half = public_half(text, value)
        return min(
            (
                key.compromised_from
                for key in self.keys
                if key.compromised_from is not None and key.public_half == half
            ),
            default=None,
        )

    def _with_compromise(self, value: bytes) -> EthrRecord:
        """A private half that was in other hands was so under each number its public half has or had."""
        number, block = decode_compromise(value) or (0, 0)
        halves = meant_by(number, [_numbered(key) for key in self.keys])
        keys = tuple(key.compromised(block) if key.public_half in halves else key for key in self.keys)
        return replace(self, keys=keys)

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785): byte strings as ``0x`` hexadecimal, none for None or empty."""
        obj: dict[str, Json] = {
            "counted": self.counted,
            "deactivated": self.deactivated,
            "did": self.did,
            "keys": [_key_to_json(key) for key in self.keys],
            "owner": f"0x{self.owner.hex()}",
        }
        return jcs.dumps(obj | ({"dropped": True} if self.dropped else {}))

    @classmethod
    def from_bytes(cls, raw: bytes) -> EthrRecord:
        """What `to_bytes` gave.

        Raises:
            Refused: `codec.*`, `did.syntax`; `did.document` for numbers that do not rise.
        """
        obj = shape.as_object(strict_json.loads(raw, max_bytes=MAX_RECORD_BYTES, max_depth=4))
        shape.only(obj, cls.__slots__)
        did = shape.text(obj, "did")
        EthrDid.parse(did, "/did")
        keys = tuple(
            _key_from_json(item, f"/keys/{index}")
            for index, item in enumerate(shape.items(obj, "keys", maximum=MAX_KEYS))
        )
        counted = shape.integer(obj, "counted")
        numbers = [0, *(key.number for key in keys)]
        if numbers != sorted(set(numbers)) or numbers[-1] > counted:
            raise Refused("did.document", "/keys", "numbers do not rise")
        owner = _octets(obj, "owner", "", maximum=20)
        if len(owner) != 20:
            raise Refused("codec.shape", "/owner", "20 bytes are wanted")
        dropped = shape.optional_boolean(obj, "dropped") or False
        return cls(did, owner, shape.boolean(obj, "deactivated"), keys, counted, dropped)


def document(record: EthrRecord, now: datetime) -> DidDocument:
    """The DID document of a record at a time; without keys once it is deactivated.

    An attribute that holds no key we know is passed over: one bad entry must not take the others away.
    """
    if record.deactivated:
        return DidDocument(record.did, (), deactivated=True)
    return DidDocument(record.did, tuple(_at(now, *one) for one in _methods(record).values()))


def resolve(raw: bytes, now: datetime, *, only: str) -> DidDocument:
    """The same of a record's bytes, with no method but the one of that id.

    Raises:
        Refused: As `EthrRecord.from_bytes` does; `did.too_many_keys` if that key is none of those that
            are held, and there are others.
    """
    record, methods = _remembered(raw) if len(raw) <= _SHORT else _resolved(raw)
    if record.deactivated:
        return DidDocument(record.did, (), deactivated=True)
    found = methods.get(only)
    if found is None and record.dropped:
        raise Refused("did.too_many_keys", detail=f"{MAX_KEYS} are held")
    return DidDocument(record.did, () if found is None else (_at(now, *found),))


class Held(NamedTuple):
    """One key of a record that is not deactivated, as if it had no end, and when it ends."""

    did: str
    method: VerificationMethod
    over: datetime


def held(raw: bytes, method_id: str) -> Held | None:
    """The key of that id in a record's bytes.

    Raises:
        Refused: As `EthrRecord.from_bytes` does.
    """
    record, methods = _remembered(raw) if len(raw) <= _SHORT else _resolved(raw)
    found = None if record.deactivated else methods.get(method_id)
    return None if found is None else Held(record.did, *found)


# A method as if it had no end, and when it ends.
_Methods = dict[str, tuple[VerificationMethod, datetime]]


def _resolved(raw: bytes) -> tuple[EthrRecord, _Methods]:
    record = EthrRecord.from_bytes(raw)
    return record, _methods(record)


# A verifier is handed the same record with every credential of an issuer.
_SHORT: Final = 1 << 14
_remembered: Final = functools.lru_cache(maxsize=1024)(_resolved)


def name_text(name: bytes) -> str | None:
    """An attribute's name or a delegate's type, without the zeros behind it; None for what is no text.

    ethr-did-resolver does not see an event whose name is no text, and so it takes no number.
    """
    try:
        return name.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return None


def is_key_name(text: str) -> bool:
    """Whether an attribute of that name takes a key's number."""
    return _PUBLIC_KEY_NAME.fullmatch(text) is not None


def public_half(text: str, value: bytes) -> bytes:
    """The bare public key of an attribute, by which its private half is known under any name and number.

    Of a value without the prefix of a public key it is all of it: under ``Multikey`` that is malformed,
    and whoever wrote it so meant the key.
    """
    if parts_of(text)[0] != _MULTIKEY:
        return value
    try:
        code, raw = multicodec.decode(value)
    except Refused:
        return value
    return raw if code in multicodec.PUBLIC_KEYS else value


def parts_of(text: str) -> tuple[str, str]:
    """Algorithm and purpose of a key's name, empty where there is none."""
    match = _PUBLIC_KEY_NAME.fullmatch(text)
    return (match[1], match[2] or "") if match else ("", "")


def _numbered(key: EthrKey) -> Numbered:
    return Numbered(key.number, key.former, key.public_half)


def _at(now: datetime, method: VerificationMethod, over: datetime) -> VerificationMethod:
    return replace(method, retired_at=over) if over < now else method


def _methods(record: EthrRecord) -> _Methods:
    found = ((method_of(record.did, key), to_instant(key.valid_to)) for key in record.keys)
    return {method.id: (method, over) for method, over in found if method is not None}


def method_of(did: str, key: EthrKey) -> VerificationMethod | None:
    """The method of a key that signs, however long it is valid; None for an attribute that holds none."""
    algorithm, named = parts_of(key.name)
    purpose = PURPOSES.get(named)
    if purpose is None:
        return None
    try:
        public = _public_key(algorithm, key.value)
    except Refused:
        return None
    return VerificationMethod(
        id=f"{did}#delegate-{key.number}",
        controller=did,
        key=public,
        relationships=purpose,
        ended_at=None if key.ended_at is None else to_instant(key.ended_at),
        compromised_from=key.compromised_from,
    )


def _public_key(kind: str, value: bytes) -> PublicKey:
    if kind == _MULTIKEY:
        code, raw = multicodec.decode(value)
    elif kind in _CODES:
        code, raw = _CODES[kind], value
    else:
        raise Refused("keys.algorithm")
    return PublicKey(algorithms.by_multicodec(code), raw)


def to_instant(seconds: int) -> datetime:
    """A registry's time, 256 bits wide; whatever lies beyond year 9999 is as good as its end."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=min(seconds, instant.MAX_NUMERIC_DATE))


def _key_to_json(key: EthrKey) -> dict[str, Json]:
    obj: dict[str, Json] = {
        "from_block": key.from_block,
        "from_time": key.from_time,
        "name": key.name,
        "number": key.number,
        "valid_to": key.valid_to,
        "value": f"0x{key.value.hex()}",
    }
    ends: dict[str, Json] = {"ended_at": key.ended_at, "compromised_from": key.compromised_from}
    if key.former:
        ends["former"] = list(key.former)
    return obj | {name: value for name, value in ends.items() if value is not None}


def _key_from_json(item: Json, where: str) -> EthrKey:
    obj = shape.as_object(item, where)
    shape.only(obj, EthrKey.__slots__, where)
    number = shape.integer(obj, "number", where)
    return EthrKey(
        number=number,
        name=shape.text(obj, "name", where, maximum=32),
        value=_octets(obj, "value", where, maximum=MAX_VALUE_BYTES),
        from_block=shape.integer(obj, "from_block", where),
        from_time=shape.integer(obj, "from_time", where),
        valid_to=shape.integer(obj, "valid_to", where),
        ended_at=shape.optional_integer(obj, "ended_at", where),
        compromised_from=shape.optional_integer(obj, "compromised_from", where),
        former=_former(obj, number, where) if "former" in obj else (),
    )


def _former(obj: dict[str, Json], number: int, where: str) -> tuple[int, ...]:
    """Numbers that rise up to the key's own."""
    given = shape.items(obj, "former", where, minimum=1, maximum=MAX_FORMER)
    former = tuple(shape.as_integer(one, f"{where}/former/{at}") for at, one in enumerate(given))
    numbers = [0, *former, number]
    if numbers != sorted(set(numbers)):
        raise Refused("did.document", f"{where}/former", "numbers do not rise")
    return former


def _octets(obj: dict[str, Json], key: str, where: str, *, maximum: int) -> bytes:
    match = _HEX.fullmatch(shape.text(obj, key, where, maximum=2 + 2 * maximum))
    if match is None:
        raise Refused("codec.shape", shape.pointer(where, key), "lower-case hexadecimal is wanted")
    return bytes.fromhex(match[1])
