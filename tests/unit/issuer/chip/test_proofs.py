"""Whether the chip itself was there: with the sandbox's chips, and by hand where they never go wrong."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from issuer.chip import files, passive, proofs, trust_files
from issuer.chip.keys import RsaKey
from sandbox.chips.faults import FAULTS
from sandbox.chips.keys import Algorithm
from sandbox.chips.proofs import active_key
from tests.support.chip_terminal import POINT, TERMINAL
from tests.support.chips import world_of
from tests.support.refusals import refused

if TYPE_CHECKING:
    from issuer.chip.passive import Authentic
    from sandbox.chips.chip import Case

ALGORITHMS = (
    "rsa-sha1", "rsa-sha256", "pss-sha512", "p256-sha256-explicit", "brainpool512-sha512", "p521-sha512",
)  # fmt: skip
FAULTS_OF_ANSWERS = (
    "replayed_active_authentication", "cloned_chip", "garbled_active_authentication",
    "short_active_authentication",
)  # fmt: skip


def authentic(case: Case, root: bytes) -> Authentic:
    store, _ = trust_files.trust({"root": root, "list": case.master_list}, (), now=case.now)
    return passive.authenticate(files.sort(case.files.values()), store, now=case.now)


def document(algorithm: str = "p256-sha256-explicit") -> Authentic:
    world = world_of(algorithm)
    return authentic(world.good, world.other.root.certificate.dump())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_active_authentication(algorithm: str) -> None:
    good = world_of(algorithm).good
    found = proofs.active_authentication(document(algorithm), good.challenge, good.response)
    assert found.split("-")[-1] == algorithm.removesuffix("-explicit").split("-")[1]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("fault", FAULTS_OF_ANSWERS)
def test_a_chip_that_is_not_the_one(algorithm: str, fault: str) -> None:
    case = FAULTS[fault](world_of(algorithm))
    with refused("chip.active_authentication", "response"):
        proofs.active_authentication(document(algorithm), case.challenge, case.response)


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "p256-sha256-explicit"])
@pytest.mark.parametrize("response", [b"", b"\x00" * 192, b"\xff" * 192, b"\x00" * 64, b"\xff" * 64, b"\x01"])
def test_answers_that_are_none(algorithm: str, response: bytes) -> None:
    challenge = world_of(algorithm).good.challenge
    with refused("chip.active_authentication", "response"):
        proofs.active_authentication(document(algorithm), challenge, response)


def test_a_challenge_has_eight_bytes() -> None:
    """One of no bytes would let a recording pass."""
    good = world_of("rsa-sha256").good
    for challenge in (b"", good.challenge[:-1], good.challenge + b"\0"):
        with refused("chip.active_authentication", "challenge"):
            proofs.active_authentication(document("rsa-sha256"), challenge, good.response)


def test_without_a_key_that_the_state_signed() -> None:
    good = world_of("p256-sha256-explicit").good
    for missing in (14, 15):
        fewer = {name: data for name, data in good.files.items() if name != f"DG{missing}"}
        root = world_of("p256-sha256-explicit").other.root.certificate.dump()
        found = authentic(replace(good, files=fewer), root)
        with refused("chip.missing", f"DG{missing}"):
            proofs.active_authentication(found, good.challenge, good.response)


def test_the_other_of_two_signatures() -> None:
    """ISO/IEC 9796-2: a signer may send n - s where that is smaller."""
    good, found = world_of("rsa-sha256").good, document("rsa-sha256")
    numbers = world_of("rsa-sha256").active.public["public_key"].parsed
    n = numbers["modulus"].native
    other = (n - int.from_bytes(good.response, "big")).to_bytes(len(good.response), "big")
    assert proofs.active_authentication(found, good.challenge, other)


def answered() -> bytes:
    """The chip's answer to the first command, with some of EF.COM."""
    agreed = world_of("p256-sha256-explicit").chip.agree(POINT)
    return agreed.answer(proofs.chip_command(document(), TERMINAL), 1, b"\x60\x17\x5f\x01")


def test_chip_authentication() -> None:
    answer = answered()
    assert proofs.chip_authentication(document(), TERMINAL, answer) == "brainpoolP256r1-ECDH-AES-128"


def test_a_chip_without_the_key() -> None:
    answer = answered()
    other = ec.derive_private_key(0x1234_5678_9ABC_DEF0_1358, TERMINAL.curve)
    with refused("chip.chip_authentication", "response"):
        proofs.chip_authentication(document(), other, answer)
    clone = world_of("rsa-sha256").chip.agree(POINT).protect(2, b"file")
    with refused("chip.chip_authentication", "response"):
        proofs.chip_authentication(document(), TERMINAL, clone)
    late = world_of("p256-sha256-explicit").chip.agree(POINT).protect(4, b"file")
    with refused("chip.chip_authentication", "response"):
        proofs.chip_authentication(document(), TERMINAL, late)


