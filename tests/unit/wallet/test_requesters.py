"""Whom a wallet knows that asks, as whoever set it up has written it down."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from clicid.errors import ClicidError
from clicid.trust.anchors import Anchor
from tests.support.requests import ADDRESS, ATTESTER, CHAIN, CLIENT, ISSUER, REGISTERED, ROOT_DER
from wallet import requesters

KEY = {**REGISTERED.key.to_jwk(), "kid": "1"}
WRITTEN: dict[str, Any] = {
    "roots": [{"name": "Root", "certificate": base64.b64encode(ROOT_DER).decode()}],
    "attesters": [{"name": "Attester", "issuer": ISSUER, "keys": [ATTESTER.key.to_jwk()]}],
    "clients": [{"name": "Shop", "client_id": CLIENT, "keys": [KEY], "response_uris": [ADDRESS]}],
}


def test_what_is_written_down_is_known() -> None:
    found = requesters.parse(WRITTEN)
    assert found.roots == {Anchor.load(ROOT_DER): "Root"}
    assert found.attesters[ISSUER].keys == {"": ATTESTER.key}
    client = found.clients[CLIENT]
    assert (client.name, client.keys, client.response_uris) == (
        "Shop",
        {"1": REGISTERED.key},
        frozenset({ADDRESS}),
    )
    nobody = requesters.parse({})
    assert (nobody.roots, nobody.attesters, nobody.clients) == ({}, {}, {})


def changed(kind: str, **members: Any) -> dict[str, Any]:
    row = {**WRITTEN[kind][0], **members}
    return {kind: [{name: value for name, value in row.items() if value is not None}]}


@pytest.mark.parametrize(
    "written",
    [
        [],
        {"other": []},
        {"roots": [1]},
        changed("roots", certificate="!"),
        changed("roots", certificate="AAAA"),
        changed("roots", certificate=base64.b64encode(CHAIN[0]).decode()),
        changed("roots", name=None),
        changed("attesters", keys=[]),
        changed("attesters", keys=[{**KEY, "d": "AA"}]),
        changed("attesters", issuer=None),
        changed("clients", client_id="x509_san_dns:shop.example"),
        changed("clients", client_id=""),
        changed("clients", response_uris=[]),
        changed("clients", response_uris=["javascript:x"]),
        changed("clients", client_metadata={"jwks": 1}),
    ],
)
def test_what_is_written_wrongly_is_not_guessed_at(written: Any) -> None:
    with pytest.raises(ClicidError):
        requesters.parse(written)
