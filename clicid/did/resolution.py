"""DID resolution (W3C DID Resolution v0.3): a question, a table of methods, a document with its metadata.

Nothing is fetched here: what a method needs beyond the identifier comes from `Records`, which has it at
hand or says why not. DID URLs are not dereferenced; of one, the parameters are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias
from urllib.parse import unquote

from clicid.codec import instant, shape, strict_json
from clicid.did import ethr, ethr_history, jwk, peer, web
from clicid.did import key as did_key
from clicid.did.ethr import EthrDid
from clicid.did.ethr_history import History, Point
from clicid.did.syntax import Did, DidUrl
from clicid.did.webvh import documents as webvh_documents
from clicid.did.webvh import log as webvh_log
from clicid.did.webvh.files import Files
from clicid.did.webvh.identifier import METHOD as WEBVH
from clicid.did.webvh.identifier import WebvhDid
from clicid.errors import REASONS, Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clicid.codec.strict_json import Json
    from clicid.did.webvh.log import Log, Version
    from clicid.errors import ClicidError

CONTENT_TYPE: Final = "application/did"
VERSION_ID: Final = "versionId"
VERSION_TIME: Final = "versionTime"
VERSION_NUMBER: Final = "versionNumber"
"""A parameter of did:webvh alone."""
MAX_PARAMETERS: Final = 8
_NUMBER: Final = re.compile("0|[1-9][0-9]{0,14}", re.ASCII)
_ERRORS: Final = "https://www.w3.org/ns/did#"


class ErrorType(StrEnum):
    """Why a DID does not resolve (DID Resolution, errors)."""

    INVALID_DID = "INVALID_DID"
    INVALID_DID_DOCUMENT = "INVALID_DID_DOCUMENT"
    NOT_FOUND = "NOT_FOUND"
    REPRESENTATION_NOT_SUPPORTED = "REPRESENTATION_NOT_SUPPORTED"
    METHOD_NOT_SUPPORTED = "METHOD_NOT_SUPPORTED"
    FEATURE_NOT_SUPPORTED = "FEATURE_NOT_SUPPORTED"
    INVALID_OPTIONS = "INVALID_OPTIONS"
    INTERNAL_ERROR = "INTERNAL_ERROR"


_ERROR_TYPES: Final[Mapping[str, ErrorType]] = {
    "did.document": ErrorType.INVALID_DID_DOCUMENT,
    "did.method": ErrorType.METHOD_NOT_SUPPORTED,
    "did.option": ErrorType.INVALID_OPTIONS,
    "did.option_unknown": ErrorType.FEATURE_NOT_SUPPORTED,
    "did.representation": ErrorType.REPRESENTATION_NOT_SUPPORTED,
    "did.short_form": ErrorType.NOT_FOUND,
    "did.too_large": ErrorType.INTERNAL_ERROR,
    "did.unavailable": ErrorType.NOT_FOUND,
    "did.version_time": ErrorType.NOT_FOUND,
    "did.version_unknown": ErrorType.NOT_FOUND,
}


def error_type(error: ClicidError) -> ErrorType:
    """The W3C's name of an error of ours; whatever is wrong with an identifier makes it an invalid one."""
    return _ERROR_TYPES.get(error.code, ErrorType.INVALID_DID)


def problem(error: ClicidError) -> dict[str, Json]:
    """The error as problem details (RFC 9457), with our reason code beside."""
    return {
        "type": _ERRORS + error_type(error),
        "title": REASONS[error.code].en,
        "detail": error.detail,
        "code": error.code,
    }


