"""Attestations of wallets and of keys between this code and @openid4vc/openid4vci and oauth2, both ways."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import clock
from clicid.codec import base64url, strict_json
from clicid.errors import RemoteError
from clicid.keys.algorithms import P256
from clicid.keys.public import PublicKey
from clicid.oid4vci import client_attestation, key_attestation
from clicid.oid4vci.wallet_provider import WalletProvider, WalletProviders
from clicid.securing import jws
from clicid.trust.anchors import Anchor
from tests.support.foreign import CLIENT, PROVIDER, PROVIDER_ROOT, ForeignError, certify
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from clicid.keys.store import KeyRef
    from clicid.securing.jws import PreparedJws
    from tests.support.foreign import Party

SERVER, NONCE = "https://issuer.example", "a-nonce-of-the-issuer"
TERMS: dict[str, Any] = {"algs": ("ES256",), "max_age": timedelta(minutes=5), "leeway": timedelta(minutes=1)}


@pytest.fixture(scope="module")
def providers() -> WalletProviders:
    """Who we believe."""
    root = Anchor.load(certify(PROVIDER_ROOT, ca=True))
    return WalletProviders((WalletProvider("foreign", frozenset({CLIENT}), roots=(root,)),), haip=False)


@pytest.fixture(scope="module")
def chain() -> tuple[bytes]:
    """The certificate by which attestations of ours are signed here."""
    return (certify(PROVIDER),)


@pytest.mark.interop("openid4vci attests a wallet and its keys")
def test_we_believe_the_packages_attestation_of_a_wallet(
    their_wallet: Party, providers: WalletProviders
) -> None:
    attestation = their_wallet("attestClient", clientId=CLIENT)
    pop = their_wallet("proveClient", attestation=attestation, server=SERVER)
    found = client_attestation.verify(
        attestation,
        pop,
        audience=SERVER,
        client_id=CLIENT,
        providers=providers,
        now=clock.now(),
        **TERMS,
    )
    assert (found.client_id, found.wallet_name) == (CLIENT, "A foreign wallet")


@pytest.mark.interop("openid4vci attests a wallet and its keys")
def test_we_believe_the_packages_attestation_of_keys_but_not_its_old_type(
    their_wallet: Party, providers: WalletProviders
) -> None:
    made = their_wallet("attestKeys", count=2, nonce=NONCE, use="proof_type.attestation")
    more: dict[str, Any] = {"providers": providers, "now": clock.now(), "need_exp": True, **TERMS}
    # OpenID4VCI D.1 has `key-attestation+jwt`; the package still writes the type of the drafts.
    with pytest.raises(RemoteError) as refused:
        key_attestation.verify(made["jwt"], **more)
    assert refused.value.code == "oid4vci.key_attestation"
    renamed = retyped(made["jwt"])
    found = key_attestation.verify(renamed, **more)
    assert [key.to_jwk() for key in found.keys] == made["holders"]
    assert (found.key_storage, found.nonce) == (("iso_18045_high",), NONCE)


def retyped(jwt: str) -> str:
    """The same claims by the same key, with the type that the specification has."""
    header, payload, _ = jwt.split(".")
    obj = strict_json.loads(base64url.decode(header))
    assert isinstance(obj, dict)
    assert obj["typ"] == "keyattestation+jwt"
    return signed(jws.prepare(obj | {"typ": key_attestation.TYP}, base64url.decode(payload)))


def signed(prepared: PreparedJws) -> str:
    (operation,) = prepared.to_be_signed
    return prepared.complete([PROVIDER.sign(operation.message)]).decode()


@pytest.mark.interop("openid4vci believes our attestations")
def test_the_package_believes_our_attestation_of_keys(their_issuer: Party, chain: tuple[bytes]) -> None:
    store = MemoryKeyStore(b"attested")
    public = [store.public(store.generate(P256, name)) for name in ("one", "two")]
    prepared = key_attestation.prepare(
        public,
        alg="ES256",
        kid="",
        chain=chain,
        now=clock.now(),
        lifetime=timedelta(minutes=5),
        key_storage=["software"],
        user_authentication=[],
        nonce=NONCE,
    )
    for use in ("proof_type.jwt", "proof_type.attestation"):
        said = their_issuer("checkKeys", jwt=signed(prepared), use=use, nonce=NONCE)
        assert [PublicKey.from_jwk(jwk) for jwk in said["attested_keys"]] == public
    with pytest.raises(ForeignError, match="nonce"):
        their_issuer("checkKeys", jwt=signed(prepared), use="proof_type.attestation", nonce="another")


@pytest.mark.interop("openid4vci believes our attestations")
def test_the_package_believes_our_attestation_of_a_wallet(their_issuer: Party, chain: tuple[bytes]) -> None:
    store = MemoryKeyStore(b"instance")
    instance = store.generate(P256, "instance")
    attestation = signed(
        client_attestation.prepare_attestation(
            store.public(instance),
            issuer="https://provider.example",
            client_id=CLIENT,
            alg="ES256",
            kid="",
            chain=chain,
            now=clock.now(),
            lifetime=timedelta(minutes=5),
        )
    )

    def proof(ref: KeyRef, audience: str = SERVER) -> str:
        prepared = client_attestation.prepare_pop(
            alg="ES256", audience=audience, jti="jti", now=clock.now(), client_id=CLIENT
        )
        (operation,) = prepared.to_be_signed
        return prepared.complete([store.sign(ref, operation.message, operation.alg)]).decode()

    given = {"attestation": attestation, "audience": SERVER}
    said = their_issuer("checkClient", pop=proof(instance), **given)
    assert said["sub"] == CLIENT
    thief = store.generate(P256, "thief")
    for pop in (proof(thief), proof(instance, "https://another.example")):
        with pytest.raises(ForeignError) as refused:
            their_issuer("checkClient", pop=pop, **given)
        assert refused.value.response["error"] == "invalid_client"
