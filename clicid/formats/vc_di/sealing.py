"""The issuer's side: a credential up to its signature."""

from __future__ import annotations

import functools
from datetime import time, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from clicid.codec import instant
from clicid.errors import LocalError, Undecided
from clicid.formats import bitstring_entries, data_model
from clicid.formats.data_model import resources
from clicid.formats.data_model.credential import ISSUABLE
from clicid.formats.data_model.shipped import NOTHING
from clicid.formats.vc_di import document, issued
from clicid.keys.algorithms import BLS12_381_G2, ED25519, P256
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import (
    EDDSA_RDFC_2022,
    PreparedDocument,
    Proof,
    Purpose,
    bbs_2023,
    ecdsa_sd_2023,
)
from clicid.securing.data_integrity.bbs_values import Feature
from clicid.securing.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import IssuerIdentity, StatusRef, Validity
    from clicid.formats.data_model.shipped import Shipped
    from clicid.formats.vc_di.issued import Named
    from clicid.keys.public import PublicKey
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity import Suite


def credential_document(
    issuer: IssuerIdentity,
    subject: Mapping[str, Json],
    *,
    credential_id: str,
    credential_type: str,
    more_contexts: Sequence[str],
    holder: str,
    validity: Validity,
    status_ref: StatusRef,
    named: Mapping[str, Json] = MappingProxyType({}),
) -> dict[str, Json]:
    """The document of a credential about one holder (VC Data Model 2.0, 4).

    Args:
        issuer: Who issues; its DID stands in the credential.
        subject: What is said of the holder, by terms of the contexts.
        credential_id: Its own id, unlike that of any other copy: a `urn:uuid:`.
        credential_type: The type's term.
        more_contexts: URLs of the contexts after that of VC Data Model 2.0.
        holder: The holder's did:key, did:jwk or did:peer.
        validity: From and until, rounded to the day.
        status_ref: Its entry.
        named: `credentialSchema` and `relatedResource`, if it names what it is to be read by.
    """
    return {
        "@context": [document.CONTEXT, *more_contexts],
        "id": credential_id,
        "type": [document.CREDENTIAL, credential_type],
        "issuer": issuer.did,
        "validFrom": instant.format_stamp(validity.valid_from),
        "validUntil": instant.format_stamp(validity.valid_until),
        "credentialSubject": {"id": holder, **subject},
        "credentialStatus": bitstring_entries.entries(status_ref),
        **named,
    }


def prepare_credential(
    issuer: IssuerIdentity, unsigned: Mapping[str, Json], contexts: Contexts, *, created: datetime
) -> PreparedDocument:
    """A credential of a type of ours, up to the signature of an Ed25519 key.

    Args:
        issuer: Who signs; `key_id` is the DID URL of the key.
        unsigned: The credential without its proof, as from `credential_document`.
        contexts: The shipped contexts.
        created: The proof's time, rounded to the day.

    Raises:
        LocalError: As `secure_credential`.
        Refused: As `secure_credential`.
    """
    proof = _proof_of_the_day(issuer.key_id, created)
    return secure_credential(issuer, unsigned, proof, ED25519, contexts, profile=Profile.CLOSED)


@functools.lru_cache(maxsize=64)
def _proof_of_the_day(key_id: str, created: datetime) -> Proof:
    """The options with which an issuer signs all day."""
    return Proof(
        verification_method=key_id,
        purpose=Purpose.ASSERTION_METHOD,
        cryptosuite=EDDSA_RDFC_2022,
        created=created,
    )


def prepare_selective(
    issuer: IssuerIdentity,
    unsigned: Mapping[str, Json],
    contexts: Contexts,
    *,
    created: datetime,
    always: Sequence[str],
    random: Callable[[int], bytes],
) -> PreparedDocument:
    """A credential of a type of ours whose claims can be shown one by one, up to a P-256 signature.

    What says how the credential is to be read and whether it holds stands open in every part.

    Args:
        issuer: Who signs.
        unsigned: The credential without its proof, about one holder.
        contexts: The shipped contexts.
        created: The proof's time, rounded to the day.
        always: Members of the subject that are shown to everybody, besides its id.
        random: Gives that many secret random bytes.

    Raises:
        LocalError: As `secure_credential`.
        Refused: As `secure_credential`.
    """
    proof = Proof(
        verification_method=issuer.key_id,
        purpose=Purpose.ASSERTION_METHOD,
        cryptosuite=ECDSA_SD_2023,
        created=created,
    )
    open_to_all = [f"/{name}" for name in _OPEN if name in unsigned]
    mandatory = (*open_to_all, *(f"/credentialSubject/{name}" for name in ("id", *always)))
    suite = ecdsa_sd_2023.Issuing(mandatory, random)
    return secure_credential(issuer, unsigned, proof, P256, contexts, profile=Profile.CLOSED, suite=suite)


