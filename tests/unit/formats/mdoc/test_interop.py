"""Documents between this code and `pymdoccbor`, both ways."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from cryptography import x509
from py_arkworks_bls12381 import Scalar
from pymdoccbor.mdoc.verifier import MdocCbor, MobileDocument
from pymdoccbor.mso.issuer import MsoIssuer

from clicid.formats import mdoc
from clicid.formats.mdoc.elements import MDL
from clicid.verification import Accepted
from tests.support.mdoc import SESSION, SHOWN, MdocWorld
from tests.support.world import DAY

pytestmark = pytest.mark.filterwarnings("ignore")


def parameters(world: MdocWorld, ref: Any) -> dict[int, Any]:
    """The holder's public COSE_Key in the package's own form."""
    numbers: Any = world.keys.public(ref).handle
    point = numbers.public_numbers()
    return {1: 2, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}


def secret(world: MdocWorld, ref: Any) -> dict[str, Any]:
    """A private key as pycose names its parts."""
    _, key = world.keys._entry(ref)
    assert not isinstance(key, Scalar)
    number: Any = key
    return {
        "KTY": "EC2",
        "CURVE": "P_256",
        "ALG": "ES256",
        "KID": b"signer",
        "D": number.private_numbers().private_value.to_bytes(32, "big"),
    }


def judged(document: dict[str, Any]) -> bool:
    """Whether it finds signature and digests of a document good; its check of the chain is left out."""
    return bool(MobileDocument(**document).verify(None, verify_hashes=True))


def test_what_we_issue_and_show_it_reads() -> None:
    world = MdocWorld()
    response = MdocCbor()
    response.loads(world.presentation())

    assert response.verify() is True
    assert response.disclosure_map[MDL]["family_name"] == "Öhrn"
    assert set(response.disclosure_map[MDL]) == {name for _, name in SHOWN}


def test_what_we_alter_it_refuses() -> None:
    world = MdocWorld()
    value = cbor2.loads(world.presentation())
    items = value["documents"][0]["issuerSigned"]["nameSpaces"][MDL]
    item = cbor2.loads(items[0].value)
    items[0] = cbor2.CBORTag(24, cbor2.dumps(item | {"elementValue": "Ek"}))
    assert judged(value["documents"][0]) is False


def test_what_it_issues_we_accept_and_show() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    world = MdocWorld(status=None)
    world.now = now
    certificate = world.signer(world.root, begins=now - DAY, days=30)
    issuer = MsoIssuer(
        data={
            MDL: {
                "family_name": "Öhrn",
                "age_over_18": True,
                "issuing_country": "SE",
                "birth_date": "1990-02-28",
            }
        },
        validity={
            "issuance_date": (now - 2 * DAY).date().isoformat(),
            "expiry_date": (now + 20 * DAY).date().isoformat(),
        },
        x509_chain=[x509.load_der_x509_certificate(certificate)],
        private_key=secret(world, world.signer_ref),
        alg="ES256",
    )
    signed = issuer.sign(device_key=parameters(world, world.holder_ref), doctype=world.doc_type)
    credential = cbor2.dumps(
        {
            "nameSpaces": {name: list(each.values()) for name, each in issuer.disclosure_map.items()},
            "issuerAuth": cbor2.loads(signed.encode(tag=False)),
        }
    )
    world.accreditation = replace(
        world.accreditation,
        valid_from=int((now - DAY).timestamp()),
        valid_until=int((now + DAY).timestamp()),
    )
    world.now = now + timedelta(seconds=5)

    raw = world.signed_by(
        mdoc.prepare_presentation(credential, [(MDL, "family_name"), (MDL, "birth_date")], SESSION),
        world.holder_ref,
    )
    ending = world.check(raw, policy=replace(world.policy, allow_without_status=True))

    assert isinstance(ending, Accepted), ending
    assert ending.credentials[0].claims.reveal() == {MDL: {"family_name": "Öhrn", "birth_date": "1990-02-28"}}
    assert judged(cbor2.loads(raw)["documents"][0]) is True
