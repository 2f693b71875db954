"""The `di_vp` key proof (OpenID4VCI annex F.2): a W3C presentation that the key to be bound has signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import strict_json
from clicid.did.document import Relationship
from clicid.did.syntax import DidUrl
from clicid.errors import Refused, RemoteError, answered_with
from clicid.formats import data_model
from clicid.formats.data_model.credential import ISSUABLE
from clicid.formats.holder import holder_document, holder_key
from clicid.formats.vc_di.presentation import parse_presentation
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.proof import VerifiedProof
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import Proof, Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.oid4vci.proof import Expected
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity import PreparedDocument


def prepare(
    holder: str,
    *,
    alg: str,
    cryptosuite: str,
    issuer: str,
    nonce: str,
    contexts: Contexts,
    now: datetime,
) -> PreparedDocument:
    """A proof up to its signature.

    Args:
        holder: The did:key, did:jwk or did:peer to be bound.
        alg: The row of its key in `clicid.keys.algorithms`.
        cryptosuite: One that the issuer takes, and that fits the key.
        issuer: The credential issuer's identifier.
        nonce: The c_nonce.
        contexts: The contexts at hand.
        now: The time.

    Raises:
        Refused: `did.*` for the holder.
    """
    (method, *_) = holder_document(holder, "/holder").related(Relationship.AUTHENTICATION)
    document: dict[str, Json] = {
        "@context": [data_model.Version.V2_0.value],
        "type": [data_model.presentation.TYPE],
        "holder": holder,
    }
    proof = Proof(
        verification_method=method,
        purpose=Purpose.AUTHENTICATION,
        cryptosuite=cryptosuite,
        created=now,
        domain=(issuer,),
        challenge=nonce,
    )
    data_model.parse_presentation(document, versions=ISSUABLE)
    return data_integrity.prepare(document, proof, alg, contexts, profile=Profile.CLOSED)


def verify(presentation: Mapping[str, Json], expected: Expected, contexts: Contexts) -> VerifiedProof:
    """Check one presentation (F.2, F.4).

    1. It is a presentation by the data model, and JSON-LD without a term that nobody knows; its proofs are
       Data Integrity proofs for authentication.
    2. There is one proof, of a cryptosuite that the configuration lists.
    3. Its key is one of a DID by a listed method, for authentication; `holder`, if there, is that DID.
    4. The signature is that key's.
    5. `domain` is this issuer, and nobody else.
    6. `created`, if there, lies in the window; `expires`, if there, is not past.
    7. A `challenge` is there; the store then tells whether it is fresh.

    Credentials that stand in it say nothing here: they are not looked at.

    Raises:
        RemoteError: `invalid_proof`, for each step with its own reason.
    """
    with answered_with(Wire.INVALID_PROOF, "oid4vci.proof_header"):
        parsed = parse_presentation(
            strict_json.dumps(dict(presentation)), contexts, profile=Profile.OPEN
        )  # 1
        if len(parsed.proofs) != 1:  # 2
            raise Refused("proof.format", "/proof", "one is wanted")
        (proof,) = parsed.proofs
        if proof.cryptosuite not in expected.algs:
            raise Refused("keys.algorithm", "/proof/cryptosuite", "not one that the configuration lists")
        did = _controller(proof, parsed.holder, expected)  # 3
        holder = holder_key(did, proof.verification_method, "/proof/verificationMethod")
    with answered_with(Wire.INVALID_PROOF, "keys.signature"):
        data_integrity.verify(parsed.unverified, [holder])  # 4
    if proof.domain != (expected.issuer,):  # 5
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_audience", "/proof/domain")
    if not _in_time(proof, expected):  # 6
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_time", "/proof/created")
    if proof.challenge is None:  # 7
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_nonce", "/proof/challenge")
    return VerifiedProof(holder, did, proof.challenge)


def _controller(proof: Proof, holder: str | None, expected: Expected) -> str:
    url = DidUrl.parse(proof.verification_method, "/proof/verificationMethod")
    if f"did:{url.did.method}" not in expected.binding_methods:
        raise Refused(
            "oid4vci.proof_header", "/proof/verificationMethod", "not a binding method of the configuration"
        )
    if holder is not None and holder != str(url.did):
        raise Refused("vc.holder", "/holder", "not who made the proof")
    return str(url.did)


def _in_time(proof: Proof, expected: Expected) -> bool:
    begun = proof.created is None or expected.in_window(proof.created)
    return begun and (proof.expires is None or expected.now - expected.leeway < proof.expires)
