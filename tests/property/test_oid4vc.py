"""OpenID4VCI and OpenID4VP: messages survive writing and reading, and the roles a bad network."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.codec import strict_json
from clicid.codec.web import HttpAnswer, HttpRequest
from clicid.errors import Refused
from clicid.oid4vci.acceptance import Acceptance, Wished
from clicid.oid4vci.acceptance import Grant as WalletGrant
from clicid.oid4vci.acceptance import Phase as AcceptancePhase
from clicid.oid4vci.clients import Client
from clicid.oid4vci.configuration import (
    ClaimDescription,
    CredentialConfiguration,
    Display,
    Image,
    KeyAttestationsRequired,
)
from clicid.oid4vci.credential import CredentialRequest, CredentialResponse, Proofs, ProofType
from clicid.oid4vci.dialogue import Finished
from clicid.oid4vci.issuance import Issuance
from clicid.oid4vci.issuance import Phase as IssuancePhase
from clicid.oid4vci.kept import Delivery, Invitation, Refreshing, Requested
from clicid.oid4vci.metadata import CredentialIssuerMetadata
from clicid.oid4vci.offer import CredentialOffer, PreAuthorized, TxCode, parse_offer_url
from clicid.oid4vci.token import (
    CodeRequest,
    PreAuthorizedRequest,
    RefreshRequest,
    TokenRequest,
    TokenResponse,
    parse_request,
)
from clicid.oid4vp.answering import Presented, check_answer
from clicid.oid4vp.client_id import ClientId
from clicid.oid4vp.client_metadata import ClientMetadata
from clicid.oid4vp.dcql import (
    MDOC,
    ClaimsQuery,
    CredentialQuery,
    CredentialSet,
    Meta,
    Query,
    TrustedAuthority,
)
from clicid.oid4vp.matching import Held, match
from clicid.oid4vp.presentation import Finished as Shown
from clicid.oid4vp.request import AuthorizationRequest, ResponseMode, VerifierInfo, parse_request_url
from clicid.oid4vp.response import AuthorizationResponse, parse_response
from clicid.oid4vp.session import Phase, Verdict
from tests.support.desks import ASKERS, Desk, play
from tests.support.every_format import query
from tests.support.holder import MemoryWallet
from tests.support.issuance import AGE, IDENTITY, NOW, RULES, IssuerServer

MODES = [ResponseMode.DIRECT_POST, ResponseMode.DIRECT_POST_JWT]
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
names = st.text("abcXYZ019_-", min_size=1, max_size=8)
steps = st.one_of(words, st.integers(0, 9), st.none())
paths = st.lists(steps, min_size=1, max_size=5).map(tuple)
urls = st.builds("https://{}.example/{}".format, st.text("abc019", min_size=1, max_size=8), names)
leaves = st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), words)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=12,
)
objects: Any = st.dictionaries(words, trees, max_size=4)


def some(strategy: Any, low: int = 0, high: int = 3) -> Any:
    return st.lists(strategy, min_size=low, max_size=high, unique_by=repr).map(tuple)


tx_codes = st.builds(
    TxCode,
    input_mode=st.sampled_from(["numeric", "text"]),
    length=st.none() | st.integers(1, 64),
    description=st.just("") | words,
)
offers = st.builds(
    CredentialOffer,
    urls,
    some(words, 1),
    st.none() | st.builds(PreAuthorized, words, st.none() | tx_codes, st.just("") | urls),
)


@given(offers)
def test_offers(offer: CredentialOffer) -> None:
    assert parse_offer_url(offer.to_url()) == offer


images = st.builds(Image, urls, st.just("") | words)
displays = st.lists(
    st.builds(
        Display,
        *[st.just("") | words] * 3,
        logo=st.none() | images,
        background_color=st.just("") | words,
        background_image=st.none() | images,
    ),
    max_size=3,
    unique_by=lambda one: one.locale,
).map(tuple)
claims = some(st.builds(ClaimDescription, paths, st.booleans(), displays))
bound = st.fixed_dictionaries(
    {
        "binding_methods": some(words, 1),
        "proof_algs": st.just({"jwt": ("ES256",), "other": ("x",)}),
        "attestations": st.dictionaries(
            st.sampled_from(["jwt", "other"]), st.builds(KeyAttestationsRequired, some(words), some(words))
        ),
    }
)
common = st.fixed_dictionaries(
    {
        "scope": st.just("") | words,
        "signing_algs": some(words | st.integers(-10, 10)),
        "display": displays,
        "claims": claims,
    }
)
kinds = st.one_of(
    st.fixed_dictionaries({"format": st.just("dc+sd-jwt"), "vct": words}),
    st.fixed_dictionaries({"format": st.just("ldp_vc"), "context": some(words, 1), "types": some(words, 1)}),
    st.fixed_dictionaries({"format": names}),
)
configurations = st.builds(
    lambda common, kind, bound: CredentialConfiguration(**common, **kind, **bound),
    common,
    kinds,
    st.just({}) | bound,
)
metadata = st.builds(
    CredentialIssuerMetadata,
    credential_issuer=urls,
    credential_endpoint=urls,
    configurations=st.dictionaries(words, configurations, max_size=3),
    authorization_servers=some(urls),
    nonce_endpoint=st.just("") | urls,
    notification_endpoint=st.just("") | urls,
    deferred_credential_endpoint=st.just("") | urls,
    batch_size=st.integers(1, 50),
    display=displays,
)


@given(metadata)
@settings(max_examples=50)
def test_issuer_metadata(made: CredentialIssuerMetadata) -> None:
    raw = strict_json.dumps(made.to_wire())
    assert CredentialIssuerMetadata.parse(raw, issuer=made.credential_issuer) == made


verifiers = st.text("abcXYZ019-._~", min_size=43, max_size=128)


@given(
    st.one_of(
        st.builds(PreAuthorizedRequest, words, st.none() | words, st.just("") | words),
        st.builds(CodeRequest, words, words, verifiers, st.just("") | words),
        st.builds(RefreshRequest, words, st.just("") | words),
    )
)
def test_token_requests(made: TokenRequest) -> None:
    assert parse_request(made.to_form()) == made


@given(
    st.builds(
        TokenResponse,
        names,
        st.integers(0, 86_400),
        st.dictionaries(words, some(words, 1), max_size=2),
        st.sampled_from(("Bearer", "DPoP")),
        st.just("") | names,
    )
)
def test_token_responses(made: TokenResponse) -> None:
    assert TokenResponse.parse(strict_json.dumps(made.to_wire())) == made


proofs = st.none() | st.one_of(
    st.builds(Proofs, st.just(ProofType.JWT), some(words, 1)),
    st.builds(Proofs, st.just(ProofType.DI_VP), some(objects, 1)),
    st.builds(Proofs, st.just(ProofType.ATTESTATION), some(words, 1, 1)),
)


@given(
    st.one_of(
        st.builds(CredentialRequest, words, st.just(""), proofs),
        st.builds(CredentialRequest, st.just(""), words, proofs),
    )
)
def test_credential_requests(made: CredentialRequest) -> None:
    assert CredentialRequest.parse(strict_json.dumps(made.to_wire())) == made


@given(st.builds(CredentialResponse, some(words | objects, 1), st.just("") | words))
def test_credential_responses(made: CredentialResponse) -> None:
    assert CredentialResponse.parse(strict_json.dumps(made.to_wire())) == made


moments = st.integers(0, 10**7).map(lambda seconds: NOW + timedelta(seconds=seconds))
clients = st.builds(Client, words, st.just("") | words, st.just("") | words, st.just("") | words)
issuances = st.builds(
    Issuance,
    st.sampled_from(IssuancePhase),
    some(words, 1),
    words,
    st.just("") | words,
    st.integers(0, 5),
    moments,
    token_digest=st.just("") | words,
    jkt=st.just("") | words,
    deliveries=some(st.builds(Delivery, words, st.integers(1, 9), words)),
    client=st.none() | clients,
    invitation=st.none() | st.builds(Invitation, some(words, 1), moments),
    requested=st.none()
    | st.builds(Requested, clients, words, words, words, words, st.just("") | words, some(words), words),
    refreshing=st.none() | st.builds(Refreshing, words, moments),
    identifiers=st.dictionaries(words, some(words, 1), max_size=2),
)


@given(issuances)
def test_stored_issuances(made: Issuance) -> None:
    assert Issuance.from_bytes(made.to_bytes()) == made


@given(
    st.builds(
        Acceptance,
        st.sampled_from(AcceptancePhase),
        st.sampled_from(WalletGrant),
        offer=st.none() | offers,
        issuer=st.none() | metadata,
        servers=some(words),
        chosen=some(words),
        tx_code=st.none() | st.just("") | words,
        repeated=some(words),
        wished=some(st.builds(Wished, words, st.just("") | words)),
        kept=some(words),
        access_token=st.just("") | words,
        nonce=st.just("") | words,
        renewed=st.booleans(),
        due=st.integers(0, 2**40),
        credentials=some(words | objects),
    )
)
@settings(max_examples=50)
def test_stored_acceptances(made: Acceptance) -> None:
    assert Acceptance.from_bytes(made.to_bytes()) == made


metas = st.one_of(
    st.tuples(st.just("dc+sd-jwt"), st.builds(Meta, vct_values=some(words, 1))),
    st.tuples(st.just("ldp_vc"), st.builds(Meta, type_values=some(some(words, 1), 1))),
    st.tuples(st.just("mso_mdoc"), st.builds(Meta, doctype_value=words)),
    st.tuples(st.just("unknown"), st.just(Meta())),
)


@st.composite
def credential_queries(draw: st.DrawFn, name: str) -> CredentialQuery:
    form, meta = draw(metas)
    count = draw(st.integers(0, 3))
    with_ids = count > 0 and draw(st.booleans())
    wanted = tuple(
        ClaimsQuery(
            draw(st.tuples(words, words) if form == MDOC else paths),
            f"c{index}" if with_ids else "",
            draw(some(words | st.integers(0, 9))),
            intent_to_retain=form == MDOC and draw(st.booleans()),
        )
        for index in range(count)
    )
    ids = st.sampled_from([one.id for one in wanted]) if with_ids else st.nothing()
    return CredentialQuery(
        id=name,
        format=form,
        meta=meta,
        claims=wanted,
        claim_sets=draw(some(some(ids, 1, 2), 0, 2)) if with_ids else (),
        multiple=draw(st.booleans()),
        trusted_authorities=draw(some(st.builds(TrustedAuthority, words, some(words, 1)), 0, 1)),
    )


@st.composite
def queries(draw: st.DrawFn) -> Query:
    ids = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    options = some(some(st.sampled_from(ids), 1), 1)
    sets = draw(some(st.builds(CredentialSet, options, st.booleans()), 0, 2))
    return Query(tuple(draw(credential_queries(name)) for name in ids), sets)


@given(queries())
def test_queries(query: Query) -> None:
    assert Query.parse(query.to_wire()) == query


@given(queries(), objects, st.data())
def test_what_a_wallet_can_answer_a_verifier_accepts(query: Query, tree: Any, data: st.DataObject) -> None:
    """A credential of just the kind asked for: whatever matches, answers."""
    held = [
        Held(
            id=str(index),
            format=credential.format,
            types=frozenset(
                {
                    *credential.meta.vct_values,
                    credential.meta.doctype_value,
                    *sum(credential.meta.type_values, ()),
                }
            ),
            tree=data.draw(st.just(tree) | objects),
            authorities=frozenset(
                (one.type, value) for one in credential.trusted_authorities for value in one.values
            ),
        )
        for index, credential in enumerate(query.credentials)
    ]
    choices = match(query, held)
    if not choices.satisfiable:
        return
    picks = choices.preferred()
    choices.check(picks)
    by_id = {one.id: one for one in held}
    shown = {
        name: [
            Presented(one.format, one.types, one.tree, one.authorities)
            for one in (by_id[candidate.held_id] for candidate in found)
        ]
        for name, found in picks.items()
    }
    check_answer(query, shown)


requests = st.builds(
    lambda query, address, nonce, state, infos, formats: AuthorizationRequest(
        client_id=ClientId("redirect_uri", address),
        nonce=nonce,
        response_uri=address,
        query=query,
        state=state,
        verifier_info=infos,
        metadata=ClientMetadata(formats),
    ),
    queries(),
    urls,
    names,
    st.just("") | words,
    some(st.builds(VerifierInfo, words, words | objects, some(words))),
    st.none() | st.dictionaries(words, objects, max_size=2),
)


@given(requests)
@settings(max_examples=50)
def test_requests(request: AuthorizationRequest) -> None:
    assert AuthorizationRequest.parse(request.to_wire()) == request
    assert parse_request_url(request.to_url()) == request


@given(
    st.builds(
        AuthorizationResponse,
        st.dictionaries(words, some(words | objects, 1), min_size=1, max_size=3),
        st.just("") | words,
    )
)
def test_responses(made: AuthorizationResponse) -> None:
    assert parse_response(made.to_form()) == made


@given(st.data())
@settings(max_examples=60)
def test_a_bad_network_loses_no_secret_and_issues_nothing_twice(data: st.DataObject) -> None:
    """Requests are lost, doubled and altered, answers altered: at worst there is no credential."""
    server = IssuerServer()
    new = server.offer()
    trouble = st.sampled_from(["none"] * 12 + ["lost", "doubled", "late", "altered", "answer altered"])

    def altered(raw: bytes) -> bytes:
        at = data.draw(st.integers(0, max(len(raw) - 1, 0)))
        return raw[:at] + data.draw(st.binary(max_size=2)) + raw[at + 1 :]

    def through(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        match data.draw(trouble):
            case "lost":
                return HttpAnswer(502, "", b"")
            case "doubled":
                return server.send(request)
            case "late":
                server.now += timedelta(minutes=4)
            case "altered":
                return server.send(replace(request, body=altered(request.body)))
            case "answer altered":
                return replace(answer, body=altered(answer.body))
        return answer

    wallet = MemoryWallet(server, [new.tx_code] * 3, alter_answer=through)
    outcome = wallet.accept(new.offer.to_url())
    assert isinstance(outcome, Finished | Refused)
    assert isinstance(server.state, Issuance)
    assert all(server.state.copies(name, NOW - RULES.renew_after) <= RULES.copies for name in (IDENTITY, AGE))
    for secret in (new.tx_code, wallet.state.nonce):
        assert not secret or secret not in str(outcome)


class BadNetwork:
    """The way from a wallet to a verifier: messages are lost, doubled, altered, and old ones come again."""

    trouble = st.sampled_from(["none"] * 6 + ["lost", "doubled", "altered", "answer altered", "old"])

    def __init__(self, desk: Desk, data: st.DataObject) -> None:
        self.desk, self.data = desk, data
        self.sent: list[HttpRequest] = []

    def altered(self, raw: bytes) -> bytes:
        at = self.data.draw(st.integers(0, max(len(raw) - 1, 0)))
        return raw[:at] + self.data.draw(st.binary(max_size=2)) + raw[at + 1 :]

    def send(self, request: HttpRequest) -> HttpAnswer:
        self.sent.append(request)
        match self.data.draw(self.trouble):
            case "lost":
                return HttpAnswer(502, "", b"")
            case "doubled":
                self.desk.send(request)
            case "altered":
                return self.desk.send(replace(request, body=self.altered(request.body)))
            case "answer altered":
                answer = self.desk.send(request)
                return replace(answer, body=self.altered(answer.body))
            case "old":
                self.desk.send(self.data.draw(st.sampled_from(self.sent)))
        return self.desk.send(request)

    def replay(self) -> None:
        """Everything again, in any order: what has ended stays as it is."""
        for again in self.data.draw(st.permutations(self.sent)):
            before = self.desk.stored
            ended = self.desk.session.phase not in (Phase.CREATED, Phase.HANDED_OUT)
            answer = self.desk.send(again)
            assert not ended or (answer.status, self.desk.stored) == (400, before)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_bad_network_shows_nothing_to_others_and_nothing_twice(data: st.DataObject) -> None:
    """OpenID4VP, every kind of asker, whatever happens to the messages.

    The person is asked only about what the verifier has asked, an answer is checked once, and what is
    accepted is an answer that the wallet gave.
    """
    kind, mode = data.draw(st.sampled_from([*ASKERS])), data.draw(st.sampled_from(MODES))
    desk = Desk(kind, mode, query=query("dc+sd-jwt"))
    asked = desk.session.request
    network = BadNetwork(desk, data)
    outcome, choice = play(desk, method=data.draw(st.sampled_from(["get", "post"])), send=network.send)
    assert isinstance(outcome, Shown | Refused)
    if choice is not None:
        assert choice.verified.signed
        assert replace(choice.verified.request, wallet_nonce="", metadata=asked.metadata) == asked
    assert choice is not None or desk.verdict is not Verdict.ACCEPTED
    network.replay()
    assert desk.checked <= 1
    assert not any(secret in str(outcome) for secret in (asked.nonce, asked.state))
