"""What can go wrong, and the one table of reason codes.

Three endings are kept apart everywhere: a thing is accepted, it is *refused* (it is wrong, and we
know why), or it is *undecided* (we could not find out). Every exception that leaves the kernel is
a `ClicidError`; any other is a bug of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the table: a stable code's sentence for people, and where it is specified."""

    en: str
    sv: str
    section: str


class ClicidError(Exception):
    """Base of everything the kernel raises.

    Args:
        code: A key of `REASONS`, e.g. ``"codec.base64url"``.
        where: The place in the input, as a JSON pointer or a part's name; empty for the whole.
        detail: What to tell an engineer. Never holds a claim value, secret or whole document.
    """

    def __init__(self, code: str, where: str = "", detail: str = "") -> None:
        if code not in REASONS:
            message = f"reason code {code!r} is not in the table"
            raise LookupError(message)
        super().__init__(code, where, detail)
        self.code: Final = code
        self.where: Final = where
        self.detail: Final = detail

    def __str__(self) -> str:
        parts = [self.code, f"at {self.where}" if self.where else "", REASONS[self.code].en]
        text = ": ".join(part for part in parts if part)
        return f"{text} ({self.detail})" if self.detail else text

    @property
    def reason(self) -> Reason:
        """The row of the table."""
        return REASONS[self.code]


class Refused(ClicidError):
    """The input is wrong. Trying again with the same input gives the same answer."""


class Undecided(ClicidError):
    """What is needed to decide is missing or too old. Trying again later may succeed."""


class LocalError(ClicidError):
    """We were used wrongly or are configured wrongly: the operator's or programmer's mistake."""


# One row a code, sorted. The section names the document that makes the rule.
REASONS: Final[dict[str, Reason]] = {
    "codec.base64url": Reason(
        "The text is not strict base64url.", "Texten är inte strikt base64url.", "RFC 4648 3.5, 5"
    ),
    "codec.json": Reason(
        "The text is not the JSON we accept.", "Texten är inte JSON som vi godtar.", "RFC 8259; RFC 7493"
    ),
    "codec.multibase": Reason(
        "The text is not the multibase we accept.", "Texten är inte multibase som vi godtar.", "Controlled Identifiers 2.4"
    ),
    "codec.shape": Reason(
        "A member is missing or has the wrong type.", "Ett fält saknas eller har fel typ.", "per message"
    ),
    "codec.size": Reason(
        "The input is larger than we accept.", "Indata är större än vi godtar.", "design: caps"
    ),
    "keys.algorithm": Reason(
        "The signature algorithm is not one we accept here.", "Signaturalgoritmen godtas inte här.", "RFC 8725 3.1"
    ),
    "keys.format": Reason(
        "The key is malformed.", "Nyckeln är felaktig.", "RFC 7517; Controlled Identifiers 2.2.2"
    ),
    "keys.signature": Reason(
        "The signature does not fit the key and the message.", "Signaturen stämmer inte med nyckel och meddelande.", "per suite"
    ),
    "keystore.capability": Reason(
        "The key store cannot do what is asked of it.", "Nyckelförvaret klarar inte det som begärs.", "design: KeyStore"
    ),
    "keystore.unknown": Reason(
        "The key store has no such key.", "Nyckelförvaret har ingen sådan nyckel.", "design: KeyStore"
    ),
}
