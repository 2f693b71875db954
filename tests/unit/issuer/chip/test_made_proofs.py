"""Active and chip authentication: chips made by the sandbox's hands answer the issuer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from issuer.chip import proofs, security_infos, tlv
from sandbox.chips import groups as make
from sandbox.chips.chip import read, sign
from sandbox.chips.curves import CURVES
from sandbox.chips.faults import FAULTS
from sandbox.chips.keys import ALGORITHMS
from sandbox.chips.proofs import ChipKey, chip_key
from sandbox.chips.secure_messaging import SUITES
from tests.support.chips import judged, world_of
from tests.support.refusals import refused

if TYPE_CHECKING:
    from issuer.chip.passive import Authentic

TABLE: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "chip" / "matrix.json").read_text()
)
OF_THE_CHIP: Final = [row["fault"] for row in TABLE["faults"] if row["code"] == "chip.active_authentication"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_answer_to_the_challenge_is_taken_and_every_other_refused(algorithm: str) -> None:
    place = world_of(algorithm)
    good = place.good
    assert proofs.active_authentication(judged(place, good), good.challenge, good.response)
    for fault in OF_THE_CHIP:
        case = FAULTS[fault](place)
        document = judged(place, case)
        with refused("chip.active_authentication"):
            proofs.active_authentication(document, case.challenge, case.response)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("curve", ["p256", "p384", "p521", "brainpool256", "brainpool512"])
def test_a_chip_answers_the_issuers_command(curve: str, suite: str) -> None:
    chip = chip_key(curve, suite)
    known = CURVES[curve].known
    assert known
    document, terminal = with_chip(chip), ec.generate_private_key(known)
    command = proofs.chip_command(document, terminal)
    answer = chip.agree(point(terminal)).answer(command, 1, b"\x60\x17\x5f\x01")
    assert answer.endswith(b"\x90\x00")
    assert proofs.chip_authentication(document, terminal, answer)


def test_a_key_for_classic_diffie_hellman_is_passed_over() -> None:
    """The chip counts as one that was asked nothing; its hash algorithm of active authentication is read."""
    oid = bytes.fromhex("04007f000702020101")  # id-PK-DH
    key = tlv.write(0x30, tlv.write(0x06, oid) + tlv.write(0x30, tlv.write(0x02, b"\x05")))
    protocol = tlv.write(0x30, tlv.write(0x06, bytes.fromhex("04007f00070202030102")) + b"\x02\x01\x01")
    ecdsa = tlv.write(0x06, bytes.fromhex("04007f00070101040103"))
    active = tlv.write(0x30, tlv.write(0x06, bytes.fromhex("678108010105")) + b"\x02\x01\x01" + ecdsa)
    found = security_infos.read(tlv.write(0x6E, tlv.write(0x31, key + protocol + active)))
    assert found == security_infos.SecurityInfos("sha256", ())


@pytest.mark.parametrize("suite", SUITES)
def test_a_chip_that_is_not_the_one_cannot(suite: str) -> None:
    chip, other = chip_key("p256", suite), chip_key("p256", suite)
    document, terminal = with_chip(chip), ec.generate_private_key(ec.SECP256R1())
    command = proofs.chip_command(document, terminal)
    # It does not even understand the command; and what it makes up is not taken.
    assert other.agree(point(terminal)).answer(command, 1, b"file") == b"\x69\x88"
    good = chip.agree(point(terminal)).answer(command, 1, b"file")
    later = ec.generate_private_key(ec.SECP256R1())
    recorded = chip.agree(point(later)).answer(proofs.chip_command(document, later), 1, b"file")
    made_up = other.agree(point(terminal)).protect(2, b"file")
    altered = good[:5] + bytes([good[5] ^ 1]) + good[6:]
    for wrong in (b"\x69\x88", recorded, made_up, altered, good[:-2], b""):
        with refused("chip.chip_authentication"):
            proofs.chip_authentication(document, terminal, wrong)


def with_chip(chip: ChipKey) -> Authentic:
    """A document whose DG14 has the chip's key."""
    place = world_of("p256-sha256")
    groups = place.groups | {14: make.security(chip, place.active.oid)}
    case = replace(place.good, files=read(groups, sign(groups, place.country.signer)))
    return judged(place, case)


def point(terminal: ec.EllipticCurvePrivateKey) -> bytes:
    """What the phone sends to the chip."""
    return terminal.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