def unlinkable_document(
    issuer: IssuerIdentity,
    subject: Mapping[str, Json],
    *,
    credential_type: str,
    more_contexts: Sequence[str],
    validity: Validity,
    named: Mapping[str, Json] = MappingProxyType({}),
) -> dict[str, Json]:
    """The document of a credential by which nobody is recognised: no id, no subject id, no status index.

    What cannot be revoked must be short-lived: the validity is some days, and a verifier's policy says
    how many it accepts.

    Args:
        issuer: Who issues; its DID stands in the credential.
        subject: What is said of the holder, by terms of the contexts.
        credential_type: The type's term.
        more_contexts: URLs of the contexts after that of VC Data Model 2.0.
        validity: From and until, rounded to the day, so that many have the same.
        named: `credentialSchema` and `relatedResource`, if it names what it is to be read by.

    Raises:
        LocalError: `vc.seal` for more than `MAX_UNLINKABLE`, or a time that is not rounded to the day.
    """
    length = validity.valid_until - validity.valid_from
    rounded = all(at.time() == _MIDNIGHT for at in (validity.valid_from, validity.valid_until))
    if length > MAX_UNLINKABLE or not rounded:
        raise LocalError("vc.seal", "/validUntil", f"whole days, and at most {MAX_UNLINKABLE.days}")
    return {
        "@context": [document.CONTEXT, *more_contexts],
        "type": [document.CREDENTIAL, credential_type],
        "issuer": issuer.did,
        "validFrom": instant.format_stamp(validity.valid_from),
        "validUntil": instant.format_stamp(validity.valid_until),
        "credentialSubject": dict(subject),
        **named,
    }


def prepare_unlinkable(
    issuer: IssuerIdentity,
    unsigned: Mapping[str, Json],
    contexts: Contexts,
    *,
    key: PublicKey,
    commitment: bytes,
    always: Sequence[str],
    random: Callable[[int], bytes],
    signer_nym_entropy: bytes | None = None,
) -> PreparedDocument:
    """Such a credential up to a BBS signature, bound to a secret of its holder's and to a pseudonym.

    The proof has no time of its own: it would be a mark by which presentations are linked.

    Args:
        issuer: Who signs.
        unsigned: As from `unlinkable_document`.
        contexts: The shipped contexts.
        key: The public half of the BLS12-381 key that will sign.
        commitment: The holder's, with its proof: to its secret and its part of the pseudonym's.
        always: Members of the subject that are shown to everybody.
        random: Gives that many secret random bytes.
        signer_nym_entropy: As in the holder's earlier credential, so that its pseudonyms stay the same.

    Raises:
        LocalError: As `secure_credential`.
        Refused: As `secure_credential`; when it is signed, `keys.bbs_commitment` for a bad commitment.
    """
    proof = Proof(
        verification_method=issuer.key_id, purpose=Purpose.ASSERTION_METHOD, cryptosuite=bbs_2023.BBS_2023
    )
    mandatory = (
        *(f"/{name}" for name in _OPEN if name in unsigned),
        *(f"/credentialSubject/{name}" for name in always),
    )
    suite = bbs_2023.Issuing(
        mandatory_pointers=mandatory,
        random=random,
        key=key,
        feature=Feature.HOLDER_BINDING_PSEUDONYM,
        commitment_with_proof=commitment,
        signer_nym_entropy=signer_nym_entropy,
        unmarking=True,
    )
    return secure_credential(
        issuer, unsigned, proof, BLS12_381_G2, contexts, profile=Profile.CLOSED, suite=suite
    )


MAX_UNLINKABLE: Final = timedelta(days=14)
_MIDNIGHT: Final = time()
_OPEN: Final = (
    "issuer",
    "validFrom",
    "validUntil",
    "credentialStatus",
    "credentialSchema",
    "relatedResource",
)


def secure_credential(
    issuer: IssuerIdentity,
    unsigned: Mapping[str, Json],
    proof: Proof,
    alg: str,
    contexts: Contexts,
    *,
    profile: Profile,
    suite: Suite | None = None,
    shipped: Shipped = NOTHING,
) -> PreparedDocument:
    """Any credential, up to the signature of one more proof: what would not be verified is not issued.

    Args:
        issuer: Who signs; the document must name it.
        unsigned: The credential; proofs that it has stay, and the new one joins them.
        proof: The new proof's options.
        alg: The key's row in `clicid.keys.algorithms`.
        contexts: The contexts at hand.
        profile: How much of JSON-LD it may use.
        suite: The issuer's side of the suite if there is something to choose.
        shipped: Resources and schemas at hand.

    Raises:
        LocalError: `vc.seal` if the document names another issuer, or for a proof that is not for
            assertions by a key of the issuer's DID.
        Refused: `vc.*`, `rdf.*`, `proof.*`, `codec.*`.
    """
    known = None if "proof" in unsigned else issued.of(contexts, profile).find(unsigned)
    named = known.named if known else issued.named(data_model.parse_credential(unsigned, versions=ISSUABLE))
    _check_named(named, shipped, unsigned)
    if named.issuer != issuer.did:
        raise LocalError("vc.seal", "/issuer", "another issuer")
    if issuer.key_id.partition("#")[0] != issuer.did or proof.verification_method != issuer.key_id:
        raise LocalError("vc.seal", detail="not a key of the issuer's DID")
    if proof.purpose is not Purpose.ASSERTION_METHOD:
        raise LocalError("vc.seal", detail="not for assertions")
    if "proof" in unsigned:
        return data_integrity.prepare_another(unsigned, proof, alg, contexts, profile=profile, suite=suite)
    ready = known.ready if known else None
    prepared = data_integrity.prepare(
        unsigned, proof, alg, contexts, profile=profile, suite=suite, ready=ready
    )
    if known is None:
        issued.of(contexts, profile).learn(unsigned, named)
    return prepared


def _check_named(named: Named, shipped: Shipped, unsigned: Mapping[str, Json]) -> None:
    """What the credential names and is at hand must fit it; what is not at hand may be what it likes."""
    resources.check(named.related, shipped.at_hand)
    if not named.schemas:
        return
    bare = {name: value for name, value in unsigned.items() if name != "proof"}
    for entry in named.schemas:
        try:
            shipped.schemas.check(entry, bare)
        except Undecided:
            continue
