"""Whose certificates an operator believes: roots of mdocs (IACA) and of SD-JWT VCs, each in a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.codec.web import web_url
from clicid.formats.base import NamedIssuer, NeedKind
from clicid.trust.anchors import Anchor
from clicid.trust.iaca import Authority

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MDOC: Final = "mdoc"
X509: Final = "x509"
_OF_A_CHAIN: Final = frozenset(("kind", "file", "issuer"))
_BY_NAME: Final = frozenset(("kind", "file", "types", "lists", "status_max_age_seconds"))
_PEM: Final = b"-----BEGIN"


@dataclass(frozen=True, slots=True)
class Roots:
    """What `[[policy.roots]]` says.

    Args:
        authorities: As `Rules.authorities`.
        anchors: As `Rules.anchors`.
        by_name: Of those whose issuer is on no chain, by the name of the root, what they may do.
    """

    authorities: Mapping[Authority, str] = field(default_factory=dict)
    anchors: Mapping[Anchor, str] = field(default_factory=dict)
    by_name: Mapping[str, NamedIssuer] = field(default_factory=dict)


def load(rows: Any, base: Path) -> Roots:
    """Read the rows and the certificates that they name.

    A row has the DID of the issuer whose accreditation on chain counts, or the types that whoever is under
    the root may issue, and the status lists that it may name.

    Raises:
        ValueError, TypeError, OSError: For a row that is none.
        Refused: `issuer.certificate`, `mdoc.authority` for a file that is no root.
    """
    authorities: dict[Authority, str] = {}
    anchors: dict[Anchor, str] = {}
    by_name: dict[str, NamedIssuer] = {}
    for row in rows:
        if not isinstance(row, dict) or set(row) not in (_OF_A_CHAIN, _BY_NAME):
            raise ValueError(
                f"each policy.roots has {', '.join(sorted(_OF_A_CHAIN))} or {', '.join(sorted(_BY_NAME))}"
            )
        der, issuer = _certificate(base / str(row["file"])), str(row.get("issuer", ""))
        root: Authority | Anchor
        if row["kind"] == MDOC:
            root = authority = Authority.load(der)
            authorities[authority] = issuer
        elif row["kind"] == X509:
            root = anchor = Anchor.load(der)
            anchors[anchor] = issuer
        else:
            raise ValueError(f'policy.roots: kind is "{MDOC}" or "{X509}"')
        if not issuer:
            by_name[root.name] = _named(row, by_name.get(root.name))
    return Roots(authorities, anchors, by_name)


def _named(row: dict[str, Any], before: NamedIssuer | None) -> NamedIssuer:
    """What may be done under the root; one key may be the root of both kinds, and then may do both."""
    age = timedelta(seconds=row["status_max_age_seconds"])
    if age < timedelta(0):
        raise ValueError("policy.roots: status_max_age_seconds must not be negative")
    types, lists = _texts(row, "types"), {web_url(url, "policy.roots.lists") for url in _texts(row, "lists")}
    if not types:
        raise ValueError("policy.roots: types must not be empty")
    if before is not None:
        age = min(age, before.max_age[NeedKind.STATUS])
        types, lists = types | before.types, lists | before.lists
    return NamedIssuer(frozenset(types), frozenset(lists), {NeedKind.STATUS: age})


def _texts(row: dict[str, Any], name: str) -> set[str]:
    found = row[name]
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"policy.roots: {name} must be a list of texts")
    return set(found)


def _certificate(path: Path) -> bytes:
    """One certificate, PEM or DER, as DER."""
    raw = path.read_bytes()
    if not raw.lstrip().startswith(_PEM):
        return raw
    found = x509.load_pem_x509_certificates(raw)
    if len(found) != 1:
        raise ValueError(f"{path}: one certificate is wanted")
    return found[0].public_bytes(Encoding.DER)
