"""Credentials and presentations in envelopes, in the W3C world of `tests.support.w3c`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clicid.codec import base64url, cbor, strict_json
from clicid.codec.cbor import Tagged
from clicid.formats import vc_jose
from clicid.formats.base import FormatId, IssuerIdentity
from clicid.formats.data_model import Enveloped
from clicid.formats.vc_jose import Sealing
from clicid.keys.algorithms import ED25519, P256
from clicid.rdf.profile import Profile
from clicid.securing import cose
from tests.support import w3c
from tests.support.memory_keystore import SIGNING
from tests.support.world import Dice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Binding, Material, Need
    from clicid.keys.store import KeyRef
    from clicid.securing.signing import Prepared

REFS = {
    alg: w3c.ISSUER_REF if alg == ED25519 else w3c.STORE.generate(alg, f"issuer-{alg}") for alg in SIGNING
}


def identity(alg: str = ED25519) -> IssuerIdentity:
    """An issuer with a did:key of that algorithm."""
    ref = REFS[alg]
    return IssuerIdentity(w3c.did(ref), w3c.key_id(ref), "https://issuer.example")


def have(alg: str = ED25519) -> dict[Need, Material]:
    """The material that lets a credential of that issuer pass."""
    ((need, material),) = w3c.have(w3c.accreditation(did=identity(alg).did)).items()
    return {need._replace(subject=identity(alg).did): material}


def unsigned(alg: str = ED25519, **changes: Json) -> dict[str, Json]:
    """The credential's document."""
    return w3c.unsigned(issuer=identity(alg).did, **changes)


def sealing(alg: str = ED25519, **changes: Any) -> Sealing:
    """Who signs, at the beginning of the credential's validity."""
    return replace(Sealing(identity(alg), alg, w3c.DAY), **changes)


def signed(prepared: Prepared[bytes], ref: KeyRef) -> bytes:
    """Complete with a key of the store."""
    return w3c.signed(prepared, ref)


def credential(
    form: FormatId = FormatId.VC_JWT,
    alg: str = ED25519,
    document: Mapping[str, Json] | None = None,
    **changes: Any,
) -> bytes:
    """A credential as the issuer gives it."""
    source = unsigned(alg) if document is None else document
    how = sealing(alg, **changes)
    prepared: Prepared[bytes]
    match form:
        case FormatId.VC_JWT:
            prepared = vc_jose.prepare_jwt(source, how, w3c.CONTEXTS, Profile.CLOSED)
        case FormatId.VC_SD_JWT:
            prepared = vc_jose.prepare_sd_jwt(source, how, w3c.CONTEXTS, Profile.CLOSED, random=Dice("jose"))
        case _:
            prepared = vc_jose.prepare_cose(source, how, w3c.CONTEXTS, Profile.CLOSED)
    return signed(prepared, REFS[alg])


def presentation(
    credentials: Sequence[tuple[FormatId, bytes]] | None = None,
    *,
    ref: KeyRef = w3c.HOLDER_REF,
    signer: KeyRef | None = None,
    binding: Binding = w3c.BINDING,
    now: Any = w3c.NOW,
) -> bytes:
    """A `vp+jwt` in the name of `ref`."""
    inside = [(FormatId.VC_JWT, credential())] if credentials is None else credentials
    items = [Enveloped(form, raw) for form, raw in inside]
    return signed(vc_jose.prepare_presentation(items, w3c.did(ref), binding, now), signer or ref)


def jwt(header: Any, payload: Any, ref: KeyRef = w3c.ISSUER_REF, alg: str = ED25519) -> bytes:
    """A JWS over any header and payload, rightly signed."""
    parts = [part if isinstance(part, bytes) else strict_json.dumps(part) for part in (header, payload)]
    text = ".".join(base64url.encode(part) for part in parts)
    return f"{text}.{base64url.encode(w3c.STORE.sign(ref, text.encode(), alg))}".encode()


def sign1(
    header: Any, payload: bytes, ref: KeyRef = w3c.ISSUER_REF, alg: str = ED25519, unprotected: Any = None
) -> bytes:
    """A COSE_Sign1 over any protected header and payload, rightly signed."""
    protected = header if isinstance(header, bytes) else cbor.dumps(header)
    message = cbor.dumps(["Signature1", protected, b"", payload])
    signature = w3c.STORE.sign(ref, message, alg)
    return cbor.dumps(Tagged(cose.TAG, [protected, unprotected or {}, payload, signature]))


def parts(raw: bytes) -> tuple[bytes, bytes]:
    """The header and payload of a JWS, or of the one an SD-JWT begins with."""
    header, payload, _ = raw.partition(b"~")[0].decode().split(".")
    return base64url.decode(header), base64url.decode(payload)


P256_HOLDER = w3c.STORE.generate(P256, "holder-p256")
