"""How a wallet gets the proof that a credential was anchored: a request and an answer of our own.

Nothing in OpenID4VCI has a place for it. The digest is over a signature, so nobody names it who has not
seen the credential; the answer says nothing but when it was anchored, and with how many others.
"""

from __future__ import annotations

from typing import Final

from clicid.codec import base64url, shape, strict_json
from clicid.trust import issuance
from clicid.trust.issuance import InclusionProof

PATH: Final = "/issuance-proofs"
"""Below the issuer's identifier; for POST."""
MAX_BYTES: Final = 4096
_MAX_DEPTH: Final = 2


def write_request(digest: bytes) -> bytes:
    """Ask for the proof of a credential's digest."""
    return strict_json.dumps({"digest": issuance.uri(digest)})


def read_request(raw: bytes) -> bytes:
    """The digest asked for.

    Raises:
        Refused: `codec.*`, `issuance.proof`.
    """
    return issuance.digest_of(shape.text(_object(raw), "digest", maximum=128))


def write_answer(proof: InclusionProof) -> bytes:
    """Give the proof."""
    return strict_json.dumps({"proof": base64url.encode(proof.to_bytes())})


def read_answer(raw: bytes) -> InclusionProof:
    """The proof given; whether it proves anything is another question.

    Raises:
        Refused: `codec.*`, `issuance.proof`.
    """
    return InclusionProof.from_bytes(base64url.decode(shape.text(_object(raw), "proof", maximum=MAX_BYTES)))


def _object(raw: bytes) -> dict[str, strict_json.Json]:
    return shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH))
