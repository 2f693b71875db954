"""What the guide for service providers has them write into their file is read as it stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.errors import LocalError
from clicid.oid4vp.request import ResponseMode
from tests.support.guides import block
from tests.support.mdoc import MdocWorld
from tests.support.verifier_config import GOOD
from tests.support.world import chain_of
from verifier.config import load
from verifier.main import brand_of
from verifier.pages.rendering import Brand

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = "service-providers.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    world = MdocWorld()
    for name, der in (
        ("iaca.pem", world.root),
        ("ca.pem", chain_of(world.keys.public(world.signer_ref).to_spki())[1]),
    ):
        pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
        (tmp_path / name).write_bytes(pem)
    return tmp_path


def test_the_settings_of_the_guide(folder: Path) -> None:
    before = block(GUIDE, "toml", "identity = ")
    after = block(GUIDE, "toml", "[page]") + block(GUIDE, "toml", "[[policy.roots]]")
    path = folder / "verifier.toml"
    path.write_text(
        before.partition("[[identities]]")[0] + GOOD + before[before.index("[[") :] + after, "utf-8"
    )
    config = load(path)
    assert [one.prefix for one in config.identities] == ["x509_hash", "verifier_attestation", "redirect_uri"]
    assert (config.identity, config.response_mode) == ("certificate", ResponseMode.DIRECT_POST_JWT)
    assert (config.page.name, config.page.by_browser) == ("Kafé Solsidan", True)
    assert len(config.policy.roots.authorities) == len(config.policy.roots.anchors) == 1


@pytest.mark.parametrize(
    ("setting", "other"),
    [
        ("#0b4f8a", "blue"),
        ("#0b4f8a", "#0b4f8a;}body{display:none"),
        ("logo.svg", "logo.html"),
        ("digital_credentials = true", 'digital_credentials = "yes"'),
        ("[page]", "[page]\nfont = 7"),
    ],
)
def test_looks_that_are_none(folder: Path, setting: str, other: str) -> None:
    page = block(GUIDE, "toml", "[page]")
    assert setting in page
    path = folder / "verifier.toml"
    path.write_text(GOOD + page.replace(setting, other), "utf-8")
    with pytest.raises(Exception, match=r"config\.invalid"):
        load(path)


def test_whose_the_pages_are(folder: Path) -> None:
    path = folder / "verifier.toml"
    path.write_text(GOOD, "utf-8")
    assert brand_of(load(path), "Legal name AB") == Brand("Legal name AB")
    path.write_text(GOOD + block(GUIDE, "toml", "[page]"), "utf-8")
    config = load(path)
    with pytest.raises(LocalError, match=r"config\.file"):
        brand_of(config, "Legal name AB")
    (folder / "logo.svg").write_bytes(b"<svg/>")
    brand = Brand("Kafé Solsidan", ("image/svg+xml", b"<svg/>"))
    assert brand_of(config, "Legal name AB") == brand
    (folder / "logo.svg").write_bytes(b" " * (1 << 19))
    with pytest.raises(LocalError, match=r"config\.invalid"):
        brand_of(config, "Legal name AB")


@pytest.mark.parametrize(
    "line", ['identity = "other"', 'response_mode = "dc_api"', 'response_mode = "fragment"']
)
def test_usual_ways_that_are_none(folder: Path, line: str) -> None:
    path = folder / "verifier.toml"
    path.write_text(f"{line}\n{GOOD}", "utf-8")
    with pytest.raises(Exception, match=r"config\.invalid"):
        load(path)
