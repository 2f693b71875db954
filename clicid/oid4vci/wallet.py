"""The wallet's side of OpenID4VCI as a state machine without I/O (pre-authorized code flow).

`start` and `step` give the next state and what to do: a request to send, a question to the person,
a key to make, a signature, a credential to check. Whatever goes wrong for good comes back as a
`Refused`, in phase FAILED; nothing that was kept before is touched by it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from clicid.codec import strict_json
from clicid.codec.web import FORM_TYPE, JSON_TYPE, HttpAnswer, HttpRequest
from clicid.errors import LocalError, Refused
from clicid.keys import algorithms
from clicid.keys.public import PublicKey
from clicid.oid4vci import proof
from clicid.oid4vci.acceptance import (
    TRANSITIONS,
    Acceptance,
    Answered,
    Checked,
    Consented,
    ConsentWanted,
    Declined,
    Event,
    Finished,
    KeyMade,
    KeyWanted,
    Phase,
    Received,
    Reply,
    SignatureWanted,
    Signed,
)
from clicid.oid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    NonceResponse,
    NotificationEvent,
    NotificationRequest,
    Proofs,
    ProofType,
)
from clicid.oid4vci.errors import ErrorAnswer, Wire
from clicid.oid4vci.metadata import (
    AuthorizationServerMetadata,
    CredentialIssuerMetadata,
    issuer_metadata_url,
    server_metadata_url,
)
from clicid.oid4vci.offer import PRE_AUTHORIZED, CredentialOffer, OfferReference, parse_offer_url
from clicid.oid4vci.token import BEARER, PreAuthorizedRequest, TokenResponse
from clicid.securing.jws import PreparedJws

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.oid4vci.configuration import CredentialConfiguration
    from clicid.oid4vci.offer import PreAuthorized
    from clicid.oid4vci.proof import BindingMethod

T = TypeVar("T")

# How a holder's key is named, and by which algorithms it may sign, for the formats that we hold;
# the first that the issuer takes is used.
_BINDINGS: Final[dict[str, tuple[BindingMethod, tuple[str, ...]]]] = {
    "dc+sd-jwt": ("jwk", ("ES256", "EdDSA", "Ed25519")),
    "ldp_vc": ("did:key", ("EdDSA", "Ed25519")),
}


def start(url: str) -> tuple[Acceptance, Reply]:
    """Read an offer's link.

    Raises:
        Refused: `oid4vci.offer`, `oid4vci.unsupported` or `codec.*`: nothing has begun.
    """
    offer = parse_offer_url(url)
    if isinstance(offer, OfferReference):
        return Acceptance(Phase.OFFER), HttpRequest("GET", offer.uri)
    return _begin(Acceptance(Phase.OFFER), offer)


def step(state: Acceptance, event: Event, *, now: datetime) -> tuple[Acceptance, Reply]:
    """The next state and what to do.

    Raises:
        LocalError: `oid4vci.sequence` for an event that does not fit the state; `oid4vci.configuration`
            and `oid4vci.tx_code` for a consent to something that was not asked.
    """
    allowed = TRANSITIONS.get((state.phase, type(event)))
    if allowed is None:
        raise LocalError("oid4vci.sequence", detail=f"{type(event).__name__} in {state.phase}")
    following, reply = _react(state, event, now)
    if following.phase not in allowed:
        raise LocalError("oid4vci.sequence", detail=f"{state.phase} to {following.phase}")
    return following, reply


def _react(state: Acceptance, event: Event, now: datetime) -> tuple[Acceptance, Reply]:
    outcome: tuple[Acceptance, Reply]
    match event:
        case Answered(answer):
            try:
                outcome = _ANSWERS[state.phase](state, answer, now)
            except Refused as fault:
                outcome = replace(state, phase=Phase.FAILED), fault
        case Consented():
            outcome = _redeem(state, event)
        case Declined():
            outcome = replace(state, phase=Phase.DECLINED), Finished(())
        case KeyMade():
            outcome = _prove(state, event.key, now)
        case Signed():
            outcome = _ask(state, event)
        case _:  # Checked
            outcome = _keep(state, event)
    return outcome


def _read_offer(state: Acceptance, answer: HttpAnswer, _now: datetime) -> tuple[Acceptance, Reply]:
    return _begin(state, CredentialOffer.parse(_ok(answer)))


def _begin(state: Acceptance, offer: CredentialOffer) -> tuple[Acceptance, Reply]:
    if offer.pre_authorized is None:
        raise Refused("oid4vci.unsupported", "/grants", "only the pre-authorized code grant")
    following = replace(state, phase=Phase.ISSUER_METADATA, offer=offer)
    return following, HttpRequest("GET", issuer_metadata_url(offer.credential_issuer))


def _read_issuer(state: Acceptance, answer: HttpAnswer, _now: datetime) -> tuple[Acceptance, Reply]:
    offer, grant = _offer(state)
    issuer = CredentialIssuerMetadata.parse(_ok(answer), issuer=offer.credential_issuer)
    for encryption in (issuer.request_encryption, issuer.response_encryption):
        if encryption is not None and encryption.required:
            raise Refused("oid4vci.unsupported", detail="encryption is demanded")
    if not _offered(offer, issuer):
        raise Refused("oid4vci.unsupported", detail="no offered credential is of a kind that we hold")
    servers = issuer.authorization_servers or (issuer.credential_issuer,)
    server = grant.authorization_server or servers[0]
    if server not in servers:
        raise Refused("oid4vci.offer", "authorization_server", "not one of the issuer's")
    following = replace(state, phase=Phase.SERVER_METADATA, issuer=issuer)
    return following, HttpRequest("GET", server_metadata_url(server))


def _offered(offer: CredentialOffer, issuer: CredentialIssuerMetadata) -> dict[str, CredentialConfiguration]:
    """What of an offer we can hold: a known format, a key we can make, no attestation demanded."""
    found = {name: issuer.configurations.get(name) for name in offer.credential_configuration_ids}
    return {name: one for name, one in found.items() if one is not None and _binding(one) is not None}


def _binding(configuration: CredentialConfiguration) -> tuple[BindingMethod, str] | None:
    binding, wanted = _BINDINGS.get(configuration.format, (None, ()))
    taken = configuration.proof_algs.get("jwt", ())
    alg = next((alg for alg in wanted if alg in taken), None)
    attested = "jwt" in configuration.attestations
    if binding is None or alg is None or attested or binding not in configuration.binding_methods:
        return None
    return binding, alg


def _read_server(state: Acceptance, answer: HttpAnswer, _now: datetime) -> tuple[Acceptance, Reply]:
    offer, grant = _offer(state)
    issuer = _present(state.issuer)
    servers = issuer.authorization_servers or (issuer.credential_issuer,)
    server = AuthorizationServerMetadata.parse(_ok(answer), issuer=grant.authorization_server or servers[0])
    if PRE_AUTHORIZED not in server.grant_types_supported:
        raise Refused("oid4vci.unsupported", "/grant_types_supported", "not the pre-authorized code")
    # Anonymous access is tried whatever the metadata say: many servers leave the member out (12.3).
    following = replace(state, phase=Phase.CONSENT, server=server)
    return following, ConsentWanted(issuer, _offered(offer, issuer), grant.tx_code)


def _redeem(state: Acceptance, event: Consented) -> tuple[Acceptance, Reply]:
    offer, grant = _offer(state)
    offered = _offered(offer, _present(state.issuer))
    if not event.configuration_ids or not offered.keys() >= set(event.configuration_ids):
        raise LocalError("oid4vci.configuration", detail="a choice among what was offered is wanted")
    if (event.tx_code is None) != (grant.tx_code is None):
        raise LocalError("oid4vci.tx_code", detail="given exactly if the offer demands one")
    request = PreAuthorizedRequest(grant.code, event.tx_code)
    following = replace(state, phase=Phase.TOKEN, chosen=tuple(dict.fromkeys(event.configuration_ids)))
    address = _present(state.server).token_endpoint
    return following, HttpRequest("POST", address, content_type=FORM_TYPE, body=request.to_form())


def _read_token(state: Acceptance, answer: HttpAnswer, _now: datetime) -> tuple[Acceptance, Reply]:
    offer, grant = _offer(state)
    if answer.status != 200 and _error(answer) == Wire.INVALID_GRANT and grant.tx_code is not None:
        # A mistyped code and a burnt offer look the same from here: the person may try again.
        issuer = _present(state.issuer)
        question = ConsentWanted(issuer, _offered(offer, issuer), grant.tx_code, retry=True)
        return replace(state, phase=Phase.CONSENT, chosen=()), question
    token = TokenResponse.parse(_ok(answer))
    if token.token_type != BEARER:  # we have shown no key that it could be bound to
        raise Refused("oid4vci.unsupported", "/token_type", "only bearer tokens")
    identifiers = {name: found[0] for name, found in token.credential_identifiers.items()}
    return _next(replace(state, access_token=token.access_token, identifiers=identifiers))


def _next(state: Acceptance) -> tuple[Acceptance, Reply]:
    """On to the first of the chosen configurations, or to the end."""
    state = replace(state, nonce="", key="", signing_input="", notification_id="", renewed=False)
    if not state.chosen:
        return replace(state, phase=Phase.FINISHED, access_token=""), Finished(state.kept)
    if not _present(state.issuer).nonce_endpoint:
        return _want_key(state)
    return _want_nonce(state)


def _want_nonce(state: Acceptance) -> tuple[Acceptance, Reply]:
    return replace(state, phase=Phase.NONCE), HttpRequest("POST", _present(state.issuer).nonce_endpoint)


def _read_nonce(state: Acceptance, answer: HttpAnswer, now: datetime) -> tuple[Acceptance, Reply]:
    following = replace(state, nonce=NonceResponse.parse(_ok(answer)).c_nonce)
    if not following.key:
        return _want_key(following)
    return _prove(following, PublicKey.from_multikey(following.key), now)


def _want_key(state: Acceptance) -> tuple[Acceptance, Reply]:
    name, configuration = _current(state)
    _, alg = _present(_binding(configuration))
    return replace(state, phase=Phase.KEY), KeyWanted(name, algorithms.by_jose(alg).name)


def _current(state: Acceptance) -> tuple[str, CredentialConfiguration]:
    name = _present(next(iter(state.chosen), None))
    return name, _present(_present(state.issuer).configurations.get(name))


def _prove(state: Acceptance, key: PublicKey, now: datetime) -> tuple[Acceptance, Reply]:
    _, configuration = _current(state)
    binding, alg = _present(_binding(configuration))
    if key.algorithm != algorithms.by_jose(alg):
        raise LocalError("oid4vci.sequence", "key", "of another algorithm than was wanted")
    issuer = _present(state.issuer).credential_issuer
    prepared = proof.prepare(key, alg=alg, binding=binding, issuer=issuer, nonce=state.nonce, now=now)
    following = replace(
        state,
        phase=Phase.SIGNATURE,
        key=key.to_multikey(),
        signing_input=prepared.signing_input.decode(),
    )
    return following, SignatureWanted(prepared.to_be_signed[0])


def _ask(state: Acceptance, event: Signed) -> tuple[Acceptance, Reply]:
    algorithm = PublicKey.from_multikey(state.key).algorithm
    jwt = PreparedJws(algorithm, state.signing_input.encode()).complete([event.signature]).decode()
    name, _ = _current(state)
    identifier = state.identifiers.get(name, "")
    request = CredentialRequest("" if identifier else name, identifier, Proofs(ProofType.JWT, (jwt,)))
    address = _present(state.issuer).credential_endpoint
    return replace(state, phase=Phase.CREDENTIAL), _post(state, address, request)


def _read_credential(state: Acceptance, answer: HttpAnswer, _now: datetime) -> tuple[Acceptance, Reply]:
    if answer.status == 202:
        raise Refused("oid4vci.unsupported", detail="deferred issuance")
    if answer.status != 200 and _error(answer) == Wire.INVALID_NONCE and state.nonce and not state.renewed:
        return _want_nonce(replace(state, renewed=True))
    response = CredentialResponse.parse(_ok(answer))
    if len(response.credentials) != 1:
        raise Refused("oid4vci.remote", "/credentials", "one credential for one key is wanted")
    name, configuration = _current(state)
    following = replace(state, phase=Phase.CHECK, notification_id=response.notification_id)
    return following, Received(name, configuration, response.credentials[0])


def _keep(state: Acceptance, event: Checked) -> tuple[Acceptance, Reply]:
    name, _ = _current(state)
    kept = (*state.kept, name) if event.kept else state.kept
    following = replace(state, chosen=state.chosen[1:], kept=kept)
    address = _present(state.issuer).notification_endpoint
    if not address or not state.notification_id:
        return _next(following)
    outcome = NotificationEvent.ACCEPTED if event.kept else NotificationEvent.FAILURE
    notification = NotificationRequest(state.notification_id, outcome)
    return replace(following, phase=Phase.NOTIFICATION), _post(state, address, notification)


def _read_notification(state: Acceptance, _answer: HttpAnswer, _now: datetime) -> tuple[Acceptance, Reply]:
    # A courtesy to the issuer: whatever it says to it, the credential is ours (11).
    return _next(state)


_ANSWERS: Final = {
    Phase.OFFER: _read_offer,
    Phase.ISSUER_METADATA: _read_issuer,
    Phase.SERVER_METADATA: _read_server,
    Phase.TOKEN: _read_token,
    Phase.NONCE: _read_nonce,
    Phase.CREDENTIAL: _read_credential,
    Phase.NOTIFICATION: _read_notification,
}


def _post(state: Acceptance, address: str, message: CredentialRequest | NotificationRequest) -> HttpRequest:
    return HttpRequest(
        "POST",
        address,
        content_type=JSON_TYPE,
        body=strict_json.dumps(message.to_wire()),
        authorization=f"Bearer {state.access_token}",
    )


def _ok(answer: HttpAnswer) -> bytes:
    """The body of an answer of status 200; the error code of any other is kept in the detail."""
    if answer.status != 200:
        raise Refused("oid4vci.remote", detail=f"status {answer.status} {_error(answer)}".rstrip())
    if answer.content_type != JSON_TYPE:
        raise Refused("oid4vci.remote", detail="not JSON")
    return answer.body


def _error(answer: HttpAnswer) -> str:
    """The error code in an answer if it is one that we know, else ""."""
    try:
        code = ErrorAnswer.parse(answer.body).error
    except Refused:
        return ""
    return code if code in _KNOWN_ERRORS else ""


_KNOWN_ERRORS: Final = frozenset(wire.value for wire in Wire)


def _offer(state: Acceptance) -> tuple[CredentialOffer, PreAuthorized]:
    offer = _present(state.offer)
    return offer, _present(offer.pre_authorized)


def _present(value: T | None) -> T:
    """A part of the state that its phase implies; missing only in a state that was tampered with."""
    if value is None:
        raise LocalError("oid4vci.state")
    return value
