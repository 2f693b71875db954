"""Credentials of a known layout: what one with a good signature has shown is not found out again.

Most credentials that a verifier meets differ from one it has met in a handful of values: an id, dates,
claims, a place in a list, a signature. Of such a credential only those values are looked at, each by
the rule that its place has; what depends on nothing else was decided when the first one was read.
What is remembered is a layout (`clicid.codec.layout`) and never a document, a claim or a verdict:
whether the signature is good, whether it holds today, who issued it and what the list says is asked
of every credential.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from clicid.codec import instant, layout
from clicid.codec.layout import Layouts
from clicid.errors import Refused
from clicid.formats.bitstring_entries import INDEX
from clicid.formats.data_model.credential import CredentialDocument
from clicid.formats.data_model.entries import Entry
from clicid.formats.data_model.url import MAX_URL, USUAL
from clicid.formats.vc_di.credential import Credential
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity.documents import UnverifiedDocument
from clicid.securing.data_integrity.recalled import recall

if TYPE_CHECKING:
    from clicid.codec.layout import Path
    from clicid.formats.data_model.shipped import Shipped
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity.recalled import Recalled

MAX_LAYOUTS: Final = 256
MAX_CHARS: Final = 1 << 14
"""Of a credential that may be one of a known layout."""

_SCAN: Final = json.JSONDecoder().raw_decode
_FROM: Final[Path] = ("validFrom",)
_UNTIL: Final[Path] = ("validUntil",)
_SUBJECT: Final = "credentialSubject"
_STATUS: Final = "credentialStatus"
_INDEX: Final = "statusListIndex"


class Recognised:
    """The layouts that one checker has learned."""

    def __init__(self) -> None:
        self._known: Final[Layouts[_Known]] = Layouts(MAX_LAYOUTS)

    def read(self, raw: bytes, shipped: Shipped) -> Credential | None:
        """The credential, exactly as `parse_credential` reads it; None where that has to be asked."""
        if len(raw) > MAX_CHARS:
            return None
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return None
        found = self._known.find(text)
        if found is None:
            return None
        known, values = found
        try:
            return known.read(text, values, shipped)
        except Refused:
            return None

    def learn(self, raw: bytes, parsed: Credential, contexts: Contexts, shipped: Shipped) -> None:
        """Remember the layout of a credential whose signature was good.

        It is remembered only if reading the same bytes by it gives the same credential.
        """
        if len(raw) > MAX_CHARS or parsed.profile is not Profile.CLOSED:
            return
        text = raw.decode()
        secured = json.loads(text)
        recalled = recall(secured, parsed.unverified, _may_differ, contexts, parsed.profile)
        known = None if recalled is None else _known(parsed, recalled)
        parts = layout.cut(text)
        if known is None or parts is None:
            return
        places = known.recalled.places
        if known.read(text, layout.taker(places)(parts.strings), shipped) == parsed:
            self._known.add(text, places, known)


def _may_differ(path: Path) -> bool:
    """Whether `parse_credential` looks at the value in a place by itself, or not at all.

    Every place that it compares with another or that decides what is read is not among them.
    """
    if path[0] == _SUBJECT:
        return True
    if path[0] == _STATUS:
        return path[-1] in ("id", _INDEX)
    return path in (("id",), _FROM, _UNTIL)


@dataclass(frozen=True, slots=True)
class _Known:
    """What all credentials of a layout have in common, and where the rest stands among its free strings.

    Args:
        recalled: What is known of the proof.
        like: A credential of the layout, emptied of whatever differs.
        urls: What URLs have to look like, each behind the other, and their places.
        indexes: The places of the status entries' indexes.
    """

    recalled: Recalled
    like: Credential = field(repr=False)
    urls: tuple[re.Pattern[str], tuple[int, ...]]
    id: int | None
    begin: int | None
    end: int | None
    indexes: tuple[int, ...]

    def read(self, text: str, values: tuple[str, ...], shipped: Shipped) -> Credential | None:
        """The credential with these values; None or `Refused` where the long way has to be taken."""
        pattern, places = self.urls
        urls = " ".join([values[place] for place in places])
        if len(urls) > MAX_URL or not pattern.fullmatch(urls):
            return None
        proof = self.recalled.proof(values)
        if proof is None:
            return None
        like = self.like
        begin = like.model.valid_from if self.begin is None else instant.parse(values[self.begin])
        end = like.model.valid_until if self.end is None else instant.parse(values[self.end])
        if begin is not None and end is not None and end < begin:
            return None
        status = like.status
        if self.indexes:
            index = values[self.indexes[0]]
            if not INDEX.fullmatch(index) or {values[place] for place in self.indexes} != {index}:
                return None
            status = tuple(replace(entry, index=int(index)) for entry in status)
        document, _ = _SCAN(text)
        del document["proof"]
        model = CredentialDocument(
            like.model.version,
            like.model.id if self.id is None else values[self.id],
            like.model.types,
            like.model.issuer,
            tuple(_objects(document[_SUBJECT])),
            begin,
            end,
            {name: _entries(entries, document[name]) for name, entries in like.model.entries.items()},
            like.model.related,
        )
        return Credential(
            UnverifiedDocument(document, like.unverified.types, (proof,)),
            (proof.proof,),
            model,
            like.profile,
            like.types,
            status,
            shipped.schema_line(model, document) if like.schema is not None else None,
        )


def _known(parsed: Credential, recalled: Recalled) -> _Known | None:
    """What a credential shows of its layout; None if a URL that may differ is not as most are."""
    free = {path: place for place, path in enumerate(recalled.free)}
    urls = [(place, scheme[:-1]) for place, scheme in enumerate(recalled.schemes) if scheme]
    if any(scheme not in USUAL for _, scheme in urls):
        return None
    model = replace(
        parsed.model,
        id=None if ("id",) in free else parsed.model.id,
        subjects=(),
        valid_from=None if _FROM in free else parsed.model.valid_from,
        valid_until=None if _UNTIL in free else parsed.model.valid_until,
        entries={
            name: tuple(replace(entry, id=None, members={}) for entry in entries)
            for name, entries in parsed.model.entries.items()
        },
    )
    return _Known(
        recalled=recalled,
        like=replace(
            parsed,
            unverified=replace(parsed.unverified, document={}, proofs=()),
            proofs=(),
            model=model,
            raw=None,
        ),
        urls=(
            re.compile(" ".join(USUAL[scheme] for _, scheme in urls), re.ASCII),
            tuple(place for place, _ in urls),
        ),
        id=free.get(("id",)),
        begin=free.get(_FROM),
        end=free.get(_UNTIL),
        indexes=tuple(place for path, place in free.items() if path[0] == _STATUS and path[-1] == _INDEX),
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    """One object or several: which, and that they are objects, is known of the layout."""
    return value if isinstance(value, list) else [value]


def _entries(known: tuple[Entry, ...], value: Any) -> tuple[Entry, ...]:
    found = zip(known, _objects(value), strict=True)
    return tuple([Entry(entry.types, item.get("id"), item, entry.where) for entry, item in found])
