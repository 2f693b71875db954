"""Every format asked for, shown and checked, and each way to show something else than was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from clicid.codec import base64url, strict_json
from clicid.did import key as did_key
from clicid.errors import RemoteError
from clicid.formats import mdoc
from clicid.formats.base import Accredited, NamedIssuer, NeedKind
from clicid.formats.mdoc.elements import MDL, MDL_DOCTYPE
from clicid.oid4vp import binding, presenting
from clicid.oid4vp.binding import IN_THE_OPEN, Channel
from clicid.oid4vp.checking import AcceptedAnswer, RefusedAnswer, UndecidedAnswer
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.matching import match
from clicid.oid4vp.response import AuthorizationResponse
from clicid.trust import x5c
from clicid.trust.iaca import Authority
from tests.support.asking import AGE_TYPE, CONTEXTS, Asking
from tests.support.every_format import QUERIES, EveryHolder, query
from tests.support.refusals import refused
from tests.support.world import DAY, NOW, chain_of

if TYPE_CHECKING:
    from clicid.keys.public import PublicKey
    from clicid.oid4vp.checking import Answer
    from clicid.oid4vp.matching import Picks
    from clicid.oid4vp.request import AuthorizationRequest

FORMS = list(QUERIES)
THUMBPRINT = bytes(range(32))
ORIGIN = "https://shop.example"
CHANNELS = {
    "posted": IN_THE_OPEN,
    "posted, encrypted": Channel(THUMBPRINT),
    "by a page": Channel(origin=ORIGIN),
    "by a page, encrypted": Channel(THUMBPRINT, ORIGIN),
}


@pytest.fixture(scope="module")
def holder() -> EveryHolder:
    return EveryHolder()


def asked(wanted: Query) -> AuthorizationRequest:
    return Asking().session(wanted).request


def code(found: Answer) -> str:
    assert isinstance(found, RefusedAnswer | UndecidedAnswer), found
    return found.code


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)
@pytest.mark.parametrize("form", FORMS)
def test_each_format_over_each_channel(holder: EveryHolder, form: str, channel: Channel) -> None:
    request = asked(query(form))
    found = holder.check(request, holder.answer(request, channel), channel)
    assert isinstance(found, AcceptedAnswer)
    ((shown,),) = found.credentials.values()
    assert shown.format == form


def test_all_formats_in_one_answer(holder: EveryHolder) -> None:
    request = asked(query(*FORMS))
    found = holder.check(request, holder.answer(request))
    assert isinstance(found, AcceptedAnswer)
    assert {name: one.claims.reveal() for name, (one,) in found.credentials.items()} == {
        "sd": {"family_name": "Öhrn"},
        "ldp": {"ageOver18": True},
        "jwt": {"ageOver18": True},
        "mdl": {MDL: {"family_name": "Öhrn", "age_over_18": True}},
    }


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("made_for", "came_by"),
    [
        ("posted", "by a page"),
        ("by a page", "posted"),
        ("by a page, encrypted", "posted, encrypted"),
    ],
)
def test_what_was_made_for_another_channel_is_refused(
    holder: EveryHolder, form: str, made_for: str, came_by: str
) -> None:
    request = asked(query(form))
    found = holder.check(request, holder.answer(request, CHANNELS[made_for]), CHANNELS[came_by])
    assert code(found) == ("holder.device_auth" if form == "mso_mdoc" else "holder.audience")


@pytest.mark.parametrize("form", FORMS)
def test_a_page_of_another_origin_is_refused(holder: EveryHolder, form: str) -> None:
    request = asked(query(form))
    answer = holder.answer(request, Channel(origin="https://shop.example.evil"))
    found = holder.check(request, answer, Channel(origin=ORIGIN))
    assert code(found) == ("holder.device_auth" if form == "mso_mdoc" else "holder.audience")


@pytest.mark.parametrize("form", FORMS)
def test_what_answers_another_request_is_refused(holder: EveryHolder, form: str) -> None:
    request = asked(query(form))
    other = replace(request, nonce="another")
    found = holder.check(request, holder.answer(other))
    assert code(found) == ("holder.device_auth" if form == "mso_mdoc" else "holder.nonce")


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": Channel(THUMBPRINT)},
        {"channel": Channel(bytes(32))},
        {"response_uri": "https://verifier.example/response/2"},
        {"client_id": replace(Asking().session().request.client_id, rest="did:ethr:0x1:0x" + "cd" * 20)},
    ],
    ids=["encrypted", "for another key", "sent elsewhere", "for another verifier"],
)
def test_an_mdoc_is_shown_in_one_session(holder: EveryHolder, changes: dict[str, Any]) -> None:
    """Nothing but the session transcript says so, and each of its parts does."""
    channel = changes.pop("channel", IN_THE_OPEN)
    request = asked(query("mso_mdoc"))
    answer = holder.answer(replace(request, **changes), channel)
    assert code(holder.check(request, answer)) == "holder.device_auth"


class TestMac:
    """A document whose holder agrees on a MAC with the key that the answer is encrypted for."""

    def answer(self, holder: EveryHolder, request: AuthorizationRequest, channel: Channel) -> Any:
        raw = mdoc.present_by_mac(
            holder.holdings["mdl"].raw,
            [(MDL, "family_name"), (MDL, "age_over_18")],
            binding.of(request, channel).transcript,
            agree=lambda key: holder.mdocs.keys.agree(holder.mdocs.holder_ref, key),
            reader=holder.mdocs.keys.public(holder.mdocs.reader_ref),
        )
        return AuthorizationResponse({"mdl": (base64url.encode(raw),)}, request.state)

    def channel(self, holder: EveryHolder, ref: Any) -> Channel:
        keys = holder.mdocs.keys

        def agree(key: PublicKey) -> bytes:
            return keys.agree(ref, key)

        return Channel(THUMBPRINT, agree=agree)

    def test_ours_is_accepted(self, holder: EveryHolder) -> None:
        request, channel = asked(query("mso_mdoc")), self.channel(holder, holder.mdocs.reader_ref)
        found = holder.check(request, self.answer(holder, request, channel), channel)
        assert isinstance(found, AcceptedAnswer)

    def test_one_agreed_on_with_another_key_is_refused(self, holder: EveryHolder) -> None:
        request, channel = asked(query("mso_mdoc")), self.channel(holder, holder.mdocs.other_ref)
        found = holder.check(request, self.answer(holder, request, channel), channel)
        assert code(found) == "holder.device_auth"

    def test_there_is_none_without_a_key_of_ours(self, holder: EveryHolder) -> None:
        request, channel = asked(query("mso_mdoc")), Channel(THUMBPRINT)
        found = holder.check(request, self.answer(holder, request, channel), channel)
        assert code(found) == "holder.device_auth"


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("mso_mdoc", {"a": 1}),
        ("mso_mdoc", "not+base64url"),
        ("mso_mdoc", "AAAA="),
        ("jwt_vc_json", {"a": 1}),
        ("dc+sd-jwt", {"a": 1}),
        ("ldp_vc", "e30"),
    ],
)
def test_a_presentation_of_another_form_is_refused(holder: EveryHolder, form: str, value: Any) -> None:
    request = asked(query(form))
    answer = AuthorizationResponse({QUERIES[form]["id"]: (value,)}, request.state)
    assert code(holder.check(request, answer)) == "oid4vp.answer"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("other", FORMS)
def test_one_format_is_never_read_as_another(holder: EveryHolder, form: str, other: str) -> None:
    if form == other:
        return
    request, source = asked(query(form)), asked(query(other))
    shown = holder.answer(replace(request, query=source.query)).vp_token[QUERIES[other]["id"]]
    found = holder.check(request, AuthorizationResponse({QUERIES[form]["id"]: shown}, request.state))
    assert isinstance(found, RefusedAnswer)


def test_a_format_that_nobody_here_reads_is_refused(holder: EveryHolder) -> None:
    request = asked(Query.parse({"credentials": [{"id": "new", "format": "ac_vp", "meta": {}}]}))
    answer = AuthorizationResponse({"new": ("x",)}, request.state)
    assert code(holder.check(request, answer)) == "oid4vp.answer"


def test_each_claim_that_was_asked_for_must_be_there(holder: EveryHolder) -> None:
    """A wallet that shows less than was asked for, rightly signed."""
    less = query("mso_mdoc", claims=[{"path": [MDL, "family_name"]}])
    request = asked(query("mso_mdoc"))
    answer = holder.answer(replace(request, query=less))
    assert code(holder.check(request, answer)) == "oid4vp.answer"


@pytest.mark.parametrize(
    ("element", "value", "fits"),
    [
        ("height", 171, True),
        ("height", "171", False),
        ("sex", 2, True),
        ("sex", True, False),
        ("age_over_18", True, True),
        ("age_over_18", 1, False),
        ("age_over_18", "true", False),
        ("birth_date", "1990-02-28", True),
    ],
)
def test_values_are_compared_with_their_type(
    holder: EveryHolder, element: str, value: Any, fits: bool
) -> None:
    claims = [{"path": [MDL, element], "values": [value]}]
    request = asked(query("mso_mdoc", claims=claims))
    anything = query("mso_mdoc", claims=[{"path": [MDL, element]}])
    answer = holder.answer(replace(request, query=anything))
    found = holder.check(request, answer)
    assert isinstance(found, AcceptedAnswer) == fits
    held = [presenting.held(holder.holdings["mdl"], CONTEXTS)]
    assert match(request.query, held).satisfiable == fits


class TestTrustedAuthorities:
    """`aki`: the key identifier of whoever issued the certificate by which the issuer is known."""

    def authority(self, holder: EveryHolder) -> str:
        return base64url.encode(Authority.load(holder.mdocs.root).key_identifier)

    def test_the_one_asked_for(self, holder: EveryHolder) -> None:
        trusted = [{"type": "aki", "values": ["AAAA", self.authority(holder)]}]
        request = asked(query("mso_mdoc", trusted_authorities=trusted))
        assert isinstance(holder.check(request, holder.answer(request)), AcceptedAnswer)

    @pytest.mark.parametrize(
        "trusted",
        [
            {"type": "aki", "values": ["AAAA"]},
            {"type": "etsi_tl", "values": ["https://lotl.example"]},
            {"type": "openid_federation", "values": ["https://federation.example"]},
        ],
        ids=["another's", "a list", "a federation"],
    )
    def test_another_is_neither_offered_nor_accepted(
        self, holder: EveryHolder, trusted: dict[str, Any]
    ) -> None:
        wanted = query("mso_mdoc", trusted_authorities=[trusted])
        held = [presenting.held(one, CONTEXTS) for one in holder.holdings.values()]
        assert not match(wanted, held).satisfiable
        request = asked(wanted)
        answer = holder.answer(replace(request, query=query("mso_mdoc")))
        assert code(holder.check(request, answer)) == "oid4vp.answer"

    def test_a_certificate_that_names_it_and_is_not_its_is_refused(self, holder: EveryHolder) -> None:
        """The identifier is copied into a root of the thief's own making, and the signer is under that."""
        thief = EveryHolder()
        root = thief.mdocs.authority(thief.mdocs.other_ref)
        certificate = thief.mdocs.signer(root, thief.mdocs.other_ref)
        thief.mdocs.certificate = certificate
        mdl = thief.holdings["mdl"]
        thief.holdings["mdl"] = replace(mdl, raw=thief.mdocs.credential())
        ((_, named),) = x5c.authorities((certificate,))
        request = asked(query("mso_mdoc", trusted_authorities=[{"type": "aki", "values": [named]}]))
        assert code(holder.check(request, thief.answer(request))) == "issuer.unknown"

    def test_what_has_no_certificates_has_no_such_authority(self, holder: EveryHolder) -> None:
        trusted = [{"type": "aki", "values": [self.authority(holder)]}]
        held = [presenting.held(one, CONTEXTS) for one in holder.holdings.values()]
        assert not match(query("ldp_vc", trusted_authorities=trusted), held).satisfiable

    def test_a_chain_that_nobody_checked_names_nobody(self) -> None:
        """Where anybody may be the issuer its certificates are not looked at: they are no authority."""
        thief = EveryHolder(jwt_x5c=True)
        ((_, named),) = x5c.authorities(thief.chain)
        trusted = [{"type": "aki", "values": [named]}]
        request = asked(query("jwt_vc_json", trusted_authorities=trusted))
        rules = replace(thief.policy.rules, accredited=Accredited.UNSAFE_ANYBODY_MAY_BE_THE_ISSUER)
        found = thief.check(request, thief.answer(request), policy=replace(thief.policy, rules=rules))
        assert code(found) == "oid4vp.answer"

    def test_an_accredited_issuer_that_names_anothers_authority(self) -> None:
        """Its certificates are its own to make; whom they name is held against who signed them."""
        holder = EveryHolder()
        world = holder.world
        authority: Any = x509.load_der_x509_certificate(world.x5c[1]).public_key()
        own, anothers = x509.SubjectKeyIdentifier.from_public_key(authority).digest, b"of another's key"

        def shown(named: bytes) -> Answer:
            chain = chain_of(world.keys.public(world.issuer_ref).to_spki(), named=named)
            holder.holdings["id"] = replace(holder.holdings["id"], raw=world.credential(x5c=chain))
            trusted = [{"type": "aki", "values": [base64url.encode(named)]}]
            request = asked(query("dc+sd-jwt", trusted_authorities=trusted))
            return holder.check(request, holder.answer(request))

        assert isinstance(shown(own), AcceptedAnswer)
        assert code(shown(anothers)) == "oid4vp.answer"

    def test_what_is_no_certificate_names_nobody(self) -> None:
        assert x5c.authorities((b"", b"\x30\x00", b"text")) == frozenset()

    def test_an_sd_jwt_vc_by_its_chain(self, holder: EveryHolder) -> None:
        """The test world's leaf has no authority key identifier: its chain names nobody."""
        assert x5c.authorities(holder.world.x5c) == frozenset()


