"""A batch of credentials over the machine's cores, beside what the same cores gain at raw signatures.

Wall time, one process against two that stay; each process has learned what it will before the clock
runs. The documents are distinct, and each is verified once by one process and once by two.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchmarks.documents import CONTEXTS, CRYPTOGRAPHY, VALIDITY, Ed25519Key, Issuer, age_document, completed
from benchmarks.measure import Row
from clicid.adapters import package_data
from clicid.adapters.batch import Workers
from clicid.formats import vc_di
from clicid.formats.base import FormatId
from clicid.verification import Accepted, check_credential, checkers
from tests.support.world import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROCESSES: Final = 2
SIZE: Final = 10_000
_WARM: Final = 200
_TURNS: Final = 3


def figures(size: int, machine: str) -> Sequence[Row]:
    """The gain of two processes over one: of the whole check, and of the raw verification."""
    issuer, holder = Issuer(), Ed25519Key()
    credentials = [_issued(issuer, holder.did, number) for number in range(size)]
    signed = [(issuer.ed25519.sign(number.to_bytes(64)), number.to_bytes(64)) for number in range(size)]
    raw_key = issuer.ed25519.verifier.public_bytes_raw()
    whole = _gain(partial(_checking, issuer.have, issuer.policy), credentials)
    raw = _gain(partial(_verifying, raw_key), signed)
    what = f"W3C VC, a batch of {size}: gain of two processes over one"
    return (
        Row(
            "w3c.batch.gain",
            what,
            round(whole, 3),
            "of 1",
            "raw Ed25519",
            CRYPTOGRAPHY,
            round(whole / raw, 3),
            machine,
        ),
        Row("w3c.batch.of.raw", f"{what}, raw Ed25519 alone", round(raw, 3), "of 1", "", "", None, machine),
    )


def _gain(prepare: Callable[[], Callable[[Any], Any]], pieces: Sequence[Any]) -> float:
    """The best of some turns, as another's work on the machine falls on one of the two alone."""
    alone = prepare()
    with Workers(prepare, PROCESSES) as workers:
        workers.map(list(pieces[:_WARM]) * PROCESSES)
        for piece in pieces[:_WARM]:
            alone(piece)
        one = min(_wall(lambda: [alone(piece) for piece in pieces]) for _ in range(_TURNS))
        two = min(_wall(lambda: workers.map(pieces)) for _ in range(_TURNS))
    return one / two


def _wall(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _issued(issuer: Issuer, holder: str, number: int) -> bytes:
    document = age_document(issuer.w3c, holder, number % 60_000)
    prepared = vc_di.prepare_credential(issuer.w3c, document, CONTEXTS, created=VALIDITY.valid_from)
    return completed(prepared, issuer.ed25519)


def _checking(have: Any, policy: Any) -> Callable[[bytes], str]:
    known = checkers(package_data.contexts())

    def work(raw: bytes) -> str:
        ending = check_credential(raw, have, format=FormatId.LDP_VC, policy=policy, checkers=known, now=NOW)
        if not isinstance(ending, Accepted):
            raise SystemExit(f"a good credential was not accepted: {ending}")
        return ending.report.code

    return work


def _verifying(raw_key: bytes) -> Callable[[tuple[bytes, bytes]], str]:
    key = Ed25519PublicKey.from_public_bytes(raw_key)

    def work(signed: tuple[bytes, bytes]) -> str:
        key.verify(*signed)
        return ""

    return work
