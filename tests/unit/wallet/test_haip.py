"""HAIP 1.0 4 to 6 at the wallet: what it takes and from whom, what it refuses; and what it takes without."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from typer.testing import CliRunner

from clicid.codec import base64url, strict_json
from clicid.errors import LocalError
from clicid.oid4vci import client_attestation, dpop
from clicid.oid4vci.offer import parse_offer_url
from clicid.oid4vci.signed_metadata import Signers
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.rules import HAIP as HAIP_RULES
from clicid.oid4vp.rules import OPENID4VP
from clicid.trust.anchors import Anchor
from tests.support.asking import NAME_QUERY, REFERENCE
from tests.support.attesting import CLIENT, ROOT_CERTIFICATE
from tests.support.foreign_issuer import ISSUER, PID, SCOPED
from tests.support.foreign_scene import CERTIFICATE, SIGNER, VCT, Agreeing, InstantBrowser, Scene
from tests.support.refusals import refused
from tests.support.x509 import issue
from tests.unit.wallet.test_home import PASSPHRASE, make
from tests.unit.wallet.test_presenting import Deciding
from tests.unit.wallet.test_presenting import Scene as Shown
from wallet import cli
from wallet.main import opened
from wallet.usecases import presenting
from wallet.usecases.accepting import accept
from wallet.usecases.presenting import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clicid.codec.web import HttpAnswer, HttpRequest
    from wallet.usecases.parts import Parts

ATTESTED_KEYS = {
    PID: SCOPED
    | {
        "proof_types_supported": {
            "jwt": {"proof_signing_alg_values_supported": ["ES256"], "key_attestations_required": {}}
        }
    }
}
ALL: dict[str, Any] = {
    "par": "must",
    "dpop": True,
    "nonces": True,
    "methods": ("attest_jwt_client_auth",),
    "refreshes": True,
    "configurations": ATTESTED_KEYS,
    "attested": True,
}


class Strict(Scene):
    """A wallet with the switch on, or off."""

    haip = True

    def parts(self, send: Callable[[HttpRequest], HttpAnswer] | None = None) -> Parts:
        parts = super().parts(send)
        if not self.haip:
            return parts
        rules = replace(parts.policy.rules, haip=True)
        return replace(
            parts,
            policy=replace(parts.policy, rules=rules),
            holder=replace(parts.holder, haip=True),
            asked=HAIP_RULES,
        )


def take(scene: Scene, grant: str = "code", scheme: str = "haip-vci") -> Any:
    link = scene.issuer.offer(grant).replace("openid-credential-offer:", f"{scheme}:")
    return accept(scene.parts(), link, Agreeing(), InstantBrowser(scene.issuer))


def form(request: HttpRequest) -> dict[str, str]:

    return dict(parse_qsl(request.body.decode()))


def asked(scene: Scene, path: str) -> list[HttpRequest]:
    return [one for one in scene.issuer.seen if one.url.partition("?")[0] == f"{ISSUER}{path}"]


def test_the_whole_way_by_an_offer_of_either_scheme() -> None:
    for scheme in ("haip-vci", "openid-credential-offer"):
        (kept,) = take(Strict(copies=3, batch=3, **ALL), scheme=scheme)
        assert kept.credential_type == VCT


def test_the_wallet_authenticates_by_attestation_wherever_it_can_and_asks_by_scope() -> None:
    scene = Strict(**ALL)
    take(scene)
    (pushed, *_), tokens = asked(scene, "/par")[-1:], asked(scene, "/token")
    for one in (pushed, *tokens[-1:]):
        headers = dict(one.headers)
        assert client_attestation.HEADER.lower() in headers
        assert client_attestation.POP_HEADER.lower() in headers
        assert dpop.HEADER.lower() in headers
    said = form(pushed)
    assert said["client_id"] == CLIENT
    assert said["scope"] == SCOPED["scope"]
    assert "authorization_details" not in said
    assert said["code_challenge_method"] == "S256"


def test_each_issuance_has_an_attestation_and_a_key_of_its_own() -> None:
    """So no issuer sees one that another saw (HAIP 1.0 4.4.1), and none knows a wallet again by it."""
    scene = Strict(**ALL)
    shown = []
    for _ in range(2):
        take(scene)
        jwt = dict(asked(scene, "/par")[-1].headers)[client_attestation.HEADER.lower()]
        shown.append(json.loads(base64url.decode(jwt.split(".")[1])))
    first, second = shown
    assert first["cnf"] != second["cnf"]
    assert first["sub"] == second["sub"] == CLIENT


def test_the_wallet_follows_dpop_nonces_of_server_and_issuer() -> None:
    scene = Strict(**ALL)
    take(scene)

    def payload(one: HttpRequest) -> Any:
        return strict_json.loads(base64url.decode(dict(one.headers)["dpop"].split(".")[1]))

    first, second = (
        asked(scene, "/token")[-2:] if len(asked(scene, "/token")) > 1 else asked(scene, "/par")[:2]
    )
    assert payload(second)["nonce"]
    assert payload(asked(scene, "/credential")[-1])["nonce"]
    assert payload(first) != payload(second)


def test_keys_are_attested_all_of_a_batch_at_once() -> None:
    scene = Strict(copies=4, batch=4, **ALL)
    take(scene)
    (request,) = asked(scene, "/credential")[-1:]
    (proof,) = json.loads(request.body)["proofs"]["jwt"]
    attestation = strict_json.loads(base64url.decode(proof.split(".")[0]))
    assert isinstance(attestation, dict)
    inside = json.loads(base64url.decode(str(attestation["key_attestation"]).split(".")[1]))
    assert len(inside["attested_keys"]) == 4


def test_a_pre_authorized_code_is_redeemed_by_the_attested_wallet() -> None:
    scene = Strict(**ALL)
    (kept,) = take(scene, "pre")
    assert kept.credential_type == VCT
    assert client_attestation.HEADER.lower() in dict(asked(scene, "/token")[-1].headers)


LACKING: dict[str, tuple[dict[str, Any], str]] = {
    "a provider of its own": ({"attested": False, "configurations": {PID: SCOPED}, "methods": ("none",)}, ""),
    "attestation of wallets": ({"methods": ("none",)}, "/token_endpoint_auth_methods_supported"),
    "tokens bound to keys": ({"dpop": False}, "/dpop_signing_alg_values_supported"),
    "pushed requests": ({"par": "no"}, "/pushed_authorization_request_endpoint"),
    "iss": ({"iss": False}, "/authorization_response_iss_parameter_supported"),
    "a nonce endpoint": ({"nonce_endpoint": False}, "/nonce_endpoint"),
    "scopes": (
        {"configurations": {PID: {k: v for k, v in ATTESTED_KEYS[PID].items() if k != "scope"}}},
        "/credential_configurations_supported",
    ),
}


@pytest.mark.parametrize("name", LACKING)
def test_who_lacks_what_the_profile_demands_is_asked_for_nothing(name: str) -> None:
    changes, where = LACKING[name]
    scene = Strict(**(ALL | changes))
    with refused("oid4vci.haip", where):
        take(scene)
    assert not asked(scene, "/token")
    assert not asked(scene, "/par")
    free = Strict(**(ALL | changes))
    free.haip = False
    assert take(free), "without the switch"


def test_a_server_that_does_not_say_that_it_knows_s256_is_refused() -> None:
    scene = Strict(**ALL)
    said = scene.issuer.server_metadata
    scene.issuer.server_metadata = lambda: {  # type: ignore[method-assign]
        name: value for name, value in said().items() if name != "code_challenge_methods_supported"
    }
    with refused("oid4vci.haip", "/code_challenge_methods_supported"):
        take(scene)


@pytest.mark.parametrize("haip", [True, False])
def test_plain_metadata_do_not_stand_in_for_signed_ones(*, haip: bool) -> None:
    """Where an authority for them is known; an answer in plain could come from anybody in between."""
    scene = Strict(**ALL)
    scene.haip = haip
    parts = scene.parts()
    signers = Signers((Anchor.load(ROOT_CERTIFICATE),), haip=haip)
    knowing = replace(parts, holder=replace(parts.holder, signers=signers))
    link, browser = scene.issuer.offer("code"), InstantBrowser(scene.issuer)
    if not haip:
        assert accept(knowing, link, Agreeing(), browser)
        return
    with refused("oid4vci.metadata_signer"):
        accept(knowing, link, Agreeing(), browser)
    assert not asked(scene, "/par")


def test_formats_that_the_profile_does_not_have_are_not_taken() -> None:
    other = {
        "format": "jwt_vc_json",
        "scope": "other",
        "credential_definition": {"type": ["VerifiableCredential"]},
        "cryptographic_binding_methods_supported": ["jwk"],
        "proof_types_supported": ATTESTED_KEYS[PID]["proof_types_supported"],
    }
    scene = Strict(**(ALL | {"configurations": {"other": other}}))
    with refused("oid4vci.unsupported"):
        take(scene)


@pytest.mark.parametrize("bad", ["root", "none", "self"])
def test_a_credential_whose_chain_has_a_root_or_is_missing_is_not_kept(bad: str) -> None:

    def bent(scene: Scene) -> None:
        make = scene.credential

        def make_bent(name: str, key: Any) -> Any:
            head, rest = make(name, key).split(".", 1)
            header = json.loads(base64url.decode(head))
            root = base64.b64encode(CERTIFICATE).decode()
            alone = base64.b64encode(issue(SIGNER, SIGNER, names=("foreign.example",))).decode()
            header["x5c"] = {"root": [*header["x5c"], root], "none": [], "self": [alone]}[bad]
            if not header["x5c"]:
                del header["x5c"]
            signing = f"{base64url.encode(strict_json.dumps(header))}.{rest.partition('.')[0]}"
            return f"{signing}.{base64url.encode(SIGNER.sign(signing.encode()))}~"

        scene.issuer.make = make_bent

    strict = Strict(**ALL)
    bent(strict)
    with refused("issuer.certificate"):
        take(strict)
    assert strict.parts().records.credentials() == []
    if bad == "root":
        free = Strict(**ALL)
        free.haip = False
        bent(free)
        assert take(free)


def test_links_of_both_schemes_are_one_offer() -> None:
    link = Strict(**ALL).issuer.offer("code")
    assert parse_offer_url(link.replace("openid-credential-offer", "haip-vci")) == parse_offer_url(link)


def test_what_is_held_in_other_formats_is_not_shown() -> None:
    """Where a query lets one of several do: here SD-JWT VC plays the format that the rules do not have."""
    wish: Any = NAME_QUERY.to_wire()
    document = {"id": "doc", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"}}
    (name,) = (one["id"] for one in wish["credentials"])
    wish["credentials"].append(document)
    wish["credential_sets"] = [{"options": [[name], ["doc"]]}]
    for formats, reason in ((frozenset({"mso_mdoc"}), "oid4vp.nothing_held"), (OPENID4VP.formats, "")):
        scene = Shown(query=Query.parse(wish))
        scene.parts = replace(scene.parts, asked=replace(OPENID4VP, formats=formats))
        outcome = presenting.present(scene.parts, REFERENCE.to_url(), Deciding(answer=True))
        assert (outcome.presented, outcome.reason) == (not reason, reason)


# The folder


def test_a_wallet_is_made_under_the_switch_or_not(tmp_path: Path) -> None:
    home = make(tmp_path)
    file = home / "wallet.json"
    with opened(home, PASSPHRASE) as parts:
        assert (parts.asked, parts.holder.haip, parts.policy.rules.haip) == (OPENID4VP, False, False)
    settings = json.loads(file.read_text())
    assert settings["haip"] is False
    file.write_text(json.dumps(settings | {"haip": True}))
    with opened(home, PASSPHRASE) as parts:
        assert (parts.asked, parts.holder.haip, parts.policy.rules.haip) == (HAIP_RULES, True, True)
        assert parts.holder.signers.haip
        assert parts.terms.request == HAIP_RULES
    del settings["haip"]
    file.write_text(json.dumps(settings))
    with opened(home, PASSPHRASE) as parts:
        assert not parts.holder.haip, "a wallet from before there was a switch"
    file.write_text(json.dumps(settings | {"haip": "yes"}))

    with refused("wallet.home", kind=LocalError), opened(home, PASSPHRASE):
        pytest.fail("it opened")


@pytest.mark.parametrize("haip", [False, True])
def test_the_wallet_follows_where_the_verifier_sends_the_browser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, haip: bool
) -> None:

    home = make(tmp_path)
    settings = json.loads((home / "wallet.json").read_text())
    (home / "wallet.json").write_text(json.dumps(settings | {"haip": haip}))
    (tmp_path / "pass").write_text(PASSPHRASE)
    gone: list[str] = []
    onward = "https://shop.example/done?response_code=c"
    monkeypatch.setattr(cli, "open_browser", lambda url, _wait: gone.append(url))
    monkeypatch.setattr(presenting, "present", lambda *_: Outcome(presented=True, redirect_uri=onward))
    arguments = [
        "present",
        "haip-vp://?x=1",
        "--home",
        str(home),
        "--passphrase-file",
        str(tmp_path / "pass"),
    ]
    said = CliRunner().invoke(cli.app, arguments)
    assert said.exit_code == 0, said.output
    assert onward in said.output.replace("\n", "")
    assert gone == ([onward] if haip else [])
    CliRunner().invoke(cli.app, [*arguments, "--json"])
    assert len(gone) == haip, "a program is told, and goes there itself"
