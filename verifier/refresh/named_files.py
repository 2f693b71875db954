"""What a verifier has written down of the issuers that its policy names, and what of it a bundle carries."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.adapters.files import write_whole
from clicid.adapters.named_issuers import document_url, is_one_document
from clicid.adapters.webvh_history import WebvhHistory
from clicid.codec import instant, jcs, saved, shape, strict_json
from clicid.did import web
from clicid.did.webvh.files import Files
from clicid.did.webvh.identifier import LOG, WITNESSES, WebvhDid
from clicid.errors import LocalError
from clicid.formats.base import Material, Need, NeedKind
from clicid.ledger.web_files import WebFile
from clicid.trust.iaca import NAMED_BY_KEY
from clicid.verification import signed_lists
from clicid.verification.signed_lists import Agreement

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from clicid.formats.base import NamedIssuer
    from clicid.ledger.bundle import Scope
    from clicid.status.token_list import StatusListToken


_HISTORY: Final = "logs.db"
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """A folder with what was seen; made when it is not there.

    Raises:
        LocalError: `config.file`, as every method does, for what cannot be read or written.
    """

    folder: Path

    def history(self) -> WebvhHistory:
        """The logs. Raises LocalError `did.store`."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        return WebvhHistory(self.folder / _HISTORY)

    def list(self, need: Need) -> bytes | None:
        """The list that was taken last."""
        return _read(self._path(need))

    def against(self, need: Need) -> bytes | None:
        """The list that contradicted the one that is kept, while there is one."""
        return _read(self._doubt_path(need))

    def keep_list(self, need: Need, body: bytes, *, doubt: bool = False) -> None:
        """One that is taken: nothing contradicts it, or (`doubt`) what its fetcher saw and we did not.

        The doubt is there before the list, and goes after it: whenever this ends, none is without its own.
        """
        if doubt:
            self.keep_against(need, body)
        write_whole(self._path(need), body, replace=True)
        if not doubt:
            self._doubt_path(need).unlink(missing_ok=True)

    def keep_against(self, need: Need, body: bytes) -> None:
        """The first one that contradicts the one that is kept."""
        write_whole(self._doubt_path(need), body, replace=True)

    def document(self, need: Need) -> Material | None:
        """The document of a did:web, or the metadata of an issuer by identifier, as fetched last."""
        raw = _read(self._document_path(need))
        if raw is None:
            return None
        with saved.reading("config.file"):
            obj = shape.as_object(strict_json.loads(raw, max_bytes=8 * web.MAX_BYTES))
            at = instant.parse(shape.text(obj, "at"))
            body = shape.text(obj, "body", maximum=web.MAX_BYTES).encode()
        return Material(body, at, at, document_url(need.uri))

    def keep_document(self, need: Need, body: bytes, at: datetime) -> None:
        """A document that was fetched. It was read, and so is UTF-8."""
        members = {"at": instant.format_stamp(at), "body": body.decode("utf-8")}
        write_whole(self._document_path(need), jcs.dumps(members), replace=True)

    def _path(self, need: Need) -> Path:
        name = hashlib.sha256(f"{need.subject} {need.uri}".encode()).hexdigest()
        return self.folder / f"{name}.jwt"

    def _doubt_path(self, need: Need) -> Path:
        return self._path(need).with_suffix(".doubt")

    def _document_path(self, need: Need) -> Path:
        return self._path(need).with_suffix(".json")


def held(
    folder: Path, by_name: Mapping[str, NamedIssuer], scope: Scope
) -> tuple[dict[str, WebFile], dict[str, WebFile]]:
    """What is held of named issuers: documents and logs, and lists, each by its URL.

    What is in doubt is carried with the doubt: who gets it must not accept by it either.

    Args:
        folder: Where the verifier keeps it; it may run meanwhile.
        by_name: Whom its policy names.
        scope: Of whom, and which lists.

    Raises:
        LocalError: `config.file`, `did.store`.
    """
    documents: dict[str, WebFile] = {}
    lists: dict[str, WebFile] = {}
    if not folder.exists():
        return documents, lists
    files = NamedFiles(folder)
    with closing(files.history()) as history:
        for did, named in by_name.items():
            if scope.issuers is not None and did not in scope.issuers:
                continue
            if scope.types is not None and not named.types & scope.types:
                continue
            documents |= _document(files, history, did)
            for url in named.lists if scope.lists is None else named.lists & scope.lists:
                lists |= _list(files, Need(NeedKind.STATUS_LIST, url, did))
    return documents, lists


def _document(files: NamedFiles, history: WebvhHistory, did: str) -> dict[str, WebFile]:
    if did.startswith(NAMED_BY_KEY):
        return {}  # Who is known by an authority's key alone has no document.
    if is_one_document(did):
        found = files.document(Need(NeedKind.DID, did))
        return {} if found is None else {found.source: WebFile(found.body, found.as_of, _JSON)}
    named = WebvhDid.parse(did)
    seen = history.seen(named.scid)
    if seen is None:
        return {}
    with saved.reading("did.store"):
        log = Files.from_bytes(seen.body)
    return {
        named.url(LOG): WebFile(log.log, seen.at, "text/jsonl", seen.doubt),
        named.url(WITNESSES): WebFile(log.witnesses, seen.at, _JSON),
    }


def _list(files: NamedFiles, need: Need) -> dict[str, WebFile]:
    body = files.list(need)
    if body is None:
        return {}
    at = instant.from_numeric_date(claims(body).iat)
    doubt = "" if files.against(need) is None else Agreement.DIFFERS.value
    return {need.uri: WebFile(body, at, signed_lists.media_type(body), doubt)}


def claims(body: bytes) -> StatusListToken:
    """Of a list that was verified before it was written down."""
    with saved.reading("config.file"):
        return signed_lists.unverified(body)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error
