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
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from clicid.codec import layout
from clicid.codec.layout import Layouts
from clicid.errors import Refused
from clicid.formats.data_model.credential import CredentialDocument
from clicid.formats.data_model.entries import Entry
from clicid.formats.vc_di.credential import Credential
from clicid.formats.vc_di.places import FROM, ID, SUBJECT, UNTIL, Places, may_differ
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity.documents import UnverifiedDocument
from clicid.securing.data_integrity.recalled import recall

if TYPE_CHECKING:
    from clicid.formats.data_model.shipped import Shipped
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity.recalled import Recalled

MAX_LAYOUTS: Final = 256
MAX_CHARS: Final = 1 << 14
"""Of a credential that may be one of a known layout."""

_SCAN: Final = json.JSONDecoder().raw_decode


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
        recalled = recall(secured, parsed.unverified, may_differ, contexts, parsed.profile)
        known = None if recalled is None else _known(parsed, recalled)
        parts = layout.cut(text)
        if known is None or parts is None:
            return
        places = known.recalled.places
        if known.read(text, layout.taker(places)(parts.strings), shipped) == parsed:
            self._known.add(text, places, known)


@dataclass(frozen=True, slots=True)
class _Known:
    """What all credentials of a layout have in common, and where the rest stands among its free strings.

    Args:
        recalled: What is known of the proof.
        places: Where the rest stands.
        like: A credential of the layout, emptied of whatever differs.
    """

    recalled: Recalled
    places: Places
    like: Credential = field(repr=False)

    def read(self, text: str, values: tuple[str, ...], shipped: Shipped) -> Credential | None:
        """The credential with these values; None or `Refused` where the long way has to be taken."""
        read = self.places.read(values)
        proof = None if read is None else self.recalled.proof(values)
        if read is None or proof is None:
            return None
        like = self.like
        begin, end = read.begin or like.model.valid_from, read.end or like.model.valid_until
        if begin is not None and end is not None and end < begin:
            return None
        status = like.status
        if read.entry is not None:
            status = tuple([replace(entry, index=read.entry) for entry in status])
        document, _ = _SCAN(text)
        del document["proof"]
        model = CredentialDocument(
            like.model.version,
            read.id or like.model.id,
            like.model.types,
            like.model.issuer,
            tuple(_objects(document[SUBJECT])),
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
    places = Places.of(recalled.free, recalled.schemes)
    if places is None:
        return None
    model = replace(
        parsed.model,
        id=None if ID in recalled.free else parsed.model.id,
        subjects=(),
        valid_from=None if FROM in recalled.free else parsed.model.valid_from,
        valid_until=None if UNTIL in recalled.free else parsed.model.valid_until,
        entries={
            name: tuple(replace(entry, id=None, members={}) for entry in entries)
            for name, entries in parsed.model.entries.items()
        },
    )
    like = replace(
        parsed,
        unverified=replace(parsed.unverified, document={}, proofs=()),
        proofs=(),
        model=model,
        raw=None,
    )
    return _Known(recalled, places, like)


def _objects(value: Any) -> list[dict[str, Any]]:
    """One object or several: which, and that they are objects, is known of the layout."""
    return value if isinstance(value, list) else [value]


def _entries(known: tuple[Entry, ...], value: Any) -> tuple[Entry, ...]:
    found = zip(known, _objects(value), strict=True)
    return tuple([Entry(entry.types, item.get("id"), item, entry.where) for entry, item in found])
