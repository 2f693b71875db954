"""What the caller must say before anything is checked: its policy, and what it asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.formats.base import Binding, FormatId, Rules


class SignedLists(StrEnum):
    """What a status list that the issuer signed and published over HTTP may do.

    It can never lead to acceptance: that takes the list anchored on chain. Of an issuer that the policy names
    because it is on no chain, it is all there is, and decides whatever stands here (`issuers_lists`).
    """

    IGNORED = "ignored"
    MAY_REFUSE = "may_refuse"


@dataclass(frozen=True, slots=True)
class Policy:
    """A verifier's written policy.

    Args:
        name: What the report calls it.
        rules: What the formats apply: issuers, largest ages, leeways, test credentials.
        schemas: For each credential type URI this verifier can read, SHA-256 of the schema it reads
            it by (32 bytes). A type that is neither here nor one for which the rules name an issuer is
            refused.
        signed_lists: Whether a signed HTTP status list is asked for besides the anchored one.
        network: SHA-256 of the network file from which trust starts, in hex; stands in every report.
        allow_without_status: Whether a credential that names no status entry, and so can never be
            revoked, is accepted.
        short_lived: The longest validity with which a credential that names no status entry is accepted all
            the same: it ends sooner than a revocation would matter.
    """

    name: str
    rules: Rules
    schemas: Mapping[str, bytes]
    signed_lists: SignedLists
    network: str
    allow_without_status: bool = False
    short_lived: timedelta = timedelta(0)

    @property
    def types(self) -> frozenset[str]:
        """Every type that may be accepted: those with a schema, and those of issuers by name."""
        named = (issuer.types for issuer in self.rules.by_name.values())
        return frozenset(self.schemas).union(*named)


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for: the format is named here and never guessed from what comes.

    Args:
        format: The format of the presentation.
        binding: Audience and nonce it must be made for.
        credential_types: The type URIs that answer the request.
    """

    format: FormatId
    binding: Binding
    credential_types: frozenset[str]
