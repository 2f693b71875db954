"""What governs a log: the parameters of an entry, and those that it inherits (did:webvh 1.0, parameters)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from clicid.codec import shape
from clicid.did.webvh import digest, proofs
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clicid.codec.strict_json import Json

VERSION: Final = "did:webvh:1.0"
MAX_KEYS: Final = 64
MAX_WITNESSES: Final = 32
_MAX_WATCHERS: Final = 16
_MAX_TTL: Final = 1 << 31
DEFAULT_TTL: Final = 3600
"""Seconds."""

_MULTIKEY: Final = re.compile("z6Mk[1-9A-HJ-NP-Za-km-z]{44}", re.ASCII)
"""What every Ed25519 multikey looks like."""
_KNOWN: Final = frozenset(
    ("method", "scid", "updateKeys", "nextKeyHashes", "witness", "watchers", "portable", "deactivated", "ttl")
)
# Earlier writers put null where the default is meant; the standard asks readers to bear with it.
_DEFAULTS: Final[Mapping[str, Json]] = {
    "nextKeyHashes": [],
    "witness": {},
    "watchers": [],
    "ttl": DEFAULT_TTL,
}


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who has to approve an entry.

    Args:
        threshold: How many of them, at least 1.
        dids: Different did:keys of Ed25519 keys, at least `threshold`.
    """

    threshold: int
    dids: tuple[str, ...]

    @property
    def multikeys(self) -> frozenset[str]:
        """Their keys."""
        return frozenset(did.removeprefix("did:key:") for did in self.dids)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters that are active after an entry.

    Args:
        scid: The log's.
        update_keys: Multikeys that may sign what comes next.
        next_key_hashes: The only keys that the next entry may name, where there are any (pre-rotation).
        witness: Who approves, or None.
        watchers: Addresses of those who keep copies.
        portable: Whether the DID may move to another host.
        deactivated: Whether it is over.
        ttl: For how many seconds a copy may be kept.
    """

    scid: str
    update_keys: tuple[str, ...] = ()
    next_key_hashes: tuple[str, ...] = ()
    witness: Witnesses | None = None
    watchers: tuple[str, ...] = field(default=(), repr=False)
    portable: bool = False
    deactivated: bool = False
    ttl: int = DEFAULT_TTL


def first(members: Mapping[str, Json], where: str) -> Parameters:
    """The parameters of a first entry.

    Raises:
        Refused: `did.log` for another version of the method; `did.log_parameters` for the rest.
    """
    found = _members(members, where)
    _check_method(found, where)
    for name in ("method", "scid", "updateKeys"):
        if name not in found:
            raise Refused("did.log_parameters", shape.pointer(where, name), "missing")
    scid = found["scid"]
    if not isinstance(scid, str) or not digest.HASH.fullmatch(scid):
        raise Refused("did.log_parameters", shape.pointer(where, "scid"), "a SHA-256 multihash is wanted")
    return _with(Parameters(scid), found, where)


def following(before: Parameters, members: Mapping[str, Json], where: str) -> Parameters:
    """The parameters after a later entry: what it does not say stays as it was.

    Under pre-rotation nothing of the keys is inherited: every key that the entry names must have been
    promised by its hash in the entry before.

    Raises:
        Refused: As `first`.
    """
    found = _members(members, where)
    _check_method(found, where)
    if "scid" in found:
        raise Refused("did.log_parameters", shape.pointer(where, "scid"), "only the first entry has one")
    if found.get("portable") is True:
        raise Refused("did.log_parameters", shape.pointer(where, "portable"), "only the first entry may")
    after = _with(before, found, where)
    if before.next_key_hashes:
        _check_promised(before, found, after, where)
    return after


def _check_promised(before: Parameters, found: Mapping[str, Json], after: Parameters, where: str) -> None:
    for name in ("updateKeys", "nextKeyHashes"):
        if name not in found:
            raise Refused("did.log_parameters", shape.pointer(where, name), "missing under pre-rotation")
    promised = frozenset(before.next_key_hashes)
    if any(digest.of_text(key) not in promised for key in after.update_keys):
        raise Refused("did.log_parameters", shape.pointer(where, "updateKeys"), "a key that was not promised")


def _check_method(found: Mapping[str, Json], where: str) -> None:
    if found.get("method", VERSION) != VERSION:
        raise Refused("did.log", shape.pointer(where, "method"), f"{VERSION} is wanted")


def _members(members: Mapping[str, Json], where: str) -> dict[str, Json]:
    for name in members:
        if name not in _KNOWN:
            raise Refused("did.log_parameters", shape.pointer(where, name[:80]), "not expected here")
    return {
        name: _DEFAULTS[name] if value is None and name in _DEFAULTS else value
        for name, value in members.items()
    }


def _with(before: Parameters, found: Mapping[str, Json], where: str) -> Parameters:
    try:
        changes: dict[str, Any] = {
            attribute: read(found, where) for name, (attribute, read) in _READ.items() if name in found
        }
    except Refused as error:
        raise Refused("did.log_parameters", error.where or where, f"{error.code}: {error.detail}") from error
    return replace(before, **changes)


def _different(found: Mapping[str, Json], name: str, where: str, maximum: int) -> tuple[str, ...]:
    texts = shape.texts(found, name, where, maximum=maximum)
    if len(frozenset(texts)) < len(texts):
        raise Refused("codec.shape", shape.pointer(where, name), "one value twice")
    return texts


def _update_keys(found: Mapping[str, Json], where: str) -> tuple[str, ...]:
    keys = _different(found, "updateKeys", where, MAX_KEYS)
    if not all(map(_MULTIKEY.fullmatch, keys)):
        raise Refused("keys.algorithm", shape.pointer(where, "updateKeys"), "multikeys of Ed25519 are wanted")
    return keys


def _next_key_hashes(found: Mapping[str, Json], where: str) -> tuple[str, ...]:
    # A controller may put in chance texts, so that nobody sees how many keys there are.
    return _different(found, "nextKeyHashes", where, MAX_KEYS)


def _watchers(found: Mapping[str, Json], where: str) -> tuple[str, ...]:
    return _different(found, "watchers", where, _MAX_WATCHERS)


def _witness(found: Mapping[str, Json], where: str) -> Witnesses | None:
    member = shape.child(found, "witness", where)
    place = shape.pointer(where, "witness")
    if not member:
        return None
    listed = shape.items(member, "witnesses", place, minimum=1, maximum=MAX_WITNESSES)
    dids = []
    for index, item in enumerate(listed):
        one = shape.pointer(shape.pointer(place, "witnesses"), index)
        dids.append(shape.text(shape.as_object(item, one), "id", one, maximum=128))
        proofs.check_witness(dids[-1], one)
    if len(frozenset(dids)) < len(dids):
        raise Refused("codec.shape", shape.pointer(place, "witnesses"), "one witness twice")
    return Witnesses(shape.integer(member, "threshold", place, minimum=1, maximum=len(dids)), tuple(dids))


def _flag(name: str) -> Callable[[Mapping[str, Json], str], bool]:
    return lambda found, where: shape.boolean(found, name, where)


def _ttl(found: Mapping[str, Json], where: str) -> int:
    return shape.integer(found, "ttl", where, maximum=_MAX_TTL)


_READ: Final[Mapping[str, tuple[str, Callable[[Mapping[str, Json], str], object]]]] = {
    "updateKeys": ("update_keys", _update_keys),
    "nextKeyHashes": ("next_key_hashes", _next_key_hashes),
    "witness": ("witness", _witness),
    "watchers": ("watchers", _watchers),
    "portable": ("portable", _flag("portable")),
    "deactivated": ("deactivated", _flag("deactivated")),
    "ttl": ("ttl", _ttl),
}
