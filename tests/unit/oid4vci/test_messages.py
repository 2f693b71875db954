"""Every message of OpenID4VCI against the vectors of its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import RemoteError, answered_with
from clicid.oid4vci import errors, metadata, offer
from clicid.oid4vci.authorization import (
    AuthorizationLink,
    AuthorizationRequest,
    AuthorizationResponse,
    PushedResponse,
)
from clicid.oid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    DeferredRequest,
    DeferredResponse,
    NonceResponse,
    NotificationRequest,
    Proofs,
    ProofType,
)
from clicid.oid4vci.token import (
    CodeRequest,
    PreAuthorizedRequest,
    PresentedToken,
    RefreshRequest,
    TokenResponse,
    authorization,
    parse_request,
)
from tests.support.message_vectors import judged

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parents[2] / "vectors" / "oid4vci"
ISSUER = "https://issuer.example"


def _offer_url(text: bytes) -> Any:
    found = offer.parse_offer_url(text.decode())
    return found.uri if isinstance(found, offer.OfferReference) else found.to_wire()


READERS: dict[str, Callable[[bytes], Any]] = {
    "offer": lambda raw: offer.CredentialOffer.parse(raw).to_wire(),
    "offer_url": _offer_url,
    "issuer_metadata": lambda raw: metadata.CredentialIssuerMetadata.parse(raw, issuer=ISSUER).to_wire(),
    "server_metadata": lambda raw: metadata.AuthorizationServerMetadata.parse(raw, issuer=ISSUER).to_wire(),
    "authorization_request": lambda raw: AuthorizationRequest.parse(raw).to_form().decode(),
    "authorization_link": lambda raw: AuthorizationLink.parse(raw.decode()).to_url("?")[2:],
    "authorization_response": lambda raw: AuthorizationResponse.parse(raw.decode()).to_url("?")[2:],
    "pushed_response": lambda raw: PushedResponse.parse(raw).to_wire(),
    "token_request": lambda raw: parse_request(raw).to_form().decode(),
    "token_response": lambda raw: TokenResponse.parse(raw).to_wire(),
    "credential_request": lambda raw: CredentialRequest.parse(raw).to_wire(),
    "credential_response": lambda raw: CredentialResponse.parse(raw).to_wire(),
    "deferred_request": lambda raw: DeferredRequest.parse(raw).to_wire(),
    "deferred_response": lambda raw: DeferredResponse.parse(raw).to_wire(),
    "nonce_response": lambda raw: NonceResponse.parse(raw).to_wire(),
    "notification_request": lambda raw: NotificationRequest.parse(raw).to_wire(),
    "error_answer": lambda raw: errors.ErrorAnswer.parse(raw).to_wire(),
}
VECTORS = [
    pytest.param(READERS[path.stem], vector, id=f"{path.stem}: {vector['name']}")
    for path in sorted(FOLDER.glob("*.json"))
    if path.stem in READERS
    for vector in json.loads(path.read_text())
]


def test_every_message_has_vectors() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} >= READERS.keys()


@pytest.mark.parametrize(("read", "vector"), VECTORS)
def test_vector(read: Callable[[bytes], Any], vector: dict[str, Any]) -> None:
    refusal = judged(read, vector)
    if "answer" in vector:
        assert isinstance(refusal, RemoteError)
        assert refusal.wire == vector["answer"]
        assert errors.to_wire(refusal) == {"error": vector["answer"]}
        assert errors.status(refusal) == 400


def test_a_written_offer_is_read_as_it_was() -> None:
    made = offer.CredentialOffer(ISSUER, ("å",), offer.PreAuthorized("c&=%", offer.TxCode("text", 4, "ö")))
    assert offer.parse_offer_url(made.to_url()) == made
    reference = offer.OfferReference(f"{ISSUER}/o?a=1&b=2")
    assert offer.parse_offer_url(reference.to_url()) == reference


def test_addresses_of_metadata_stand_between_host_and_path() -> None:
    assert metadata.issuer_metadata_url("https://a.example/t/") == (
        "https://a.example/.well-known/openid-credential-issuer/t"
    )
    assert metadata.server_metadata_url("https://a.example:8443") == (
        "https://a.example:8443/.well-known/oauth-authorization-server"
    )


def test_secrets_stay_out_of_what_is_printed() -> None:
    for message in (
        PreAuthorizedRequest("s3cret", "s3cret"),
        TokenResponse("s3cret", 1),
        CredentialRequest("a", "", Proofs(ProofType.JWT, ("s3cret",))),
        CredentialResponse(("s3cret",)),
        NonceResponse("s3cret"),
        DeferredRequest("s3cret"),
        DeferredResponse("s3cret", 1),
        offer.PreAuthorized("s3cret"),
        offer.AuthorizationCode("s3cret"),
        CodeRequest("s3cret", "https://wallet.example", "s3cret"),
        RefreshRequest("s3cret"),
        PresentedToken("s3cret"),
        PushedResponse("s3cret", 60),
        AuthorizationLink("wallet", "s3cret"),
        AuthorizationRequest("wallet", "https://wallet.example", "c", state="s3cret", issuer_state="s3cret"),
        AuthorizationResponse("https://issuer.example", "s3cret", state="s3cret"),
    ):
        assert "s3cret" not in repr(message)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "DPoP", "Basic abc", "Bearer " + "x" * 9000]
)
def test_a_header_without_a_token_is_no_token(header: str | None) -> None:
    with pytest.raises(RemoteError) as caught:
        authorization(header)
    assert (caught.value.wire, errors.status(caught.value)) == ("invalid_token", 401)
    assert errors.challenges(caught.value, "Bearer x", ("ES256",)) == ('Bearer error="invalid_token"',)
    assert errors.challenges(caught.value, "dpop x", ("ES256", "EdDSA")) == (
        'DPoP error="invalid_token", algs="ES256 EdDSA"',
    )
    assert errors.challenges(caught.value, None, ("ES256",)) == ("Bearer", 'DPoP algs="ES256"')


def test_a_token_is_read_whatever_the_case_of_its_scheme() -> None:
    assert authorization("bearer abc.def") == ("Bearer", "abc.def")
    assert authorization("dpop abc.def") == ("DPoP", "abc.def")


def test_an_error_that_is_already_for_the_wire_is_left_alone() -> None:
    fault = RemoteError("invalid_proof", "oid4vci.nonce")
    with (
        pytest.raises(RemoteError) as caught,
        answered_with(errors.Wire.INVALID_REQUEST, "oid4vci.request"),
    ):
        raise fault
    assert caught.value is fault


def test_an_answer_keeps_the_query_of_the_address_it_goes_to() -> None:
    answer = AuthorizationResponse("https://issuer.example", "c&d", state="s t")
    assert answer.to_url("https://wallet.example/cb?a=b") == (
        "https://wallet.example/cb?a=b&code=c%26d&state=s+t&iss=https%3A%2F%2Fissuer.example"
    )
    assert answer.to_url("com.example.wallet:/cb").startswith("com.example.wallet:/cb?code=")
