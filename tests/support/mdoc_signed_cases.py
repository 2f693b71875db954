"""Hostile mdocs whose signer or signed object is not what it has to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from clicid.codec.cbor import Tagged
from clicid.securing import cose
from tests.support.mdoc_bending import WORLD, Case, Edit, replaced, resigned, shown, times
from tests.support.world import DAY, LIST_URL, NOW

if TYPE_CHECKING:
    from collections.abc import Iterator


def signer_cases() -> Iterator[Case]:
    """Certificates that do not fit."""
    stranger = WORLD.authority(WORLD.other_ref)
    foreign = replaced_certificate(WORLD.signer(stranger, WORLD.other_ref))
    yield "signer_of_another_root", "a signer under a root that nobody trusts", foreign, "issuer.unknown"
    yield (
        "self_signed_signer",
        "the root as its own signer",
        replaced_certificate(WORLD.root),
        "issuer.unknown",
    )
    yield "no_certificate", "bytes that are no certificate", replaced_certificate(b"no"), "issuer.certificate"
    yield "no_x5chain", "no certificate at all", shown(resigned(unprotected={})), "mdoc.structure"
    yield (
        "chain_with_root",
        "the root in the chain",
        shown(resigned(unprotected={cose.X5CHAIN: [WORLD.certificate, WORLD.root]})),
        "mdoc.structure",
    )
    yield (
        "expired_signer",
        "the signer's certificate has ended",
        replaced_certificate(WORLD.signer(WORLD.root, begins=NOW - 200 * DAY, days=199)),
        "mdoc.signer_expired",
    )
    yield (
        "future_signer",
        "the signer's certificate has not begun",
        replaced_certificate(WORLD.signer(WORLD.root, begins=NOW + DAY, days=10)),
        "mdoc.signer_expired",
    )
    yield (
        "no_extended_key_usage",
        "no extended key usage",
        replaced_certificate(without_extended_usage()),
        "mdoc.signer",
    )
    yield (
        "signed_before_signer",
        "signed before the signer's certificate began",
        replaced_certificate(WORLD.signer(WORLD.root, begins=NOW - 5 * DAY, days=100)),
        "mdoc.signed_at",
    )


def replaced_certificate(certificate: bytes) -> bytes:
    """The good credential with another certificate, which nobody signs (9.1.2.4)."""
    return shown(resigned(unprotected={cose.X5CHAIN: certificate}))


def without_extended_usage() -> bytes:
    """The good signer's certificate for another usage, signed by its root again."""
    # 1.0.18013.5.1.2 and 1.0.18013.5.1.6, the usage of readers.
    oid = bytes.fromhex("28818c5d050102")
    good = x509.load_der_x509_certificate(WORLD.certificate)
    tbs = replaced(oid, oid[:-1] + b"\x06", good.tbs_certificate_bytes)
    raw = WORLD.keys.sign(WORLD.root_ref, tbs, "P-256")
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    bits = b"\x03" + bytes([len(signature) + 1]) + b"\0" + signature
    body = tbs + algorithm + bits
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def signed_cases() -> Iterator[Case]:
    """Mobile security objects that do not fit."""

    def mso_edit(edit: Edit) -> bytes:
        return shown(resigned(edit))

    yield (
        "signed_by_another_key",
        "an MSO by a key that is not the signer's",
        shown(resigned(signer=WORLD.other_ref)),
        "issuer.signature",
    )
    yield (
        "altered_mso",
        "one digest changed after signing",
        shown(edit=_altered_payload),
        "issuer.signature",
    )
    yield (
        "alg_unprotected",
        "the algorithm in the unprotected header alone",
        shown(resigned(header=b"", unprotected={1: -7, cose.X5CHAIN: WORLD.certificate})),
        "codec.cbor",
    )
    yield (
        "alg_unprotected_beside_empty_map",
        "the algorithm in the unprotected header, the other one an empty map",
        shown(resigned(header=b"\xa0", unprotected={1: -7, cose.X5CHAIN: WORLD.certificate})),
        "securing.cose",
    )
    yield (
        "alg_of_a_mac",
        "HMAC as the issuer's algorithm",
        shown(resigned(header=b"\xa1\x01\x05")),
        "keys.algorithm",
    )
    yield (
        "alg_of_another_key",
        "an algorithm that is not the signer's",
        shown(resigned(header=b"\xa1\x01\x38\x22")),
        "keys.algorithm",
    )
    yield (
        "critical",
        "a critical header",
        shown(resigned(header=b"\xa2\x01\x26\x02\x81\x18\x63")),
        "securing.cose",
    )
    yield (
        "sha_1",
        "digests by SHA-1",
        mso_edit(lambda security: security.update(digestAlgorithm="SHA-1")),
        "mdoc.digest_algorithm",
    )
    yield (
        "expired",
        "no longer valid",
        mso_edit(times(validUntil=Tagged(0, "2026-11-22T11:59:00Z"))),
        "validity.expired",
    )
    yield (
        "not_yet",
        "not valid yet",
        mso_edit(times(validFrom=Tagged(0, "2026-11-22T12:01:00Z"))),
        "validity.not_yet",
    )
    yield (
        "revoked",
        "an entry that is revoked",
        mso_edit(lambda security: security.update(status={"status_list": {"idx": 6, "uri": LIST_URL}})),
        "status.revoked",
    )
    yield (
        "index_outside",
        "an entry outside its list",
        mso_edit(lambda security: security.update(status={"status_list": {"idx": 99, "uri": LIST_URL}})),
        "status.index",
    )
    yield "no_status", "no status at all", mso_edit(lambda security: security.pop("status")), "status.missing"


def _altered_payload(document: Any) -> None:
    auth = document["issuerSigned"]["issuerAuth"]
    auth[2] = replaced(b"SHA-256", b"SHA-512", auth[2])
