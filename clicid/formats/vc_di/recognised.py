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
from typing import TYPE_CHECKING, Final

import orjson

from clicid.codec import layout
from clicid.codec.layout import Layouts
from clicid.errors import Refused
from clicid.formats import data_model
from clicid.formats.base import StatusRef
from clicid.formats.vc_di.credential import Credential
from clicid.formats.vc_di.places import FROM, SUBJECT, UNTIL, Places, may_differ
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity.documents import UnverifiedDocument
from clicid.securing.data_integrity.recalled import recall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.data_model import CredentialDocument
    from clicid.formats.data_model.shipped import Shipped
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity.recalled import Recalled
    from clicid.status.entry import BitstringEntry

MAX_LAYOUTS: Final = 256


class Recognised:
    """The layouts that one checker has learned."""

    def __init__(self) -> None:
        self._known: Final[Layouts[Known]] = Layouts(MAX_LAYOUTS)

    def read(self, raw: bytes, shipped: Shipped) -> Credential | None:
        """The credential, exactly as `parse_credential` reads it; None where that has to be asked."""
        found = self._known.find_in(raw)
        if found is None:
            return None
        known, text, values = found
        try:
            return known.read(text, values, shipped)
        except Refused:
            return None

    def known(self, raw: bytes) -> Known | None:
        """What is known of a credential's layout."""
        found = self._known.find_in(raw)
        return None if found is None else found[0]

    def learn(self, raw: bytes, parsed: Credential, contexts: Contexts, shipped: Shipped) -> None:
        """Remember the layout of a credential whose signature was good.

        It is remembered only if reading the same bytes by it gives the same credential.
        """
        if len(raw) > layout.MAX_BYTES or parsed.profile is not Profile.CLOSED:
            return
        text = raw.decode()
        secured = json.loads(text)
        recalled = recall(secured, parsed.unverified, may_differ, contexts, parsed.profile)
        known = None if recalled is None else _known(parsed, recalled, secured)
        parts = layout.cut(text)
        if known is None or parts is None:
            return
        places = known.recalled.places
        if known.read(text, layout.taker(places)(parts.strings), shipped) == parsed:
            self._known.add(text, places, known)


@dataclass(frozen=True, slots=True)
class Known:
    """What all credentials of a layout have in common, and where the rest stands among its free strings.

    Args:
        recalled: What is known of the proof.
        places: Where the rest stands.
        like: A credential of the layout, emptied of whatever differs.
        schemas: What the data model says of it, if it names schemas; emptied likewise.
    """

    recalled: Recalled
    places: Places
    like: Credential = field(repr=False)
    schemas: CredentialDocument | None = field(repr=False)

    def read(self, text: str, values: tuple[str, ...], shipped: Shipped) -> Credential | None:
        """The credential with these values; None or `Refused` where the long way has to be taken."""
        read = self.places.read(values)
        proof = None if read is None else self.recalled.proof(values)
        if read is None or proof is None:
            return None
        begin, end, index = read
        like = self.like
        status = like.status if index is None else _at(like.status, index)
        document = orjson.loads(text)
        del document["proof"]
        subjects = document[SUBJECT]
        return Credential(
            UnverifiedDocument(document, like.unverified.types, (proof,)),
            (proof.proof,),
            like.issuer,
            tuple(subjects) if isinstance(subjects, list) else (subjects,),
            begin or like.valid_from,
            end or like.valid_until,
            like.profile,
            like.types,
            like.credential_type,
            status,
            None if self.schemas is None else shipped.schema_line(self.schemas, document),
        )


def _known(parsed: Credential, recalled: Recalled, secured: Mapping[str, Json]) -> Known | None:
    """What a credential shows of its layout; None if a URL that may differ is not as most are."""
    places = Places.of(recalled.free, recalled.schemes)
    # An end that stands in no free place cannot be held against a beginning that does.
    half = (FROM in recalled.free) != (UNTIL in recalled.free)
    if places is None or (half and parsed.lifetime is not None):
        return None
    like = replace(
        parsed,
        unverified=replace(parsed.unverified, document={}, proofs=()),
        proofs=(),
        subjects=(),
        valid_from=None if FROM in recalled.free else parsed.valid_from,
        valid_until=None if UNTIL in recalled.free else parsed.valid_until,
        schema=None,
        raw=None,
    )
    return Known(recalled, places, like, _schemas(secured) if parsed.schema is not None else None)


def _schemas(secured: Mapping[str, Json]) -> CredentialDocument:
    """What the data model says of a credential, with nothing left in it but the schemas that it names."""
    model = data_model.parse_credential(secured)
    named = tuple(replace(entry, members={}) for entry in model.entries["credentialSchema"])
    return replace(model, id=None, subjects=(), entries={"credentialSchema": named})


def _at(status: tuple[StatusRef | BitstringEntry, ...], index: int) -> tuple[StatusRef | BitstringEntry, ...]:
    """The entries with this index."""
    found: list[StatusRef | BitstringEntry] = []
    for entry in status:
        if isinstance(entry, StatusRef):
            found.append(StatusRef(entry.list_url, index))
        else:
            found.append(replace(entry, index=index))
    return tuple(found)
