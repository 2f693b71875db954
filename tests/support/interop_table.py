"""The table of docs/interop.md, from what the tests in `tests/interop` are marked with.

`python -m tests.support.interop_table` writes it; a test compares.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.foreign import PACKAGES

ROOT: Final = Path(__file__).parents[2]
TESTS: Final = ROOT / "tests" / "interop"
PAGE: Final = ROOT / "docs" / "interop.md"
BEGIN, END = "<!-- table -->", "<!-- /table -->"


@dataclass(frozen=True, slots=True)
class Row:
    """What one party does towards ours, and what it lacks for it."""

    package: str
    theirs: str
    ours: str
    what: str
    lacks: str = ""


_SD_JWT, _MDOC = "@sd-jwt/sd-jwt-vc", "@owf/mdoc"
_VCI, _VP = "@openid4vc/openid4vci", "@openid4vc/openid4vp"
ROWS: Final[dict[str, Row]] = {
    "openid4vci takes by pre-authorized code": Row(
        _VCI,
        "wallet",
        "issuer",
        "pre-authorized code with transaction code, nonce, `jwt` proofs bound by `jwk` and by `did:key`, "
        "notification, in every configuration of `dc+sd-jwt`, `mso_mdoc`, `ldp_vc`, `jwt_vc_json`; a wrong "
        "code refused, and one used twice",
        "of `ldp_vc` it knows the messages only",
    ),
    "openid4vci takes by authorization code": Row(
        _VCI,
        "wallet",
        "issuer and authorization server",
        "an offer by reference; pushed request, PKCE, the person's page, `iss`; DPoP with server nonces; "
        "as a listed client and with a wallet attestation; a batch of three, notification, refresh",
        "no challenge (attestation-based client authentication, 8): the test puts it in; no `state`",
    ),
    "openid4vci takes what is encrypted, attested and signed": Row(
        _VCI,
        "wallet",
        "issuer",
        "encrypted request and answer, attested keys in `jwt` proofs, `attestation` proofs, metadata signed "
        "by `x5c`",
        "it encrypts nothing (OpenID4VCI 10): `jose` does; it sends no `Accept` (12.2.2): the test does",
    ),
    "openid4vci takes by presentations of others": Row(
        _VCI,
        "wallet",
        "issuer",
        "`di_vp` proofs of a batch, `eddsa-rdfc-2022` and `ecdsa-rdfc-2019`, for `ldp_vc`; one for another "
        "issuer refused",
        "it carries them and does not make them: `@digitalbazaar/data-integrity` does",
    ),
    "openid4vci takes what is deferred": Row(
        _VCI,
        "wallet",
        "issuer and authorization server",
        "a person in review: authorization code, `transaction_id`, asked again before and after the decision",
        "it refuses `notification_id` beside deferred credentials, which OpenID4VCI 9.2 allows: the test "
        "leaves it out",
    ),
    "openid4vci gives to our wallet": Row(
        _VCI,
        "issuer",
        "wallet",
        "an offer by value and by reference; pre-authorized code with and without transaction code, nonce, "
        "`jwt` proof, notification; `dc+sd-jwt` by `x5c` and `mso_mdoc`, each under a root that the person "
        "named; a wrong transaction code refused, and another authority",
    ),
    "openid4vci gives to our wallet, as a W3C credential": Row(
        _VCI,
        "issuer",
        "wallet",
        "`jwt_vc_json`, and `ldp_vc` by `ecdsa-rdfc-2019` and `ecdsa-sd-2023`, of a `did:web` that the "
        "person named; of one that nobody named refused",
        "it knows the messages only: `jose` and `@digitalbazaar/data-integrity` sign; what stands at "
        "the `did:web`, which wants https, the test says",
    ),
    "openid4vci gives to our wallet, encrypted": Row(
        _VCI,
        "issuer",
        "wallet",
        "encrypted requests and answers, at once and deferred; `dc+sd-jwt` and `mso_mdoc`",
        "it encrypts nothing, and wants the `alg` of drafts beside the key (OpenID4VCI 8.2): `jose` opens "
        "and seals",
    ),
    "openid4vci gives to our wallet by authorization code": Row(
        _VCI,
        "issuer and authorization server",
        "wallet",
        "pushed request, PKCE, `iss`, DPoP with and without the server's nonce; another `iss` refused",
        "it gives out no DPoP nonces: the test does",
    ),
    "openid4vci wants our wallet and its keys attested": Row(
        _VCI,
        "issuer and authorization server",
        "wallet provider and wallet",
        "wallet attestation at the pushed and the token request, key attestation in a `jwt` proof and as a "
        "proof by itself; without them refused",
        "no challenge (attestation-based client authentication, 8)",
    ),
    "openid4vci gives several copies, later, and again": Row(
        _VCI, "issuer", "wallet", "batch, deferred issuance, refresh token and renewal"
    ),
    "openid4vci signs its metadata for our wallet": Row(
        _VCI, "issuer", "wallet", "by `x5c`; by an authority that the person did not name refused"
    ),
    "openid4vci attests a wallet and its keys": Row(
        _VCI,
        "wallet provider and wallet",
        "issuer",
        "wallet attestation with its proof, key attestation",
        "its key attestations have the drafts' `typ`, `keyattestation+jwt` (OpenID4VCI D.1 has "
        "`key-attestation+jwt`); the test puts it right",
    ),
    "openid4vci believes our attestations": Row(
        _VCI,
        "issuer",
        "wallet provider and wallet",
        "wallet attestation with its proof, key attestation for either proof type; another key, another "
        "server and another nonce refused",
        "it wants `iss` and `exp` as drafts of attestation-based client authentication before 08 and 06 did",
    ),
    "openid4vci takes under HAIP": Row(
        _VCI,
        "wallet",
        "issuer and authorization server under HAIP 1.0",
        "`haip-vci://`; `dc+sd-jwt` and `mso_mdoc` by authorization code: pushed request, PKCE, `iss`, "
        "scope, DPoP, wallet attestation, key attestation in a `jwt` proof and by itself, a batch, a refresh "
        "token used twice; metadata signed under a root that is not there; without either attestation or "
        "DPoP refused",
        "challenge and `typ` of key attestations as above: the test puts them in",
    ),
    "openid4vci gives under HAIP": Row(
        _VCI,
        "issuer and authorization server",
        "wallet provider and wallet under HAIP 1.0",
        "both formats and proof types by code, with the server's DPoP nonce, signed metadata, a batch by one "
        "key attestation; unsigned metadata, another `iss`, and an SD-JWT VC that brings its root "
        "refused",
        "it gives out no DPoP nonces: the test does; in a `jwt` proof it leaves the attested keys to who "
        "calls it",
    ),
    "openid4vp answers our verifier": Row(
        _VP,
        "wallet",
        "verifier",
        "`decentralized_identifier`, `x509_san_dns`, `x509_hash`, `verifier_attestation` by `request_uri` "
        "with post, `redirect_uri` by value; DCQL; `direct_post` and `direct_post.jwt`; `dc+sd-jwt`, "
        "`mso_mdoc`, `jwt_vc_json`; a request by another key refused, and an answer that keeps back "
        "something",
        "it holds `iss` of a request object against `kid`, which OpenID4VP 5.8 has it ignore (ours has "
        "none); by post it sends no `wallet_nonce` (5.10); of `verifier_attestation` and `jwt_vc_json` it "
        "knows the names only: `jose` does the rest",
    ),
    "openid4vp answers by the Digital Credentials API": Row(
        _VP,
        "wallet",
        "verifier",
        "`openid4vp-v1-signed` (`x509_hash`) and `-unsigned`, `dc_api` and `dc_api.jwt`, `dc+sd-jwt` and "
        "`mso_mdoc`; from another page refused",
        "of a signed request it gives the client identifier for the audience (OpenID4VP A.4 has the origin)",
    ),
    "openid4vp answers under HAIP": Row(
        _VP,
        "wallet",
        "verifier under HAIP 1.0",
        "`haip-vp://`; `x509_hash` without its root, by `request_uri`, `direct_post.jwt`, and "
        "`openid4vp-v1-signed` with `dc_api.jwt`; `dc+sd-jwt` and `mso_mdoc`; the same device",
        "the audience of a signed request of a page as above: the test puts it right",
    ),
    "openid4vp asks under HAIP": Row(
        _VP,
        "verifier",
        "wallet under HAIP 1.0",
        "`haip-vp://`; `x509_hash` without its root, by `request_uri` with get and post, `direct_post.jwt`; "
        "`openid4vp-v1-signed` and `-unsigned` with `dc_api.jwt`; `dc+sd-jwt` and `mso_mdoc`; refused: with "
        "its root, under another prefix, unsigned by a link, to be answered in the open",
        "it makes no request with several signatures (OpenID4VP A.3.2)",
    ),
    "openid4vp authorises a transaction": Row(
        _VP, "wallet", "verifier", "`transaction_data` with an SD-JWT VC; an answer without it refused"
    ),
    "openid4vp has our wallet authorise a transaction": Row(
        _VP, "verifier", "wallet", "`transaction_data` with an SD-JWT VC"
    ),
    "openid4vp comes back to the same device": Row(
        _VP, "wallet", "verifier", "`redirect_uri` with `response_code`; without it no result"
    ),
    "openid4vp asks our wallet": Row(
        _VP,
        "verifier",
        "wallet",
        "`redirect_uri` by value; `decentralized_identifier`, `x509_san_dns`, `x509_hash`, "
        "`verifier_attestation` by `request_uri` with get, and with post and `wallet_nonce`; DCQL; "
        "`direct_post` and `direct_post.jwt`; an SD-JWT VC checked by `@sd-jwt/sd-jwt-vc`",
        "unless told, it has its own address as `aud` of a request object (OpenID4VP 5.8 has "
        "`https://self-issued.me/v2`); of `verifier_attestation` it knows the prefix only",
    ),
    "openid4vp asks our wallet for mobile documents": Row(
        _VP, "verifier", "wallet", "`mso_mdoc` by `direct_post` and `direct_post.jwt`, checked by `@owf/mdoc`"
    ),
    "openid4vp asks our wallet by the Digital Credentials API": Row(
        _VP,
        "verifier",
        "wallet",
        "`openid4vp-v1-signed` (`x509_hash`) and `-unsigned`, `dc_api` and `dc_api.jwt`, `dc+sd-jwt` and "
        "`mso_mdoc`; the same request from another page refused",
    ),
    "openid4vp is told why our wallet does not answer": Row(_VP, "verifier", "wallet", "`access_denied`"),
    "openid4vp carries a W3C presentation": Row(
        _VP,
        "wallet, verifier",
        "verifier, wallet",
        "`ldp_vc` and `jwt_vc_json` by `direct_post` and `direct_post.jwt`",
        "it does not look into them: `@digitalbazaar/data-integrity` makes the presentation of "
        "`ldp_vc` to our verifier",
    ),
    "sd-jwt-vc reads what our issuer gives, and its status list": Row(
        _SD_JWT,
        "verifier",
        "issuer",
        "identity and age by `x5c`; the status list fetched and read, a revoked one refused",
    ),
    "sd-jwt-vc verifies what we present": Row(
        _SD_JWT,
        "verifier",
        "issuer and wallet",
        "an SD-JWT VC by `x5c`, nested disclosures, key binding; a wrong nonce, holder or root, "
        "or an omission refused",
        "it leaves `aud` of the key binding to who calls it",
    ),
    "sd-jwt-vc issues and presents to us": Row(
        _SD_JWT,
        "issuer and wallet",
        "verifier",
        "nested disclosures with decoys, key binding; by another key refused",
    ),
    "sd-jwt-vc issues, we present": Row(
        _SD_JWT, "issuer and verifier", "wallet", "its credential, shown by us, read by both"
    ),
    "mdoc reads what our issuer gives": Row(_MDOC, "wallet", "issuer", "identity and age as mdoc"),
    "jose reads a W3C credential as JWT": Row(
        "jose", "verifier", "issuer", "`jwt_vc_json`: the JWT of VC Data Model 1.1, by `x5c`"
    ),
    "mdoc verifies what we issue": Row(_MDOC, "wallet", "issuer", "`IssuerSigned` under an IACA root"),
    "mdoc verifies what we present": Row(
        _MDOC,
        "verifier",
        "issuer and wallet",
        "device signature in the sessions of `direct_post`, `direct_post.jwt`, `dc_api`, `dc_api.jwt`; "
        "a wrong session, root or time refused",
        "it does not read the status entry",
    ),
    "mdoc checks our device MAC": Row(
        _MDOC,
        "verifier",
        "issuer and wallet",
        "device MAC, by its parts",
        "as a whole it refuses every MAC: it compares the algorithm's name with its number; its "
        "`MAC_structure` lacks the `external_aad` (RFC 9052 6.3), which the test puts in",
    ),
    "mdoc issues, we present": Row(
        _MDOC, "issuer and verifier", "wallet", "its licence, shown by us, read by both", "no status entry"
    ),
    "mdoc presents to us": Row(
        _MDOC, "wallet", "verifier", "device signature in the same four sessions; in another session refused"
    ),
    "mdoc makes a device MAC for us": Row(
        _MDOC, "wallet", "verifier", "device MAC", "its `MAC_structure` as above; the test puts it right"
    ),
}


@dataclass(frozen=True, slots=True)
class Judge:
    """A package from PyPI whose word on ours the unit tests take."""

    package: str
    module: str
    what: str
    where: tuple[str, ...]


JUDGES: Final = (
    Judge(
        "sd-jwt",
        "sd_jwt",
        "SD-JWT VC, and W3C credentials enveloped in SD-JWT, with key binding, both ways",
        ("tests/unit/formats/sd_jwt_vc/test_interop.py", "tests/unit/formats/vc_jose/test_interop.py"),
    ),
    Judge(
        "pymdoccbor",
        "pymdoccbor",
        "mobile documents: ours read and altered ones refused; its own accepted and shown by ours",
        ("tests/unit/formats/mdoc/test_interop.py",),
    ),
    Judge(
        "joserfc",
        "joserfc",
        "JWS and JWK of every algorithm, W3C credentials as JWT, both ways",
        (
            "tests/unit/securing/test_jws.py",
            "tests/unit/keys/test_public.py",
            "tests/unit/formats/vc_jose/test_interop.py",
        ),
    ),
)


def marked() -> dict[str, list[str]]:
    """The tests of each row, by file and function; tests without a row are under ""."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.glob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for row in [*filter(None, map(_row, node.decorator_list))] or [""]:
                    found.setdefault(row, []).append(f"{path.stem}.{node.name}")
    return found


