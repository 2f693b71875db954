"""Active and chip authentication, checked with the public halves by other hands."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sandbox.chips.curves import CURVES
from sandbox.chips.keys import ALGORITHMS, HASHES
from sandbox.chips.proofs import active_key
from sandbox.chips.secure_messaging import SUITES, Session, session
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
    assert curve.known
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve.known, key.public["public_key"].native)
    public.verify(encode_dss_signature(r, s), CHALLENGE, ec.ECDSA(HASHES[algorithm.digest]))
    assert key.oid.startswith("0.4.0.127.0.7.1.1.4.1.")


def test_a_protected_answer_is_the_worked_example_of_9303_11_appendix_d_4() -> None:
    keys = [
        bytes.fromhex(one) for one in ("979EC13B1CBFE9DCD01AB0FED307EAE5", "F1CB1F1FB5ADF208806B89DC579DC1F8")
    ]
    counter = 0x887022120C06C229
    command = bytes.fromhex("0CB000000D9701048E08ED6705417E96BA5500")
    answer = bytes.fromhex("8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000")
    agreed = Session(SUITES["3des"], *keys)
    assert agreed.answer(command, counter, bytes.fromhex("60145F01")) == answer
    # Another counter, or another command than was checksummed, is refused as a chip refuses it.
    assert agreed.answer(command, counter + 1, b"") == b"\x69\x88"
    assert agreed.answer(command.replace(b"\x97\x01\x04", b"\x97\x01\x05"), counter, b"") == b"\x69\x88"


def test_keys_of_a_secret_are_the_worked_example_of_9303_11_appendix_d_1() -> None:
    seed = bytes.fromhex("239AB9CB282DAF66231DC5A4DF6BFBAE")
    derived = session(SUITES["3des"], seed)
    # The example's keys have odd parity, which DES does not look at.
    wanted = ("AB94FDECF2674FDFB9B391F85D7F76F2", "7962D9ECE03D1ACD4C76089DCE131543")
    for key, example in zip((derived.encryption, derived.checksum), wanted, strict=True):
        assert bytes(byte & 0xFE for byte in key) == bytes(byte & 0xFE for byte in bytes.fromhex(example))
