from __future__ import annotations

import pytest

from clicid.keys import algorithms
from tests.support.refusals import refused


def test_the_table_is_keyed_by_its_own_names() -> None:
    assert {name: row.name for name, row in algorithms.ALGORITHMS.items()} == {
        name: name for name in ("Ed25519", "P-256", "P-384", "secp256k1", "BLS12-381-G2")
    }
    for row in algorithms.ALGORITHMS.values():
        for number in row.cose:
            assert algorithms.by_cose(number) is row
        if row.cose_curve is not None:
            assert algorithms.by_cose_curve(row.cose_curve) is row
        assert (row.jose in row.jose_accepted) is (row.name != algorithms.BLS12_381_G2)
        assert algorithms.by_name(row.name) is row
        if row.kty:
            assert algorithms.by_curve(row.kty, row.crv) is row
        assert algorithms.by_multicodec(row.multicodec) is row
        for jose in row.jose_accepted:
            assert algorithms.by_jose(jose) is row


@pytest.mark.parametrize(
    "alg",
    ["none", "None", "", "HS256", "HS512", "RS256", "PS256", "ES512", "es256", "ES256 ", "Ed448", "ECDH-ES"],
)
def test_no_other_jose_algorithm(alg: str) -> None:
    with refused("keys.algorithm", "/alg"):
        algorithms.by_jose(alg, "/alg")


def test_no_other_row() -> None:
    with refused("keys.algorithm"):
        algorithms.by_name("ES256")
    with refused("keys.algorithm"):
        algorithms.by_curve("EC", "Ed25519")
    with refused("keys.algorithm"):
        algorithms.by_curve("", "")
    with refused("keys.algorithm"):
        algorithms.by_multicodec(0)
