"""The switch `haip`: what HAIP 1.0 demands of an issuer's settings, and what it leaves of the formats.

What the profile demands is turned on where the file does not say, and a file that says otherwise is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clicid.errors import LocalError, Refused
from clicid.formats.base import HAIP_FORMATS
from clicid.oid4vci.credential import ProofType
from clicid.trust import x5c

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from issuer.config import Config
    from issuer.usecases.configurations import Offered

_ON: Final[Mapping[str, Mapping[str, Any]]] = {
    "authorization": {"attested_only": True, "anonymous": False, "bound": True},
    "issuing": {"proof_types": ["jwt", "attestation"], "key_attestations": {}},
}
_PROOFS: Final = frozenset({ProofType.JWT, ProofType.ATTESTATION})
_CODE_SECONDS: Final = 60
_REQUEST_SECONDS: Final = 600


def turned_on(given: Mapping[str, Any]) -> dict[str, Any]:
    """The file's settings, with what the profile demands where it does not say."""
    tables = {name: given.get(name, {}) for name in _ON}
    return {**given} | {
        name: {**_ON[name], **table} for name, table in tables.items() if isinstance(table, dict)
    }


def fault(config: Config) -> str:
    """The first setting that the profile forbids, with the section that does; "" for none."""
    authorization, issuing = config.authorization, config.issuing
    rows = (
        (not config.wallet_providers, "wallet_providers: wallets are attested, so one is wanted", "4.4.1"),
        (not authorization.attested_only, "authorization.attested_only must be true", "4.4.1"),
        (authorization.anonymous, "authorization.anonymous must be false", "4.4.1"),
        (not authorization.bound, "authorization.bound must be true: tokens are bound by DPoP", "4"),
        (
            authorization.code_seconds > _CODE_SECONDS,
            f"authorization.code_seconds must be {_CODE_SECONDS} at most",
            "4, FAPI 2.0 5.3.2.1",
        ),
        (
            authorization.request_seconds >= _REQUEST_SECONDS,
            f"authorization.request_seconds must be less than {_REQUEST_SECONDS}",
            "4, FAPI 2.0 5.3.2.2",
        ),
        (not _PROOFS.issuperset(issuing.proof_types), "issuing.proof_types: jwt and attestation", "4.5.1"),
        (issuing.key_attestations is None, "issuing.key_attestations must be there", "4.5.1"),
        (not config.keys.x5c, "keys.x5c: the certificates of the SD-JWT key are wanted", "6.1.1"),
    )
    return next((f"{text} (haip; HAIP 1.0 {section})" for wrong, text, section in rows if wrong), "")


def check_chain(chain: Sequence[bytes], roots: Iterable[bytes]) -> None:
    """Return if our certificates are as credentials, lists and metadata must carry them (4.1, 6.1, 6.1.1).

    Args:
        chain: DER, leaf first.
        roots: The trust anchors that we know ours to be, DER.

    Raises:
        LocalError: ``config.certificate``.
    """
    try:
        x5c.check_rootless(chain, roots)
    except Refused as error:
        detail = f"{error.detail}; leave it out (haip; HAIP 1.0 6.1.1)"
        raise LocalError("config.certificate", "keys.x5c", detail) from None


def profiled(rows: Mapping[str, Offered]) -> dict[str, Offered]:
    """The configurations in formats that the profile has (6)."""
    return {name: row for name, row in rows.items() if row.format in HAIP_FORMATS}