class TestBothFormsOfJwt:
    """`jwt_vc_json` is the JWT of VC Data Model 1.1; what was issued in the envelope of 2.0 is shown on."""

    @pytest.fixture
    def holder(self) -> EveryHolder:
        """One by themselves: what they hold is changed."""
        return EveryHolder()

    @pytest.mark.parametrize(("old", "typ", "member"), [(False, "JWT", "vp"), (True, "vp+jwt", "holder")])
    def test_each_is_shown_as_its_own_kind(
        self, holder: EveryHolder, old: bool, typ: str, member: str
    ) -> None:
        if old:
            holder.enveloped()
        request = asked(query("jwt_vc_json"))
        answer = holder.answer(request)
        (shown,) = answer.vp_token["jwt"]
        assert isinstance(shown, str)
        header, payload = (strict_json.loads(base64url.decode(part)) for part in shown.split(".")[:2])
        assert isinstance(header, dict)
        assert isinstance(payload, dict)
        assert header["typ"] == typ
        assert member in payload
        found = holder.check(request, answer)
        assert isinstance(found, AcceptedAnswer), code(found)
        assert found.credentials["jwt"][0].claims.reveal() == {"ageOver18": True}

    @pytest.mark.parametrize("old", [False, True])
    def test_each_alone_answers_who_asks_for_no_proof(self, holder: EveryHolder, old: bool) -> None:
        if old:
            holder.enveloped()
        for bound in (False, True):
            request = asked(query("jwt_vc_json", require_cryptographic_holder_binding=bound))
            raw = holder.holdings["jwt"].raw.decode()
            answer = AuthorizationResponse({"jwt": (raw,)}, request.state)
            assert isinstance(holder.check(request, answer), RefusedAnswer if bound else AcceptedAnswer)

    @pytest.mark.parametrize("old", [False, True])
    def test_a_query_sees_the_root_of_the_credential(self, holder: EveryHolder, old: bool) -> None:
        """OpenID4VP B.1.2: whatever the claims of the JWT beside it are."""
        if old:
            holder.enveloped()
        tree = presenting.held(holder.holdings["jwt"], CONTEXTS).tree
        did = did_key.create(holder.holdings["jwt"].key)
        assert tree["issuer"] == holder.world.issuer.did
        assert tree["credentialSubject"] == {"id": did, "ageOver18": True}
        assert not {"iss", "sub", "vc", "status"} & set(tree)


