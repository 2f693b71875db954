"""A credential as it was asked for, up to its signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import shape, strict_json
from clicid.errors import LocalError, Refused
from clicid.formats import vc_jose, w3c
from clicid.formats.base import FormatId
from clicid.formats.data_model import Enveloped, Version, envelope, parse_credential, resources
from clicid.formats.vc_jose import Sealing
from clicid.rdf import safe
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import Proof, Purpose, bbs_2023, ecdsa_sd_2023
from clicid.securing.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023
from clicid.vc_api import options
from clicid.vc_api.instances import ENVELOPES, SELECTIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Prepared
    from clicid.formats.data_model.resources import AtHand
    from clicid.keys.public import PublicKey
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity import Suite
    from clicid.vc_api.instances import Chosen
    from clicid.vc_api.messages import IssueRequest

_TERMS: Final = "https://w3id.org/security/data-integrity/v2"
_PROOF_TERMS: Final = (_TERMS, "https://w3id.org/security/data-integrity/v1")
# Who issued it, and what decides whether it holds: without them nobody could decide on it.
_ALWAYS_SHOWN: Final = (
    "issuer",
    "validFrom",
    "validUntil",
    "issuanceDate",
    "expirationDate",
    "credentialStatus",
    "credentialSchema",
    "termsOfUse",
)
"""What a credential's holder always shows where a request names no mandatory pointers."""


class Issued(NamedTuple):
    """A secured credential, and the digest (``sha256:`` and hexadecimal) by which it will be anchored.

    The digest is empty where nothing is anchored, and of a credential that has none (bbs-2023).
    """

    credential: Mapping[str, Json]
    digest: str


def document(request: IssueRequest, status: Sequence[Mapping[str, Json]], at_hand: AtHand) -> dict[str, Json]:
    """The credential that is to be signed: what was asked for, with the status that this issuer adds.

    Args:
        request: What was asked for.
        status: Status entries that this issuer adds.
        at_hand: What this installation uses in the name of a URL, by its digests.

    Raises:
        Refused: `vc.*` of the data model: what would not be verified is not issued; `vc_api.status`
            for a credential that has a status already where this issuer gives it one.
    """
    credential = dict(request.credential)
    if "proof" in credential:
        raise Refused("vc.proof", "/proof", "what is to be signed has none")
    if status:
        if "credentialStatus" in credential:
            raise Refused("vc_api.status", "/credentialStatus")
        several = [dict(one) for one in status]
        credential["credentialStatus"] = several[0] if len(several) == 1 else [*several]
    model = parse_credential(credential)
    resources.check(model.related, at_hand)
    if model.version is Version.V1_1:
        credential["@context"] = _with_proof_terms(credential["@context"])
    return credential


def _with_proof_terms(context: Json) -> Json:
    """A 1.1 credential has no terms for its proof: they are added (Data Integrity 1.0, context injection)."""
    contexts = shape.as_items(context, "/@context")
    return contexts if any(one in _PROOF_TERMS for one in contexts) else [*contexts, _TERMS]


def issuer_of(request: IssueRequest) -> str:
    """The issuer that a credential names, by itself or as the id of an object.

    Raises:
        Refused: `vc.*` of the data model.
    """
    return parse_credential(request.credential).issuer


def check_types(request: IssueRequest, allowed: Collection[str], contexts: Contexts) -> None:
    """Refuse (`vc_api.type`) a credential that has not one or more of these types, or has any other.

    No other is described in it either: one signature could be shown as that one's (`rdf.root`), whose
    types nobody allowed.

    Raises:
        Refused: `vc.*`, `rdf.*` for what cannot be read.
    """
    parse_credential(request.credential)
    types = safe.types(dict(request.credential), contexts, profile=Profile.OPEN)
    own = [iri for iri in types if iri != w3c.CREDENTIAL]
    if not own or any(iri not in allowed for iri in own):
        raise Refused("vc_api.type", "/type")
    inner = safe.inner_types(dict(request.credential), contexts, profile=Profile.OPEN)
    if not inner.isdisjoint(types):
        raise Refused("vc_api.type", detail="another object in it has a type of its own")


