"""What is missing or wrong is refused at start, by name."""

from __future__ import annotations

import datetime as dt
import json
import stat
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from clicid.errors import ClicidError, LocalError
from clicid.keys.public import PublicKey
from clicid.ledger.network import NetworkKind
from issuer.certificates import load_chain
from issuer.config import load
from issuer.ground import open_ground
from issuer.main import compose, create_app, create_operator_app
from issuer.outbox import DirectoryOutbox
from issuer.usecases.records import Channel
from tests.support.issuer_config import IDENTIFIER, configured, network_file, signed_by_root
from tests.support.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path


def refusal(path: Path) -> ClicidError:
    with pytest.raises(ClicidError) as found:
        open_ground(load(path)).close()
    return found.value


def _wallet(address: str) -> str:
    client = f'{{ client_id = "wallet", redirect_uris = ["{address}"] }}'
    return f"[authorization]\nclients = [{client}]\n\n[outbox]"


def _provider(more: str, clients: str = "") -> str:
    row = f'name = "Provider AB"\nclients = ["wallet"]\nroots = ["provider.pem"]\n{more}'
    return f"[[wallet_providers]]\n{row}\n{clients}\n[outbox]"


def test_the_example_opens(tmp_path: Path) -> None:
    ground = open_ground(load(configured(tmp_path)))
    assert ground.embedded
    ground.close()


@pytest.mark.parametrize(
    ("old", "new", "code", "named"),
    [
        (f'identifier = "{IDENTIFIER}"\n', "", "config.missing", "identifier"),
        ('payer = "payer"\n', "", "config.missing", "keys.payer"),
        ("[policy]", "[police]", "config.missing", "policy"),
        ("sandbox = true", "sandbox = true\nmistyped = 1", "config.invalid", "mistyped"),
        ("sandbox = true", "sandbox = false", "config.invalid", "https"),
        ("[outbox]", _wallet("javascript:alert(1)"), "config.invalid", "javascript"),
        ("[outbox]", _wallet("http://wallet.example/cb"), "config.invalid", "http://wallet.example"),
        ("[outbox]", _wallet("https://wallet.example/cb#x"), "config.invalid", "#x"),
        ("[outbox]", _provider('redirect_uris = ["data:x"]'), "config.invalid", "wallet_providers: data:x"),
        (
            "[outbox]",
            _provider("", _wallet("https://wallet.example/cb").removesuffix("[outbox]")),
            "config.invalid",
            "without its word",
        ),
        (
            "[outbox]",
            "[authorization]\nattested_only = true\n\n[outbox]",
            "config.invalid",
            "takes wallet_providers",
        ),
        ("127.0.0.1:8401", "example.com", "config.invalid", "https"),
        (f'identifier = "{IDENTIFIER}', f'identifier = "{IDENTIFIER}/issuer', "config.invalid", "path"),
        ("8402", "84020", "config.invalid", "operators.port"),
        ('kind = "directory"', 'kind = "http"', "config.invalid", "url and token_file"),
        ("identifier =", "identifier ==", "config.invalid", ""),
        ('"vault.key"', '"nowhere"', "config.file", "nowhere"),
        ('"keys.vault"', '"nowhere"', "keystore.missing", "nowhere"),
        ('"network.json"', '"nowhere"', "config.file", "nowhere"),
        ('wrapping = "wrapping"', 'wrapping = "another"', "config.key", "another"),
        ('wrapping = "wrapping"', 'wrapping = "payer"', "config.key", "payer"),
        ("0x539:", "0x53a:", "config.invalid", "did"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, code: str, named: str) -> None:
    error = refusal(configured(tmp_path, **{old: new}))
    assert error.code == code
    assert named in str(error)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"config\.file.*issuer\.toml"):
        load(tmp_path / "issuer.toml")


def test_another_digest_is_refused(tmp_path: Path) -> None:
    config = configured(tmp_path)
    (tmp_path / "network.json").write_bytes(network_file(NetworkKind.TEST).to_bytes())
    assert "digest" in str(refusal(config))


def test_an_unsigned_network_file_is_refused(tmp_path: Path) -> None:
    config = configured(tmp_path)
    file = json.loads((tmp_path / "network.json").read_bytes())
    file["signatures"] = []
    (tmp_path / "network.json").write_text(json.dumps(file))
    assert refusal(config).code == "network.signature"


def test_an_embedded_chain_is_refused_outside_a_sandbox(tmp_path: Path) -> None:
    outside = {
        "sandbox = true": "sandbox = false",
        IDENTIFIER: "https://issuer.example",
        'kind = "directory"': 'kind = "http"\nurl = "https://sms.example/"\ntoken_file = "vault.key"',
    }
    assert refusal(configured(tmp_path, **outside)).code == "config.sandbox"


def test_a_broken_vault_key_is_refused(tmp_path: Path) -> None:
    config = configured(tmp_path)
    (tmp_path / "vault.key").write_text("abc")
    assert "64 hexadecimal" in str(refusal(config))


OTHER_ENGINE = '[face]\nengine = "insightface"\nfolder = "models"\n'
THRESHOLDS = "match_below = 1.0\nreview_up_to = 1.2\n"


@pytest.mark.parametrize(
    ("face", "code", "named"),
    [
        (OTHER_ENGINE, "config.missing", "face.match_below"),
        (OTHER_ENGINE + "match_below = 1.0\n", "config.missing", "face.review_up_to"),
        ('[face]\nengine = "yunet-sface"\n' + THRESHOLDS, "config.invalid", "detector and recogniser"),
        ("[face]\nmatch_below = 0.8\n", "config.invalid", "match_below must not be greater"),
        ("[face]\nmatch_below = 0.0\n", "config.invalid", "face.match_below"),
    ],
)
def test_an_engine_for_faces_is_nothing_without_thresholds(
    tmp_path: Path, face: str, code: str, named: str
) -> None:
    error = refusal(configured(tmp_path, **{"[policy]": face + "[policy]"}))
    assert error.code == code
    assert named in str(error)


def test_models_that_are_not_there_are_refused_at_start(tmp_path: Path) -> None:
    config = load(configured(tmp_path, **{"[policy]": OTHER_ENGINE + THRESHOLDS + "[policy]"}))
    assert (config.face.match_below, config.face.review_up_to) == (1.0, 1.2)
    ground = open_ground(config)
    ground.database.migrate()
    with pytest.raises(LocalError, match=r"engine\.missing.*models"):
        compose(ground)
    ground.close()


def test_a_database_must_be_migrated_first(tmp_path: Path) -> None:
    ground = open_ground(load(configured(tmp_path)))
    with pytest.raises(LocalError, match=r"store\.schema"):
        compose(ground)
    ground.close()


def test_both_applications_can_be_made_alone(tmp_path: Path) -> None:
    config = load(configured(tmp_path))
    ground = open_ground(config)
    ground.database.migrate()
    ground.close()
    for make in (create_app, create_operator_app):
        app = make(config)
        assert app.state.services.identifier == IDENTIFIER
        app.state.ground.close()


def certificate(tmp_path: Path, key: ec.EllipticCurvePrivateKey, *uris: str) -> Path:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer")])
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now.replace(year=2030))
    if uris:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri) for uri in uris])
        builder = builder.add_extension(names, critical=False)
    path = tmp_path / "leaf.pem"
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


