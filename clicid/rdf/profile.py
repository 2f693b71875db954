"""The two profiles of safe mode: how much of JSON-LD a document may use."""

from __future__ import annotations

from enum import StrEnum


class Profile(StrEnum):
    """What a document may use. Either way nothing in it may be dropped before it is hashed.

    ``CLOSED`` is for the types that ClicID knows: contexts that ship, terms that they define, and JSON
    and graph one to one, so that who reads the JSON reads what is signed. ``OPEN`` is for everybody's
    documents: contexts written out in them, terms made by ``@vocab``, fractions, value objects. What is
    signed is then the graph alone. A holder can give an IRI another word, or a word another IRI, by a
    context of their own, as far as no shipped context protects or names either; so whoever acts on the
    JSON of such a document accepts only contexts that they know (VC Data Integrity 1.0 4.6).
    """

    CLOSED = "closed"
    OPEN = "open"
