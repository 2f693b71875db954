"""Active and chip authentication, checked with the public halves by other hands."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.chips.curves import CURVES
from sandbox.chips.keys import ALGORITHMS, HASHES
from sandbox.chips.proofs import active_key, checksum, chip_key, mac_key
from tests.support.chips import openssl

if TYPE_CHECKING:
    from pathlib import Path

CHALLENGE = bytes(range(8))


@pytest.mark.parametrize(
    ("digest", "trailer"),
    [("sha1", "bc"), ("sha224", "38cc"), ("sha256", "34cc"), ("sha384", "36cc"), ("sha512", "35cc")],
)
def test_an_rsa_answer_is_one_of_iso_9796_2(digest: str, trailer: str, tmp_path: Path) -> None:
    key = active_key(ALGORITHMS[f"rsa-{digest}"])
    (tmp_path / "key").write_bytes(key.public.dump())
    (tmp_path / "answer").write_bytes(key.answer(CHALLENGE))
    ran = openssl(
        "pkeyutl", "-verifyrecover", "-pubin", "-keyform", "DER", "-inkey", tmp_path / "key",
        "-in", tmp_path / "answer", "-pkeyopt", "rsa_padding_mode:none",
    )  # fmt: skip
    message, end = ran.stdout, bytes.fromhex(trailer)
    assert message[:1] == b"\x6a"
    assert message.endswith(end)
    size = HASHES[digest].digest_size
    nonce, hashed = message[1 : -size - len(end)], message[-size - len(end) : -len(end)]
    assert hashed == hashlib.new(digest, nonce + CHALLENGE).digest()
    assert key.oid == ""


@pytest.mark.parametrize("name", ["p256-sha1", "p521-sha512", "brainpool384-sha384"])
def test_an_elliptic_answer_is_two_numbers_side_by_side(name: str) -> None:
    algorithm = ALGORITHMS[name]
    key, curve = active_key(algorithm), CURVES[algorithm.curve]
    answer = key.answer(CHALLENGE)
    half = len(answer) // 2
    assert half == (curve.n.bit_length() + 7) // 8
    r, s = (int.from_bytes(part, "big") for part in (answer[:half], answer[half:]))
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve.known, key.public["public_key"].native)
    public.verify(encode_dss_signature(r, s), CHALLENGE, ec.ECDSA(HASHES[algorithm.digest]))
    assert key.oid.startswith("0.4.0.127.0.7.1.1.4.1.")


def test_chip_authentication_ends_in_a_checksum_that_the_terminal_can_make() -> None:
    chip = chip_key("brainpool256")
    curve = CURVES["brainpool256"].known
    terminal = ec.generate_private_key(curve)
    sent = terminal.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    answer = chip.answer(sent)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(curve, chip.public["public_key"].native)
    key = mac_key(terminal.exchange(ec.ECDH(), theirs))
    status = bytes.fromhex("99029000")
    assert answer == status + b"\x8e\x08" + checksum(key, 2, status) + b"\x90\x00"
    assert chip_key("brainpool256").answer(sent) != answer
