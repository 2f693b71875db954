"""The one table of signature algorithms. What is not a row here does not exist for us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clicid.codec import multicodec
from clicid.errors import Refused

ED25519: Final = "Ed25519"
P256: Final = "P-256"
P384: Final = "P-384"
SECP256K1: Final = "secp256k1"
BLS12_381_G2: Final = "BLS12-381-G2"


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One row.

    Args:
        name: The key of the table, and what `KeyStore.generate` and `SigningOperation.alg` take.
        jose: The JOSE `alg` we write (RFC 8037 3.1, RFC 7518 3.4, RFC 8812 3.2). Empty where there is
            none: a BBS signature is over a list of messages (`clicid.keys.bbs`), never over one.
        jose_accepted: The JOSE `alg` values we read.
        kty: JWK key type; empty where the key has no JWK form, and so `crv`.
        crv: JWK curve.
        multicodec: Prefix of the Multikey form.
        raw_size: Bytes of `PublicKey.raw`: the RFC 8032 encoding, a compressed SEC 1 point, or a
            compressed point of G2.
        signature_size: Bytes of a signature: RFC 8032 5.1.6, r || s, or of BBS.
        cose: The COSE `alg` values we read, the first of which we write (RFC 9053 2, RFC 8812 3.2, RFC
            9864 2.2.1); empty where there is none.
        cose_curve: COSE_Key curve (RFC 9053 7.1, RFC 8812 3.1); None where there is none.
    """

    name: str
    jose: str
    jose_accepted: frozenset[str]
    kty: str
    crv: str
    multicodec: int
    raw_size: int
    signature_size: int
    cose: tuple[int, ...] = ()
    cose_curve: int | None = None


ALGORITHMS: Final[dict[str, Algorithm]] = {
    row.name: row
    for row in (
        # RFC 9864 2.2 gives the curve its own name beside the older EdDSA.
        Algorithm(
            ED25519,
            "EdDSA",
            frozenset({"EdDSA", "Ed25519"}),
            "OKP",
            "Ed25519",
            multicodec.ED25519_PUB,
            32,
            64,
            cose=(-8, -19),
            cose_curve=6,
        ),
        Algorithm(
            P256,
            "ES256",
            frozenset({"ES256"}),
            "EC",
            "P-256",
            multicodec.P256_PUB,
            33,
            64,
            cose=(-7, -9),
            cose_curve=1,
        ),
        Algorithm(
            P384,
            "ES384",
            frozenset({"ES384"}),
            "EC",
            "P-384",
            multicodec.P384_PUB,
            49,
            96,
            cose=(-35, -51),
            cose_curve=2,
        ),
        Algorithm(
            SECP256K1,
            "ES256K",
            frozenset({"ES256K"}),
            "EC",
            "secp256k1",
            multicodec.SECP256K1_PUB,
            33,
            64,
            cose=(-47,),
            cose_curve=8,
        ),
        Algorithm(BLS12_381_G2, "", frozenset(), "", "", multicodec.BLS12_381_G2_PUB, 96, 80),
    )
}

JOSE_ALGORITHMS: Final[dict[str, Algorithm]] = {
    jose: row for row in ALGORITHMS.values() for jose in row.jose_accepted
}
_BY_COSE: Final = {cose: row for row in ALGORITHMS.values() for cose in row.cose}
_BY_COSE_CURVE: Final = {row.cose_curve: row for row in ALGORITHMS.values() if row.cose_curve is not None}
_BY_CURVE: Final = {(row.kty, row.crv): row for row in ALGORITHMS.values() if row.kty}
_BY_MULTICODEC: Final = {row.multicodec: row for row in ALGORITHMS.values()}


def by_name(name: str) -> Algorithm:
    """The row of that name.

    Raises:
        Refused: `keys.algorithm`, as for each look-up here.
    """
    return _row(ALGORITHMS.get(name))


def by_jose(alg: str, where: str = "") -> Algorithm:
    """The row of a JOSE `alg`; `none` and every MAC have none."""
    return _row(JOSE_ALGORITHMS.get(alg), where)


def by_cose(alg: int, where: str = "") -> Algorithm:
    """The row of a COSE `alg`; every MAC has none."""
    return _row(_BY_COSE.get(alg), where)


def by_cose_curve(crv: int, where: str = "") -> Algorithm:
    """The row of a COSE_Key's `crv`."""
    return _row(_BY_COSE_CURVE.get(crv), where)


def by_curve(kty: str, crv: str, where: str = "") -> Algorithm:
    """The row of a JWK's `kty` and `crv`."""
    return _row(_BY_CURVE.get((kty, crv)), where)


def by_multicodec(code: int, where: str = "") -> Algorithm:
    """The row of a Multikey prefix."""
    return _row(_BY_MULTICODEC.get(code), where)


def _row(found: Algorithm | None, where: str = "") -> Algorithm:
    if found is None:
        raise Refused("keys.algorithm", where)
    return found
