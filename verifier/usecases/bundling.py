"""Bundles: signing one, telling what one says of itself, deciding by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from clicid.adapters import package_data
from clicid.adapters.gather import settle
from clicid.codec import instant
from clicid.formats.base import Binding
from clicid.ledger import bundle
from clicid.securing.signing import sign
from clicid.verification import Request, check
from clicid.verification.formats import checkers, told_by_typ

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from clicid.adapters.gather import Source
    from clicid.codec.strict_json import Json
    from clicid.formats.base import FormatId, Have, Wanted
    from clicid.keys.store import KeyRef, KeyStore
    from clicid.ledger.bundle import Bundle, Manifest
    from clicid.verification import Ending, Policy


class Question(NamedTuple):
    """What a presentation must answer."""

    format: FormatId
    audience: str
    nonce: str


def signed(manifest: Manifest, packed: bytes, keys: KeyStore, ref: KeyRef) -> bytes:
    """The bundle, signed by a key of the store."""
    prepared = bundle.prepare(manifest, keys.public(ref))
    signature = prepared.complete([sign(keys, ref, one) for one in prepared.to_be_signed])
    return bundle.joined(signature, packed)


def told(found: Bundle, now: datetime) -> Iterator[str]:
    """What a bundle says of itself, a line a thing."""
    manifest = found.manifest
    yield f"digest   {found.digest().hex()}"
    yield f"signer   {found.signer.to_multikey()}"
    yield f"network  {manifest.network.hex()}"
    yield f"made     {instant.format_stamp(manifest.made_at)}"
    yield f"block    {manifest.head.number} 0x{manifest.head.hash.hex()}; final {manifest.final.number}"
    scope = manifest.scope
    for name, chosen in (("issuers", scope.issuers), ("types", scope.types), ("lists", scope.lists)):
        yield f"{name:8} {'all' if chosen is None else ', '.join(sorted(chosen))}"
    yield f"packed   {manifest.packed_size:,} bytes"
    for part in manifest.parts:
        age = int((now - part.as_of).total_seconds())
        yield f"part     {part.name:18} {part.size:>12,} bytes  {age:>8} s old"


def decide(raw: bytes, question: Question, source: Source, policy: Policy, now: datetime) -> dict[str, Json]:
    """The report on a presentation, by what a bundle knows and by nothing else."""
    vocabulary = package_data.vocabulary_of(policy.schemas)
    known = checkers(package_data.contexts(vocabulary), shipped=package_data.shipped(vocabulary))
    binding = Binding(question.audience, question.nonce)
    request = Request(told_by_typ(question.format, raw), binding, policy.types)

    def step(have: Have) -> Ending | Wanted:
        return check(raw, have, request=request, policy=policy, checkers=known, now=now)

    return settle(step, source, now).report.to_json()
