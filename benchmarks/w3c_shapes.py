"""W3C credentials of shapes that nobody has met: each document has another set of claims.

The verifier starts with nothing learned. It compiles a shape that it meets again, while its budget
allows, and that is in the time of the document it learns from: of shapes that differ, none.
"""

from __future__ import annotations

import itertools
import statistics
import time
from typing import TYPE_CHECKING, Final

from benchmarks.documents import (
    CRYPTOGRAPHY,
    VALIDITY,
    Ed25519Key,
    Issuer,
    age_document,
    completed,
    context_documents,
)
from benchmarks.measure import UNIT, Contender, Contest, Row
from benchmarks.peers import PlainPyld
from benchmarks.w3c import LESS_OF_PYLD
from clicid.adapters import package_data
from clicid.formats import vc_di
from clicid.formats.base import FormatId
from clicid.verification import Accepted, check_credential, checkers
from tests.support.world import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clicid.codec.strict_json import Json

_AGES: Final = (13, 15, 16, 18, 20, 21, 65)
MOST: Final = 3 ** len(_AGES) - 2
"""Documents of different shapes that can be made: each limit is passed, not passed or not mentioned."""


class UnseenContests:
    """Verify `count` credentials of as many shapes."""

    def __init__(self, issuer: Issuer, count: int) -> None:
        self._issuer = issuer
        # Contexts of their own: what is learned here is learned here alone.
        self._issuing = package_data.contexts.__wrapped__()
        self._credentials = [self._issued(claims, number) for number, claims in enumerate(_claims(count + 1))]
        self._checkers = checkers(package_data.contexts.__wrapped__())
        self._plain = PlainPyld(context_documents())
        self._each: list[float] = []

    def contests(self) -> Sequence[Contest]:
        """The one."""
        key = self._issuer.ed25519.verifier
        signatures = [
            self._issuer.ed25519.sign(number.to_bytes(64)) for number in range(len(self._credentials))
        ]
        return (
            Contest(
                "w3c.verify_unseen",
                "W3C VC, eddsa-rdfc-2022, verify a credential of a shape never seen before",
                Contender("clicid", "ClicID verification.check_credential", "", self._check),
                (
                    Contender(
                        "pyld",
                        PlainPyld.name,
                        self._plain.version,
                        lambda number: self._plain.verify(self._credentials[number], key),
                        LESS_OF_PYLD,
                    ),
                    Contender(
                        "floor",
                        "floor: one Ed25519 verification",
                        CRYPTOGRAPHY,
                        lambda number: key.verify(signatures[number], number.to_bytes(64)),
                    ),
                ),
            ),
        )

    def rows(self, machine: str) -> Sequence[Row]:
        """The mean, with the shapes that were compiled in it; after the contest was run."""
        what = "W3C VC, verify a credential of a shape never seen before: mean, what was compiled included"
        mean = round(statistics.mean(self._each), 1)
        return (Row("w3c.verify_unseen.mean", what, mean, UNIT, "", "", None, machine),)

    def _issued(self, claims: dict[str, Json], number: int) -> bytes:
        document = age_document(self._issuer.w3c, Ed25519Key().did, number)
        subject = document["credentialSubject"]
        assert isinstance(subject, dict)
        document["credentialSubject"] = {"id": subject["id"], **claims}
        prepared = vc_di.prepare_credential(
            self._issuer.w3c, document, self._issuing, created=VALIDITY.valid_from
        )
        return completed(prepared, self._issuer.ed25519)

    def _check(self, number: int) -> None:
        start = time.process_time_ns()
        ending = check_credential(
            self._credentials[number],
            self._issuer.have,
            format=FormatId.LDP_VC,
            policy=self._issuer.policy,
            checkers=self._checkers,
            now=NOW,
        )
        self._each.append((time.process_time_ns() - start) / 1000)
        if not isinstance(ending, Accepted):
            raise SystemExit(f"a good credential was not accepted: {ending}")


def _claims(count: int) -> Sequence[dict[str, Json]]:
    if count > MOST:
        raise SystemExit(f"there are no {count} shapes")
    choices = itertools.product((None, True, False), repeat=len(_AGES))
    found: Iterator[dict[str, Json]] = (
        {f"ageOver{age}": over for age, over in zip(_AGES, chosen, strict=True) if over is not None}
        for chosen in choices
    )
    return list(itertools.islice((claims for claims in found if claims), count))
