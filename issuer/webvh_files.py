"""An issuer's own did:webvh: the log in a folder, and the update keys in a vault, a new one for every entry.

Pre-rotation is always on. The key that signs an entry was promised by its hash in the entry before, has never
been used, and is destroyed once the entry is written: who steals the vault later finds the next key, and
nothing with which to write another history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from clicid.adapters.files import write_whole
from clicid.codec import instant, shape, strict_json
from clicid.did.document import CONTEXTS
from clicid.did.webvh import authoring, log
from clicid.did.webvh.files import MAX_BYTES, Files
from clicid.did.webvh.identifier import LOG, METHOD
from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import ED25519
from clicid.keys.public import PublicKey
from clicid.securing.signing import sign

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from clicid.did.webvh.authoring import PreparedEntry
    from clicid.did.webvh.log import Log
    from clicid.keys.store import KeyRef, KeyStore

Document = dict[str, Any]

_FRAGMENT: Final = 8
"""As many characters of a key's multikey name its method."""


@dataclass(frozen=True, slots=True)
class OwnLog:
    """The log of one DID.

    Args:
        folder: Where ``did.jsonl`` lies.
        keys: The vault.
        name: What its update keys' names begin with.
    """

    folder: Path
    keys: KeyStore
    name: str

    def create(self, place: str, signing: list[str], now: datetime, *, portable: bool) -> Log:
        """A first entry.

        Args:
            place: Host, port and path as they stand in a did:webvh.
            signing: Multikeys of the keys that shall sign credentials.
            now: The time.
            portable: Whether the DID may move later.

        Raises:
            Refused: `did.syntax`, `keys.*`, `codec.*`.
            LocalError: `file.exists` if there is a log already; `keystore.*`.
        """
        document = _document(f"did:{METHOD}:{authoring.PLACEHOLDER}:{place}", signing)
        first = self._key(1)
        parameters = {**self._rotation(1), "portable": portable}
        prepared = authoring.genesis(place, document, parameters, self.keys.public(first), now)
        found = self._append(b"", prepared, first, now)
        self.keys.remove(first)
        return found

    def read(self, now: datetime) -> Log:
        """The log as it is.

        Raises:
            LocalError: `config.file` if it cannot be read.
            Refused: As `log.read`.
        """
        raw = self._raw()
        return log.read(_did(raw), Files(raw), now)

    def update(self, document: Document, now: datetime, *, over: bool = False) -> Log:
        """One more entry, signed by the promised key.

        Args:
            document: The new document.
            now: The time; a second after the newest entry's at least.
            over: Whether this deactivates the DID, for ever.

        Raises:
            Refused: As `log.read`; `did.deactivated`.
            LocalError: `config.key` if the promised key is not in the vault; `keystore.*`, `config.file`.
        """
        newest = self.read(now).newest
        if newest.parameters.deactivated:
            raise Refused("did.deactivated")
        number = newest.number + 1
        ref = self.keys.find(self._name(number))
        if ref is None:
            raise LocalError("config.key", self._name(number))
        key = self.keys.public(ref)
        end = {"updateKeys": [key.to_multikey()], "nextKeyHashes": [], "deactivated": True}
        changes: dict[str, Any] = end if over else self._rotation(number)
        prepared = authoring.update(newest.version_id, document, changes, key, now)
        found = self._append(self._raw(), prepared, ref, now)
        self.keys.remove(ref)
        return found

    def _append(self, before: bytes, prepared: PreparedEntry, ref: KeyRef, now: datetime) -> Log:
        """The log with one more line, which is read as everybody will read it before it is written."""
        line = prepared.complete([sign(self.keys, ref, one) for one in prepared.to_be_signed])
        found = log.read(_did(line), Files(before + line), now)
        write_whole(self.folder / LOG, before + line, replace=bool(before))
        return found

    def _rotation(self, number: int) -> dict[str, Any]:
        """The key of an entry, and the promise of the next one."""
        own, following = (self.keys.public(self._key(one)) for one in (number, number + 1))
        return {"updateKeys": [own.to_multikey()], "nextKeyHashes": [authoring.promise(following)]}

    def _key(self, number: int) -> KeyRef:
        """The key for an entry; what was interrupted has made it before."""
        return self.keys.find(self._name(number)) or self.keys.generate(ED25519, self._name(number))

    def _name(self, number: int) -> str:
        return f"{self.name}-{number}"

    def _raw(self) -> bytes:
        path = self.folder / LOG
        try:
            with path.open("rb") as stream:
                return stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise LocalError("config.file", str(path), error.strerror or "") from error


def adding(document: Document, signing: list[str]) -> Document:
    """The document with more keys that sign credentials.

    Raises:
        Refused: `keys.*`, `codec.*` for what is no multikey; `did.document` for one that is there.
    """
    more = _document(document["id"], signing)
    there = {method["id"] for method in _listed(document, "verificationMethod")}
    if there & set(more["assertionMethod"]):
        raise Refused("did.document", "/verificationMethod", "the key is there")
    return {**document, **{name: [*_listed(document, name), *more[name]] for name in _LISTS}}


def revoking(document: Document, fragment: str) -> Document:
    """The document without a key: whatever it signed is refused from now on.

    Raises:
        Refused: `did.key_unknown`.
    """
    name = _named(document, fragment)
    return {
        **document,
        "verificationMethod": [one for one in _listed(document, "verificationMethod") if one["id"] != name],
        "assertionMethod": [one for one in _listed(document, "assertionMethod") if one != name],
    }


def retiring(document: Document, fragment: str, until: datetime) -> Document:
    """The document with a key that ends at a time; what it signed stays good until then.

    Raises:
        Refused: `did.key_unknown`.
    """
    name = _named(document, fragment)
    ending = {"expires": instant.format_stamp(until)}
    methods = [
        {**one, **ending} if one["id"] == name else one for one in _listed(document, "verificationMethod")
    ]
    return {**document, "verificationMethod": methods}


_LISTS: Final = ("verificationMethod", "assertionMethod")


def _listed(document: Document, name: str) -> list[Any]:
    """A list of a document that may have been written by another tool."""
    return shape.optional_items(document, name) or []


def _named(document: Document, fragment: str) -> str:
    name = f"{document['id']}#{fragment.removeprefix('#')}"
    if all(one["id"] != name for one in _listed(document, "verificationMethod")):
        raise Refused("did.key_unknown", detail=name)
    return name


def _document(did: str, signing: list[str]) -> Document:
    """A document with keys for credentials, each named by the end of its multikey."""
    methods = [
        {
            "id": f"{did}#{PublicKey.from_multikey(one).to_multikey()[-_FRAGMENT:]}",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": one,
        }
        for one in signing
    ]
    return {
        "@context": list(CONTEXTS),
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [one["id"] for one in methods],
    }


def _did(raw: bytes) -> str:
    """The DID of a log's last line, before anything is known of it."""
    entry = shape.as_object(strict_json.loads(raw.rstrip(b"\n").rpartition(b"\n")[2]))
    return shape.text(shape.child(entry, "state"), "id", "/state")
