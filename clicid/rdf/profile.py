"""The two profiles of safe mode: how much of JSON-LD a document may use."""

from __future__ import annotations

from enum import Enum


class Profile(Enum):
    """What a document may use. Either way nothing in it may be dropped before it is hashed.

    ``CLOSED`` is for the types that ClicID knows: contexts that ship, terms that they define, and JSON
    and graph one to one, so that who reads the JSON reads what is signed. ``OPEN`` is for everybody's
    documents: contexts written out in them, terms made by ``@vocab``, fractions, value objects.
    Whoever accepts a document of that kind trusts its issuer for the meaning of its own terms.
    """

    CLOSED = "closed"
    OPEN = "open"
