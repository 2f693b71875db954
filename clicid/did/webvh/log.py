"""The log of a did:webvh, line by line (did:webvh 1.0, read).

A log with one wrong entry is no log: the standard would let the entries before it stand, and then whoever
can add a line of rubbish to a file takes back whatever the line before it said.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import instant, shape, strict_json
from clicid.did.webvh import digest, parameters, proofs, witness
from clicid.did.webvh.files import MAX_BYTES
from clicid.did.webvh.identifier import WebvhDid
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.did.webvh.files import Files
    from clicid.did.webvh.parameters import Parameters

MAX_ENTRIES: Final = 1024
_MAX_DEPTH: Final = 16
_TOLERANCE: Final = timedelta(minutes=5)
"""How far a `versionTime` may lie ahead of our clock (read, step 4)."""

_MEMBERS: Final = frozenset(("versionId", "versionTime", "parameters", "state", "proof"))
_VERSION_ID: Final = re.compile(f"([1-9][0-9]{{0,3}})-({digest.HASH.pattern})", re.ASCII)
_IN_UTC: Final = re.compile(r".{19}(?:\.[0-9]+)?(?:Z|\+00:00)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Version:
    """One entry that holds.

    Args:
        version_id: Its number and hash.
        time: When its controller says that it was made, UTC.
        did: The DID that it is about; it changes when a portable one moves.
        parameters: What is active after it.
        state: The document.
    """

    version_id: str
    time: datetime
    did: WebvhDid
    parameters: Parameters
    state: Mapping[str, Json] = field(repr=False)

    @property
    def number(self) -> int:
        """1 for the first."""
        return int(self.version_id.partition("-")[0])


@dataclass(frozen=True, slots=True)
class Log:
    """A log that holds: its versions, the oldest first, at least one."""

    versions: tuple[Version, ...]

    @property
    def newest(self) -> Version:
        """The version that counts now."""
        return self.versions[-1]

    @property
    def version_ids(self) -> tuple[str, ...]:
        """Of all versions. Each commits to all that stand before it."""
        return tuple(version.version_id for version in self.versions)


def read(did: str, files: Files, now: datetime) -> Log:
    """The log of a DID, every entry of it checked (`verified`), and none of them ahead of us.

    Args:
        did: The DID that was asked for.
        files: The log, and its witness file.
        now: The time.

    Raises:
        Refused: As `verified`; `did.log` for a time more than five minutes ahead.
    """
    found = verified(did, files)
    if found.newest.time > now + _TOLERANCE:  # The times rise: no other is later.
        raise Refused("did.log", shape.pointer(f"/{len(found.versions) - 1}", "versionTime"), "ahead of us")
    return found


# A verifier is handed the same log with every credential of an issuer. Few: a log may be long.
@functools.lru_cache(maxsize=16)
def verified(did: str, files: Files) -> Log:
    """The log of a DID, every entry of it checked, whatever time it is.

    1. Each line is an entry: five members, a version number that rises by one, and the hash of the
       entry, which covers the `versionId` before it.
    2. The parameters are allowed, and what is not said is inherited (`parameters`).
    3. One of the keys that were active before has signed it; under pre-rotation, one that the entry
       itself names and the entry before has promised; in the first entry, one of its own.
    4. The times rise.
    5. The SCID is the hash of the first entry, and stands in the DID of every document.
    6. A document is of another DID than the one before only where the log is portable, and then names
       the former as `alsoKnownAs`. Nothing follows a deactivation.
    7. Some document is of the DID that was asked for.
    8. Enough witnesses have approved every entry that wants them (`witness`).

    Args:
        did: The DID that was asked for.
        files: The log, and its witness file.

    Raises:
        Refused: `did.syntax`, `did.method` for the DID; `did.log`, `did.log_parameters`, `did.log_proof`,
            `did.unwitnessed`; `codec.*`, also above a MiB and 1024 entries.
    """
    asked = WebvhDid.parse(did)
    wanted: list[witness.Wanted] = []
    versions: list[Version] = []
    for line in _lines(files.log):
        entry = _entry(line, f"/{len(versions)}")
        before = versions[-1] if versions else None
        version = _version(entry, before, asked)
        # Who is replaced has the last word; where nobody was asked before, the new ones are at once.
        who = before.parameters.witness if before else None
        wanted.append(witness.Wanted(version.version_id, who or version.parameters.witness))
        versions.append(version)
    if all(str(version.did) != did for version in versions):
        raise Refused("did.log", "", "the log is about another DID")
    witness.check(wanted, files.witnesses)
    return Log(tuple(versions))


class _Entry(NamedTuple):
    """One line: its members as they came, and its JSON pointer."""

    members: dict[str, Json]
    where: str


def _lines(raw: bytes) -> list[bytes]:
    if len(raw) > MAX_BYTES:
        raise Refused("codec.size", "", f"more than {MAX_BYTES} bytes")
    lines = raw.removesuffix(b"\n").split(b"\n", MAX_ENTRIES)
    if len(lines) > MAX_ENTRIES:
        raise Refused("codec.size", "", f"more than {MAX_ENTRIES} entries")
    return lines


def _entry(line: bytes, where: str) -> _Entry:
    members = shape.as_object(strict_json.loads(line, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH), where)
    shape.only(members, _MEMBERS, where)
    return _Entry(members, where)


def _version(entry: _Entry, before: Version | None, asked: WebvhDid) -> Version:
    members, where = entry
    said = shape.child(members, "parameters", where)
    place = shape.pointer(where, "parameters")
    if before is None:
        active = parameters.first(said, place)
        if active.scid != asked.scid or digest.scid(members, active.scid) != active.scid:
            raise Refused("did.log", place, "the SCID is not the first entry's")
    elif before.parameters.deactivated:
        raise Refused("did.log", where, "it was deactivated before")
    else:
        active = parameters.following(before.parameters, said, place)
    version_id = _version_id(entry, before, active.scid)
    _check_proofs(entry, _signers(before, active))
    state = shape.child(members, "state", where)
    moved = _did(state, before, active, shape.pointer(where, "state"))
    return Version(version_id, _time(entry, before), moved, active, state)


def _signers(before: Version | None, active: Parameters) -> frozenset[str]:
    """Whose signature an entry needs (authorized keys)."""
    if before is None or before.parameters.next_key_hashes:
        return frozenset(active.update_keys)
    return frozenset(before.parameters.update_keys)


def _version_id(entry: _Entry, before: Version | None, scid: str) -> str:
    text = shape.text(entry.members, "versionId", entry.where, maximum=64)
    match = _VERSION_ID.fullmatch(text)
    if match is None or int(match[1]) != (before.number + 1 if before else 1):
        raise Refused("did.log", shape.pointer(entry.where, "versionId"), "not the next number and a hash")
    if digest.of_entry(entry.members, before.version_id if before else scid) != match[2]:
        raise Refused("did.log", shape.pointer(entry.where, "versionId"), "not the hash of the entry")
    return text


def _check_proofs(entry: _Entry, signers: frozenset[str]) -> None:
    """All proofs hold, and all are by those who may sign."""
    value = shape.member(entry.members, "proof", entry.where)
    place = shape.pointer(entry.where, "proof")
    # The standard says an array; its schema lets one proof stand alone.
    items: Json = [value] if isinstance(value, dict) else value
    unsigned = {name: member for name, member in entry.members.items() if name != "proof"}
    for index, item in enumerate(shape.as_items(items, place, minimum=1, maximum=proofs.MAX_PROOFS)):
        where = shape.pointer(place, index)
        members = shape.as_object(item, where)
        if proofs.read(members, where).multikey not in signers:
            raise Refused("did.log_proof", where, "the key may not sign this entry")
        proofs.verify(unsigned, members, where)


def _time(entry: _Entry, before: Version | None) -> datetime:
    place = shape.pointer(entry.where, "versionTime")
    text = shape.text(entry.members, "versionTime", entry.where, maximum=64)
    time = instant.parse(text, where=place)
    if not _IN_UTC.fullmatch(text):
        raise Refused("did.log", place, "a time in UTC is wanted")
    if before is not None and time <= before.time:
        raise Refused("did.log", place, "not later than the entry before")
    return time


def _did(state: Mapping[str, Json], before: Version | None, active: Parameters, where: str) -> WebvhDid:
    place = shape.pointer(where, "id")
    try:
        did = WebvhDid.parse(shape.text(state, "id", where, maximum=2048), place)
    except Refused as error:
        raise Refused("did.log", place, f"{error.code}: {error.detail}") from error
    if did.scid != active.scid:
        raise Refused("did.log", place, "another SCID")
    if before is None or did == before.did:
        return did
    if not active.portable:
        raise Refused("did.log", place, "it moved, and is not portable")
    if str(before.did) not in shape.texts(state, "alsoKnownAs", where):
        raise Refused("did.log", shape.pointer(where, "alsoKnownAs"), "it moved, and does not say from where")
    return did
