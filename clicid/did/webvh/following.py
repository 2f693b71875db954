"""Whether a log goes on where a known one ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence


def check_continues(known: Sequence[str], shown: Sequence[str]) -> None:
    """Return if the log that is shown now is the known one, or that and more.

    A `versionId` commits to the whole history before it, so that two logs that share one share all before
    it, and a log of another SCID shares none.

    Args:
        known: The `versionId`s seen before, the oldest first (`Log.version_ids`).
        shown: Those of the log that is shown now.

    Raises:
        Refused: `did.rolled_back` if it ends before the known one does; `did.forked` if it tells another
            history.
    """
    if list(shown[: len(known)]) == list(known):
        return
    if list(known[: len(shown)]) == list(shown):
        raise Refused("did.rolled_back", "", f"{len(shown)} versions, and there were {len(known)}")
    common = next(index for index, pair in enumerate(zip(known, shown, strict=False)) if pair[0] != pair[1])
    raise Refused("did.forked", "", f"apart from version {common + 1} on")