class TestUnbound:
    """`require_cryptographic_holder_binding` false: whoever has a copy may show it (6.1, 5.3)."""

    def bare(self, holder: EveryHolder, form: str) -> Any:
        raw = {"dc+sd-jwt": "id", "ldp_vc": "age", "jwt_vc_json": "jwt"}[form]
        held = holder.holdings[raw].raw
        return strict_json.loads(held) if form == "ldp_vc" else held.decode()

    @pytest.mark.parametrize("form", ["dc+sd-jwt", "jwt_vc_json", "ldp_vc"])
    def test_a_bare_credential_answers_only_who_said_so(self, holder: EveryHolder, form: str) -> None:
        name = QUERIES[form]["id"]
        for bound in (False, True):
            request = asked(query(form, require_cryptographic_holder_binding=bound))
            answer = AuthorizationResponse({name: (self.bare(holder, form),)}, request.state)
            assert isinstance(holder.check(request, answer), RefusedAnswer if bound else AcceptedAnswer)

    @pytest.mark.parametrize("form", FORMS)
    def test_who_proves_all_the_same_is_held_to_it(self, holder: EveryHolder, form: str) -> None:
        request = asked(query(form, require_cryptographic_holder_binding=False))
        assert isinstance(holder.check(request, holder.answer(request)), AcceptedAnswer)
        stolen = holder.answer(replace(request, nonce="another"))
        assert isinstance(holder.check(request, stolen), RefusedAnswer)

    def test_another_type_is_refused(self, holder: EveryHolder) -> None:
        wanted = query(
            "dc+sd-jwt", meta={"vct_values": ["urn:other"]}, require_cryptographic_holder_binding=False
        )
        request = asked(wanted)
        answer = AuthorizationResponse({"sd": (self.bare(holder, "dc+sd-jwt"),)}, request.state)
        assert code(holder.check(request, answer)) == "policy.type"


