"""DID resolution: questions, the table of methods, and every way in which one is not answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from clicid.adapters.did_records import NoChain, SourceDocuments
from clicid.codec import instant
from clicid.did import jwk, resolution
from clicid.did import key as did_key
from clicid.did.ethr import EthrDid
from clicid.did.resolution import METHODS, Question, Records, Resolved
from clicid.errors import Refused, Undecided
from clicid.formats.base import Material, Need, NeedKind, Unavailable
from tests.support import webvh
from tests.support.refusals import refused
from tests.support.resolving import DID, Followed
from tests.support.world import NOW, World

WORLD = World()
KEY = WORLD.keys.public(WORLD.ed_ref)
AS_OF = instant.format_stamp(NOW - timedelta(minutes=1))
"""When the world's materials were true."""


class Shelf:
    """One document of a web server."""

    def __init__(self, body: bytes | None = None) -> None:
        self.body = body

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        assert need.kind is NeedKind.DID
        return Unavailable(now, "nobody answers") if self.body is None else WORLD.material(self.body)

    def get_at_once(self, need: Need, now: datetime) -> Material | Unavailable:
        return self.get(need, now)


def records(body: bytes | None = None) -> Records:
    return Records(SourceDocuments(Shelf(body), lambda: NOW), NoChain("no chain is followed here"))


@pytest.mark.parametrize(
    "did",
    [did_key.create(KEY), jwk.create(KEY), f"did:peer:2.V{KEY.to_multikey()}"],
    ids=["key", "jwk", "peer"],
)
def test_a_did_that_is_its_document(did: str) -> None:
    found = resolution.resolve(Question.parse(did), records(), NOW)
    assert (found.document or {})["id"] == did
    assert (found.metadata, found.about, found.deactivated) == ({}, {}, False)


def test_a_did_of_a_web_server_is_given_as_it_was_found() -> None:
    did = "did:web:issuer.example"
    text = json.dumps(did_key.document(did_key.create(KEY)).to_json()).replace(did_key.create(KEY), did)
    body = json.loads(text) | {"service": [{"id": "#a", "type": "A", "serviceEndpoint": "https://a.example"}]}
    found = resolution.resolve(Question.parse(did), records(json.dumps(body).encode()), NOW)
    assert (found.document, found.metadata) == (body, {})
    assert found.about == {"source": "chain 1 block 100", "asOf": AS_OF}
    with refused("did.unavailable", kind=Undecided):
        resolution.resolve(Question.parse(did), records(), NOW)
    with refused("did.document"):
        resolution.resolve(Question.parse(did), records(b'{"id": "did:web:other.example"}'), NOW)
    with refused("did.method"):
        resolution.resolve(Question.parse("did:web:127.0.0.1"), records(), NOW)


def test_a_did_whose_log_lies_on_a_web_server() -> None:
    issuer = webvh.Controller().create()
    first = issuer.version_id
    issuer.update(issuer.state("a", "b", did=issuer.did))
    body = issuer.files.to_bytes()

    def resolve(query: str = "") -> Resolved:
        return resolution.resolve(Question.parse(issuer.did + query), records(body), webvh.NOW)

    def keys(found: Resolved) -> int:
        return len((found.document or {})["verificationMethod"])  # type: ignore[arg-type]

    assert (keys(resolve()), resolve().metadata["versionNumber"]) == (2, 2)
    assert resolve().about["asOf"] == AS_OF
    older, newer = resolve("?versionNumber=1").metadata, resolve().metadata
    assert (older["nextVersionId"], older["nextUpdate"]) == (newer["versionId"], newer["versionTime"])
    assert not {"nextVersionId", "nextUpdate"} & newer.keys()
    for query in (f"?versionId={first}", "?versionNumber=1", "?versionTime=2026-01-01T12:00:00Z"):
        assert keys(resolve(query)) == 1
    with refused("did.version_unknown"):
        resolve("?versionNumber=3")
    with refused("did.document"):
        resolution.resolve(Question.parse(issuer.did), records(b"{}"), webvh.NOW)
    issuer.update(deactivated=True)
    body = issuer.files.to_bytes()
    assert (resolve().document, resolve().deactivated) == (None, True)
    assert (keys(resolve("?versionNumber=2")), resolve("?versionNumber=2").deactivated) == (2, True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no did", "did.syntax"),
        (f"{DID}/path", "did.option_unknown"),
        (f"{DID}#controller", "did.option_unknown"),
        (f"{DID}?service=hub", "did.option_unknown"),
        (f"{DID}?versionid=1", "did.option_unknown"),
        (f"{DID}?versionId=1&versionTime=2020-01-01T00:00:00Z", "did.option"),
        (f"{DID}?versionId=1&versionId=1", "did.option"),
        (f"{DID}?" + "&".join(["versionId=1"] * 9), "did.option"),
        (f"{DID}?versionTime=yesterday", "did.option"),
        (f"{DID}?versionTime=2020-01-01T00:00:00", "did.option"),
    ],
)
def test_questions_that_are_none(text: str, code: str) -> None:
    with refused(code):
        Question.parse(text)


