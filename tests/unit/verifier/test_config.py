"""What an operator may write into the verifier's file, and what is refused, naming the setting."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.errors import LocalError
from clicid.formats.base import NamedIssuer, NeedKind
from clicid.ledger.ground import Demands
from clicid.trust.iaca import Authority
from tests.support.chain_model import ModelChain, network_file
from tests.support.mdoc import MdocWorld
from tests.support.refusals import refused
from tests.support.verifier_config import DIGEST, GOOD
from tests.support.world import chain_of
from verifier.config import Client, load
from verifier.policy import policy

if TYPE_CHECKING:
    from pathlib import Path

NETWORK = network_file(ModelChain())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "verifier.toml").write_text(GOOD, "utf-8")
    return tmp_path / "verifier.toml"


def test_what_is_read(path: Path) -> None:
    config = load(path)
    assert config.origin == "https://verifier.example"
    assert config.data_dir == path.parent / "data"
    assert str(config.vault_key_file) == "/etc/clicid/vault.key"
    assert config.rpc == ("https://one.example", "https://two.example")
    assert config.clients == (Client("shop", DIGEST),)
    assert config.policy.presentation_max_age == timedelta(seconds=300.5)
    assert config.policy.issuers is None
    assert (config.witness, config.policy.demands) == (
        "https://three.example",
        Demands(proofs=True, witness=True),
    )
    assert not config.sandbox


def test_it_may_do_without_a_witness_and_proofs_but_has_to_say_so(path: Path) -> None:
    lax = GOOD.replace('"required"', '"not_required"').replace('witness = "https://three.example"\n', "")
    path.write_text(lax, "utf-8")
    assert (load(path).witness, load(path).policy.demands) == (None, Demands(proofs=False, witness=False))
    for setting in ("proofs", "witness"):
        path.write_text(lax.replace(f'{setting} = "not_required"\n', ""), "utf-8")
        with refused("config.missing", str(path), kind=LocalError):
            load(path)


def test_without_a_token_there_are_no_metrics(path: Path) -> None:
    assert load(path).metrics_sha256 == ""
    path.write_text(f'metrics_sha256 = "{DIGEST.upper()}"\n{GOOD}', "utf-8")
    assert load(path).metrics_sha256 == DIGEST
    path.write_text(f'metrics_sha256 = "wachtmeister"\n{GOOD}', "utf-8")
    with refused("config.invalid", str(path), kind=LocalError):
        load(path)


def test_issuers_can_be_named(path: Path) -> None:
    path.write_text(GOOD.replace("[policy]\n", '[policy]\nissuers = ["did:key:z6Mk"]\n'), "utf-8")
    assert load(path).policy.issuers == frozenset({"did:key:z6Mk"})


NAMED = """
[[policy.issuers_by_name]]
did = "did:web:issuer.example"
types = ["https://schemas.clicid.example/age/v1"]
lists = ["https://issuer.example/status/1"]
max_age_seconds = { did = 3600, status = 86400 }
"""


def test_an_issuer_on_no_chain_can_be_named(path: Path) -> None:
    assert load(path).policy.by_name == {}
    path.write_text(GOOD + NAMED, "utf-8")
    assert load(path).policy.by_name == {
        "did:web:issuer.example": NamedIssuer(
            frozenset({"https://schemas.clicid.example/age/v1"}),
            frozenset({"https://issuer.example/status/1"}),
            {NeedKind.DID: timedelta(hours=1), NeedKind.STATUS: timedelta(days=1)},
        )
    }


@pytest.mark.parametrize(
    ("setting", "other"),
    [
        ("types = [", "kinds = ["),
        ('types = ["https://schemas.clicid.example/age/v1"]', "types = []"),
        ('lists = ["https://issuer.example/status/1"]', "lists = []"),
        ("https://issuer.example/status/1", "issuer.example"),
        ("did = 3600, ", ""),
        ("did = 3600", "did = -1"),
        ("did = 3600", "accreditation = 3600"),
        ('did = "did:web:issuer.example"', "did = 7"),
        ("[[policy.issuers_by_name]]", "[policy.issuers_by_name]"),
        (NAMED, NAMED * 2),
    ],
)
def test_who_names_an_issuer_says_all_of_it_and_once(path: Path, setting: str, other: str) -> None:
    assert setting in NAMED
    path.write_text(GOOD + NAMED.replace(setting, other), "utf-8")
    with refused("config.invalid", str(path), kind=LocalError):
        load(path)


def test_who_is_named_is_among_those_accepted_and_narrows_nobody_else(path: Path) -> None:
    path.write_text(GOOD + NAMED, "utf-8")
    assert policy(load(path), NETWORK).rules.issuers is None
    path.write_text(
        GOOD.replace("[policy]\n", '[policy]\nissuers = ["did:ethr:0x1:0xab"]\n') + NAMED, "utf-8"
    )
    rules = policy(load(path), NETWORK).rules
    assert set(rules.issuers or ()) == {"did:ethr:0x1:0xab", "did:web:issuer.example"}
    assert set(rules.by_name) == {"did:web:issuer.example"}


@pytest.mark.parametrize(
    ("setting", "other", "where"),
    [
        ("did:web:issuer.example", "did:ethr:0x1:0x" + "ab" * 20, "policy.issuers_by_name"),
        ("did:web:issuer.example", "*", "policy.issuers_by_name"),
        ("/age/v1", "/age/v2", "did:web:issuer.example"),
    ],
)
def test_a_name_the_chain_decides_on_or_a_type_not_read_here_is_told_at_the_start(
    path: Path, setting: str, other: str, where: str
) -> None:
    path.write_text(GOOD + NAMED.replace(setting, other), "utf-8")
    with refused("config.invalid", where, kind=LocalError):
        policy(load(path), NETWORK)


AGES = """
[policy.max_age_seconds]
status = 10
[policy.types."https://types.example/age/v1".max_age_seconds]
status = 86400
did = 1.5
"""


def test_ages_by_kind_and_type(path: Path) -> None:
    assert (load(path).policy.max_age, load(path).policy.type_max_age) == ({}, {})
    path.write_text(GOOD + AGES, "utf-8")
    read = load(path).policy
    assert read.max_age == {NeedKind.STATUS: timedelta(seconds=10)}
    assert read.type_max_age == {
        "https://types.example/age/v1": {
            NeedKind.STATUS: timedelta(days=1),
            NeedKind.DID: timedelta(seconds=1.5),
        }
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("status = 10", "statuses = 10"),
        ("status = 10", "status = -1"),
        ("status = 86400", 'status = "a day"'),
        ("[policy.max_age_seconds]\nstatus = 10", "[policy]\nmax_age_seconds = 10"),
        (".max_age_seconds]\nstatus = 86400", ".max_age]\nstatus = 86400"),
    ],
)
def test_ages_that_are_none(path: Path, old: str, new: str) -> None:
    assert old in AGES
    path.write_text(GOOD + AGES.replace(old, new), "utf-8")
    with refused("config.invalid", str(path), kind=LocalError):
        load(path)


def test_what_is_known_of_the_chain_lies_in_a_file_or_in_postgresql(path: Path) -> None:
    assert load(path).chain_store == path.parent / "data" / "chain.db"
    for named, meant in (
        ("other.db", path.parent / "other.db"),
        ("postgresql://clicid@db.example/clicid", "postgresql://clicid@db.example/clicid"),
    ):
        path.write_text(f'chain_store = "{named}"\n{GOOD}', "utf-8")
        assert load(path).chain_store == meant


SETTINGS = [
    line.partition(" = ")[0] for line in GOOD.partition("[[clients]]")[0].splitlines() if " = " in line
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_nothing_has_a_default(path: Path, setting: str) -> None:
    kept = [line for line in GOOD.splitlines() if not line.startswith(f"{setting} = ")]
    path.write_text("\n".join(kept), "utf-8")
    with pytest.raises(LocalError) as caught:
        load(path)
    assert (caught.value.code, caught.value.where) == ("config.missing", str(path))
    assert setting in caught.value.detail


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"https://verifier.example/"', '"http://verifier.example"'),
        ('"https://verifier.example/"', '"http://127.0.0.1:8403"'),
        ('"ignored"', '"accepts"'),
        ('["https://one.example", "https://two.example"]', '"https://one.example"'),
        ('["https://one.example", "https://two.example"]', "[]"),
        ("confirmations = 2", "confirmations = -1"),
        ('proofs = "required"', 'proofs = "sometimes"'),
        ('proofs = "required"', "proofs = true"),
        ('witness = "https://three.example"\n', ""),
        ("three.example", "two.example"),
        ('"https://three.example"', "3"),
        ("confirmations = 2", 'confirmations = "2"'),
        ("chain_max_age_seconds = 30", "chain_max_age_seconds = -30"),
        ("chain_max_age_seconds = 30", "chain_max_age_seconds = inf"),
        ("chain_max_age_seconds = 30", "chain_max_age_seconds = nan"),
        ("chain_max_age_seconds = 30", 'chain_max_age_seconds = "30"'),
        ("[policy]\n", '[policy]\nissuers = "did:key:z6Mk"\n'),
        (DIGEST.upper(), "abcd"),
        (DIGEST.upper(), "not hexadecimal"),
        ('id = "shop"\n', ""),
        ("[[clients]]", "[clients]"),
    ],
)
def test_what_is_wrong(path: Path, old: str, new: str) -> None:
    assert old in GOOD
    path.write_text(GOOD.replace(old, new), "utf-8")
    with refused("config.invalid", str(path), kind=LocalError):
        load(path)


def test_plain_http_is_for_loopback_in_a_sandbox(path: Path) -> None:
    text = GOOD.replace('"https://verifier.example/"', '"http://127.0.0.1:8403"')
    path.write_text("sandbox = true\n" + text, "utf-8")
    assert load(path).sandbox
    path.write_text('sandbox = "true"\n' + text, "utf-8")
    with refused("config.invalid", kind=LocalError):
        load(path)


def test_a_file_that_is_none(path: Path) -> None:
    for content in (b"\xff", b"origin = ", b"[policy"):
        path.write_bytes(content)
        with refused("config.invalid", str(path), kind=LocalError):
            load(path)
    path.write_text('policy = "strict"', "utf-8")
    with refused("config.missing", kind=LocalError):
        load(path)
    path.write_text(GOOD.partition("[policy]")[0] + 'policy = "strict"\nclients = []\n', "utf-8")
    with refused("config.invalid", kind=LocalError):
        load(path)
    path.unlink()
    with refused("config.missing", kind=LocalError):
        load(path)
    path.mkdir()
    with refused("config.file", kind=LocalError):
        load(path)


def _root_files(folder: Path) -> MdocWorld:
    world = MdocWorld()
    (folder / "iaca.der").write_bytes(world.root)
    (folder / "ca.pem").write_bytes(
        x509.load_der_x509_certificate(
            chain_of(world.keys.public(world.signer_ref).to_spki())[1]
        ).public_bytes(Encoding.PEM)
    )
    return world


ROOTS = """
[[policy.roots]]
kind = "mdoc"
file = "iaca.der"
types = ["org.iso.18013.5.1.mDL", "eu.europa.ec.eudi.pid.1"]
lists = ["https://issuer.example/status/1"]
status_max_age_seconds = 86400

