"""What anyone may fetch: metadata, keys, schemas, contexts, status lists."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from hashlib import sha384
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from clicid.adapters import package_data
from clicid.codec import multicodec
from clicid.did.ethr import EthrRecord
from clicid.formats import vc_di
from clicid.formats.base import Material, Need, NeedKind
from clicid.keys.public import PublicKey
from clicid.keys.store import KeyRef
from clicid.ledger.facts import StatusSnapshot
from clicid.oid4vci.metadata import AuthorizationServerMetadata, CredentialIssuerMetadata
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity, jws
from clicid.status import bitstring, token_list
from clicid.verification import signed_bits, signed_lists
from clicid.verification.signed_lists import Agreement
from issuer.main import compose
from issuer.usecases import lists, publication
from tests.support import w3c
from tests.support.asking import CHECKERS
from tests.support.issuer_clients import Person
from tests.support.issuer_config import ADDRESS, DID, IDENTIFIER
from tests.support.world import attribute
from tests.unit.issuer.test_issuing import ALL, disclosed, payload, wallet_of

if TYPE_CHECKING:
    from clicid.status.rows import StatusList
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import ListRow
    from tests.support.issuer_world import World


def get(world: World, path: str) -> Any:
    answer = world.call("GET", path)
    assert answer.status_code == 200, answer.text
    return answer


def test_metadata_is_what_a_wallet_reads(still: World) -> None:
    raw = get(still, "/.well-known/openid-credential-issuer").content
    found = CredentialIssuerMetadata.parse(raw, issuer=IDENTIFIER)
    assert set(found.configurations) == set(ALL)
    assert found.nonce_endpoint == f"{IDENTIFIER}/oid4vci/nonce"
    assert found.configurations["ClicAge_ldp"].signing_algs == ("eddsa-rdfc-2022",)
    server = AuthorizationServerMetadata.parse(
        get(still, "/.well-known/oauth-authorization-server").content, issuer=IDENTIFIER
    )
    assert server.anonymous_access


def test_the_keys_of_sd_jwt_verify_what_is_issued(world: World) -> None:
    keys = get(world, "/.well-known/jwt-vc-issuer").json()
    assert keys["issuer"] == IDENTIFIER
    key = PublicKey.from_jwk(keys["jwks"]["keys"][0])
    sd_jwt = wallet_of(Person(world).approved()).credential(ALL[0]).json()["credentials"][0]["credential"]
    jws.verify(jws.parse(sd_jwt.split("~")[0], typ="dc+sd-jwt"), key)


@pytest.mark.parametrize("name", ["identity", "age"])
def test_schemas_stand_for_ever_and_for_every_origin(still: World, name: str) -> None:
    for part in ("schema.json", "type-metadata.json", "credential-schema.json"):
        answer = get(still, f"/schemas/{name}/v1/{part}")
        assert answer.content == package_data.schema(f"published/{name}/v1/{part}")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["access-control-allow-origin"] == "*"
    assert get(still, f"/schemas/{name}/v1").json()["vct"].endswith(f"/{name}/v1")


def test_an_sd_jwt_names_its_type_metadata_by_digest(world: World) -> None:
    wallet = wallet_of(Person(world).approved())
    for name, kind in zip(ALL[:2], ("identity", "age"), strict=True):
        claims = payload(wallet.credential(name).json()["credentials"][0]["credential"])
        served = get(world, f"/schemas/{kind}/v1").content
        assert claims["vct#integrity"] == "sha384-" + b64encode(sha384(served).digest()).decode()


def test_contexts_are_served_as_they_are_pinned(still: World) -> None:
    for name in ("age", "identity"):
        answer = get(still, f"/schemas/contexts/{name}/v1")
        assert answer.content == package_data.schema(f"contexts/clicid-{name}-v1.jsonld")
        assert answer.headers["content-type"] == "application/ld+json"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path",
    [
        "/schemas/../pyproject.toml",
        "/schemas/identity/v9",
        "/.well-known/secrets",
        "/status/z",
        "/status/a/x",
    ],
)
def test_what_is_not_there_is_not_found(still: World, path: str) -> None:
    answer = still.call("GET", path)
    assert (answer.status_code, answer.json()["code"]) == (404, "http.not_found")


def test_issued_claims_keep_their_schema(world: World) -> None:
    wallet = wallet_of(Person(world).approved())
    for name, kind in zip(ALL[:2], ("identity", "age"), strict=True):
        sd_jwt = wallet.credential(name).json()["credentials"][0]["credential"]
        schema = json.loads(package_data.schema(f"published/{kind}/v1/schema.json"))
        top = set(schema["properties"])
        claims = {key: value for key, value in disclosed(sd_jwt).items() if key in top}
        claims |= {key: value for key, value in payload(sd_jwt).items() if key in top}
        if kind == "identity":
            for nested, members in (("document", 4), ("evidence", 3), ("personal_identity_number", 3)):
                claims[nested] = _whole(sd_jwt, nested)
                assert len(claims[nested]) == members
        jsonschema.validate(claims, schema, cls=jsonschema.Draft202012Validator)


def _whole(sd_jwt: str, name: str) -> dict[str, Any]:
    members = {
        "document": ("type", "number", "issuing_state", "expiry_date"),
        "evidence": ("methods", "engines", "day"),
        "personal_identity_number": ("value", "kind", "country"),
    }
    found = disclosed(sd_jwt)
    return {member: found[member] for member in members[name]}


def test_a_status_list_token_verifies_and_is_cached(world: World) -> None:
    answer = get(world, "/status/a")
    assert answer.headers["content-type"] == "application/statuslist+jwt"
    assert answer.headers["cache-control"] == "public, max-age=300"
    key = PublicKey.from_jwk(get(world, "/.well-known/jwt-vc-issuer").json()["jwks"]["keys"][0])
    body = json.loads(jws.verify(jws.parse(answer.content, typ="statuslist+jwt"), key))
    found = token_list.StatusListToken.parse(body)
    assert found.sub == f"{IDENTIFIER}/status/a"
    assert (found.ttl, len(found.status_list)) == (300, 131_072)
    etag = answer.headers["etag"]
    again = world.call("GET", "/status/a", headers={"if-none-match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    world.clock.forward(hours=13)
    assert get(world, "/status/a").headers["etag"] != etag


@pytest.mark.parametrize("form", ["", "/revocation", "/suspension"])
def test_a_list_signed_by_a_clock_that_was_ahead_is_signed_anew_when_it_is_set_right(
    world: World, form: str
) -> None:
    """Nobody takes a list from the future: it would have been served until that had come."""
    world.clock.forward(days=30)
    ahead = get(world, f"/status/a{form}").headers["etag"]
    world.clock.forward(seconds=-5)
    assert get(world, f"/status/a{form}").headers["etag"] == ahead, (
        "whoever has that would not take an older one"
    )
    world.clock.forward(days=-30)
    right = get(world, f"/status/a{form}").headers["etag"]
    assert right != ahead
    assert get(world, f"/status/a{form}").headers["etag"] == right


def test_who_asks_again_and_again_has_a_list_built_once_for_each_change(
    still: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack: anyone may ask, and building a list with many revocations takes most of a second."""
    built: list[str] = []

    def slowly(tx: Transaction, row: ListRow) -> StatusList:
        built.append(row.url)
        time.sleep(0.05)
        return publication.published_list(tx, row)

    monkeypatch.setattr(lists, "published_list", slowly)
    url = f"{IDENTIFIER}/status/a"
    serve = partial(still.application.services.lists.serve, url, lists.JWT)
    with ThreadPoolExecutor(16) as crowd:
        before = {one.etag for one in crowd.map(lambda _: serve(), range(64))}
        assert (len(before), built) == (1, [url])
        with still.ground.env.store.writing() as tx:
            (list_id,) = (row.id for row in tx.statuses.lists() if row.url == url)
            tx.statuses.use_up(list_id, 7, 1)
        after = {one.etag for one in crowd.map(lambda _: serve(), range(64))}
    assert (len(after), built) == (1, [url, url])
    assert after != before


