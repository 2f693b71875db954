"""Live keys, their numbers and uses are those that ethr-did-resolver gives for the same events."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clicid.did import ethr
from clicid.did.ethr import EthrDid, EthrRecord

VECTORS = json.loads(
    (Path(__file__).resolve().parents[2] / "vectors" / "did" / "ethr_numbering.json").read_bytes()
)


def fold(events: list[dict[str, Any]]) -> EthrRecord:
    record = EthrRecord(VECTORS["did"], EthrDid.parse(VECTORS["did"]).address)
    for event in events:
        match event["event"]:
            case "DIDOwnerChanged":
                record = record.with_owner(bytes.fromhex(event["owner"][2:]))
            case "DIDDelegateChanged":
                record = record.with_delegate(b"veriKey")
            case _:
                record = record.with_attribute(
                    event["name"].encode().ljust(32, b"\0"),
                    bytes.fromhex(event["value"]),
                    valid_to=event["valid_to"],
                    block=event["block"],
                    time=event["time"],
                )
    return record


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in VECTORS["cases"]])
def test_the_same_document(case: dict[str, Any]) -> None:
    record = fold(case["events"])
    shown: dict[str, Any] = ethr.document(record, datetime.fromtimestamp(case["now"], UTC)).to_json()
    values = {f"{record.did}#delegate-{key.number}": key.value.hex() for key in record.keys}
    ours = [
        {
            "id": method["id"].partition("#")[2],
            "value": values[method["id"]],
            "assertion": method["id"] in shown.get("assertionMethod", []),
            "authentication": method["id"] in shown.get("authentication", []),
        }
        for method in shown["verificationMethod"]
    ]
    assert record.deactivated is case["resolver"]["deactivated"]
    assert ours == sorted(case["resolver"]["keys"], key=lambda key: int(key["id"].rpartition("-")[2]))
