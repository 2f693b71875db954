"""The holder's side: a selection of a credential, up to the proof of holding it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.formats.sd_jwt_vc import token
from clicid.securing.sd_jwt.sealing import PreparedSelection, prepare_selection

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from clicid.formats.base import Binding
    from clicid.securing.sd_jwt.selection import ClaimPath


def prepare_presentation(
    credential: bytes, disclose: Iterable[ClaimPath], binding: Binding, now: datetime
) -> PreparedSelection:
    """The chosen claims of a credential, up to the holder's proof; see `prepare_selection`.

    Args:
        credential: As the issuer gave it, with all its disclosures.
        disclose: What to show.
        binding: For whom and in answer to what.
        now: The time of the proof.

    Raises:
        Refused: what `token.parse`, `reveal` and `prepare_selection` refuse.
    """
    parsed = token.parse(credential)
    return prepare_selection(
        parsed.combined,
        token.reveal(parsed),
        disclose,
        holder=parsed.holder,
        audience=binding.audience,
        nonce=binding.nonce,
        now=now,
    )