def test_of_two_processes_lists_the_one_that_lacks_a_revocation_is_the_older(
    still: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other way round whoever has fetched both has proof that the issuer shows different lists."""
    url, store = f"{IDENTIFIER}/status/a", still.ground.env.store
    first = still.application.services.lists
    second = compose(still.ground, engines=still.engines, chain=still.chain).services.lists
    told: list[bytes] = []

    def slowly(tx: Transaction, row: ListRow) -> StatusList:
        monkeypatch.undo()
        found = publication.published_list(tx, row)
        still.clock.forward(seconds=1)
        with store.writing() as other:
            other.statuses.use_up(row.id, 7, 1)
        told.append(second.serve(url, lists.JWT).body)
        still.clock.forward(seconds=1)
        return found

    monkeypatch.setattr(lists, "published_list", slowly)
    without = _claims(first.serve(url, lists.JWT).body)
    after = _claims(told[0])
    assert (without.status_list[7], after.status_list[7]) == (0, 1)
    assert without.iat < after.iat
    assert _claims(first.serve(url, lists.JWT).body).status_list[7] == 1, "the other's change is seen"


def _claims(token: bytes) -> token_list.StatusListToken:
    return token_list.StatusListToken.parse(
        json.loads(jws.parse(token, typ=token_list.TYP).unverified_payload)
    )


@pytest.mark.parametrize("purpose", bitstring.PURPOSES)
def test_bitstring_credentials_verify(world: World, purpose: str) -> None:
    answer = get(world, f"/status/a/{purpose}")
    assert answer.headers["content-type"] == "application/vc"
    contexts = package_data.contexts()
    key = world.ground.keystore.public(world.ground.keystore.find("data-integrity"))  # type: ignore[arg-type]
    data_integrity.verify(data_integrity.parse(answer.json(), contexts, profile=Profile.CLOSED), [key])
    vc_di.parse_credential(answer.content, contexts)
    found = bitstring.parse(answer.json()["credentialSubject"], answer.json()["id"])
    assert (found.list_.purposes, len(found.list_)) == ((purpose,), 131_072)
    assert (found.id, found.ttl) == (f"{IDENTIFIER}/status/a/{purpose}", timedelta(seconds=300))


@pytest.mark.parametrize("purpose", bitstring.PURPOSES)
def test_a_status_list_credential_is_read_as_a_form_of_what_is_anchored(still: World, purpose: str) -> None:
    """As a verifier that watches over lists reads it; it has what a chain of before has, or more."""
    url, now = f"{IDENTIFIER}/status/a", still.clock.time
    answer = get(still, f"/status/a/{purpose}")
    found = Material(answer.content, now, now, "", answer.headers["content-type"])
    key = still.ground.keystore.public(KeyRef("data-integrity"))
    value = multicodec.encode(key.algorithm.multicodec, key.raw)
    record = EthrRecord(DID, ADDRESS)
    record = attribute(record, value, valid_to=now + timedelta(days=9), at=now - timedelta(days=9))
    have = {Need(NeedKind.DID, DID): Material(record.to_bytes(), now, now, "chain")}
    said = signed_bits.word(found, url, purpose, DID, have, rules=w3c.RULES, checkers=CHECKERS, now=now)
    signed_at = signed_bits.signed_at(answer.content)
    assert (said.at, signed_at <= now) == (int(signed_at.timestamp()), True)
    anchored = StatusSnapshot(bytes(32), 1, 2, 131_072, bytes(32_768))
    held = signed_bits.anchored(anchored, purpose, signed_at)
    assert held is not None
    assert signed_lists.compared(said, held) in (Agreement.SAME, Agreement.AHEAD)


def test_the_first_page_lists_every_route(still: World) -> None:
    page = get(still, "/").text
    for path in still.application.public.openapi()["paths"]:
        assert path in page
    assert "<script" not in page


def test_answers_are_not_sniffed(still: World) -> None:
    answer = still.call("GET", "/nowhere")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["code"] == "http.not_found"
    assert still.call("PUT", "/block").json()["code"] == "http.method"


def test_the_levels_are_published_as_the_operators_claim(still: World) -> None:
    low, substantial = still.call("GET", "/levels").json()["levels"]
    assert (low["eidas"], low["evidence"]) == ("low", ["document"])
    assert (substantial["eidas"], substantial["evidence"]) == ("substantial", ["document", "face"])
    assert low["claim"] == "claimed by the operator's configuration, not certified"
