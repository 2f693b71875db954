"""Encrypted credential requests: what nobody encrypted is not opened, and nothing but our error comes out."""

from __future__ import annotations

import random

from clicid.codec import strict_json
from clicid.errors import RemoteError
from clicid.keys.algorithms import P256
from clicid.oid4vci import encryption
from clicid.oid4vci.metadata import RequestEncryption
from clicid.securing import jwe
from clicid.securing.jwe import Recipient
from tests.support.memory_keystore import MemoryKeyStore

_KEYS = MemoryKeyStore(b"fuzz encrypted requests")
_REF = _KEYS.generate(P256, "issuer")
_RECIPIENT = Recipient(_KEYS.public(_REF), "k1", jwe.ECDH_ES)
_OFFERED = RequestEncryption((_RECIPIENT.to_jwk(),), tuple(jwe.ENCS))
_PLAIN = strict_json.dumps({"credential_configuration_id": "a"})
_DICE = random.Random(1)
SEEDS = [jwe.encrypt(_PLAIN, _RECIPIENT, enc=enc, random=_DICE.randbytes) for enc in jwe.ENCS]


def target(data: bytes) -> None:
    try:
        opened = encryption.open_request(
            data,
            offered=_OFFERED,
            agree=lambda kid: (lambda public: _KEYS.agree(_REF, public)) if kid == "k1" else None,
            max_bytes=1 << 16,
        )
    except RemoteError:
        return
    assert opened == _PLAIN
