"""The controller's side: entries up to their signatures, and witnesses' approvals (did:webvh 1.0).

An entry is prepared, signed in a KeyStore, completed, and appended; `log.verified` then reads the whole log
anew before anybody publishes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, jcs, shape, strict_json
from clicid.did.webvh import digest, proofs
from clicid.did.webvh.identifier import METHOD, WebvhDid
from clicid.did.webvh.parameters import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.did.webvh.log import Version
    from clicid.keys.public import PublicKey
    from clicid.securing.data_integrity.sealing import PreparedDocument
    from clicid.securing.signing import SigningOperation

PLACEHOLDER: Final = digest.PLACEHOLDER
"""What stands for the SCID in a document that is to become a first one."""


@dataclass(frozen=True, slots=True)
class PreparedEntry:
    """An entry that lacks its signature; a `Prepared[bytes]`.

    Args:
        version_id: Its own.
        unsigned: The rest.
    """

    version_id: str
    unsigned: PreparedDocument = field(repr=False)

    @property
    def to_be_signed(self) -> tuple[SigningOperation, ...]:
        """The signature wanted."""
        return self.unsigned.to_be_signed

    def complete(self, signatures: Sequence[bytes]) -> bytes:
        """The line of the log, with its end.

        Raises:
            LocalError: `securing.signatures` unless the signature is the one that was asked for.
        """
        return self.unsigned.complete(signatures) + b"\n"


def genesis(
    place: str, state: Mapping[str, Json], parameters: Mapping[str, Json], key: PublicKey, now: datetime
) -> PreparedEntry:
    """A first entry.

    Args:
        place: Host, port and path as they stand in a did:webvh, such as ``example.com:issuers:a``.
        state: The document, in which `PLACEHOLDER` stands for the SCID and no `id` is needed.
        parameters: All but `method`, `scid` and `updateKeys`, which are set here.
        key: The Ed25519 key that signs it, and the first update key unless `parameters` name others.
        now: Its time.

    Raises:
        Refused: `did.syntax` for the place; `codec.*`.
        LocalError: `securing.suite` for a key of another kind.
    """
    entry: dict[str, Json] = {
        "versionId": PLACEHOLDER,
        "versionTime": instant.format_stamp(now),
        "parameters": {
            "updateKeys": [key.to_multikey()],
            **parameters,
            "method": VERSION,
            "scid": PLACEHOLDER,
        },
        "state": {**state, "id": f"did:{METHOD}:{PLACEHOLDER}:{place}"},
    }
    scid = digest.scid(entry, PLACEHOLDER)
    text = jcs.dumps(entry).replace(PLACEHOLDER.encode(), scid.encode())
    named = _object(text)
    WebvhDid.parse(f"did:{METHOD}:{scid}:{place}")
    return _prepared(named, 1, scid, key, now)


def update(
    before: str, state: Mapping[str, Json], parameters: Mapping[str, Json], key: PublicKey, now: datetime
) -> PreparedEntry:
    """A later entry: a new document, other keys, the end.

    Args:
        before: The newest `versionId` so far.
        state: The whole new document with its `id`. For a move, `moved` makes it.
        parameters: What changes. Under pre-rotation `updateKeys` and `nextKeyHashes` must be among it; to
            deactivate, ``{"deactivated": True, "updateKeys": []}``.
        key: The Ed25519 key that signs it.
        now: Its time, after the newest version's.

    Raises:
        Refused: `codec.*`.
        LocalError: `securing.suite` for a key of another kind.
    """
    entry: dict[str, Json] = {
        "versionId": before,
        "versionTime": instant.format_stamp(now),
        "parameters": dict(parameters),
        "state": dict(state),
    }
    return _prepared(entry, int(before.partition("-")[0]) + 1, before, key, now)


def moved(newest: Version, place: str) -> dict[str, Json]:
    """The newest document under another host or path, which names the former DID as `alsoKnownAs`.

    Raises:
        Refused: `did.syntax` for the place.
    """
    named = WebvhDid.parse(f"did:{METHOD}:{newest.did.scid}:{place}")
    text = strict_json.dumps(dict(newest.state)).decode().replace(str(newest.did), str(named))
    state = _object(text.encode())
    known = shape.optional_items(state, "alsoKnownAs") or []
    return {**state, "alsoKnownAs": [*known, str(newest.did)]}


def promise(key: PublicKey) -> str:
    """What `nextKeyHashes` says of a key that is to come."""
    return digest.of_text(key.to_multikey())


def approval(version_id: str, key: PublicKey, now: datetime) -> PreparedDocument:
    """A witness's approval of a version: `complete` gives its entry for the witness file.

    Args:
        version_id: The version, and with it all before it.
        key: The witness's Ed25519 key.
        now: The time.

    Raises:
        LocalError: `securing.suite` for a key of another kind.
    """
    return proofs.prepare({"versionId": version_id}, key, now)


def _prepared(
    entry: Mapping[str, Json], number: int, predecessor: str, key: PublicKey, now: datetime
) -> PreparedEntry:
    version_id = f"{number}-{digest.of_entry(entry, predecessor)}"
    return PreparedEntry(version_id, proofs.prepare({**entry, "versionId": version_id}, key, now))


def _object(raw: bytes) -> dict[str, Json]:
    return shape.as_object(strict_json.loads(raw))
