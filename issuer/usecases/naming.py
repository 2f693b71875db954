"""Names that were not read in print: the person gives them as printed, and a reviewer looks.

The machine readable zone has names in A to Z only. What the person writes is taken where a transliteration
or truncation of ICAO 9303-3 leads from it to the zone, so that nobody can write another name.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.engines.names import MAX_NAME, agrees, forms
from issuer.usecases import auditing
from issuer.usecases.onboarding import READING, load
from issuer.usecases.profile import fields_from_bytes
from issuer.usecases.states import State

if TYPE_CHECKING:
    from issuer.evidence.ports import DocumentFields
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import Session

NAMES: Final = "names"
# How many characters the zone's name field has (ICAO 9303-4 to -7), the filler between the names included.
_WIDTHS: Final = {"TD1": 30, "TD2": 31, "TD3": 39, "MRV-A": 39, "MRV-B": 31}
_BETWEEN: Final = 2


@dataclass(frozen=True, slots=True)
class Names:
    """Names as printed, in the person's own words."""

    given_name: str
    family_name: str


@dataclass(frozen=True, slots=True)
class InZone:
    """What the zone has, to be written out: A to Z, perhaps cut."""

    given_name: str
    family_name: str


class Naming:
    """Takes the names that were not read.

    Args:
        env: Store, keys, time.
    """

    def __init__(self, env: Environment) -> None:
        self._env = env

    def wanted(self, session: Session) -> InZone | None:
        """The zone's names where the printed ones are still to be given; None where they are not."""
        if session.state is not State.REVIEW:
            return None
        with self._env.store.reading() as tx:
            fields = _unread(tx, session)
        return None if fields is None else InZone(fields.given_name_mrz, fields.family_name_mrz)

    def give(self, session_id: str, names: Names) -> Session:
        """Take the names as printed; the last ones given count.

        Raises:
            Refused: ``onboarding.wrong_step`` where no names are wanted; ``onboarding.name_mismatch`` where
                they are not those of the machine readable zone.
        """
        names = Names(_tidy(names.given_name), _tidy(names.family_name))
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            fields = _unread(tx, session) if session.state is State.REVIEW else None
            if fields is None:
                raise Refused("onboarding.wrong_step", session.state, "no names are wanted")
            if session.proposed_by:  # what one reviewer saw is what the other agrees with
                raise Refused("onboarding.wrong_step", session.state, "a verdict on these names is proposed")
            _check(names, fields)
            tx.vault.put(session.key_id, NAMES, json.dumps(asdict(names)).encode())
            auditing.record(tx, self._env, actor=auditing.PERSON, act="names", subject=session_id)
        return session


def names_of(tx: Transaction, session: Session) -> Names | None:
    """The names that the person gave; None if they gave none."""
    raw = tx.vault.get(session.key_id, NAMES)
    return None if raw is None else Names(**json.loads(raw))


def _unread(tx: Transaction, session: Session) -> DocumentFields | None:
    raw = tx.vault.get(session.key_id, READING)
    fields = fields_from_bytes(raw) if raw else None
    return fields if fields is not None and None in (fields.given_name, fields.family_name) else None


def _check(names: Names, fields: DocumentFields) -> None:
    family, given = fields.family_name_mrz, fields.given_name_mrz
    used = len(family) + (len(given) + _BETWEEN if given else 0)
    cut = used >= _WIDTHS[fields.format]
    for place, printed, machine in (
        ("given_name", names.given_name, given),
        ("family_name", names.family_name, family),
    ):
        # Who has one name only has no given name in the zone, unless it was cut away.
        right = agrees(printed, machine, truncated=cut) if machine else not printed
        if not right and cut and not machine:  # a given name was cut away whole
            right = _spelt(printed)
        if not right:
            raise Refused("onboarding.name_mismatch", place)


def _spelt(name: str) -> bool:
    """Whether it is of characters that names are printed with; there is nothing to hold it against."""
    return len(name) <= MAX_NAME and all(forms(letter) for letter in name)


def _tidy(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name[: MAX_NAME + 1]).split())