@dataclass(frozen=True, slots=True)
class Question:
    """A DID, and which version of its document is wanted: the latest, unless one of the three is given."""

    did: Did
    version_id: str | None = None
    version_time: datetime | None = None
    version_number: int | None = None

    @classmethod
    def parse(cls, text: str, options: Iterable[tuple[str, str]] = ()) -> Question:
        """A DID or a DID URL with parameters, and options given beside it.

        Raises:
            Refused: `did.syntax`; `did.option_unknown` for a path, a fragment, and any option or
                parameter but ``versionId``, ``versionTime`` and ``versionNumber``; `did.option` for
                more than one of them, and for a time or number that is none.
        """
        url = DidUrl.parse(text)
        if url.path or url.fragment is not None:
            raise Refused("did.option_unknown", detail="a path or fragment is not dereferenced here")
        given = [*_parameters(url.query), *options]
        if len(given) > MAX_PARAMETERS:
            raise Refused("did.option", detail=f"more than {MAX_PARAMETERS} options")
        for name, _ in given:
            if name not in _OPTIONS:
                raise Refused("did.option_unknown", detail=f"{', '.join(_OPTIONS)} are known")
        if len(given) > 1:
            raise Refused("did.option", detail="one option, and once")
        asked = dict(given)
        time, number = asked.get(VERSION_TIME), asked.get(VERSION_NUMBER)
        return cls(
            url.did,
            asked.get(VERSION_ID),
            None if time is None else _time(time),
            None if number is None else _number(number, VERSION_NUMBER),
        )

    @property
    def latest(self) -> bool:
        """Whether the latest version is wanted."""
        return self.version_id is None and self.version_time is None and self.version_number is None


_OPTIONS: Final = (VERSION_ID, VERSION_TIME, VERSION_NUMBER)


def _parameters(query: str | None) -> list[tuple[str, str]]:
    parts = query.split("&") if query else []
    pairs = (part.partition("=") for part in parts)
    return [(unquote(name), unquote(value)) for name, _, value in pairs]


def _time(text: str) -> datetime:
    try:
        return instant.parse(text)
    except Refused as error:
        raise Refused("did.option", VERSION_TIME, "an xsd:dateTimeStamp is wanted") from error