def public_of(key: ec.EllipticCurvePrivateKey) -> PublicKey:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return PublicKey.from_spki(key.public_key().public_bytes(serialization.Encoding.DER, spki))


def test_a_chain_must_fit_key_and_identifier(tmp_path: Path) -> None:
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    path = certificate(tmp_path, key, IDENTIFIER)
    (leaf,) = load_chain([path], IDENTIFIER, public_of(key))
    assert x509.load_der_x509_certificate(leaf).serial_number == 1
    assert load_chain([], IDENTIFIER, public_of(key)) == ()
    with pytest.raises(LocalError, match="another key"):
        load_chain([path], IDENTIFIER, public_of(other))
    with pytest.raises(LocalError, match="lacks the identifier"):
        load_chain([path], "https://other.example", public_of(key))
    with pytest.raises(LocalError, match="lacks the identifier"):
        load_chain([certificate(tmp_path, key)], IDENTIFIER, public_of(key))
    path.write_text("no certificate")
    with pytest.raises(LocalError, match=r"config\.certificate"):
        load_chain([path], IDENTIFIER, public_of(key))


def test_the_directory_outbox_writes_whole_files_for_its_owner(tmp_path: Path) -> None:
    outbox = DirectoryOutbox(tmp_path / "outbox", bytes)
    outbox.send(Channel.PHONE, "+46701740635", "contact", "123456", "sv")
    (file,) = (tmp_path / "outbox").iterdir()
    assert json.loads(file.read_text()) == {
        "channel": "phone",
        "to": "+46701740635",
        "purpose": "contact",
        "code": "123456",
        "language": "sv",
    }
    assert stat.S_IMODE((tmp_path / "outbox").stat().st_mode) == 0o700


@pytest.mark.parametrize(("path", "code"), [("schemas", ""), ("vocabulary", "config.invalid")])
def test_a_vocabulary_below_the_issuer_is_where_it_is_served(tmp_path: Path, path: str, code: str) -> None:
    config, file = configured(tmp_path), network_file(vocabulary=f"{IDENTIFIER}/{path}")
    (tmp_path / "network.json").write_bytes(file.to_bytes())
    config.write_text(config.read_text().replace(network_file().digest().hex(), file.digest().hex()))
    if code:
        assert refusal(config).code == code
    else:
        open_ground(load(config)).close()


def test_a_rotated_network_file_is_taken_and_no_older_one_after_it(tmp_path: Path) -> None:
    config = load(configured(tmp_path))
    open_ground(config).close()
    second = signed_by_root(replace(network_file(), version=2))
    (tmp_path / "network.json").write_bytes(second.to_bytes())
    with closing(open_ground(config)) as ground:
        assert ground.network == second
    (tmp_path / "network.json").write_bytes(network_file().to_bytes())
    with refused("network.rollback"):
        open_ground(config)
