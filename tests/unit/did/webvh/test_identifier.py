"""Where the files of a did:webvh lie, and identifiers that name no host."""

from __future__ import annotations

import pytest

from clicid.did.webvh.identifier import LOG, WITNESSES, WebvhDid
from clicid.errors import Refused

SCID = "QmdmPkUdYzbr9txmx8gM2rsHPgr5L6m3gHjJGAf4vUFoGE"


@pytest.mark.parametrize(
    ("place", "url"),
    [
        ("example.com", "https://example.com/.well-known/did.jsonl"),
        ("issuer.example.com", "https://issuer.example.com/.well-known/did.jsonl"),
        ("example.com:dids:issuer", "https://example.com/dids/issuer/did.jsonl"),
        ("example.com%3A3000:dids:issuer", "https://example.com:3000/dids/issuer/did.jsonl"),
        ("example.com%3a65535", "https://example.com:65535/.well-known/did.jsonl"),
        ("xn--jp-cd2fp15c.xn--fsq.jp:%e7%94%a8", "https://xn--jp-cd2fp15c.xn--fsq.jp/%E7%94%A8/did.jsonl"),
        ("example.com:a%20b:%7Ec", "https://example.com/a%20b/~c/did.jsonl"),
    ],
)
def test_where_the_log_lies(place: str, url: str) -> None:
    did = WebvhDid.parse(f"did:webvh:{SCID}:{place}")
    assert did.url(LOG) == url
    assert did.url(WITNESSES) == url.removesuffix("did.jsonl") + "did-witness.json"
    assert str(did) == f"did:webvh:{SCID}:{place}"


@pytest.mark.parametrize(
    "identifier",
    [
        SCID,
        f"{SCID}:",
        f"{SCID[:-1]}:example.com",
        f"{SCID}1:example.com",
        f"{SCID[:-1]}0:example.com",
        f"{SCID}:localhost",
        f"{SCID}:example.com.",
        f"{SCID}:.example.com",
        f"{SCID}:a..b",
        f"{SCID}:-a.example",
        f"{SCID}:{'a' * 64}.example",
        f"{SCID}:{'a.' * 130}example",
        f"{SCID}:10.0.0.1",
        f"{SCID}:0x7f.1",
        f"{SCID}:2130706433",
        f"{SCID}:example.0x7f",
        f"{SCID}:example.com%3A0",
        f"{SCID}:example.com%3A65536",
        f"{SCID}:example.com%3A080",
        f"{SCID}:example.com%3A",
        f"{SCID}:example.com%3A80%3A80",
        f"{SCID}:user%40example.com",
        f"{SCID}:ex%61mple.com",
        f"{SCID}:example.com::a",
        f"{SCID}:example.com:%2E",
        f"{SCID}:example.com:a%5Cb",
        f"{SCID}:example.com:a%00",
        f"{SCID}:example.com:%20a",
        f"{SCID}:example.com:%FF",
    ],
)
def test_what_names_no_host_or_file(identifier: str) -> None:
    with pytest.raises(Refused, match=r"did\.syntax"):
        WebvhDid.parse(f"did:webvh:{identifier}")


def test_another_method() -> None:
    with pytest.raises(Refused, match=r"did\.method"):
        WebvhDid.parse("did:web:example.com")
