"""What the issuer's metadata say of proofs, batches, encryption and looks, and the same signed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import strict_json
from clicid.errors import LocalError
from clicid.keys.algorithms import P256
from clicid.keys.store import KeyRef
from clicid.oid4vci import encryption, signed_metadata
from clicid.oid4vci.encryption import AnswerEncryption
from clicid.oid4vci.metadata import CredentialIssuerMetadata
from clicid.oid4vci.signed_metadata import Signers
from clicid.securing import jwe
from clicid.securing.jwe import Recipient
from issuer.config import load
from tests.support import issuer_world
from tests.support.issuer_config import DID, IDENTIFIER, configured
from tests.support.issuer_doubles import match
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.world import Dice
from tests.unit.issuer.test_credential_endpoint import IDENTITY, PATH, error, post, proved, wallet_of
from tests.unit.issuer.test_review import in_review

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.support.issuer_clients import Wallet
    from tests.support.issuer_world import World
    from tests.support.sites import Site

WELL_KNOWN = "/.well-known/openid-credential-issuer"
KEYS = MemoryKeyStore(b"a wallet's answers")
REF = KEYS.generate(P256, "answers")
MINE = AnswerEncryption(Recipient(KEYS.public(REF), "mine", jwe.ECDH_ES), "A256GCM")
OWNER = 'owner = "owner"\n'


def encrypting(path: Path, keys: str = '["new"]', **issuing: str) -> Path:
    table = "\n".join(f"{name} = {value}" for name, value in issuing.items())
    return configured(
        path,
        **{OWNER: f"{OWNER}request_encryption = {keys}\n", "[outbox]": f"[issuing]\n{table}\n\n[outbox]"},
    )


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[World]:
    """An issuer that takes and gives encrypted messages."""
    with issuer_world.running(tmp_path, config=encrypting(tmp_path)) as found:
        yield found


def metadata(world: Site) -> CredentialIssuerMetadata:
    return CredentialIssuerMetadata.parse(world.call("GET", WELL_KNOWN).content, issuer=IDENTIFIER)


def recipient(world: Site) -> Recipient:
    offered = metadata(world).request_encryption
    assert offered is not None
    (jwk,) = offered.jwks
    return Recipient.from_jwk(jwk)


def request(wallet: Wallet, **members: Any) -> dict[str, Any]:
    jwt = proved(wallet, str(len(members)), wallet.nonce())
    return {"credential_configuration_id": IDENTITY, "proofs": {"jwt": [jwt]}, **members}


def send(wallet: Wallet, body: Any, path: str = PATH, to: Recipient | None = None) -> httpx.Response:
    raw = jwe.encrypt(strict_json.dumps(body), to or recipient(wallet.world), enc="A128GCM", random=Dice())
    return post(wallet, raw, path, **{"content-type": "application/jwt"})


def opened(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == encryption.MEDIA_TYPE
    message = jwe.parse(answer.content, max_bytes=1 << 20)
    raw = jwe.decrypt(message, agree=lambda public: KEYS.agree(REF, public), kid="mine", encs=["A256GCM"])
    found = strict_json.loads(raw)
    assert isinstance(found, dict)
    return found


def test_requests_and_answers_go_encrypted_and_errors_never(sealed: World) -> None:
    wallet = wallet_of(sealed)
    plain = send(wallet, request(wallet))
    assert plain.status_code == 200, plain.text
    assert plain.json()["credentials"]
    both = request(wallet, credential_response_encryption=MINE.to_wire())
    answer = send(wallet, both)
    assert answer.status_code == 200, answer.text
    assert opened(answer).keys() == {"credentials", "notification_id"}
    assert error(send(wallet, both)) == "invalid_nonce"


def test_what_is_deferred_is_encrypted_to_whom_the_latest_request_names(sealed: World) -> None:
    sealed.engines.match = match(0.58)
    wallet = wallet_of(sealed, in_review(sealed))
    asked = request(wallet, credential_response_encryption=MINE.to_wire())
    first = send(wallet, asked)
    assert first.status_code == 202
    transaction = {"transaction_id": opened(first)["transaction_id"]}
    path = "/oid4vci/deferred_credential"
    assert send(wallet, transaction, path).json()["interval"] == 60
    named = transaction | {"credential_response_encryption": MINE.to_wire()}
    assert opened(send(wallet, named, path))["transaction_id"] == transaction["transaction_id"]
    assert error(post(wallet, named, path)) == "invalid_encryption_parameters"


def test_encryption_that_is_not_as_the_metadata_say(sealed: World) -> None:
    wallet, to = wallet_of(sealed), recipient(sealed)
    asked = strict_json.dumps(request(wallet, credential_response_encryption=MINE.to_wire()))
    assert error(post(wallet, asked)) == "invalid_encryption_parameters"
    for bad in (
        jwe.encrypt(asked, Recipient(to.key, "another", to.alg), enc="A128GCM", random=Dice()),
        jwe.encrypt(asked, Recipient(MINE.recipient.key, to.kid, to.alg), enc="A128GCM", random=Dice()),
        jwe.encrypt(asked, to, enc="A128GCM", random=Dice()) + b"A",
        b"x.y.z",
        asked,
    ):
        answer = post(wallet, bad, **{"content-type": "application/jwt; charset=utf-8"})
        assert error(answer) == "invalid_encryption_parameters"
    for changed in (
        {"enc": "A128CBC-HS256"},
        {"zip": "DEF"},
        {"jwk": {**MINE.recipient.to_jwk(), "alg": "x"}},
    ):
        body = request(wallet, credential_response_encryption={**MINE.to_wire(), **changed})
        assert error(send(wallet, body)) == "invalid_encryption_parameters"


def test_where_encryption_is_demanded_nothing_goes_without(tmp_path: Path) -> None:
    file = encrypting(tmp_path, encrypted_requests="true", encrypted_responses="true")
    with issuer_world.running(tmp_path, config=file) as world:
        found = metadata(world)
        assert found.request_encryption is not None
        assert found.response_encryption is not None
        assert found.request_encryption.required
        assert found.response_encryption.required
        wallet = wallet_of(world)
        assert error(post(wallet, request(wallet))) == "invalid_encryption_parameters"
        assert error(send(wallet, request(wallet))) == "invalid_encryption_parameters"
        whole = request(wallet, credential_response_encryption=MINE.to_wire())
        assert send(wallet, whole).status_code == 200


def test_requests_alone_may_be_demanded_encrypted(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path, config=encrypting(tmp_path, encrypted_requests="true")) as world:
        wallet = wallet_of(world)
        assert error(post(wallet, request(wallet))) == "invalid_encryption_parameters"
        assert send(wallet, request(wallet)).status_code == 200


def test_a_key_that_was_replaced_still_opens_and_one_that_was_removed_does_not(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path, config=encrypting(tmp_path)) as world:
        old = recipient(world)
    file = tmp_path / "issuer.toml"
    for keys, status in (('["newer", "new"]', 200), ('["newer"]', 400)):
        text = file.read_text()
        before = text[text.index("request_encryption") :].partition("\n")[0]
        file.write_text(text.replace(before, f"request_encryption = {keys}"))
        with issuer_world.running(tmp_path, config=file) as world:
            assert recipient(world).kid != old.kid
            wallet = wallet_of(world)
            assert send(wallet, request(wallet), to=old).status_code == status


def test_the_metadata_are_signed_for_who_asks(world: World) -> None:
    plain = world.call("GET", WELL_KNOWN, headers={"accept": "application/json"})
    signed = world.call("GET", WELL_KNOWN, headers={"accept": "application/jwt"})
    assert signed.headers["content-type"] == "application/jwt"
    assert plain.headers["vary"] == signed.headers["vary"] == "Accept"
    key = world.ground.keystore.public(KeyRef("sd-jwt"))
    raw = signed_metadata.verify(
        signed.content,
        issuer=IDENTIFIER,
        signers=Signers((), {f"{DID}#delegate-2": key}),
        algs=("ES256",),
        now=world.clock(),
        max_age=timedelta(days=1),
        leeway=timedelta(0),
    )
    assert strict_json.loads(raw) == plain.json()
    again = world.call("GET", WELL_KNOWN, headers={"accept": "application/jwt"})
    assert again.content == signed.content
    world.clock.forward(hours=13)
    anew = world.call("GET", WELL_KNOWN, headers={"accept": "application/jwt, */*;q=0.1"})
    assert anew.content != signed.content
    assert world.call("GET", WELL_KNOWN, headers={"accept": "*/*"}).json() == plain.json()


def test_credentials_and_issuer_are_shown_in_both_languages_with_a_mark(world: World) -> None:
    found = metadata(world)
    assert found.batch_size == 5
    assert found.deferred_credential_endpoint == f"{IDENTIFIER}/oid4vci/deferred_credential"
    shown = [found.display, *(one.display for one in found.configurations.values())]
    for displays in shown:
        assert {one.locale for one in displays} == {"en", "sv-SE"}
        assert len({one.logo.alt_text for one in displays if one.logo}) == 2
    for configuration in found.configurations.values():
        assert configuration.claims
        assert all(
            {name.locale for name in claim.display} == {"en", "sv-SE"} for claim in configuration.claims
        )
        assert all(one.background_color and one.text_color for one in configuration.display)
        assert next(iter(configuration.proof_algs)) == "jwt"
        assert configuration.attestations == {}
    assert list(found.configurations["ClicAge_ldp"].proof_algs) == ["jwt", "di_vp"]
    logo = found.display[0].logo
    assert logo is not None
    served = world.call("GET", logo.uri.removeprefix(IDENTIFIER))
    assert served.headers["content-type"] == "image/svg+xml"
    assert served.content.startswith(b"<svg ")


@pytest.mark.parametrize(
    "table",
    [
        'proof_types = ["attestation"]',
        "key_attestations = {}",
        "encrypted_requests = true",
        "encrypted_responses = true",
        "batch_size = 1",
        'proof_types = ["ldp_vp"]',
    ],
)
def test_a_configuration_that_could_not_be_kept_is_refused(tmp_path: Path, table: str) -> None:
    with pytest.raises(LocalError, match=r"config\.invalid"):
        load(configured(tmp_path, **{"[outbox]": f"[issuing]\n{table}\n\n[outbox]"}))
