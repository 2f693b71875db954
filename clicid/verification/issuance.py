"""By which digest a credential is anchored, whatever its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.trust.issuance import credential_digest

if TYPE_CHECKING:
    from clicid.formats.base import FormatId
    from clicid.verification.walk import Checkers


def issuance_digest(raw: bytes, form: FormatId, checkers: Checkers) -> bytes | None:
    """The digest (32 bytes) of a credential, whole or a part of it; None if it has none (bbs-2023).

    Args:
        raw: The credential as a verifier may see it.
        form: Its format.
        checkers: The checker of each format.

    Raises:
        Refused: What the format's parser refuses.
    """
    issued = checkers[form].parse(raw).issued()
    return None if issued is None else credential_digest(*issued)
