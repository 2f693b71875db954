"""That a credential was issued before its issuer's key was stolen: the proof is fetched early, shown late.

It is fetched long before it is needed, for by then the issuer may be gone, and never while something is
presented, so that the issuer cannot see when that is. It is shown only where the chain says that the
credential would be refused without it: it tells a verifier when the credential was anchored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clicid.adapters.gather import Brought
from clicid.codec.web import JSON_TYPE, HttpRequest
from clicid.errors import Refused, Undecided
from clicid.formats.base import FormatId, Material, Need, NeedKind
from clicid.formats.vc_di import whole
from clicid.ledger.facts import Accreditation, IssuanceRoot
from clicid.oid4vci import issuance_proof
from clicid.trust import issuance
from clicid.verification import issuance_digest
from clicid.verification.formats import told_by_typ

if TYPE_CHECKING:
    from clicid.trust.issuance import InclusionProof
    from wallet.store.records import HeldCredential
    from wallet.usecases.parts import Parts


def fetch(parts: Parts) -> int:
    """Ask the issuers for the proofs that are lacking; gives how many came.

    An issuer that does not answer, or has not anchored a credential yet, is asked another time.
    """
    fetched = 0
    for one in parts.records.credentials():
        if one.proof:
            continue
        try:
            proof = _fetched(parts, one)
        except (Refused, Undecided):
            continue
        if proof is not None:
            parts.records.put(replace(one, proof=proof.to_bytes()))
            fetched += 1
    return fetched


def brought(parts: Parts, credential: HeldCredential) -> Brought:
    """What the chain says, and the credential's proof."""
    digest = _digest(parts, credential) if credential.proof else None
    proofs = {} if digest is None else {issuance.uri(digest): credential.proof}
    return Brought(parts.materials, proofs)


def _fetched(parts: Parts, credential: HeldCredential) -> InclusionProof | None:
    """A proof from the issuer, under a root of a final block; None if there is none yet."""
    digest, address = _digest(parts, credential), _identifier(parts, credential)
    if digest is None or not address:
        return None
    body = issuance_proof.write_request(digest)
    request = HttpRequest("POST", address + issuance_proof.PATH, content_type=JSON_TYPE, body=body)
    answer = parts.http.send(replace(request, max_bytes=issuance_proof.MAX_BYTES))
    if answer.status != 200 or answer.content_type != JSON_TYPE:
        return None
    proof = issuance_proof.read_answer(answer.body)
    return proof if proof.proves(digest) and _is_final(parts, proof.root, credential.issuer) else None


def _digest(parts: Parts, credential: HeldCredential) -> bytes | None:
    form = told_by_typ(FormatId(credential.format), credential.raw)
    raw = whole(credential.raw, parts.contexts) if form is FormatId.LDP_VC else credential.raw
    return issuance_digest(raw, form, parts.checkers)


def _identifier(parts: Parts, credential: HeldCredential) -> str:
    """The issuer's HTTPS address, as the chain binds it to the issuer's DID."""
    need = Need(NeedKind.ACCREDITATION, credential.credential_type, credential.issuer)
    found = parts.materials.get(need, parts.clock())
    fact = Accreditation.from_bytes(found.body) if isinstance(found, Material) else None
    return "" if fact is None else fact.identifier


def _is_final(parts: Parts, root: bytes, issuer: str) -> bool:
    need = Need(NeedKind.ISSUANCE_ROOT, issuance.uri(root), issuer)
    found = parts.materials.get(need, parts.clock())
    fact = IssuanceRoot.from_bytes(found.body) if isinstance(found, Material) else None
    return fact is not None and fact.final
