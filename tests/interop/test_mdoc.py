"""Mobile documents between this code and @owf/mdoc, both ways."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import base64url
from clicid.formats.base import Binding
from clicid.formats.mdoc import transcript
from clicid.formats.mdoc.elements import MDL, MDL_DOCTYPE
from clicid.verification import Accepted, RefusedWith
from tests.support.foreign import private_jwk, thumbprint, x5c
from tests.support.mdoc import CLIENT_ID, NONCE, RESPONSE_URI, SESSION, SHOWN, MdocWorld
from tests.support.world import NOW

if TYPE_CHECKING:
    from tests.support.foreign import Party

SECOND = int(NOW.timestamp())
PAGE = "https://verifier.example"
REDIRECTED: dict[str, Any] = {"clientId": CLIENT_ID, "nonce": NONCE, "responseUri": RESPONSE_URI}


def sessions(world: MdocWorld) -> dict[str, tuple[bytes, dict[str, Any]]]:
    """The sessions of OpenID4VP B.2.6, as ours and as the package is told them."""
    key = thumbprint(world.keys.public(world.reader_ref))
    encrypted = {"thumbprint": base64.b64encode(key).decode()}
    return {
        "direct_post": (SESSION, REDIRECTED),
        "direct_post.jwt": (
            transcript.openid4vp(CLIENT_ID, NONCE, RESPONSE_URI, key),
            REDIRECTED | encrypted,
        ),
        "dc_api": (transcript.dc_api(PAGE, NONCE, None), {"origin": PAGE, "nonce": NONCE}),
        "dc_api.jwt": (
            transcript.dc_api(PAGE, NONCE, key),
            {"origin": PAGE, "nonce": NONCE, **encrypted},
        ),
    }


MODES = ("direct_post", "direct_post.jwt", "dc_api", "dc_api.jwt")


def told(documents: Party, world: MdocWorld, raw: bytes, **changes: Any) -> Any:
    """What the package says of a response."""
    given = {
        "raw": base64url.encode(raw),
        "session": REDIRECTED,
        "trusted": x5c(world.root),
        "now": SECOND,
        **changes,
    }
    return documents("checkMdoc", **given)


@pytest.mark.interop("mdoc verifies what we issue")
def test_the_package_reads_what_we_issue(documents: Party) -> None:
    world = MdocWorld()
    raw = base64url.encode(world.credential())
    said = documents("checkIssuedMdoc", raw=raw, trusted=x5c(world.root), now=SECOND)
    assert said["failed"] == []
    assert said["elements"][MDL]["family_name"] == "Öhrn"
    assert said["elements"][MDL]["birth_date"] == "1990-02-28"


@pytest.mark.interop("mdoc verifies what we present")
@pytest.mark.parametrize("mode", MODES)
def test_the_package_reads_what_we_present(documents: Party, mode: str) -> None:
    world = MdocWorld()
    session, same = sessions(world)[mode]
    said = told(documents, world, world.presentation(session=session), session=same)
    assert said["failed"] == []
    (document,) = said["documents"]
    assert document["docType"] == MDL_DOCTYPE
    assert set(document["elements"][MDL]) == {name for _, name in SHOWN}


@pytest.mark.interop("mdoc verifies what we present")
@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"session": REDIRECTED | {"nonce": "another"}}, "Device signature must be valid"),
        ({"trusted": []}, "No trusted certificates found. Cannot verify issuer signature."),
        ({"now": SECOND + 1000 * 86400}, "a certificate is not valid now"),
    ],
)
def test_the_package_refuses_what_is_not_right(
    documents: Party, changes: dict[str, Any], failed: str
) -> None:
    world = MdocWorld()
    assert failed in told(documents, world, world.presentation(), **changes)["failed"]


@pytest.mark.interop("mdoc checks our device MAC")
def test_the_package_reads_our_mac(documents: Party) -> None:
    world = MdocWorld()
    reader = private_jwk(world.keys, world.reader_ref)
    given = {"session": REDIRECTED, "reader": reader}
    assert documents("checkMac", raw=base64url.encode(world.by_mac()), **given) is True
    other = base64url.encode(world.by_mac(reader=world.other_ref))
    assert documents("checkMac", raw=other, **given) is False
    # It compares the name of the algorithm with its number, so as a whole it refuses every MAC, though
    # ISO/IEC 18013-5 9.1.3.5 has them. A release that does not fails here: then the row is to change.
    said = told(documents, world, world.by_mac(), reader=reader)
    assert said["failed"] == ["Device MAC must use alg 5 (HMAC 256/256)"]


def issued(documents: Party, world: MdocWorld) -> str:
    """A licence as the package issues it by our document signer's key, for our holder's."""
    shown: dict[str, Any] = {
        "family_name": "Öhrn",
        "birth_date": {"date": "1990-02-28"},
        "age_over_18": True,
        "issuing_country": "SE",
        "driving_privileges": [{"vehicle_category_code": "B"}],
    }
    raw = documents(
        "issueMdoc",
        docType=MDL_DOCTYPE,
        namespaces={MDL: shown},
        issuer=private_jwk(world.keys, world.signer_ref),
        certificates=x5c(world.certificate),
        holder=private_jwk(world.keys, world.holder_ref),
        signedAt=SECOND - 86400,
        **{"from": SECOND - 86400, "until": SECOND + 86400},
    )
    return str(raw)


def decided(world: MdocWorld, raw: bytes, session: bytes = SESSION) -> Any:
    """What our verifier decides of a document without a status entry, which the package cannot make."""
    binding = Binding(CLIENT_ID, NONCE, transcript=session, agree=world.binding.agree)
    return world.check(raw, binding=binding, policy=replace(world.policy, allow_without_status=True))


@pytest.mark.interop("mdoc issues, we present")
def test_we_present_what_the_package_issues(documents: Party) -> None:
    world = MdocWorld()
    credential = base64url.decode(issued(documents, world))
    raw = world.presentation(credential, [(MDL, "family_name"), (MDL, "birth_date")])
    ending = decided(world, raw)
    assert isinstance(ending, Accepted), ending
    assert ending.credentials[0].claims.reveal() == {MDL: {"family_name": "Öhrn", "birth_date": "1990-02-28"}}
    assert told(documents, world, raw)["failed"] == []


@pytest.mark.interop("mdoc presents to us")
@pytest.mark.parametrize("mode", MODES)
def test_we_read_what_the_package_presents(documents: Party, mode: str) -> None:
    world = MdocWorld()
    session, same = sessions(world)[mode]
    raw = documents(
        "presentMdoc",
        raw=base64url.encode(world.credential()),
        elements={MDL: ["family_name", "age_over_18"]},
        session=same,
        holder=private_jwk(world.keys, world.holder_ref),
    )
    ending = decided(world, base64url.decode(raw), session)
    assert isinstance(ending, Accepted), ending
    assert ending.credentials[0].claims.reveal() == {MDL: {"family_name": "Öhrn", "age_over_18": True}}
    other, _ = sessions(world)[MODES[MODES.index(mode) - 1]]
    refused = decided(world, base64url.decode(raw), other)
    assert isinstance(refused, RefusedWith), refused


@pytest.mark.interop("mdoc makes a device MAC for us")
def test_we_read_the_packages_mac(documents: Party) -> None:
    world = MdocWorld()
    raw = documents(
        "presentMdoc",
        raw=base64url.encode(world.credential()),
        elements={MDL: ["age_over_18"]},
        session=REDIRECTED,
        holder=private_jwk(world.keys, world.holder_ref),
        reader=world.keys.public(world.reader_ref).to_jwk(),
    )
    ending = decided(world, base64url.decode(raw))
    assert isinstance(ending, Accepted), ending