def _row(decorator: ast.expr) -> str:
    text = ast.unparse(decorator)
    match = re.fullmatch(r"pytest\.mark\.interop\('(.*)'\)", text)
    return match[1] if match else ""


def versions() -> dict[str, str]:
    """The version of each foreign package, as it is pinned."""
    npm: dict[str, str] = json.loads((PACKAGES / "package.json").read_text("utf-8"))["dependencies"]
    lock = (ROOT / "requirements" / "dev.txt").read_text("utf-8")
    return npm | dict(re.findall(r"^([a-z-]+)==(\S+)", lock, re.MULTILINE))


def table() -> str:
    """The tables as Markdown."""
    pinned = versions()
    rows = ["| who | version | is | ours is | what passed | what it lacks |", "|---|---|---|---|---|---|"]
    rows += [
        f"| `{row.package}` | {pinned[row.package]} | {row.theirs} | {row.ours} | {row.what} | {row.lacks} |"
        for row in ROWS.values()
    ]
    judges = ["| judge | version | of what | in |", "|---|---|---|---|"]
    for one in JUDGES:
        places = ", ".join(f"`{each}`" for each in one.where)
        judges.append(f"| `{one.package}` | {pinned[one.package]} | {one.what} | {places} |")
    return "\n".join([*rows, "", *judges])


def page(before: str) -> str:
    """The page with the table as it is now."""
    head, _, rest = before.partition(BEGIN)
    return f"{head}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
