"""What a type's publisher says of a credential that comes: checked, kept as its name, never in the way."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.adapters.fetch import Fetcher
from clicid.codec.web import JSON_TYPE, HttpAnswer
from clicid.errors import LocalError, Refused, Undecided
from clicid.formats import sd_jwt_vc
from clicid.formats.sd_jwt_vc import type_metadata
from tests.support.asking import Holder
from tests.support.refusals import refused
from tests.support.world import World
from tests.unit.wallet.test_hostile_peers import parts_for
from wallet.usecases.describing import Names, names

if TYPE_CHECKING:
    from clicid.codec.web import HttpRequest
    from wallet.usecases.parts import Parts

VCT, BASE = "https://types.example/membership", "https://types.example/base"


def document(vct: str = VCT, **members: Any) -> bytes:
    return json.dumps({"vct": vct} | members).encode()


def credential(vct: str = VCT, integrity: str = "") -> bytes:
    world = World()
    prepared = sd_jwt_vc.prepare_credential(
        world.issuer,
        {"name": "Öhrn", "level": "gold"},
        vct=vct,
        vct_integrity=integrity,
        holder=world.keys.public(world.holder_ref),
        validity=world.validity,
        status=world.status,
        always=frozenset({"level"}),
        random=world.random,
    )
    return world.signed(prepared, world.issuer_ref)


class Publisher:
    """Web servers with these files; what they were asked is kept."""

    def __init__(self, *documents: bytes, **how: Any) -> None:
        self.files = {json.loads(raw)["vct"]: raw for raw in documents}
        self.how = how
        self.asked: list[HttpRequest] = []

    def __call__(self, request: HttpRequest) -> HttpAnswer:
        self.asked.append(request)
        if "raises" in self.how:
            raise self.how["raises"]
        body = self.files.get(request.url)
        kind = self.how.get("kind", JSON_TYPE)
        return (
            HttpAnswer(404, kind, b"")
            if body is None
            else HttpAnswer(self.how.get("status", 200), kind, body)
        )


def wallet(publisher: Publisher) -> Parts:
    return parts_for(Holder(), {}, publisher)


def test_the_name_is_in_the_languages_of_the_publisher() -> None:
    display = [{"locale": "sv", "name": "Medlemskort"}, {"locale": "en", "name": "Membership"}]
    publisher = Publisher(document(extends=BASE), document(BASE, display=display))
    assert names(wallet(publisher), credential()).of_type == {"sv": "Medlemskort", "en": "Membership"}
    assert [one.url for one in publisher.asked] == [VCT, BASE]
    assert all(one.method == "GET" and one.max_bytes == type_metadata.MAX_BYTES for one in publisher.asked)


@pytest.mark.parametrize(
    "publisher",
    [
        Publisher(),
        Publisher(document(), status=500),
        Publisher(document(), status=302),
        Publisher(document(), kind="text/html"),
        Publisher(raises=Undecided("fetch.failed")),
        Publisher(raises=Refused("fetch.size")),
        Publisher(raises=LocalError("fetch.address")),
        Publisher(document(extends=BASE)),
    ],
)
def test_a_publisher_that_cannot_be_asked_keeps_nothing_back(publisher: Publisher) -> None:
    assert names(wallet(publisher), credential()) == Names()


def test_a_type_that_is_no_address_is_nobodys_to_describe() -> None:
    publisher = Publisher()
    assert names(wallet(publisher), credential("urn:eudi:pid:1")) == Names()
    assert publisher.asked == []


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ({"path": ["absent"], "mandatory": True}, "sd_jwt.type_claims"),
        ({"path": ["level"], "sd": "always"}, "sd_jwt.type_claims"),
        ({"path": ["name"], "sd": "never"}, "sd_jwt.type_claims"),
        ({"path": ["name"], "sd": "often"}, "sd_jwt.type_metadata"),
        ({"path": ["name"], "sd": "always", "mandatory": True}, ""),
    ],
)
def test_a_credential_is_held_to_its_type(claim: dict[str, Any], code: str) -> None:
    parts = wallet(Publisher(document(claims=[claim])))
    if not code:
        assert names(parts, credential()) == Names()
        return
    with refused(code):
        names(parts, credential())


def test_other_bytes_than_the_issuer_meant_are_refused() -> None:
    raw = document()
    meant = "sha384-" + base64.b64encode(hashlib.sha384(raw).digest()).decode()
    assert names(wallet(Publisher(raw)), credential(integrity=meant)) == Names()
    with refused("sd_jwt.type_metadata"):
        names(wallet(Publisher(raw + b" ")), credential(integrity=meant))


def test_of_the_networks_own_types_nobody_is_asked() -> None:
    known = package_data.type_metadata()
    assert (
        {json.loads(raw)["vct"] for raw in known.values()} == set(known) == set(package_data.schema_digests())
    )


@pytest.mark.parametrize(
    "vct",
    [
        "https://127.0.0.1/type",
        "https://[::1]/type",
        "https://10.0.0.1/type",
        "https://169.254.169.254/latest/meta-data",
        "http://types.example/type",
    ],
)
def test_no_type_makes_the_wallet_call_where_it_may_not(vct: str) -> None:
    fetcher = Fetcher()
    try:
        with pytest.raises((Refused, Undecided, LocalError)):
            fetcher.send(_request(vct))
        assert names(wallet(Publisher(raises=Refused("fetch.content"))), credential(vct)) == Names()
    finally:
        fetcher.close()


def _request(vct: str) -> Any:
    publisher = Publisher()
    names(wallet(publisher), credential(vct))
    (request,) = publisher.asked
    return request
