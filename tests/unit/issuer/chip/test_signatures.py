"""Signature algorithms as certificates and messages name them: every parameter is used, or refused."""

from __future__ import annotations

from typing import Any

import pytest
from asn1crypto import algos, core
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from issuer.chip.keys import RsaKey
from issuer.chip.signatures import scheme_of
from tests.support.refusals import refused

DATA = b"signed attributes"
PRIVATE = rsa.generate_private_key(65537, 2048)
NUMBERS = PRIVATE.public_key().public_numbers()
KEY = RsaKey(NUMBERS.n, NUMBERS.e)


def pss(**other: Any) -> Any:
    parameters: dict[str, Any] = {
        "hash_algorithm": {"algorithm": "sha256"},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
        "salt_length": 32,
    }
    made = {"algorithm": "rsassa_pss", "parameters": algos.RSASSAPSSParams(parameters | other)}
    return algos.SignedDigestAlgorithm.load(algos.SignedDigestAlgorithm(made).dump())


def test_parameters_of_pss_are_used_as_they_stand() -> None:
    other_mask = {"mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha1"}}}
    rows: tuple[tuple[dict[str, Any], Any, int], ...] = (
        ({}, hashes.SHA256(), 32),
        (other_mask, hashes.SHA1(), 32),
        ({"salt_length": 11}, hashes.SHA256(), 11),
    )
    for named, mask, salt in rows:
        signature = PRIVATE.sign(DATA, padding.PSS(padding.MGF1(mask), salt), hashes.SHA256())
        scheme_of(pss(**named), "chip.sod", "").check(KEY, signature, DATA, "chip.signature", "")
        for wrong in (pss(salt_length=20), pss(hash_algorithm={"algorithm": "sha512"})):
            with refused("chip.signature"):
                scheme_of(wrong, "chip.sod", "").check(KEY, signature, DATA, "chip.signature", "")


@pytest.mark.parametrize(
    "other",
    [
        {"salt_length": 513},
        {"salt_length": -1},
        {"hash_algorithm": {"algorithm": "md5"}},
        {"mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "md5"}}},
        {"mask_gen_algorithm": {"algorithm": "1.2.3"}},
    ],
)
def test_parameters_of_pss_that_are_not_in_use(other: dict[str, Any]) -> None:
    with refused("chip.algorithm"):
        scheme_of(pss(**other), "chip.sod", "")


def test_another_trailer() -> None:
    whole = pss().dump()
    added = whole.replace(b"\xa2\x03\x02\x01\x20", b"\xa2\x03\x02\x01\x20\xa3\x03\x02\x01\x02")
    longer = bytearray(added)
    longer[1] += 5
    longer[longer.index(b"\x30", 2) + 1] += 5
    with pytest.raises(Exception, match=r"chip\.(algorithm|sod)"):
        scheme_of(algos.SignedDigestAlgorithm.load(bytes(longer)), "chip.sod", "")


def test_parameters_where_none_belong() -> None:
    plain = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa", "parameters": core.Integer(1)})
    with refused("chip.algorithm"):
        scheme_of(algos.SignedDigestAlgorithm.load(plain.dump()), "chip.sod", "")


def test_rsa_alone_names_no_hash_algorithm() -> None:
    """In a message it stands beside it; a certificate has none."""
    alone = algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"})
    assert scheme_of(alone, "chip.sod", "", digest="sha384").digest == "sha384"
    with refused("chip.algorithm"):
        scheme_of(alone, "chip.sod", "")
