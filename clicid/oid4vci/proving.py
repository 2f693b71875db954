"""The key proofs of one credential request, of any type, under the issuer's policy (OpenID4VCI annex F).

`proof` and `di_vp` check one proof each, `key_attestation` one attestation; here is what holds of all of
them together: one type, no key twice, attestations where the configuration demands them, and every nonce.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from clicid.errors import Refused, RemoteError, answered_with
from clicid.oid4vci import di_vp, key_attestation, proof
from clicid.oid4vci.credential import ProofType
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.proof import VerifiedProof, did_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clicid.formats.base import StatusRef
    from clicid.keys.public import PublicKey
    from clicid.oid4vci.configuration import KeyAttestationsRequired
    from clicid.oid4vci.credential import Proofs
    from clicid.oid4vci.key_attestation import VerifiedKeyAttestation
    from clicid.oid4vci.proof import Expected
    from clicid.oid4vci.wallet_provider import WalletProvider, WalletProviders
    from clicid.rdf.contexts import Contexts


@dataclass(frozen=True, slots=True)
class Policy:
    """What an issuer asks of proofs beyond what each says of itself.

    Args:
        providers: Wallet providers whose attestations count; an empty list reads none.
        contexts: The JSON-LD contexts at hand for `di_vp`; None where no presentation is taken.
    """

    providers: WalletProviders
    contexts: Contexts | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Attested:
    """Where it stands whether an attestation was revoked: the caller looks there (`status_list`)."""

    entry: StatusRef
    provider: WalletProvider


@dataclass(frozen=True, slots=True)
class Proved:
    """All keys of a request, no two the same, and the nonces of all proofs and attestations.

    Those whose possession was proved come first, in the order of the proofs, then those that were only
    attested, in the order of the attestations.
    """

    holders: tuple[VerifiedProof, ...]
    attested: tuple[Attested, ...]
    nonces: tuple[str, ...] = field(repr=False)


def verify(
    proofs: Proofs | None, expected: Expected, policy: Policy, required: KeyAttestationsRequired | None
) -> Proved:
    """Check the proofs of a request (8.2, annex F).

    1. Each proof, by the rules of its type, and beside each `jwt` its key attestation.
    2. Where the configuration demands attestations, there is one, at the levels demanded (annex D.2).
    3. A nonce is in each of them, in attestations too: one for all, or several (F.4). Whether the issuer
       gave them and nobody used them, the store tells.
    4. No key was proved twice.

    Without a demand, an attestation is looked at where the policy lists providers, and passed over
    where it lists none.

    Args:
        proofs: What came.
        expected: What each is held against.
        policy: The issuer's.
        required: What the configuration demands of key attestations, or None.

    Raises:
        RemoteError: `invalid_proof`, for each step with its own reason.
    """
    if proofs is None:
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_missing", "/proofs")
    match proofs.kind:
        case ProofType.JWT:
            return _jwts([str(value) for value in proofs.values], expected, policy, required)
        case ProofType.DI_VP:
            return _presentations(proofs, expected, policy, required)
        case ProofType.ATTESTATION:
            attestation = _attestation(str(proofs.values[0]), expected, policy, required, need_exp=False)
            return _together((), (attestation,), expected)
        case _ as never:
            assert_never(never)


def _jwts(
    jwts: list[str], expected: Expected, policy: Policy, required: KeyAttestationsRequired | None
) -> Proved:
    read: dict[str, VerifiedKeyAttestation] = {}
    proved = []
    for jwt in jwts:
        unverified = proof.parse(jwt)
        raw = proof.key_attestation(unverified)
        if required is not None and not raw:
            raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_unattested", "/key_attestation", "missing")
        if raw and (required is not None or policy.providers.listed) and raw not in read:
            read[raw] = _attestation(raw, expected, policy, required, need_exp=True)
        attested = read[raw].keys if raw in read else ()
        proved.append(proof.verify(unverified, expected, attested=attested))
    return _together(proved, read.values(), expected)


def _presentations(
    proofs: Proofs, expected: Expected, policy: Policy, required: KeyAttestationsRequired | None
) -> Proved:
    if policy.contexts is None:
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.unsupported", "/proofs/di_vp")
    if required is not None:
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_unattested", "/proofs/di_vp")
    proved = [
        di_vp.verify(value, expected, policy.contexts) for value in proofs.values if isinstance(value, dict)
    ]
    return _together(proved, (), expected)


def _attestation(
    raw: str,
    expected: Expected,
    policy: Policy,
    required: KeyAttestationsRequired | None,
    *,
    need_exp: bool,
) -> VerifiedKeyAttestation:
    verified = key_attestation.verify(
        raw,
        providers=policy.providers,
        algs=expected.algs,
        now=expected.now,
        max_age=expected.max_age,
        leeway=expected.leeway,
        need_exp=need_exp,
    )
    if expected.client_id and expected.client_id not in verified.provider.clients:
        raise RemoteError(
            Wire.INVALID_PROOF, "oid4vci.wallet_provider", "/key_attestation", "of another client's provider"
        )
    if required is not None:  # 2
        _check_levels(verified, required)
    return verified


def _check_levels(attestation: VerifiedKeyAttestation, required: KeyAttestationsRequired) -> None:
    for name, accepted, said in (
        ("key_storage", required.key_storage, attestation.key_storage),
        ("user_authentication", required.user_authentication, attestation.user_authentication),
    ):
        if accepted and set(accepted).isdisjoint(said):
            raise RemoteError(Wire.INVALID_PROOF, "oid4vci.key_attestation_level", f"/key_attestation/{name}")


def _together(
    proved: Iterable[VerifiedProof], attestations: Iterable[VerifiedKeyAttestation], expected: Expected
) -> Proved:
    holders, attestations = list(proved), list(attestations)
    nonces = dict.fromkeys([one.nonce for one in holders] + [one.nonce for one in attestations])
    if "" in nonces:  # 3
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_nonce", "/key_attestation/nonce", "missing")
    possessed = [one.holder for one in holders]
    if len(set(possessed)) != len(possessed):  # 4
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.proof_header", "/proofs", "one key twice")
    for attestation in attestations:
        new = [key for key in attestation.keys if key not in possessed]
        possessed += new
        holders += [_only_attested(key, attestation.nonce, expected) for key in new]
    attested = (Attested(one.status, one.provider) for one in attestations if one.status is not None)
    return Proved(tuple(holders), tuple(attested), tuple(nonces))


def _only_attested(key: PublicKey, nonce: str, expected: Expected) -> VerifiedProof:
    with answered_with(Wire.INVALID_PROOF, "oid4vci.proof_header"):
        if key.algorithm.jose not in expected.algs:
            raise Refused("keys.algorithm", "/attested_keys", "not one that the configuration lists")
        return VerifiedProof(key, did_of(key, expected), nonce)