def _number(text: str, name: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise Refused("did.option", name, "a number is wanted")
    return int(text)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a DID resolves to.

    Args:
        document: The DID document; None of the version that deactivated it.
        metadata: `didDocumentMetadata`.
        about: What else stands in `didResolutionMetadata`: where the document is from, and its age.
    """

    document: dict[str, Json] | None
    metadata: dict[str, Json] = field(default_factory=dict)
    about: dict[str, Json] = field(default_factory=dict)

    @property
    def deactivated(self) -> bool:
        """Whether the DID was given up."""
        return self.metadata.get("deactivated") is True


@dataclass(frozen=True, slots=True)
class Published:
    """What lay where a DID says.

    Args:
        body: A document, or the files of a log (`Files.to_bytes`).
        source: Where it lay.
        as_of: When it lay there.
    """

    body: bytes = field(repr=False)
    source: str
    as_of: datetime

    @property
    def about(self) -> dict[str, Json]:
        """What is told of it: no word of anybody's says that nothing has changed since."""
        return {"source": self.source, "asOf": instant.format_stamp(self.as_of)}


class Documents(Protocol):
    """What is at hand of DIDs whose documents lie on web servers."""

    def published(self, did: str) -> Published:
        """What lay where a DID says.

        Raises:
            Undecided: `did.unavailable` if it is not at hand.
        """


class Chain(Protocol):
    """What is at hand of DIDs that a chain tells of."""

    def history(self, did: EthrDid) -> History:
        """What a chain has said of an identity.

        Raises:
            Refused: `did.too_large`.
            Undecided: `did.unavailable` for another chain than is followed, or none yet.
        """

    def block_times(self, number: int) -> tuple[int, int]:
        """Between which two seconds, since 1970, a block up to the head was made; twice the same if known.

        Raises:
            Undecided: `did.unavailable`.
        """


@dataclass(frozen=True, slots=True)
class Records:
    """What is at hand of DIDs that are not their own document."""

    documents: Documents
    chain: Chain


Resolver: TypeAlias = Callable[[Question, Records, datetime], Resolved]


def resolve(question: Question, records: Records, now: datetime) -> Resolved:
    """The document of a DID and its metadata.

    Raises:
        Refused: `did.method` for a method that is not in the table; `did.option`, `did.option_unknown`;
            `did.document`, `did.too_large`; `did.syntax`, `keys.*`, `codec.*` for the identifier.
        Undecided: `did.version_unknown` for what the chain has not come to, `did.version_time`,
            `did.unavailable`.
    """
    method = METHODS.get(question.did.method)
    if method is None:
        raise Refused("did.method")
    if question.version_time is not None and question.version_time > now:
        raise Refused("did.option", VERSION_TIME, "it is yet to come")
    return method(question, records, now)


def _unversioned(read: Callable[[str, Records, datetime], Resolved]) -> Resolver:
    """A method that keeps no versions."""

    def resolver(question: Question, records: Records, now: datetime) -> Resolved:
        if not question.latest:
            raise Refused("did.option_unknown", detail=f"did:{question.did.method} keeps no versions")
        return read(str(question.did), records, now)

    return resolver


def _in_identifier(read: Callable[[str], dict[str, Json]]) -> Resolver:
    return _unversioned(lambda did, _records, _now: Resolved(read(did)))


def _web_document(did: str, records: Records, now: datetime) -> Resolved:
    """As it was found: who resolves it may know what we do not."""
    web.url(did)
    found = records.documents.published(did)
    with _published():
        web.document(did, found.body, now)
        document = shape.as_object(strict_json.loads(found.body, max_bytes=web.MAX_BYTES))
    return Resolved(document, about=found.about)


def _of_log(question: Question, records: Records, now: datetime) -> Resolved:
    did = str(question.did)
    WebvhDid.parse(did)
    found = records.documents.published(did)
    with _published():
        log = webvh_log.read(did, Files.from_bytes(found.body), now)
    version = _logged(question, log)
    metadata = webvh_documents.metadata(log, version)
    if version.parameters.deactivated:
        return Resolved(None, metadata, found.about)
    with _published():
        return Resolved(webvh_documents.published(version), metadata, found.about)


def _logged(question: Question, log: Log) -> Version:
    if question.version_id is not None:
        return webvh_documents.by_id(log, question.version_id)
    if question.version_number is not None:
        return webvh_documents.by_number(log, question.version_number)
    if question.version_time is not None:
        return webvh_documents.by_time(log, question.version_time)
    return log.newest


@contextmanager
def _published() -> Iterator[None]:
    """What is wrong with what a web server published is no fault of who asks."""
    try:
        yield
    except Refused as error:
        raise Refused("did.document", error.where, f"{error.code}: {error.detail}") from error


def _of_chain(question: Question, records: Records, now: datetime) -> Resolved:
    if question.version_number is not None:
        raise Refused("did.option_unknown", detail="a version of a did:ethr is named by its block")
    did = EthrDid.parse(str(question.did))
    history = records.chain.history(did)
    found = ethr_history.version(history, _point(question, history, records.chain, now))
    as_of = instant.format_stamp(ethr.to_instant(history.head_time))
    return Resolved(found.document, found.metadata, {"source": history.source, "asOf": as_of})


def _point(question: Question, history: History, chain: Chain, now: datetime) -> Point:
    if question.version_id is not None:
        block = _number(question.version_id, VERSION_ID)
        if block > history.head:
            raise Undecided("did.version_unknown", detail=f"block {history.head} is the last one known")
        return Point(block, *chain.block_times(block))
    if question.version_time is not None:
        return ethr_history.at_time(history, _seconds(question.version_time))
    # A clock that is behind the chain's must not hide what the chain says.
    return ethr_history.at_time(history, max(_seconds(now), history.head_time))


def _seconds(time: datetime) -> int:
    return max(int((time - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()), 0)


METHODS: Final[Mapping[str, Resolver]] = {
    did_key.METHOD: _in_identifier(lambda did: did_key.document(did).to_json()),
    jwk.METHOD: _in_identifier(lambda did: jwk.document(did).to_json()),
    peer.METHOD: _in_identifier(peer.published),
    web.METHOD: _unversioned(_web_document),
    WEBVH: _of_log,
    ethr.METHOD: _of_chain,
}
