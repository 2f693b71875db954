"""Signed lists are held against the chain and against each other when they come; what disagrees is kept.

An issuer that shows one list to some and another to others is found out by each of them alone, for both
have the anchored list. What it signed is then evidence, with what it is held against, for whoever is to
be shown it: the issuer's governance, say, or a court.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Final

from clicid.adapters.files import write_whole
from clicid.codec import base64url, instant, jcs
from clicid.errors import ClicidError, Refused, Undecided
from clicid.formats.base import Material, Need, NeedKind
from clicid.ledger.facts import StatusSnapshot
from clicid.status import token_list_cwt
from clicid.verification import signed_lists
from clicid.verification.signed_lists import DISAGREES, Agreement

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from clicid.adapters.gather import Source
    from clicid.codec.strict_json import Json
    from clicid.formats.base import Rules
    from clicid.verification.signed_lists import Word
    from verifier.refresh.forms import Form

MAX_FILES: Final = 256
"""Most files of evidence in a folder: an issuer must not fill the disk. The first ones tell the most."""
_LOG: Final = logging.getLogger("clicid.verifier.evidence")


class ListWatch:
    """Decides which signed lists are kept to be used, and keeps what contradicts itself.

    Args:
        chain: The anchored lists, and the issuers' keys.
        rules: Ages and leeway.
        folder: Where evidence is written.
    """

    def __init__(self, chain: Source, rules: Rules, folder: Path) -> None:
        self._chain = chain
        self._rules = rules
        self._folder = folder
        self.found: Final[Counter[str]] = Counter()
        """How often each kind of disagreement was found."""

    def anchored(self, need: Need, now: datetime) -> Material | None:
        """The anchored list that a signed one is to be held against: as it was before that was asked for."""
        found = self._chain.get(Need(NeedKind.STATUS, need.uri, need.subject), now)
        return found if isinstance(found, Material) else None

    def take(
        self,
        need: Need,
        form: Form,
        new: Material,
        *,
        kept: Material | None,
        anchored: Material | None,
        now: datetime,
    ) -> bool:
        """Whether a list that came takes the place of the one that is kept.

        1. It is signed by the issuer, or it takes the place of nothing: who stands in between must not be
           able to take bad news away.
        2. It is held against the anchored list, by what its form can say.
        3. It is held against the one that is kept. An older one takes the place of nothing.

        Args:
            need: Which list.
            form: In which form it came.
            new: What came.
            kept: What is used so far, in the same form.
            anchored: As `anchored` gave it before the list was asked for.
            now: The time now.
        """
        signed = self._signed(need, form, new, now)  # 1
        if signed is None:
            return False
        snapshot = None if anchored is None else _snapshot(anchored)
        if snapshot is not None and anchored is not None:  # 2
            held = form.anchored(snapshot, anchored.as_of)
            agreement = Agreement.DIFFERS if held is None else signed_lists.compared(signed, held)
            self.tell(need, agreement, new, _told_anchored(anchored, snapshot), now, form=form.name)
        before = None if kept is None else self._signed(need, form, kept, now)
        if before is None or kept is None:
            return True
        agreement = signed_lists.compared(signed, before)  # 3
        self.tell(need, agreement, new, {"signed": as_text(kept.body)}, now, form=form.name)
        return agreement not in DISAGREES and signed.at >= before.at

    def _signed(self, need: Need, form: Form, found: Material, now: datetime) -> Word | None:
        wanted = Need(NeedKind.DID, need.subject)
        have = {wanted: self._chain.get(wanted, now)}
        try:
            return form.word(need, found, have, rules=self._rules, now=now)
        except (Refused, Undecided):
            return None

    def tell(
        self,
        need: Need,
        agreement: Agreement,
        new: Material,
        other: dict[str, Json],
        now: datetime,
        *,
        form: str,
    ) -> None:
        """Count, log and keep as evidence what disagrees; of other agreements nothing is told.

        Args:
            need: Which list.
            agreement: How the new list stands to what it was held against.
            new: The list that came.
            other: What it was held against, as the evidence shall have it.
            now: The time now.
            form: The name of the form it came in.
        """
        if agreement not in DISAGREES:
            return
        self.found[agreement] += 1
        evidence = jcs.dumps(
            {
                "kind": "clicid-list-evidence",
                "version": 1,
                "code": agreement.value,
                "issuer": need.subject,
                "list": need.uri,
                "form": form,
                "seen_at": instant.format_stamp(now.replace(microsecond=0)),
                "signed": as_text(new.body),
                "against": other,
            }
        )
        name = hashlib.sha256(new.body + jcs.dumps(other)).hexdigest()[:32]
        path = self._folder / f"{name}.json"
        if path.exists():
            return
        _LOG.error(
            "%s: list %s (%s) of %s; evidence: %s",
            agreement.value,
            need.uri,
            form,
            need.subject,
            path.name,
        )
        self._write(path, evidence)

    def _write(self, path: Path, evidence: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            if sum(1 for _ in self._folder.glob("*.json")) < MAX_FILES:
                write_whole(path, evidence, replace=False)
        except (ClicidError, OSError) as error:
            _LOG.warning("evidence could not be kept: %s", error)


def as_text(body: bytes) -> str:
    """A signed list as evidence has it: as it came, but a CWT in base64url."""
    return base64url.encode(body) if token_list_cwt.is_cwt(body) else body.decode()


def _snapshot(found: Material) -> StatusSnapshot | None:
    try:
        return StatusSnapshot.from_bytes(found.body)
    except Refused:
        return None


def _told_anchored(found: Material, snapshot: StatusSnapshot) -> dict[str, Json]:
    """The anchored list as evidence has it: which version stands where, and its entries."""
    return {
        "source": found.source,
        "as_of": instant.format_stamp(found.as_of),
        "version": snapshot.version,
        "width": snapshot.width,
        "size": snapshot.size,
        "entries": base64url.encode(zlib.compress(bytes(snapshot.entries))),
    }
