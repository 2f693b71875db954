"""What an operator sets, read once by `verifier.main` from one TOML file and refused clearly."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clicid.codec.web import web_url
from clicid.errors import LocalError, Refused
from clicid.formats.base import NamedIssuer, NeedKind
from clicid.keys.public import PublicKey
from clicid.ledger.ground import Demands
from clicid.oid4vp.client_id import X509_HASH
from clicid.oid4vp.request import ResponseMode
from verifier import identities, roots
from verifier.identities import DID, IdentitySettings
from verifier.roots import Roots

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_REQUIRED = (
    "origin",
    "data_dir",
    "network_file",
    "network_digest",
    "did",
    "key_id",
    "key_name",
    "vault_key_file",
    "registration_file",
    "policy",
    "clients",
)
_REQUIRED_WORD = "required"
_POLICY = (
    "confirmations",
    "proofs",
    "witness",
    "chain_max_age_seconds",
    "presentation_max_age_seconds",
    "leeway_seconds",
    "signed_lists",
)
_PAGE = frozenset(("name", "logo_file", "colour", "digital_credentials"))
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)
LOGO_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}
_NAMED = frozenset({"did", "types", "lists", "max_age_seconds"})

NETWORK_IN_USE = "network-in-use.json"
"""In the data folder: the network file that was in use last."""
BUNDLE_MEMORY = "bundle.json"
NAMED = "named"
"""In the data folder: how far the bundle reached that was used last."""


@dataclass(frozen=True, slots=True)
class Client:
    """A service provider's system that may create requests: its id and its secret's SHA-256 (hex)."""

    client_id: str
    secret_sha256: str


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """The written policy: nothing here has a default.

    Args:
        confirmations: Blocks after which good news counts.
        demands: What must vouch for the chain before good news counts.
        chain_max_age: Oldest head block that may be decided by, where no rule below says otherwise.
        presentation_max_age: Oldest holder's proof.
        leeway: Clock difference tolerated.
        signed_lists: ``ignored`` or ``may_refuse`` (signed lists over HTTP, fetched in the background).
        issuers: DIDs accepted by name, or None for every issuer accredited on chain.
        short_lived: The longest validity of a credential that is accepted though it cannot be revoked.
        max_age: Oldest material of a kind.
        type_max_age: For a credential type's URI, oldest material of a kind.
        by_name: By its DID or HTTPS identifier, each issuer on no chain that is accepted all the same.
        roots: Whose certificates are believed.
    """

    confirmations: int
    demands: Demands
    chain_max_age: timedelta
    presentation_max_age: timedelta
    leeway: timedelta
    signed_lists: str
    issuers: frozenset[str] | None
    short_lived: timedelta
    max_age: Mapping[NeedKind, timedelta]
    type_max_age: Mapping[str, Mapping[NeedKind, timedelta]]
    by_name: Mapping[str, NamedIssuer]
    roots: Roots = field(default_factory=Roots)


@dataclass(frozen=True, slots=True)
class BundleSettings:
    """A bundle in the place of a node: the file, and the keys whose bundles are taken; no default."""

    file: Path
    signers: tuple[PublicKey, ...]


@dataclass(frozen=True)
class PageSettings:
    """How the hosted pages look, and what they offer.

    Args:
        name: Whose they are; "" for the legal name of the registration.
        logo_file: A picture, PNG or SVG; None for none.
        colour: Of what is to be pressed, ``#rrggbb``.
        by_browser: Whether they offer the wallets that the browser knows (Digital Credentials API).
    """

    name: str = ""
    logo_file: Path | None = None
    colour: str = "#0b4f8a"
    by_browser: bool = True


@dataclass(frozen=True, slots=True)
class Config:
    """Everything `verifier.main` composes the application from. Either `rpc` or `bundle` is set.

    `chain_store` is the file or the ``postgresql://`` address that holds what is known of the chain,
    `metrics_sha256` the SHA-256 (hex) of the token for the metrics; empty, there are none. `identities` are
    the names to ask under beside the DID, `identity` the one where a request does not choose,
    `response_mode` the way back where it does not. With `haip` everything is as HAIP 1.0 wants it of a
    verifier: what it forbids is refused here where a setting says it, else where a request asks for it.
    """

    origin: str
    data_dir: Path
    chain_store: Path | str
    network_file: Path
    network_digest: str
    rpc: tuple[str, ...]
    witness: str | None
    did: str
    key_id: str
    key_name: str
    vault_key_file: Path
    registration_file: Path
    sandbox: bool
    policy: PolicySettings
    clients: tuple[Client, ...]
    metrics_sha256: str
    identities: tuple[IdentitySettings, ...] = ()
    identity: str = DID
    response_mode: ResponseMode = ResponseMode.DIRECT_POST
    page: PageSettings = field(default_factory=PageSettings)
    bundle: BundleSettings | None = None
    haip: bool = False


def load(path: Path) -> Config:
    """Read a configuration file.

    Raises:
        LocalError: `config.missing`, `config.invalid`, naming the setting and the file; `config.file`.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise LocalError("config.missing", str(path), "no such file") from None
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LocalError("config.invalid", str(path), str(error)) from None
    _require(data, _REQUIRED, path, "")
    if "rpc" not in data and "bundle" not in data:
        raise LocalError("config.missing", str(path), "set rpc, or [bundle] where there is no network")
    _require(data["policy"], _POLICY, path, "policy.")
    try:
        return _config(data, path.parent)
    except (KeyError, TypeError, ValueError, OverflowError, OSError, Refused) as error:
        raise LocalError("config.invalid", str(path), f"{type(error).__name__}: {error}") from None


