"""What wallets ask of their provider, and what it answers: nothing but our error comes out."""

from __future__ import annotations

from clicid.codec.web import HttpAnswer
from clicid.errors import ClicidError
from clicid.oid4vci import attesting
from clicid.oid4vci.attesting import Action, Attested, AttestingRequest
from tests.support import attesting as world
from tests.support.attesting import ALGS, INSTANCE, KEYS, MINUTE, THIEF
from tests.support.world import NOW

_PROVIDER = "https://provider.example"


def _signed() -> bytes:
    proof = attesting.prepare_key(KEYS.public(THIEF), alg="ES256", provider=_PROVIDER, challenge="c", now=NOW)
    request = AttestingRequest(Action.ATTEST_KEYS, keys=(world.sign(proof, THIEF),), nonce="n")
    prepared = request.prepare(KEYS.public(INSTANCE), alg="ES256", provider=_PROVIDER, challenge="c", now=NOW)
    return world.sign(prepared, INSTANCE).encode()


_GENUINE = _signed()
_ANSWERS = [
    b'{"attestation":"a.b.c","client_id":"c","expires_in":60}',
    b'{"challenge":"c"}',
    b'{"error":"invalid_key"}',
]

SEEDS = [_GENUINE, *_ANSWERS]


def target(data: bytes) -> None:
    for read in (_challenge, _refusal, Attested.parse):
        try:
            read(data)
        except ClicidError:
            continue
    try:
        attesting.verify(
            data,
            action=Action.ATTEST_KEYS,
            provider=_PROVIDER,
            algs=ALGS,
            now=NOW,
            max_age=MINUTE,
            leeway=MINUTE,
        )
    except ClicidError:
        return
    assert data == _GENUINE, "a request that nobody made"


def _challenge(data: bytes) -> object:
    return attesting.read_challenge(HttpAnswer(200, "application/json", data))


def _refusal(data: bytes) -> object:
    return attesting.read_answer(HttpAnswer(403, "application/json", data), 200)