def test_responses_that_are_none() -> None:
    answer = answered()
    wrong = [
        answer[:place] + bytes([answer[place] ^ 1]) + answer[place + 1 :] for place in range(len(answer))
    ]
    wrong += [answer[:length] for length in range(len(answer))]
    wrong += [b"\x90\x00", b"\x8e\x08" + bytes(8) + b"\x90\x00", b"\x99\x02\x90\x00\x8e\x00\x90\x00"]
    for response in wrong:
        with pytest.raises(Exception, match=r"chip\.(chip_authentication|file)"):
            proofs.chip_authentication(document(), TERMINAL, response)


def test_a_key_of_another_curve() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    with refused("chip.algorithm", "DG14"):
        proofs.chip_authentication(document(), other, answered())


def test_the_command_that_the_phone_passes_on() -> None:
    """9303-11 9.8.4: header padded, then Le; counter 1; worked out by other hands than the code's."""
    command = proofs.chip_command(document(), TERMINAL)
    mac = CMAC(AES(world_of("p256-sha256-explicit").chip.agree(POINT).checksum))
    mac.update(
        (1).to_bytes(16, "big") + bytes.fromhex("0cb09e0080000000" + "00" * 8 + "970104" + "80" + "00" * 12)
    )
    assert command == bytes.fromhex("0cb09e000d9701048e08") + mac.finalize()[:8] + b"\x00"


def test_rsa_answers_by_every_hash_algorithm() -> None:
    challenge = b"12345678"
    for digest in ("sha1", "sha224", "sha256", "sha384", "sha512"):
        key = active_key(Algorithm("rsa", digest))
        public = key.public["public_key"].parsed
        rsa_key = RsaKey(public["modulus"].native, public["public_exponent"].native)
        assert proofs._recovered(rsa_key, challenge, key.answer(challenge)) == digest
        with refused("chip.active_authentication"):
            proofs._recovered(rsa_key, b"12345679", key.answer(challenge))


def signed(
    head: bytes, tail: bytes, digest: str = "sha256", challenge: bytes = b"12345678"
) -> tuple[RsaKey, bytes]:
    """A message of another make, by a key of the test's own."""
    private = rsa.generate_private_key(65537, 1536).private_numbers()
    n = private.public_numbers.n
    nonce = bytes(192 - len(head) - 32 - len(tail))
    message = head + nonce + hashlib.sha256(nonce + b"12345678").digest() + tail
    signature = pow(int.from_bytes(message, "big"), private.d, n)
    return RsaKey(n, 65537), signature.to_bytes(192, "big")


def test_heads_and_trailers() -> None:
    key, answer = signed(b"\x6a", b"\x34\xcc")
    assert proofs._recovered(key, b"12345678", answer) == "sha256"
    for head, tail in (
        (b"\x4a", b"\x34\xcc"),  # nothing of the message is said to be left out
        (b"\x6b", b"\x34\xcc"),
        (b"\x6a", b"\x34\xac"),
        (b"\x6a", b"\x34\xdc"),
        (b"\x6a", b"\x31\xcc"),  # RIPEMD-160
        (b"\x6a", b"\x35\xcc"),  # another hash algorithm than it is
        (b"\x6a", b"\xbc"),
    ):
        key, answer = signed(head, tail)
        with refused("chip.active_authentication", "response"):
            proofs._recovered(key, b"12345678", answer)


def test_a_signature_has_one_length() -> None:
    case = world_of("p256-sha256-explicit").good
    for longer in (
        case.response[:32] + b"\0" + case.response[32:],
        b"\0" + case.response,
        case.response + b"\0",
    ):
        with refused("chip.active_authentication", "response"):
            proofs.active_authentication(document(), case.challenge, longer)


def test_a_failure_that_the_chip_itself_protected() -> None:
    mac = CMAC(AES(world_of("p256-sha256-explicit").chip.agree(POINT).checksum))
    status = bytes.fromhex("99026982")
    mac.update((2).to_bytes(16, "big") + status + b"\x80" + bytes(11))
    answer = status + b"\x8e\x08" + mac.finalize()[:8] + b"\x90\x00"
    with refused("chip.chip_authentication", "response"):
        proofs.chip_authentication(document(), TERMINAL, answer)


def test_an_answer_is_less_than_the_modulus() -> None:
    """Else each answer has a twin, and a list of answers seen would not know it again."""
    larger = 1 << 1536
    while larger >= 1 << 1536:
        key, answer = signed(b"\x6a", b"\x34\xcc")
        number = int.from_bytes(answer, "big")
        larger = min(number, key.n - number) + key.n
    with refused("chip.active_authentication", "response"):
        proofs._recovered(key, b"12345678", larger.to_bytes(192, "big"))