def _require(data: Any, names: tuple[str, ...], path: Path, prefix: str) -> None:
    if not isinstance(data, dict):
        raise LocalError("config.invalid", str(path), f"[{prefix.rstrip('.')}] must be a table")
    missing = [prefix + name for name in names if name not in data]
    if missing:
        raise LocalError("config.missing", str(path), "set " + ", ".join(missing))


def _config(data: dict[str, Any], base: Path) -> Config:
    sandbox = data.get("sandbox", False) is True
    origin = str(data["origin"]).rstrip("/")
    parts = urlsplit(origin)
    plain_loopback = sandbox and parts.scheme == "http" and parts.hostname == "127.0.0.1"
    if parts.scheme != "https" and not plain_loopback:
        raise ValueError("origin must be https (http on 127.0.0.1 only with sandbox = true)")
    named = identities.read(data.get("identities", []), base)
    haip = data.get("haip", False)
    if not isinstance(haip, bool):
        raise TypeError("haip must be true or false")
    return Config(
        origin=origin,
        data_dir=base / data["data_dir"],
        chain_store=_place(data, base),
        network_file=base / data["network_file"],
        network_digest=str(data["network_digest"]),
        rpc=_texts(data, "rpc") if "rpc" in data else (),
        witness=_witness(data),
        did=str(data["did"]),
        key_id=str(data["key_id"]),
        key_name=str(data["key_name"]),
        vault_key_file=base / data["vault_key_file"],
        registration_file=base / data["registration_file"],
        sandbox=sandbox,
        policy=_policy(data["policy"], base),
        clients=tuple(Client(str(row["id"]), _sha256(row["secret_sha256"])) for row in data["clients"]),
        metrics_sha256=_sha256(data["metrics_sha256"]) if "metrics_sha256" in data else "",
        identities=named,
        identity=_certified(data, named) if haip else _usual(data, named),
        response_mode=_encrypted(data) if haip else _response_mode(data),
        page=_page(data.get("page", {}), base),
        bundle=_bundle(data, base) if "bundle" in data else None,
        haip=haip,
    )


def _usual(data: dict[str, Any], named: tuple[IdentitySettings, ...]) -> str:
    usual = str(data.get("identity", DID))
    if usual not in {DID, *(one.name for one in named)}:
        raise ValueError(f"identity: no identity is called {usual}")
    return usual


def _response_mode(data: dict[str, Any]) -> ResponseMode:
    mode = ResponseMode(data.get("response_mode", ResponseMode.DIRECT_POST.value))
    if mode.by_browser:
        raise ValueError("response_mode must be direct_post or direct_post.jwt")
    return mode


def _certified(data: dict[str, Any], named: tuple[IdentitySettings, ...]) -> str:
    """The one to ask under: a certificate's, as HAIP 1.0 5 wants it."""
    hashes = [one.name for one in named if one.prefix == X509_HASH]
    if not hashes:
        raise ValueError(f"identities: with haip one has the prefix {X509_HASH} (HAIP 1.0 5)")
    usual = str(data.get("identity", hashes[0]))
    if usual not in hashes:
        raise ValueError(f"identity: with haip one with the prefix {X509_HASH} (HAIP 1.0 5)")
    return usual


def _encrypted(data: dict[str, Any]) -> ResponseMode:
    wanted = ResponseMode.DIRECT_POST_JWT
    if data.get("response_mode", wanted.value) != wanted.value:
        raise ValueError(f"response_mode must be {wanted} with haip (HAIP 1.0 5.1)")
    return wanted


def _page(data: Any, base: Path) -> PageSettings:
    if not isinstance(data, dict) or not set(data) <= _PAGE:
        raise ValueError(f"page has no other settings than {', '.join(sorted(_PAGE))}")
    colour, logo = str(data.get("colour", PageSettings.colour)), data.get("logo_file")
    by_browser = data.get("digital_credentials", True)
    if not _COLOUR.fullmatch(colour) or not isinstance(by_browser, bool):
        raise ValueError("page.colour must be #rrggbb, page.digital_credentials true or false")
    path = None if logo is None else base / str(logo)
    if path is not None and path.suffix not in LOGO_TYPES:
        raise ValueError(f"page.logo_file must end in {' or '.join(LOGO_TYPES)}")
    return PageSettings(str(data.get("name", "")), path, colour, by_browser)


