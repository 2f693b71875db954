"""The proofs of one request, whatever their type, and the policy on attestations (OpenID4VCI annex F, D)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import RemoteError
from clicid.keys.algorithms import ED25519, P256
from clicid.oid4vci import proving
from clicid.oid4vci.configuration import KeyAttestationsRequired
from clicid.oid4vci.credential import Proofs, ProofType
from clicid.oid4vci.proving import Attested, Policy, Proved
from clicid.oid4vci.wallet_provider import WalletProviders
from clicid.securing.data_integrity import ECDSA_RDFC_2019, EDDSA_RDFC_2022
from tests.support import attesting
from tests.support.attesting import KEYS
from tests.support.proving import (
    MINUTE,
    POLICY,
    STATUS,
    attestation,
    expected,
    jwt,
    key,
    presentation,
    unsigned_attestation,
)
from tests.support.world import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.keys.public import PublicKey

ANY = KeyAttestationsRequired()
DIDS: dict[str, Any] = {"algs": (EDDSA_RDFC_2022,), "binding_methods": ("did:key",)}


def check(
    kind: ProofType,
    *values: Any,
    required: KeyAttestationsRequired | None = None,
    policy: Policy = POLICY,
    **rules: Any,
) -> Proved:
    return proving.verify(Proofs(kind, values), expected(**rules), policy, required)


key("ed", ED25519)


def keys(proved: Proved) -> list[PublicKey]:
    return [one.holder for one in proved.holders]


def public(*names: str) -> list[PublicKey]:
    return [KEYS.public(key(name)) for name in names]


def refusal(check_: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(RemoteError) as caught:
        check_()
    assert caught.value.wire == "invalid_proof"
    assert "n0nce" not in str(caught.value)
    return caught.value.code, caught.value.where


def test_several_proofs_have_a_nonce_each_or_one_and_different_keys() -> None:
    proved = check(ProofType.JWT, jwt("a"), jwt("b"))
    assert (keys(proved), proved.nonces, proved.attested) == (public("a", "b"), ("n0nce",), ())
    assert "n0nce" not in repr(proved)
    several = check(ProofType.JWT, jwt("a"), jwt("b", nonce="m"), jwt("c"))
    assert (keys(several), several.nonces) == (public("a", "b", "c"), ("n0nce", "m"))


def test_the_nonce_of_an_attestation_counts_too() -> None:
    """Or one that was stolen could be handed in again, beside proofs with nonces of their own."""
    attested = check(ProofType.JWT, jwt("a", attestation("a", nonce="m")), jwt("b", attestation("b")))
    assert (keys(attested), attested.nonces) == (public("a", "b"), ("n0nce", "m"))


def test_an_attested_key_that_did_not_sign_gets_a_credential_too() -> None:
    both = attestation("a", "b", "c", status=STATUS)
    proved = check(ProofType.JWT, jwt("b", both), jwt("a", both))
    assert keys(proved) == public("b", "a", "c")
    assert proved.attested == (Attested(STATUS, attesting.BY_ROOT),)


def test_an_attestation_alone_is_a_proof_for_each_of_its_keys() -> None:
    proved = check(ProofType.ATTESTATION, attestation("a", "b"), required=ANY)
    assert (keys(proved), [one.did for one in proved.holders]) == (public("a", "b"), ["", ""])
    bound = check(ProofType.ATTESTATION, attestation("a"), binding_methods=("did:key",))
    assert bound.holders[0].did == f"did:key:{public('a')[0].to_multikey()}"
    jwks = check(ProofType.ATTESTATION, attestation("a"), binding_methods=("did:jwk",))
    assert jwks.holders[0].did.startswith("did:jwk:")


def test_a_key_is_named_by_its_place_among_those_attested() -> None:
    named = {"header": {"jwk": None, "kid": "1"}}
    assert keys(check(ProofType.JWT, jwt("b", attestation("a", "b"), **named))) == public("b", "a")


@pytest.mark.parametrize("kid", ["2", "-1", "²", "00000"])
def test_a_place_at_which_no_key_was_attested(kid: str) -> None:
    header = {"jwk": None, "kid": kid}
    made = jwt("b", attestation("a", "b"), header=header)
    assert refusal(lambda: check(ProofType.JWT, made)) == ("oid4vci.proof_header", "/kid")


def test_the_first_certificate_carries_the_key() -> None:
    header = {"typ": "openid4vci-proof+jwt", "alg": "ES256"}
    payload = {"aud": attesting.SERVER, "iat": int(NOW.timestamp()), "nonce": "n0nce"}
    # `bent` signs with the key of the first, whoever issued it.
    good = attesting.bent(header, payload, {"chain": "to another root"}, None)
    assert keys(check(ProofType.JWT, good)) == [attesting.SIGNER.key]
    thief = attesting.bent(header, payload, {"chain": "another key's"}, None)
    assert refusal(lambda: check(ProofType.JWT, thief))[0] == "keys.signature"
    bound = refusal(lambda: check(ProofType.JWT, good, binding_methods=("did:key",)))
    assert bound == ("oid4vci.proof_header", "/x5c")


@pytest.mark.parametrize(
    ("proofs", "refused"),
    [
        (lambda: check(ProofType.JWT, jwt("a"), jwt("a")), "oid4vci.proof_header"),
        # Attestations: of no nonce, beside proofs that have some too, of other keys, too late.
        (lambda: check(ProofType.JWT, jwt("b"), jwt("a", attestation("a", nonce=""))), "oid4vci.proof_nonce"),
        (lambda: check(ProofType.JWT, jwt("a", attestation("a", nonce=""))), "oid4vci.proof_nonce"),
        (lambda: check(ProofType.ATTESTATION, attestation("a", nonce="")), "oid4vci.proof_nonce"),
        (lambda: check(ProofType.JWT, jwt("a", attestation("b"))), "oid4vci.proof_unattested"),
        (
            lambda: check(ProofType.JWT, jwt("a", attestation("a", chain=attesting.CHAINS["self-signed"]))),
            "oid4vci.wallet_provider",
        ),
        (
            lambda: check(ProofType.JWT, jwt("a", attestation("a")), now=NOW + 5 * MINUTE, max_age=MINUTE),
            "oid4vci.key_attestation_time",
        ),
        # Of a provider that speaks for other clients.
        (lambda: check(ProofType.JWT, jwt("a", attestation("a")), client_id="x"), "oid4vci.wallet_provider"),
        # By an algorithm that the configuration does not list; of a key that it does not list one for.
        (
            lambda: check(ProofType.ATTESTATION, attestation("a"), algs=("EdDSA",)),
            "oid4vci.wallet_provider",
        ),
        (lambda: check(ProofType.ATTESTATION, attestation("ed")), "oid4vci.proof_header"),
        # Where they are demanded.
        (lambda: check(ProofType.JWT, jwt("a"), required=ANY), "oid4vci.proof_unattested"),
        (lambda: check(ProofType.DI_VP, presentation(), required=ANY, **DIDS), "oid4vci.proof_unattested"),
        (
            lambda: check(
                ProofType.JWT,
                jwt("a", attestation("a")),
                required=ANY,
                policy=replace(POLICY, providers=WalletProviders((), haip=False)),
            ),
            "oid4vci.wallet_provider",
        ),
        (
            lambda: check(
                ProofType.JWT,
                jwt("a", attestation("a")),
                required=KeyAttestationsRequired(user_authentication=("iso_18045_high",)),
            ),
            "oid4vci.key_attestation_level",
        ),
        (
            lambda: check(
                ProofType.ATTESTATION,
                attestation("a", key_storage=["software"]),
                required=KeyAttestationsRequired(("iso_18045_high", "iso_18045_moderate")),
            ),
            "oid4vci.key_attestation_level",
        ),
        (
            lambda: check(
                ProofType.ATTESTATION,
                attestation("a", key_storage=[]),
                required=KeyAttestationsRequired(("iso_18045_high",)),
            ),
            "oid4vci.key_attestation_level",
        ),
        # A presentation where none is taken.
        (
            lambda: check(ProofType.DI_VP, presentation(), policy=replace(POLICY, contexts=None), **DIDS),
            "oid4vci.unsupported",
        ),
    ],
)
def test_what_is_wrong_with_all_of_them_together(proofs: Callable[[], object], refused: str) -> None:
    assert refusal(proofs)[0] == refused


def test_an_attestation_beside_a_proof_has_an_end_and_one_alone_need_not() -> None:
    header, said = attesting.opened(unsigned_attestation("a"))
    endless = attesting.bent(header, said, {"payload": {"exp": None}}, None)
    assert refusal(lambda: check(ProofType.JWT, jwt("a", endless)))[0] == "oid4vci.key_attestation"
    assert keys(check(ProofType.ATTESTATION, endless)) == public("a")


def test_a_presentation_that_is_over() -> None:
    ended = presentation(expires=NOW - 2 * MINUTE)
    assert refusal(lambda: check(ProofType.DI_VP, ended, **DIDS)) == ("oid4vci.proof_time", "/proof/created")
    assert check(ProofType.DI_VP, presentation(expires=NOW + MINUTE), **DIDS).holders


def test_no_proofs_at_all() -> None:
    with pytest.raises(RemoteError) as caught:
        proving.verify(None, expected(), POLICY, None)
    assert (caught.value.wire, caught.value.code) == ("invalid_proof", "oid4vci.proof_missing")


def test_levels_that_are_accepted_are_accepted() -> None:
    required = KeyAttestationsRequired(("iso_18045_high",), ("iso_18045_basic", "iso_18045_moderate"))
    assert keys(check(ProofType.JWT, jwt("a", attestation("a")), required=required)) == public("a")


def test_an_attestation_that_nobody_can_read_is_passed_over_where_none_is_demanded() -> None:
    nobody = replace(POLICY, providers=WalletProviders((), haip=False))
    assert keys(check(ProofType.JWT, jwt("a", "not one"), policy=nobody)) == public("a")
    assert refusal(lambda: check(ProofType.JWT, jwt("a", "not one")))[0] == "oid4vci.key_attestation"


def test_a_presentation_by_the_holder() -> None:
    (one,) = check(ProofType.DI_VP, presentation(), **DIDS).holders
    assert one.holder == KEYS.public(key("ed"))
    assert one.did == f"did:key:{one.holder.to_multikey()}"
    by_p256 = presentation("a", alg=P256, cryptosuite=ECDSA_RDFC_2019)
    suites: dict[str, Any] = DIDS | {"algs": (EDDSA_RDFC_2022, ECDSA_RDFC_2019)}
    assert len(check(ProofType.DI_VP, presentation(), by_p256, **suites).holders) == 2


def without(*names: str) -> dict[str, Any]:
    made = presentation()
    for name in names:
        made.pop(name)
    return made


def bent(**changes: Any) -> dict[str, Any]:
    return presentation() | changes


def test_a_presentation_need_not_name_its_holder() -> None:
    # Its proof is over the holder too: without it, it is another document.
    assert refusal(lambda: check(ProofType.DI_VP, without("holder"), **DIDS))[0] == "keys.signature"


@pytest.mark.parametrize(
    ("made", "rules", "refused"),
    [
        (
            lambda: presentation(issuer="https://other.example"),
            {},
            ("oid4vci.proof_audience", "/proof/domain"),
        ),
        (lambda: presentation(nonce=""), {}, ("oid4vci.proof_header", "/proof/challenge")),
        (lambda: presentation(nonce=None), {}, ("oid4vci.proof_nonce", "/proof/challenge")),
        (lambda: presentation(now=NOW - 7 * MINUTE), {}, ("oid4vci.proof_time", "/proof/created")),
        (lambda: presentation(now=NOW + 2 * MINUTE), {}, ("oid4vci.proof_time", "/proof/created")),
        (presentation, {"algs": (ECDSA_RDFC_2019,)}, ("oid4vci.proof_header", "/proof/cryptosuite")),
        (
            presentation,
            {"binding_methods": ("did:jwk",)},
            ("oid4vci.proof_header", "/proof/verificationMethod"),
        ),
        (lambda: without("proof"), {}, ("oid4vci.proof_header", "/proof")),
        (lambda: bent(proof=[presentation()["proof"]] * 2), {}, ("oid4vci.proof_header", "/proof")),
        (lambda: bent(holder="did:key:z6Mk"), {}, ("oid4vci.proof_header", "/holder")),
        (lambda: bent(id="urn:x:1"), {}, ("keys.signature", "/proof")),
        (
            lambda: bent(**{"@context": ["https://unknown.example/v1"]}),
            {},
            ("oid4vci.proof_header", "/@context/0"),
        ),
        (dict, {}, ("oid4vci.proof_header", "/@context")),
    ],
)
def test_a_presentation_that_is_none_of_the_kind(
    made: Callable[[], dict[str, Any]], rules: dict[str, Any], refused: tuple[str, str]
) -> None:
    assert refusal(lambda: check(ProofType.DI_VP, made(), **DIDS | rules)) == refused