class TestChoices:
    """Everything that a person may choose between."""

    def test_every_claim_set_of_every_credential(self, holder: EveryHolder) -> None:
        claims = [
            {"id": "date", "path": [MDL, "birth_date"], "intent_to_retain": True},
            {"id": "over", "path": [MDL, "age_over_18"]},
            {"id": "under", "path": [MDL, "age_over_21"]},
        ]
        sets = [["under"], ["over"], ["date"]]
        wanted = query("mso_mdoc", claims=claims, claim_sets=sets)
        one = presenting.held(holder.holdings["mdl"], CONTEXTS)
        choices = match(wanted, [one, replace(one, id="second")])
        found = [(each.claim_set, each.held_id, each.disclose) for each in choices.candidates["mdl"]]
        over, date = ((MDL, "age_over_18"),), ((MDL, "birth_date"),)
        assert found == [(1, "mdl", over), (1, "second", over), (2, "mdl", date), (2, "second", date)]
        assert [each.retained for each in choices.candidates["mdl"]] == [(), (), date, date]
        assert choices.preferred()["mdl"][0].claim_set == 1
        for candidate in choices.candidates["mdl"]:
            choices.check({"mdl": (candidate,)})

    def test_what_a_person_picks_is_what_is_shown(self, holder: EveryHolder) -> None:
        claims = [{"id": name, "path": [MDL, name]} for name in ("age_over_18", "birth_date")]
        wanted = query("mso_mdoc", claims=claims, claim_sets=[["age_over_18"], ["birth_date"]])
        request = asked(wanted)
        held = [presenting.held(holder.holdings["mdl"], CONTEXTS)]
        _, second = match(wanted, held).candidates["mdl"]
        found = holder.check(request, holder.answer(request, picks={"mdl": (second,)}))
        assert isinstance(found, AcceptedAnswer)
        assert found.credentials["mdl"][0].claims.reveal() == {MDL: {"birth_date": "1990-02-28"}}

    def test_one_credential_is_not_shown_twice(self, holder: EveryHolder) -> None:
        claims = [{"id": name, "path": [MDL, name]} for name in ("age_over_18", "birth_date")]
        wanted = query("mso_mdoc", claims=claims, claim_sets=[["age_over_18"], ["birth_date"]], multiple=True)
        choices = match(wanted, [presenting.held(holder.holdings["mdl"], CONTEXTS)])
        with refused("oid4vp.answer", kind=RemoteError):
            choices.check({"mdl": choices.candidates["mdl"]})

    def test_several_may_answer_where_several_are_wanted(self, holder: EveryHolder) -> None:
        wanted = query("mso_mdoc", multiple=True)
        request = asked(wanted)
        holder.holdings["mdl2"] = replace(holder.holdings["mdl"], id="mdl")
        held = [presenting.held(holder.holdings["mdl"], CONTEXTS)]
        (candidate,) = match(wanted, held).candidates["mdl"]
        picks: Picks = {"mdl": (candidate, replace(candidate, held_id="mdl2"))}
        found = holder.check(request, holder.answer(request, picks=picks))
        del holder.holdings["mdl2"]
        assert isinstance(found, AcceptedAnswer)
        assert len(found.credentials["mdl"]) == 2

    def test_a_credential_without_a_holder_answers_only_who_wants_none(self, holder: EveryHolder) -> None:
        held = replace(presenting.held(holder.holdings["mdl"], CONTEXTS), bound=False)
        assert not match(query("mso_mdoc"), [held]).satisfiable
        assert match(query("mso_mdoc", require_cryptographic_holder_binding=False), [held]).satisfiable


