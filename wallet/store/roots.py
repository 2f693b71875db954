"""Authorities that somebody has named: whose certificates the wallet believes, and for what."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.codec import jcs, saved, shape, strict_json
from clicid.codec.web import web_url
from clicid.errors import Refused
from clicid.formats.base import NamedIssuer, NeedKind
from clicid.trust.anchors import Anchor
from clicid.trust.iaca import Authority

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clicid.adapters.askar_vault import AskarVault
    from clicid.codec.strict_json import Json

_CATEGORY: Final = "named_root"
_MAX_AGE: Final = {NeedKind.STATUS: timedelta(days=1)}


class RootKind(StrEnum):
    """What an authority is believed about."""

    SD_JWT = "sd-jwt"
    MDOC = "mdoc"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class NamedRoot:
    """An authority, and what those under it may give the person.

    Args:
        kind: Whose authority it is: of those who sign SD-JWT VCs, mobile documents (its IACA), or metadata.
        certificate: DER.
        types: Types of credentials; none for `METADATA`.
        lists: URLs of status lists; none where what is issued under it names none.

    Raises:
        Refused: `issuer.certificate`, `mdoc.authority` for a certificate that is no such authority's;
            `codec.shape` for types that are missing, or too many; `codec.url`.
    """

    kind: RootKind
    certificate: bytes
    types: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._load()
        for url in self.lists:
            web_url(url, "lists")
        if bool(self.types) is (self.kind is RootKind.METADATA):
            raise Refused("codec.shape", "types", "what those under it may issue; none for metadata")

    def _load(self) -> Authority | Anchor:
        read = Authority.load if self.kind is RootKind.MDOC else Anchor.load
        return read(self.certificate)

    @property
    def name(self) -> str:
        """What the policy calls it: by its key."""
        return self._load().name

    @property
    def authority(self) -> Authority | Anchor:
        """What a check is given."""
        return self._load()

    def to_json(self) -> dict[str, Json]:
        """The stored form; the certificate in base64."""
        return {
            "kind": self.kind.value,
            "certificate": base64.b64encode(self.certificate).decode(),
            "types": [*sorted(self.types)],
            "lists": [*sorted(self.lists)],
        }

    @classmethod
    def from_json(cls, row: dict[str, Json]) -> NamedRoot:
        """Read the stored form, or an operator's.

        Raises:
            Refused: `codec.shape`, and as the class.
        """
        shape.only(row, {"kind", "certificate", "types", "lists"})
        try:
            certificate = base64.b64decode(shape.text(row, "certificate"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refused("codec.shape", "/certificate", "base64 is wanted") from error
        types, lists = (frozenset(shape.texts(row, name)) for name in ("types", "lists"))
        return cls(saved.choice(RootKind, shape.text(row, "kind"), "/kind"), certificate, types, lists)


@dataclass(frozen=True, slots=True)
class Roots:
    """What the roots say to a policy, all together.

    Args:
        authorities: Of mobile documents (`Rules.authorities`).
        anchors: Of SD-JWT VCs (`Rules.anchors`).
        by_name: What those under each may do (`Rules.by_name`).
        signers: Of issuers' metadata.
    """

    authorities: Mapping[Authority, str] = field(default_factory=dict)
    anchors: Mapping[Anchor, str] = field(default_factory=dict)
    by_name: Mapping[str, NamedIssuer] = field(default_factory=dict)
    signers: tuple[Anchor, ...] = ()

    @classmethod
    def of(cls, rows: Iterable[NamedRoot]) -> Roots:
        """Together; one key may be the root of several kinds, and then may do all of it."""
        authorities: dict[Authority, str] = {}
        anchors: dict[Anchor, str] = {}
        by_name: dict[str, NamedIssuer] = {}
        signers: list[Anchor] = []
        for row in rows:
            loaded = row.authority
            if isinstance(loaded, Authority):
                authorities[loaded] = ""
            elif row.kind is RootKind.METADATA:
                signers.append(loaded)
                continue
            else:
                anchors[loaded] = ""
            before = by_name.get(row.name, NamedIssuer(frozenset(), frozenset(), _MAX_AGE))
            by_name[row.name] = NamedIssuer(before.types | row.types, before.lists | row.lists, _MAX_AGE)
        return cls(authorities, anchors, by_name, tuple(signers))


class RootRecords:
    """Those that the person named, in the vault: they tell whose citizen or customer somebody is.

    Raises:
        LocalError: `wallet.damaged` for a record that cannot be read.
    """

    def __init__(self, vault: AskarVault) -> None:
        self._vault = vault

    def all(self) -> dict[str, NamedRoot]:
        """By kind and name, as `put` gives it."""
        with saved.reading("wallet.damaged"):
            return {
                record.name: NamedRoot.from_json(shape.as_object(strict_json.loads(record.value)))
                for record in self._vault.records(_CATEGORY)
            }

    def put(self, root: NamedRoot) -> str:
        """Name an authority, in place of what it was named for before; gives the record's name."""
        name = f"{root.kind}:{root.name}"
        self._vault.put_record(_CATEGORY, name, jcs.dumps(root.to_json()))
        return name

    def remove(self, name: str) -> None:
        """Name it no more."""
        self._vault.delete_record(_CATEGORY, name)
