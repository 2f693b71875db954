"""What the wallet can hold, and how it proves the keys that a credential is to be bound to (OpenID4VCI F)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.did import key as did_key
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256
from clicid.oid4vci import di_vp, proof
from clicid.oid4vci.credential import Proofs, ProofType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.oid4vci.configuration import CredentialConfiguration, KeyAttestationsRequired
    from clicid.oid4vci.proof import BindingMethod
    from clicid.rdf.contexts import Contexts
    from clicid.securing.signing import SigningOperation


@dataclass(frozen=True, slots=True)
class Plan:
    """How the keys of a configuration are made, named and proved.

    Args:
        kind: The type of proof.
        algorithm: Of the keys, as `clicid.keys.algorithms` has it.
        alg: What the proof is signed by: a JOSE algorithm, for `di_vp` a cryptosuite; "" for `attestation`.
        binding: How a key is named.
        attestation: What an attestation of the keys must say; None where none is given.
    """

    kind: ProofType
    algorithm: str
    alg: str
    binding: BindingMethod
    attestation: KeyAttestationsRequired | None


# How a holder's key is named, and of which algorithms it may be, for each format that we hold: the first
# that the issuer takes. What is presented later decides: a W3C presentation is by a did:key.
_FORMATS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "dc+sd-jwt": (("jwk", "did:key", "did:jwk"), (P256, ED25519)),
    "ldp_vc": (("did:key",), (ED25519,)),
    "jwt_vc_json": (("did:key", "jwk"), (P256, ED25519)),
    "mso_mdoc": (("cose_key", "jwk"), (P256,)),
}
_CRYPTOSUITES: Final = {
    ED25519: ("eddsa-rdfc-2022", "eddsa-jcs-2022"),
    P256: ("ecdsa-rdfc-2019", "ecdsa-jcs-2019"),
}
# How a proof names a key: one that is bound as a COSE_Key stands there as a JWK.
_NAMES: Final[dict[str, BindingMethod]] = {
    "jwk": "jwk",
    "cose_key": "jwk",
    "did:key": "did:key",
    "did:jwk": "did:jwk",
}


def plan(configuration: CredentialConfiguration, *, attested: bool) -> Plan | None:
    """How a credential of a configuration can be had, or None if it cannot: also where it binds no key.

    Args:
        configuration: Of the issuer's metadata.
        attested: Whether somebody attests the wallet's keys.
    """
    bindings, wanted = _FORMATS.get(configuration.format, ((), ()))
    named = [method for method in bindings if method in configuration.binding_methods]
    for kind in ProofType:
        demanded = configuration.attestations.get(kind)
        taken = configuration.proof_algs.get(kind, ())
        if not taken or (demanded is not None and not attested):
            continue
        for binding in map(_NAMES.__getitem__, named):
            for algorithm in wanted:
                alg = _alg(kind, algorithm, binding, taken, attested=attested)
                if alg is not None:
                    return Plan(kind, algorithm, alg, binding, demanded)
    return None


def _alg(
    kind: ProofType, algorithm: str, binding: BindingMethod, taken: Sequence[str], *, attested: bool
) -> str | None:
    if kind is ProofType.ATTESTATION:
        return "" if attested and binding == "jwk" else None
    row = ALGORITHMS[algorithm]
    names = (row.jose, *sorted(row.jose_accepted))
    if kind is ProofType.DI_VP:
        names = () if binding == "jwk" else _CRYPTOSUITES[algorithm]
    return next((name for name in names if name in taken), None)


def proofs(
    how: Plan,
    keys: Sequence[PublicKey],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    key_attestation: str,
    contexts: Contexts,
    now: datetime,
    sign: Callable[[PublicKey, SigningOperation], bytes],
) -> Proofs:
    """The proofs of one credential request.

    Of keys that are attested the first signs for all: the issuer gives a credential for each (F.1, F.3).

    Args:
        how: The plan.
        keys: At least one.
        issuer: The credential issuer's identifier.
        client_id: The wallet's; "" for anonymous access.
        nonce: The c_nonce, or "".
        key_attestation: Of the keys; "" where none is given.
        contexts: The JSON-LD contexts at hand.
        now: The time.
        sign: What one of the keys signs.
    """
    if how.kind is ProofType.ATTESTATION:
        return Proofs(how.kind, (key_attestation,))
    signing = keys[:1] if key_attestation else keys
    made: list[str | dict[str, Json]] = []
    for key in signing:
        if how.kind is ProofType.DI_VP:
            document = di_vp.prepare(
                did_key.create(key),
                alg=how.algorithm,
                cryptosuite=how.alg,
                issuer=issuer,
                nonce=nonce,
                contexts=contexts,
                now=now,
            )
            signed = document.complete([sign(key, one) for one in document.to_be_signed])
            made.append(shape.as_object(strict_json.loads(signed)))
            continue
        prepared = proof.prepare(
            key,
            alg=how.alg,
            binding=how.binding,
            issuer=issuer,
            nonce=nonce,
            now=now,
            client_id=client_id,
            key_attestation=key_attestation,
        )
        made.append(prepared.complete([sign(key, one) for one in prepared.to_be_signed]).decode())
    return Proofs(how.kind, tuple(made))