def test_a_document_of_a_named_authority_needs_no_schema_of_ours(holder: EveryHolder) -> None:
    """A root that the policy holds, and names for a type that no schema of the network's is about."""
    root = Authority.load(holder.mdocs.root)
    policy = holder.policy
    lists = frozenset({holder.mdocs.status.list_url}) if holder.mdocs.status else frozenset[str]()
    ages = {NeedKind.DID: DAY, NeedKind.STATUS: DAY}
    named = NamedIssuer(frozenset({MDL_DOCTYPE}), lists, ages)
    schemas = {uri: digest for uri, digest in policy.schemas.items() if uri != MDL_DOCTYPE}
    rules = replace(policy.rules, authorities={root: ""}, by_name={root.name: named})
    by_name = replace(policy, schemas=schemas, rules=rules)
    request = asked(query("mso_mdoc"))
    found = holder.check(request, holder.answer(request), policy=by_name)
    # The list is the authority's own, and is not at hand: all else passed.
    assert code(found) == "status.unavailable"
    nobody = replace(policy, schemas=schemas, rules=replace(rules, by_name={}))
    assert code(holder.check(request, holder.answer(request), policy=nobody)) == "issuer.unknown"


@pytest.mark.parametrize("path", [["ns"], ["ns", "a", "b"], ["ns", 0], ["ns", None], [0, "a"]])
def test_a_path_into_an_mdoc_is_a_namespace_and_an_element(path: list[Any]) -> None:
    with refused("oid4vp.dcql", "/dcql_query/credentials/0/claims/0/path"):
        query("mso_mdoc", claims=[{"path": path}])


def test_intent_to_retain_is_of_mdocs_alone() -> None:
    claim = {"path": ["credentialSubject", "ageOver18"], "intent_to_retain": True}
    assert "intent_to_retain" not in str(query("jwt_vc_json", claims=[claim]).to_wire())
    assert query("mso_mdoc").to_wire()["credentials"] == [QUERIES["mso_mdoc"]]


def test_nothing_is_held_for_a_moment_that_is_over(holder: EveryHolder) -> None:
    assert holder.mdocs.validity.valid_until > NOW
    assert AGE_TYPE in holder.policy.types
