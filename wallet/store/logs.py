"""What was seen of did:webvh logs, in the vault: whose credentials a person has is nobody's business."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from clicid.adapters.askar_vault import Record
from clicid.adapters.webvh_history import Seen
from clicid.codec import jcs, saved, shape, strict_json
from clicid.did.webvh.following import check_continues
from clicid.errors import LocalError, Refused

if TYPE_CHECKING:
    from clicid.adapters.askar_vault import AskarVault
    from clicid.codec.strict_json import Json
    from clicid.did.webvh.log import Log

_ABOUT: Final = "webvh_log"
_FILES: Final = "webvh_files"


class VaultLogs:
    """A `webvh_logs.History` for one person, as `webvh_history.WebvhHistory` is one for a service.

    Raises:
        LocalError: `wallet.damaged`, as both methods do, for a record that cannot be read.
    """

    def __init__(self, vault: AskarVault) -> None:
        self._vault = vault

    def seen(self, scid: str) -> Seen | None:
        """The longest log seen of a SCID, if any."""
        row = self._row(scid)
        if row is None:
            return None
        files = self._vault.get_record(_FILES, scid)
        if files is None:
            raise LocalError("wallet.damaged", _FILES)
        with saved.reading("wallet.damaged"):
            at = datetime.fromtimestamp(shape.integer(row, "at"), UTC)
            return Seen(files.value, at, saved.text(row, "doubt"))

    def follow(self, found: Log, body: bytes, now: datetime, doubt: str = "") -> None:
        """Remember a log that was read, if it goes on where the one seen before ended.

        Args:
            found: The log.
            body: Its two files.
            now: When it was shown.
            doubt: As `History.follow` says; nobody fetches for a wallet.

        Raises:
            Refused: `did.rolled_back`, `did.forked`; what was seen before stays, and the doubt with it, until
                a log is shown that goes on.
        """
        scid = found.newest.did.scid
        before = self._row(scid)
        if before is not None:
            with saved.reading("wallet.damaged"):
                versions = shape.texts(before, "versions")
            try:
                check_continues(versions, found.version_ids)
            except Refused as error:
                self._vault.put_record(_ABOUT, scid, jcs.dumps(before | {"doubt": error.code}))
                raise
        about: dict[str, Json] = {
            "versions": list(found.version_ids),
            "at": int(now.timestamp()),
            "doubt": doubt,
        }
        self._vault.apply([Record(_ABOUT, scid, jcs.dumps(about)), Record(_FILES, scid, body)])

    def _row(self, scid: str) -> dict[str, Json] | None:
        record = self._vault.get_record(_ABOUT, scid)
        if record is None:
            return None
        with saved.reading("wallet.damaged"):
            return shape.as_object(strict_json.loads(record.value))
