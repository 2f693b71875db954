"""Signatures and proofs between this code and @digitalbazaar/bbs-signatures, both ways."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from clicid.keys import bbs
from clicid.keys.algorithms import BLS12_381_G2
from clicid.keys.public import PublicKey
from tests.support.node import ROOT, answers, install

PACKAGES = ROOT / "benchmarks" / "node"
SUITES = {"BLS12-381-SHA-256": bbs.SHA_256, "BLS12-381-SHAKE-256": bbs.SHAKE_256}
MESSAGES = [b"one", b"", b"three" * 40, b"\0\xff"]


@pytest.mark.slow
def test_both_ways() -> None:
    if missing := install(PACKAGES):
        pytest.skip(missing)
    secret = bbs.generate(secrets.token_bytes(32))
    cases = [(name, shown) for name in SUITES for shown in ([], [0, 2], [0, 1, 2, 3])]
    asked = [question(secret, *case) for case in cases]
    found = answers(Path(__file__).with_name("interop.mjs"), PACKAGES, *asked)
    for (name, shown), answer in zip(cases, found, strict=True):
        assert answer["signature"] is True
        assert answer["proof"] is True
        key, signature, proof = (bytes.fromhex(text) for text in answer["theirs"].values())
        theirs = PublicKey.from_raw(BLS12_381_G2, key)
        given: Any = {"header": b"header", "suite": SUITES[name]}
        bbs.verify(theirs, signature, MESSAGES, **given)
        visible = [MESSAGES[index] for index in shown]
        bbs.proof_verify(theirs, proof, visible, shown, presentation_header=b"presented", **given)


def question(secret: bbs.SecretKey, name: str, shown: list[int]) -> dict[str, Any]:
    given: Any = {"header": b"header", "suite": SUITES[name]}
    signature = bbs.sign(secret, MESSAGES, **given)
    proof = bbs.proof_gen(
        secret.public,
        signature,
        MESSAGES,
        shown,
        presentation_header=b"presented",
        random=secrets.token_bytes,
        **given,
    )
    return {
        "ciphersuite": name,
        "shown": shown,
        "messages": [message.hex() for message in MESSAGES],
        "header": b"header".hex(),
        "presentationHeader": b"presented".hex(),
        "publicKey": secret.public.raw.hex(),
        "signature": signature.hex(),
        "proof": proof.hex(),
    }
