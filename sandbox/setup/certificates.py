"""The sandbox's certificate authority, and the issuer's certificates under it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.adapters import clock
from clicid.trust.iaca_making import MAX_SIGNER_DAYS
from clicid.trust.x5c import key_digest
from issuer import iaca
from issuer.iaca import Ceremony
from issuer.usecases.test_documents import COUNTRY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyStore

ISSUER, SIGNER = "issuer.pem", "signer.pem"
CHAIN: Final = (ISSUER, iaca.ROOT_PEM)
_DAYS: Final = 3650


def certify(
    folder: Path, names: Sequence[str], key: PublicKey, vault: KeyStore, signer: PublicKey | None = None
) -> bytes:
    """Make the root, and under it certificates for the issuer's SD-JWT key and its document signer.

    Args:
        folder: Where the files go.
        names: The issuer's identifier first, and its DID: the certificate's subject alternative names.
        key: The key that signs SD-JWT VCs.
        vault: The root's; its key is made on first use.
        signer: The key that signs mdocs, if there is one.

    Returns:
        SHA-256 of the root's SubjectPublicKeyInfo.
    """
    begins = (clock.now() - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    where = iaca.place(names[0], COUNTRY, "ClicID sandbox IACA (TEST)")
    root = iaca.make_root(vault, where, begins=begins, days=_DAYS)
    ceremony = Ceremony(vault, root)
    (folder / iaca.ROOT_PEM).write_bytes(iaca.to_pem(root))
    issuer = ceremony.issuer(key, names, begins=begins, days=_DAYS)
    (folder / ISSUER).write_bytes(iaca.to_pem(issuer))
    (folder / iaca.REVOCATIONS_FILE).write_bytes(ceremony.revocations((), begins=begins, days=_DAYS))
    if signer is not None:
        made = ceremony.signer(signer, begins=begins, days=MAX_SIGNER_DAYS)
        (folder / SIGNER).write_bytes(iaca.to_pem(made))
    return key_digest(root)