def _witness(data: dict[str, Any]) -> str | None:
    witness = data.get("witness")
    if witness is None and data["policy"]["witness"] == _REQUIRED_WORD:
        raise ValueError('policy.witness is "required", and no witness is set')
    if witness is not None and (not isinstance(witness, str) or witness in _texts(data, "rpc")):
        raise ValueError("witness must be the address of another node than those in rpc")
    return witness


def _required(data: dict[str, Any], name: str) -> bool:
    if data[name] not in (_REQUIRED_WORD, "not_required"):
        raise ValueError(f'policy.{name} must be "required" or "not_required"')
    return bool(data[name] == _REQUIRED_WORD)


def _place(data: dict[str, Any], base: Path) -> Path | str:
    named = str(data.get("chain_store", f"{data['data_dir']}/chain.db"))
    return named if urlsplit(named).scheme in ("postgresql", "postgres") else base / named


def _bundle(data: dict[str, Any], base: Path) -> BundleSettings:
    if "rpc" in data:
        raise ValueError("rpc and [bundle] exclude each other: a verifier with a bundle calls nobody")
    if data["policy"]["signed_lists"] != "ignored":
        raise ValueError('with [bundle], policy.signed_lists must be "ignored"')
    rows = data["bundle"]
    signers = tuple(PublicKey.from_multikey(text) for text in _texts(rows, "signers"))
    return BundleSettings(base / str(rows["file"]), signers)


def _policy(data: dict[str, Any], base: Path) -> PolicySettings:
    if data["signed_lists"] not in ("ignored", "may_refuse"):
        raise ValueError('policy.signed_lists must be "ignored" or "may_refuse"')
    confirmations = data["confirmations"]
    if not isinstance(confirmations, int) or confirmations < 0:
        raise ValueError("policy.confirmations must be a number of blocks")
    return PolicySettings(
        confirmations=confirmations,
        demands=Demands(proofs=_required(data, "proofs"), witness=_required(data, "witness")),
        chain_max_age=_seconds(data, "chain_max_age_seconds"),
        presentation_max_age=_seconds(data, "presentation_max_age_seconds"),
        leeway=_seconds(data, "leeway_seconds"),
        signed_lists=data["signed_lists"],
        issuers=frozenset(_texts(data, "issuers")) if "issuers" in data else None,
        short_lived=_days(data, "short_lived_days") if "short_lived_days" in data else timedelta(0),
        max_age=_ages(data.get("max_age_seconds", {})),
        type_max_age=_type_ages(data.get("types", {})),
        by_name=_by_name(data.get("issuers_by_name", [])),
        roots=roots.load(data.get("roots", []), base),
    )


def _by_name(rows: Any) -> dict[str, NamedIssuer]:
    found: dict[str, NamedIssuer] = {}
    for row in rows:
        if not isinstance(row, dict) or set(row) != _NAMED:
            raise ValueError(f"each policy.issuers_by_name has {', '.join(sorted(_NAMED))}")
        if not isinstance(row["did"], str) or row["did"] in found:
            raise ValueError("policy.issuers_by_name: did is a text, and stands once")
        ages = _ages(row["max_age_seconds"])
        if set(ages) != {NeedKind.DID, NeedKind.STATUS}:
            raise ValueError("policy.issuers_by_name: max_age_seconds has did and status")
        lists = frozenset(web_url(url, "policy.issuers_by_name.lists") for url in _texts(row, "lists"))
        found[row["did"]] = NamedIssuer(frozenset(_texts(row, "types")), lists, ages)
    return found


def _type_ages(types: Any) -> dict[str, dict[NeedKind, timedelta]]:
    if not isinstance(types, dict):
        raise TypeError("policy.types must be a table of tables")
    found = {}
    for uri, rules in types.items():
        if not isinstance(rules, dict) or set(rules) != {"max_age_seconds"}:
            raise ValueError(f'policy.types."{uri}" must have max_age_seconds and nothing else')
        found[uri] = _ages(rules["max_age_seconds"])
    return found


def _ages(rules: Any) -> dict[NeedKind, timedelta]:
    """Seconds by kind of material."""
    if not isinstance(rules, dict):
        raise TypeError("max_age_seconds must be a table")
    unknown = sorted(rules.keys() - set(NeedKind))
    if unknown:
        raise ValueError(f"max_age_seconds: no kind of material is called {unknown[0]}")
    return {NeedKind(kind): _seconds(rules, kind) for kind in rules}


def _seconds(data: dict[str, Any], name: str) -> timedelta:
    value = timedelta(seconds=data[name])
    if value < timedelta(0):
        raise ValueError(f"policy.{name} must not be negative")
    return value


def _days(data: dict[str, Any], name: str) -> timedelta:
    value = data[name]
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"policy.{name} must be a number of days")
    return timedelta(days=value)


def _texts(data: dict[str, Any], name: str) -> tuple[str, ...]:
    rows = data[name]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, str) for row in rows):
        raise ValueError(f"{name} must be a list of texts, and not empty")
    return tuple(rows)


def _sha256(text: str) -> str:
    if len(bytes.fromhex(text)) != 32:
        raise ValueError("secret_sha256 must be 64 hexadecimal digits")
    return text.lower()
