"""What a verifier says that it reads, against what a wallet holds."""

from __future__ import annotations

from typing import Any

import pytest

from clicid.oid4vp.verifier import SUPPORTED_FORMATS
from clicid.oid4vp.vp_formats import reads
from tests.support.every_format import EveryHolder
from tests.support.refusals import refused

HOLDINGS = EveryHolder().holdings


@pytest.mark.parametrize("name", HOLDINGS)
def test_who_says_nothing_reads_everything_and_our_verifier_too(name: str) -> None:
    holding = HOLDINGS[name]
    assert reads(None, holding)
    assert reads({holding.format.value: {}}, holding)
    assert reads(SUPPORTED_FORMATS, holding)
    assert not reads({}, holding)
    assert not reads({"other": {}}, holding)


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("id", {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}, True),
        ("id", {"sd-jwt_alg_values": ["ES384"]}, False),
        ("id", {"kb-jwt_alg_values": ["ES384"]}, False),
        ("mdl", {"issuerauth_alg_values": [-7], "deviceauth_alg_values": [-9]}, True),
        ("mdl", {"issuerauth_alg_values": [-35]}, False),
        ("mdl", {"deviceauth_alg_values": [-65537]}, False),
        ("jwt", {"alg_values": ["Ed25519", "ES256"]}, True),
        ("jwt", {"alg_values": ["EdDSA"]}, False),
        ("jwt", {"alg_values": ["ES256"]}, False),
        ("age", {"proof_type_values": ["DataIntegrityProof"]}, True),
        ("age", {"proof_type_values": ["Ed25519Signature2020"]}, False),
        ("age", {"cryptosuite_values": ["eddsa-rdfc-2022"]}, True),
        ("age", {"cryptosuite_values": ["bbs-2023"]}, False),
    ],
)
def test_algorithms_by_the_names_they_go_by(name: str, parameters: Any, expected: bool) -> None:
    holding = HOLDINGS[name]
    assert reads({holding.format.value: parameters}, holding) is expected


def test_what_is_held_and_no_credential_is_refused() -> None:
    holding = HOLDINGS["id"]
    with refused("codec.shape"):
        reads({"dc+sd-jwt": {}}, type(holding)("x", holding.format, b"e30.x.y~", holding.key))
