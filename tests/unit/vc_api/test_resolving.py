"""DID resolution: what is in the identifier, what is known, and every way in which it fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from clicid.did import ethr, jwk
from clicid.did import key as did_key
from clicid.did.ethr import EthrRecord
from clicid.errors import ClicidError, Refused, Undecided
from clicid.formats.base import Material, Need, NeedKind, Unavailable
from clicid.vc_api import resolving
from tests.support.world import DID, NOW, World

if TYPE_CHECKING:
    from collections.abc import Callable

WORLD = World()
KEY = WORLD.keys.public(WORLD.ed_ref)


@pytest.mark.parametrize("create", [did_key.create, jwk.create])
def test_a_did_that_is_its_key(create: Callable[..., str]) -> None:
    did = create(KEY)
    assert resolving.need_of(did) is None
    found = resolving.resolved(resolving.document(did, None, NOW))
    assert found.status == 200
    assert found.body["didDocument"]["id"] == did  # type: ignore[index, call-overload]
    assert found.body["didDocumentMetadata"] == {}


def test_a_did_of_the_chain() -> None:
    assert resolving.need_of(DID) == Need(NeedKind.DID, DID)
    document = resolving.document(DID, WORLD.material(WORLD.record.to_bytes()), NOW)
    assert document.id == DID
    assert len(document.methods) == 2


def test_one_that_is_deactivated_has_no_keys() -> None:
    record = WORLD.record.with_owner(ethr.NULL_ADDRESS)
    found = resolving.resolved(resolving.document(DID, WORLD.material(record.to_bytes()), NOW))
    assert found.status == 410
    assert found.body["didDocumentMetadata"] == {"deactivated": True}


@pytest.mark.parametrize(
    ("did", "code", "name", "status"),
    [
        ("did:example:org", "did.method", "METHOD_NOT_SUPPORTED", 501),
        ("no did", "did.syntax", "INVALID_DID", 400),
        ("did:key:z6MkNoKey", "codec.multicodec", "INVALID_DID", 400),
    ],
)
def test_one_that_cannot_be_resolved(did: str, code: str, name: str, status: int) -> None:
    with pytest.raises(Refused) as error:
        resolving.document(did, None, NOW) if resolving.need_of(did) is None else None
    found = resolving.unresolved(error.value)
    problem = found.body["didResolutionMetadata"]["error"]  # type: ignore[index, call-overload]
    assert found.status == status
    assert found.body["didDocument"] is None
    assert problem["type"] == f"https://www.w3.org/ns/did#{name}"  # type: ignore[index, call-overload]
    assert isinstance(error.value, ClicidError)
    assert problem["code"] == error.value.code  # type: ignore[index, call-overload]
    if code != "codec.multicodec":
        assert error.value.code == code


@pytest.mark.parametrize(
    "material",
    [
        None,
        Unavailable(NOW, "no chain"),
        WORLD.material(EthrRecord("did:ethr:0x1:0x" + "11" * 20, b"\x11" * 20).to_bytes()),
    ],
)
def test_what_is_not_known_is_undecided(material: Material | Unavailable | None) -> None:
    with pytest.raises(Undecided) as error:
        resolving.document(DID, material, NOW)
    assert resolving.unresolved(error.value).status == 404


def test_a_did_of_a_web_server() -> None:
    did = "did:web:issuer.example"
    assert resolving.need_of(did) == Need(NeedKind.DID, did)
    body = json.dumps(did_key.document(did_key.create(KEY)).to_json()).replace(did_key.create(KEY), did)
    document = resolving.document(did, WORLD.material(body.encode()), NOW)
    assert (document.id, len(document.methods)) == (did, 1)
    with pytest.raises(Refused) as error:
        resolving.need_of("did:web:127.0.0.1")
    assert error.value.code == "did.method"
