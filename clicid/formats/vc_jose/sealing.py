"""The issuer's side: a credential up to the signature of its envelope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, strict_json
from clicid.errors import LocalError, Refused
from clicid.formats import data_model
from clicid.formats.data_model.credential import ISSUABLE
from clicid.formats.vc_jose.claims import FORBIDDEN, REGISTERED
from clicid.formats.vc_jose.opening import NEVER_SELECTIVE, Kind
from clicid.keys import algorithms, cose_key
from clicid.rdf import shapes
from clicid.securing import cose, jws
from clicid.securing.sd_jwt import sealing as sd_jwt
from clicid.securing.sd_jwt.disclosure import SD_ALG
from clicid.securing.sd_jwt.pack import Packed, pack
from clicid.trust import x5c

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from clicid.codec.cbor import Cbor, Key
    from clicid.codec.strict_json import Json
    from clicid.formats.base import IssuerIdentity
    from clicid.keys.public import PublicKey
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile
    from clicid.securing.cose import PreparedCose
    from clicid.securing.jws import PreparedJws
    from clicid.securing.sd_jwt.reveal import Path
    from clicid.securing.sd_jwt.sealing import PreparedSdJwt

_PAD_TO: Final = 8
"""Digests are filled up to a multiple of this, so that their number says little."""
_OPEN_BELOW_SUBJECT: Final = frozenset(("id", "type", "@type", "@id"))
_SUBJECT: Final = "credentialSubject"


@dataclass(frozen=True, slots=True)
class Sealing:
    """What an envelope says beside the credential.

    Args:
        issuer: Who signs; `key_id` is the DID URL of the key, and becomes `kid`.
        alg: The issuer key's row in `clicid.keys.algorithms`.
        issued_at: The time of the signature, rounded as the credential's times are.
        expires: When the signature ends; None where it lasts as long as the credential.
        holder: The key the credential is bound to (`cnf`), or None where the subject's id binds it.
    """

    issuer: IssuerIdentity
    alg: str
    issued_at: datetime
    expires: datetime | None = None
    holder: PublicKey | None = None

    def claims(self) -> dict[str, Json]:
        """The registered claims."""
        found: dict[str, Json] = {"iat": instant.to_numeric_date(self.issued_at)}
        if self.expires is not None:
            found["exp"] = instant.to_numeric_date(self.expires)
        if self.holder is not None:
            found["cnf"] = {"jwk": self.holder.to_jwk()}
        return found

    def jose_header(self, typ: str) -> dict[str, Json]:
        """3.1.1, 3.2.1."""
        header: dict[str, Json] = {
            "alg": algorithms.by_name(self.alg).jose,
            "kid": self.issuer.key_id,
            "typ": typ,
            "cty": Kind.CREDENTIAL.value,
        }
        if self.issuer.x5c:
            header["x5c"] = x5c.to_header(self.issuer.x5c)
        return header


def prepare_jwt(
    unsigned: Mapping[str, Json], sealing: Sealing, contexts: Contexts, profile: Profile
) -> PreparedJws:
    """A credential up to its signature as `vc+jwt` (3.1.1).

    Args:
        unsigned: The credential (VC Data Model 2.0, 4).
        sealing: Who signs, with what, when.
        contexts: The contexts at hand.
        profile: How much of JSON-LD it may use.

    Raises:
        LocalError: `vc.seal` if the document names another issuer than the one that signs, or has a member
            that would be taken for a registered claim.
        Refused: `keys.algorithm`; `vc.*` and `rdf.*`, for what would be refused when it is verified
            cannot be issued.
    """
    _check(unsigned, sealing, contexts, profile)
    payload = strict_json.dumps({**unsigned, **sealing.claims()})
    return jws.prepare(sealing.jose_header(f"{Kind.CREDENTIAL}+jwt"), payload)


def prepare_sd_jwt(
    unsigned: Mapping[str, Json],
    sealing: Sealing,
    contexts: Contexts,
    profile: Profile,
    *,
    random: Callable[[int], bytes],
    hide: Callable[[Path], bool] | None = None,
) -> PreparedSdJwt:
    """A credential up to its signature as `vc+sd-jwt` (3.2.1), with all its disclosures.

    Args:
        unsigned: As for `prepare_jwt`, and likewise the next three.
        sealing: See there.
        contexts: See there.
        profile: See there.
        random: Gives that many random bytes.
        hide: Whether the value at a path is selectively disclosable. Unless given, every member of a
            subject and of the objects in it is by itself, but for ids and types.

    Raises:
        LocalError: As `prepare_jwt`; also if something is to be hidden by which a verifier decides.
        Refused: As `prepare_jwt`; `sd_jwt.claim_name`.
    """
    _check(unsigned, sealing, contexts, profile)
    packed = pack(unsigned, hide=hide or _hidden, random=random)
    lost = sorted(NEVER_SELECTIVE & unsigned.keys() - packed.payload.keys())
    if lost:
        raise LocalError("vc.seal", detail=f"never selective: {', '.join(lost)}")
    payload = {**packed.payload, SD_ALG: "sha-256", **sealing.claims()}
    header = sealing.jose_header(f"{Kind.CREDENTIAL}+sd-jwt")
    return sd_jwt.prepare(header, Packed(payload, packed.disclosures))


def prepare_cose(
    unsigned: Mapping[str, Json], sealing: Sealing, contexts: Contexts, profile: Profile
) -> PreparedCose:
    """A credential up to its signature as `vc+cose` (3.3.1): the JSON as it is, the claims in the header.

    Args:
        unsigned: As for `prepare_jwt`, and likewise the others.
        sealing: See there.
        contexts: See there.
        profile: See there.

    Raises:
        LocalError: As `prepare_jwt`.
        Refused: As `prepare_jwt`.
    """
    _check(unsigned, sealing, contexts, profile)
    claims: dict[Key, Cbor] = {6: instant.to_numeric_date(sealing.issued_at)}
    if sealing.expires is not None:
        claims[4] = instant.to_numeric_date(sealing.expires)
    if sealing.holder is not None:
        claims[8] = {1: cose_key.to_cose(sealing.holder)}
    header: dict[Key, Cbor] = {
        cose.ALG: algorithms.by_name(sealing.alg).cose[0],
        cose.CONTENT_TYPE: f"application/{Kind.CREDENTIAL}",
        cose.KID: sealing.issuer.key_id.encode(),
        cose.CWT_CLAIMS: claims,
        cose.TYP: f"application/{Kind.CREDENTIAL}+cose",
    }
    return cose.prepare(header, strict_json.dumps(dict(unsigned)))


def _check(unsigned: Mapping[str, Json], sealing: Sealing, contexts: Contexts, profile: Profile) -> None:
    taken = sorted({*REGISTERED, *FORBIDDEN, "proof"} & unsigned.keys())
    if taken:
        raise LocalError("vc.seal", detail=f"not members of a credential: {', '.join(taken)}")
    if not algorithms.by_name(sealing.alg).jose:
        raise Refused("keys.algorithm", detail=f"{sealing.alg} signs no envelope")
    model = data_model.parse_credential(unsigned, versions=ISSUABLE)
    compiled = shapes.of(contexts)
    found = compiled.types(unsigned, profile=profile)
    if model.issuer != sealing.issuer.did or sealing.issuer.key_id.partition("#")[0] != model.issuer:
        raise LocalError("vc.seal", "/issuer", "another issuer than the one that signs")
    if not found.compiled:
        compiled.learn(unsigned, model.issuer, profile=profile)


def _hidden(path: Path) -> bool:
    """The members of subjects and of the objects in them; an array within is shown as a whole."""
    if path[0] != _SUBJECT:
        return False
    below = path[2:] if len(path) > 1 and isinstance(path[1], int) else path[1:]
    return (
        bool(below) and all(isinstance(step, str) for step in below) and below[-1] not in _OPEN_BELOW_SUBJECT
    )