def prepare(
    credential: Mapping[str, Json],
    request: IssueRequest,
    chosen: Chosen,
    contexts: Contexts,
    *,
    created: datetime,
    key: PublicKey,
    random: Callable[[int], bytes],
) -> Prepared[bytes]:
    """The credential, up to the signature of the chosen key.

    Args:
        credential: From `document`.
        request: What was asked for.
        chosen: Suite, kind of key and identity (`instances.choose`).
        contexts: The contexts at hand.
        created: The proof's time.
        key: The public half of the key that will sign.
        random: Gives so many secret random bytes.

    Raises:
        Refused: `rdf.*`, `codec.*`; `vc_api.option` for pointers to a suite that shows everything.
        LocalError: `vc.seal` for a key that is not the issuer's.
    """
    if chosen.identity.key_id.partition("#")[0] != chosen.identity.did:
        raise LocalError("vc.seal", detail="not a key of the issuer's DID")
    proof = Proof(
        verification_method=chosen.identity.key_id,
        purpose=Purpose.ASSERTION_METHOD,
        cryptosuite=chosen.cryptosuite,
        created=created,
    )
    if chosen.cryptosuite in ENVELOPES:
        return _envelope(credential, request, chosen, contexts, created=created, random=random)
    suite = _suite(credential, request, chosen, key, random)
    with options.selecting("mandatoryPointers"):
        return data_integrity.prepare(
            credential, proof, chosen.algorithm, contexts, profile=Profile.OPEN, suite=suite
        )


def issued(raw: bytes, chosen: Chosen) -> dict[str, Json]:
    """What was sealed, as an answer carries it: an envelope stands in an object of its own."""
    if chosen.cryptosuite in ENVELOPES:
        return envelope.wrap(Enveloped(ENVELOPES[chosen.cryptosuite], raw))
    return shape.as_object(strict_json.loads(raw))


def _envelope(
    credential: Mapping[str, Json],
    request: IssueRequest,
    chosen: Chosen,
    contexts: Contexts,
    *,
    created: datetime,
    random: Callable[[int], bytes],
) -> Prepared[bytes]:
    _check_no_pointers(request, chosen)
    sealing = Sealing(chosen.identity, chosen.algorithm, created)
    form = ENVELOPES[chosen.cryptosuite]
    try:
        if form is FormatId.VC_JWT:
            return vc_jose.prepare_jwt(credential, sealing, contexts, Profile.OPEN)
        if form is FormatId.VC_SD_JWT:
            return vc_jose.prepare_sd_jwt(credential, sealing, contexts, Profile.OPEN, random=random)
        return vc_jose.prepare_cose(credential, sealing, contexts, Profile.OPEN)
    except LocalError as error:
        # The issuer is its own: what is left is a member that the envelope would take for a claim.
        raise Refused("vc.envelope", detail=error.detail) from error


def _check_no_pointers(request: IssueRequest, chosen: Chosen) -> None:
    if request.options.mandatory_pointers is not None:
        place = f"{options.WHERE}/mandatoryPointers"
        raise Refused("vc_api.option", place, f"{chosen.cryptosuite} has no mandatory pointers")


def _suite(
    credential: Mapping[str, Json],
    request: IssueRequest,
    chosen: Chosen,
    key: PublicKey,
    random: Callable[[int], bytes],
) -> Suite | None:
    """The suite with what there is to choose; None for one where there is nothing."""
    pointers = request.options.mandatory_pointers
    if chosen.cryptosuite not in SELECTIVE:
        _check_no_pointers(request, chosen)
        return None
    if pointers is None:
        pointers = tuple(f"/{name}" for name in _ALWAYS_SHOWN if name in credential)
    if chosen.cryptosuite == ECDSA_SD_2023:
        return ecdsa_sd_2023.Issuing(pointers, random)
    return bbs_2023.Issuing(pointers, random, key)
