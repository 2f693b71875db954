"""The published example specifications: issued here, read by the `sd-jwt` package, and the reverse.

The files give inputs only (claims, which of them are hidden, what a holder shows); the package, which
its authors use for the examples of RFC 9901, is the other opinion on what must come out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.utils.yaml_specification import load_yaml_specification, remove_sdobj_wrappers
from sd_jwt.verifier import SDJWTVerifier

from clicid.codec import base64url, strict_json
from clicid.formats.sd_jwt_vc.recognised import NEVER_SELECTIVE
from clicid.keys.public import PublicKey
from clicid.securing import jws
from clicid.securing.sd_jwt import disclosure
from clicid.securing.sd_jwt.pack import pack
from clicid.securing.sd_jwt.reveal import reveal
from clicid.securing.sd_jwt.selection import select
from tests.support import suites
from tests.support.world import Dice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from clicid.securing.sd_jwt.reveal import Path as ClaimPath


def load(folder: Path) -> Iterable[tuple[str, object]]:
    for path in sorted(folder.glob("examples/*/specification.yml")):
        yield path.parent.name, load_yaml_specification(path)


EXAMPLES = suites.cases("sd-jwt-examples", load)
KEY = JWK.generate(kty="EC", crv="P-256")
PUBLIC = PublicKey.from_jwk(json.loads(KEY.export_public()))


def hidden(claims: Any, path: ClaimPath = ()) -> set[ClaimPath]:
    """The paths that a specification marks as selectively disclosable."""
    found: set[ClaimPath] = set()
    rows = (
        claims.items() if isinstance(claims, dict) else enumerate(claims if isinstance(claims, list) else [])
    )
    for key, value in rows:
        marked = key if isinstance(claims, dict) else value
        here = (*path, key.value if isinstance(key, SDObj) else key)
        found |= {here} if isinstance(marked, SDObj) else set()
        found |= hidden(value.value if isinstance(value, SDObj) else value, here)
    return found


def pointers(shown: Any, path: ClaimPath = ()) -> list[ClaimPath]:
    """The paths of `holder_disclosed_claims`."""
    if isinstance(shown, dict):
        return [found for key, value in shown.items() for found in pointers(value, (*path, key))]
    if isinstance(shown, list):
        return [found for index, value in enumerate(shown) for found in pointers(value, (*path, index))]
    return [path] if shown else []


def by_package(token: str) -> dict[str, Any]:
    verified: dict[str, Any] = SDJWTVerifier(token, lambda *_: KEY).get_verified_payload()
    return verified


def by_us(token: str) -> dict[str, Any]:
    signed, *shown, last = token.split("~")
    assert not last
    header = json.loads(base64url.decode(signed.split(".")[0]))
    payload = jws.verify(jws.parse(signed, typ=header["typ"]), PUBLIC)
    claims = strict_json.loads(payload)
    assert isinstance(claims, dict)
    return dict(
        reveal(claims, [disclosure.read(item, "") for item in shown], never_selective=NEVER_SELECTIVE).claims
    )


def issued_here(example: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The token with all disclosures, and the plain claims."""
    plain: dict[str, Any] = remove_sdobj_wrappers(example["user_claims"])
    places = hidden(example["user_claims"])
    packed = pack(plain, hide=places.__contains__, random=Dice("published"), pad_to=4)
    header = {"typ": "example+sd-jwt", "alg": "ES256"}
    prepared = jws.prepare(header, strict_json.dumps(packed.payload | {"_sd_alg": "sha-256"}))
    raw = base64url.decode(_sign(prepared.signing_input))
    return "~".join(
        [prepared.complete([raw]).decode(), *(item.text for item in packed.disclosures), ""]
    ), plain


def _sign(message: bytes) -> str:
    from jwcrypto.jwa import JWA

    signature: bytes = JWA.signing_alg("ES256").sign(KEY, message)
    return base64url.encode(signature)


@pytest.mark.suite("sd-jwt-examples")
@pytest.mark.parametrize("example", EXAMPLES)
def test_what_is_issued_here_is_read_there(example: dict[str, Any]) -> None:
    token, plain = issued_here(example)

    assert by_package(token) == plain
    assert by_us(token) == plain
    # With nothing disclosed both see the same remainder.
    bare = token.split("~")[0] + "~"
    assert by_us(bare) == by_package(bare)


@pytest.mark.suite("sd-jwt-examples")
@pytest.mark.parametrize("example", EXAMPLES)
def test_what_is_issued_there_is_read_here(example: dict[str, Any]) -> None:
    issuer = SDJWTIssuer(
        example["user_claims"],
        KEY,
        add_decoy_claims=True,
        extra_header_parameters={"typ": "example+sd-jwt"},
    )
    token = issuer.sd_jwt_issuance

    assert by_us(token) == remove_sdobj_wrappers(example["user_claims"])
    holder = SDJWTHolder(token)
    holder.create_presentation(example["holder_disclosed_claims"])
    assert by_us(holder.sd_jwt_presentation) == by_package(holder.sd_jwt_presentation)


@pytest.mark.suite("sd-jwt-examples")
@pytest.mark.parametrize("example", EXAMPLES)
def test_what_is_chosen_here_is_there_and_no_other_claim(example: dict[str, Any]) -> None:
    token, plain = issued_here(example)
    signed, *texts, _ = token.split("~")
    items = [disclosure.read(text, "") for text in texts]
    payload = strict_json.loads(jws.parse(signed, typ="example+sd-jwt").unverified_payload)
    assert isinstance(payload, dict)
    revealed = reveal(payload, items, never_selective=NEVER_SELECTIVE)
    asked = [path for path in pointers(example["holder_disclosed_claims"]) if _exists(plain, path)]

    chosen = select(revealed, asked)

    shown = by_package("~".join([signed, *(text for text in texts if text in chosen), ""]))
    for path in hidden(example["user_claims"]):
        wanted = any(place[: len(path)] == path or path[: len(place)] == place for place in asked)
        if all(isinstance(step, str) for step in path):
            assert _exists(shown, path) == wanted, path


def _exists(tree: Any, path: ClaimPath) -> bool:
    for step in path:
        if isinstance(tree, list):
            tree = dict(enumerate(tree))
        if not isinstance(tree, dict) or step not in tree:
            return False
        tree = tree[step]
    return True