[[policy.roots]]
kind = "x509"
file = "ca.pem"
issuer = "did:ethr:0x1:0xab"
"""


def test_roots_are_files_that_the_policy_names(path: Path) -> None:
    world = _root_files(path.parent)
    path.write_text(GOOD + ROOTS, "utf-8")
    rules = policy(load(path), NETWORK).rules
    authority = Authority.load(world.root)
    assert dict(rules.authorities) == {authority: ""}
    assert list(rules.anchors.values()) == ["did:ethr:0x1:0xab"]
    named = rules.named(authority.name, "eu.europa.ec.eudi.pid.1")
    assert named is not None
    assert named.max_age == {NeedKind.STATUS: timedelta(days=1)}
    assert "eu.europa.ec.eudi.pid.1" in policy(load(path), NETWORK).types


def test_one_key_may_be_the_root_of_both_kinds(path: Path) -> None:
    """The stricter age holds, for both have one name."""
    world = _root_files(path.parent)
    (path.parent / "ca.pem").write_bytes(world.root)
    pid = ROOTS.replace('issuer = "did:ethr:0x1:0xab"', "").rstrip() + (
        '\ntypes = ["urn:eudi:pid:1"]\nlists = []\nstatus_max_age_seconds = 60\n'
    )
    path.write_text(GOOD + pid, "utf-8")
    (named,) = policy(load(path), NETWORK).rules.by_name.values()
    assert named.types == {"org.iso.18013.5.1.mDL", "eu.europa.ec.eudi.pid.1", "urn:eudi:pid:1"}
    assert named.max_age == {NeedKind.STATUS: timedelta(minutes=1)}


@pytest.mark.parametrize(
    ("setting", "other"),
    [
        ('kind = "mdoc"', 'kind = "system"'),
        ('kind = "x509"', 'kind = "mdoc"'),
        ("iaca.der", "missing.der"),
        ("iaca.der", "ca.pem"),
        ("iaca.der", "verifier.toml"),
        ('types = ["org.iso.18013.5.1.mDL", "eu.europa.ec.eudi.pid.1"]', "types = []"),
        ('types = ["org.iso.18013.5.1.mDL", "eu.europa.ec.eudi.pid.1"]', ""),
        ("https://issuer.example/status/1", "issuer.example"),
        ("= 86400", "= -1"),
        ('lists = ["https://issuer.example/status/1"]', 'lists = "https://issuer.example/status/1"'),
        ("status_max_age_seconds = 86400", 'issuer = "did:ethr:0x1:0xab"'),
        ('issuer = "did:ethr:0x1:0xab"', ""),
        ("[[policy.roots]]", "[policy.roots]"),
    ],
)
def test_a_root_that_is_none_is_told_at_the_start(path: Path, setting: str, other: str) -> None:
    _root_files(path.parent)
    assert setting in ROOTS
    first = ROOTS.replace(setting, other, 1)
    path.write_text(GOOD + first, "utf-8")
    with refused("config.invalid", str(path), kind=LocalError):
        load(path)