def test_parameters_may_be_escaped_and_options_stand_beside() -> None:
    time = datetime(2020, 1, 1, tzinfo=UTC)
    assert Question.parse(f"{DID}?version%54ime=2020-01-01T00%3A00:00Z").version_time == time
    assert Question.parse(DID, [("versionTime", "2020-01-01T01:00:00+01:00")]).version_time == time
    assert Question.parse(f"{DID}?versionId=7").version_id == "7"
    assert Question.parse(f"{DID}?").latest
    with refused("did.option"):
        Question.parse(f"{DID}?versionId=7", [("versionId", "7")])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("did:example:org", "did.method"),
        ("did:key:z6MkNoKey", "keys.algorithm"),
        (f"{did_key.create(KEY)}?versionId=1", "did.option_unknown"),
        ("did:web:issuer.example?versionTime=2020-01-01T00:00:00Z", "did.option_unknown"),
        ("did:ethr:mainnet:0x" + "11" * 20, "did.syntax"),
        ("did:ethr:0x1:0x" + "11" * 20, "did.unavailable"),
        (f"{DID}?versionId=x", "did.option"),
        (f"{DID}?versionId=01", "did.option"),
        (f"{DID}?versionId=", "did.option"),
        (f"{DID}?versionId=" + "9" * 16, "did.option"),
        (f"{DID}?versionId=2", "did.version_unknown"),
        (f"{DID}?versionNumber=1", "did.option_unknown"),
        (f"{DID}?versionNumber=one", "did.option"),
        (f"{DID}?versionTime=2199-01-01T00:00:00Z", "did.option"),
    ],
)
def test_what_is_not_resolved(text: str, code: str) -> None:
    followed = Followed()
    followed.mine()
    kind = Undecided if code in {"did.unavailable", "did.version_unknown"} else Refused
    with refused(code, kind=kind):
        followed.resolve(text)


def test_before_the_first_block_nothing_is_known() -> None:
    with refused("did.unavailable", kind=Undecided):
        Followed().resolve()
    with refused("did.unavailable", kind=Undecided):
        Followed().records.chain.block_times(1)


def test_nothing_of_a_chain_where_none_is_followed() -> None:
    with refused("did.unavailable", kind=Undecided):
        resolution.resolve(Question.parse(DID), records(), NOW)
    with refused("did.unavailable", kind=Undecided):
        records().chain.block_times(1)


def test_a_bundle_has_no_history_and_says_so() -> None:
    nothing = NoChain("a bundle")
    for ask in (
        lambda: nothing.history(EthrDid.parse(DID)),
        lambda: nothing.block_times(1),
    ):
        with pytest.raises(Undecided) as caught:
            ask()
        assert (caught.value.code, caught.value.detail) == ("did.unavailable", "a bundle")


def test_the_methods_are_a_table() -> None:
    assert {"key", "jwk", "peer", "web", "webvh", "ethr"} == METHODS.keys()
