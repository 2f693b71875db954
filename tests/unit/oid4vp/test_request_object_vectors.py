"""Signed requests of every kind of asker against the vectors of `request_object.json`."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from clicid.errors import RemoteError
from clicid.keys.public import PublicKey
from clicid.oid4vp import request_object
from clicid.oid4vp.client_id import ClientId
from clicid.oid4vp.client_metadata import ClientMetadata
from clicid.oid4vp.request_object import Complaint, VerifiedRequest
from clicid.oid4vp.rules import OPENID4VP, Attester, Client, Requesters, Terms
from clicid.oid4vp.transaction_data import TYPES
from clicid.trust.anchors import Anchor
from tests.support.requests import FILE
from tests.support.world import NOW, World

FOUND = json.loads(FILE.read_text())
WORLD = FOUND["world"]


def _keys(jwks: dict[str, Any]) -> dict[str, PublicKey]:
    return {name: PublicKey.from_jwk(jwk) for name, jwk in jwks.items()}


REQUESTERS = Requesters(
    roots={Anchor.load(base64.b64decode(der)): name for der, name in WORLD["roots"].items()},
    attesters={
        issuer: Attester(one["name"], _keys(one["keys"])) for issuer, one in WORLD["attesters"].items()
    },
    clients={
        name: Client(
            one["name"],
            _keys(one["keys"]),
            frozenset(one["response_uris"]),
            ClientMetadata.parse(one["metadata"]),
        )
        for name, one in WORLD["clients"].items()
    },
)
TERMS = Terms(OPENID4VP, REQUESTERS, World().rules, TYPES)
STRICT = replace(TERMS, request=replace(OPENID4VP, known_roots=True))


def test_the_world_is_that_of_the_other_tests() -> None:
    assert (WORLD["now"], WORLD["leeway"]) == (NOW.timestamp(), World().rules.leeway.total_seconds())


@pytest.mark.parametrize("vector", FOUND["vectors"], ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    def verify() -> Any:
        return request_object.verify(
            vector["input"].encode(),
            client_id=ClientId.parse(vector["client_id"]),
            wallet_nonce=vector.get("wallet_nonce", ""),
            have={},
            terms=STRICT if vector.get("known_roots") else TERMS,
            now=NOW,
            origin=vector.get("origin", ""),
        )

    if "code" not in vector:
        verified = verify()
        assert isinstance(verified, VerifiedRequest)
        asker = verified.asker
        client_id = ClientId.parse(vector["client_id"])
        assert (asker.identifier, asker.vouched_by) == (client_id.rest, vector["vouched_by"])
        assert (asker.registered, asker.why) == (None, "registration.unknown")
        return
    if vector.get("told"):
        complaint = verify()
        assert isinstance(complaint, Complaint)
        fault = complaint.fault
        assert (complaint.response_uri, complaint.state) != ("", "")
    else:
        with pytest.raises(RemoteError) as caught:
            verify()
        fault = caught.value
    assert (fault.code, fault.wire) == (vector["code"], vector["answer"])
