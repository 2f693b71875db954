"""A verifier as a tutorial would have it: PyLD as it comes, then the signature. It drops what it drops."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pyld import jsonld

from clicid.codec import multibase
from clicid.errors import Refused
from clicid.keys.public import PublicKey
from tests.support import w3c

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts


def verdict(secured: dict[str, Any], contexts: Contexts = w3c.CONTEXTS) -> str:
    """Whether the proof verifies over what PyLD leaves of the document: accepts, refuses or crashes."""
    proof = secured["proof"] if isinstance(secured["proof"], dict) else secured["proof"][0]
    document = {name: value for name, value in secured.items() if name != "proof"}
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        hashed = _digest({**config, "@context": secured["@context"]}, contexts) + _digest(document, contexts)
    except jsonld.JsonLdError:
        return "refuses"
    except (TypeError, AttributeError, LookupError):
        return "crashes"
    key = PublicKey.from_multikey(proof["verificationMethod"].partition("#")[2])
    try:
        key.verify(multibase.decode(proof["proofValue"]), hashed)
    except Refused:
        return "refuses"
    return "accepts"


def _digest(document: dict[str, Json], contexts: Contexts) -> bytes:
    by_default = {**contexts.options(), "rdfDirection": None}
    options = {**by_default, "algorithm": "URDNA2015", "format": "application/n-quads"}
    nquads: str = jsonld.normalize(document, options)
    return hashlib.sha256(nquads.encode()).digest()
