"""Whom the person's own word lets in: issuers on no chain, authorities, and who attests this wallet."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.adapters.wallet_attester import WalletAttester
from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import P256
from clicid.trust.iaca import NAMED_BY_KEY
from wallet import words
from wallet.commands import AsJson, Home, Language, PassphraseFile, out, print_rows, taking_alone, unlocked
from wallet.main import INSTANCE, attach_provider
from wallet.store.roots import NamedRoot, RootKind
from wallet.terminal import secret
from wallet.usecases import naming

_MAX_CERTIFICATE = 1 << 18


def name_issuer(
    did: Annotated[
        str,
        typer.Argument(
            help="Its did:webvh or did:web, or its https identifier; from the issuer itself, not an offer."
        ),
    ],
    types: Annotated[list[str], typer.Option("--type", help="A type it may give you; repeatable.")],
    home: Home,
    lists: Annotated[
        list[str] | None, typer.Option("--list", help="A status list of its; repeatable.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    language: Language = words.Language.EN,
) -> None:
    """Take credentials of an issuer that is on no chain, by your own word."""
    with unlocked(home, passphrase_file, language) as parts:
        naming.name(parts, did, types, lists or [])
    words.say(out, did)
    words.say(out, words.WORDS[language].no_chain, style="yellow")


def name_root(
    certificate: Annotated[Path, typer.Argument(help="The authority's certificate, PEM or DER.")],
    kind: Annotated[RootKind, typer.Option(help="Of what it is the root.")],
    home: Home,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="A type or doctype that is issued under it; repeatable."),
    ] = None,
    lists: Annotated[
        list[str] | None, typer.Option("--list", help="A status list under it; repeatable.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    language: Language = words.Language.EN,
) -> None:
    """Take credentials, or signed metadata, of issuers under an authority that you know, by your own word."""
    with unlocked(home, passphrase_file, language) as parts:
        root = NamedRoot(kind, _certificate(certificate), frozenset(types or ()), frozenset(lists or ()))
        name = naming.name_root(parts, root)
    words.say(out, name)
    words.say(out, words.WORDS[language].no_chain, style="yellow")


def register(
    provider: Annotated[str, typer.Argument(help="The wallet provider's address.")],
    home: Home,
    code_file: Annotated[Path | None, typer.Option(help="A file with the code that it gave you.")] = None,
    passphrase_file: PassphraseFile = None,
    language: Language = words.Language.EN,
) -> None:
    """Have a wallet provider attest this wallet and its keys, to issuers that want it."""
    with taking_alone(home, passphrase_file, language) as parts:
        code = secret(code_file) if code_file else typer.prompt("Code", hide_input=True)
        if parts.keys.find(INSTANCE.name) is None:
            parts.keys.generate(P256, INSTANCE.name)
        WalletAttester(provider.rstrip("/"), parts.http, parts.keys, INSTANCE, parts.clock).register(code)
        attach_provider(home, provider)
    words.say(out, provider)


def named_issuers(home: Home, passphrase_file: PassphraseFile = None, as_json: AsJson = False) -> None:
    """The issuers on no chain that were named, by you and by whoever set up the wallet."""
    with unlocked(home, passphrase_file) as parts:
        mine, rules = parts.named.all(), parts.policy.rules
        rows = [
            {"did": did, "types": sorted(one.types), "lists": sorted(one.lists), "by_you": did in mine}
            for did, one in sorted(rules.by_name.items())
            if not did.startswith(NAMED_BY_KEY)
        ]
        rows += [
            {"root": name, "types": sorted(one.types), "lists": sorted(one.lists), "by_you": True}
            for name, one in sorted(parts.roots.all().items())
        ]
    print_rows(rows, as_json=as_json)


def unname_issuer(
    did: Annotated[str, typer.Argument(help="As you named it.")],
    home: Home,
    passphrase_file: PassphraseFile = None,
    language: Language = words.Language.EN,
) -> None:
    """Take nothing more from an issuer that you named."""
    with unlocked(home, passphrase_file, language) as parts:
        naming.unname(parts, did)
    words.say(out, did)


def _certificate(path: Path) -> bytes:
    """One certificate, PEM or DER, as DER."""
    try:
        raw = path.read_bytes()[:_MAX_CERTIFICATE]
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error
    if not raw.lstrip().startswith(b"-----BEGIN"):
        return raw
    try:
        (found,) = x509.load_pem_x509_certificates(raw)
    except ValueError as error:
        raise Refused("issuer.certificate", str(path), "one certificate is wanted") from error
    return found.public_bytes(Encoding.DER)
