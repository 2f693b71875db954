"""What stands around an issuer in tests: scripted engines, a chain in memory, a clock, an outbox."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self

from PIL import Image

from clicid.errors import Refused, Undecided
from clicid.status import delta
from clicid.status.rows import StatusList, list_id
from issuer.evidence.liveness import LEAST_FRAMES, LivenessReading
from issuer.evidence.ports import (
    DocumentFields,
    DocumentReading,
    DocumentType,
    FaceDescriptor,
    FaceMatch,
    Finding,
    NumberKind,
    PersonalNumber,
)
from issuer.usecases.funds import SINGLE_GAS
from issuer.usecases.status_chain import Found, Market, NonceTakenError
from tests.support.issuer_config import ADDRESS, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from issuer.evidence.liveness import Answer
    from issuer.usecases.status_chain import Commit, Fees


LOG = logging.getLogger("tests.issuer")
FIELDS = DocumentFields(
    format="TD3",
    document_type=DocumentType.PASSPORT,
    issuing_state="SWE",
    number="PA8271364",
    family_name="Öhrnström",
    given_name="Åsa Märta",
    family_name_mrz="OEHRNSTROEM",
    given_name_mrz="AASA MAERTA",
    nationality="SWE",
    birth_date=date(1990, 2, 28),
    sex="F",
    expiry_date=date(2030, 6, 1),
    personal_number=PersonalNumber("199002282389", NumberKind.PERSONAL, "SWE"),
)


def picture(colour: str) -> bytes:
    """A small real JPEG; its colour tells one from another."""
    out = BytesIO()
    Image.new("RGB", (64, 64), colour).save(out, "JPEG")
    return out.getvalue()


def frames(count: int = LEAST_FRAMES) -> list[bytes]:
    """Small real JPEGs, never the same twice."""
    out = []
    for _ in range(count):
        file = BytesIO()
        Image.frombytes("RGB", (4, 3), secrets.token_bytes(36)).resize((320, 240)).save(file, "JPEG")
        out.append(file.getvalue())
    return out


@dataclass
class Clock:
    """Time that moves when told."""

    time: datetime = NOW

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class Mailbox:
    """An outbox that keeps what was sent."""

    sent: list[dict[str, str]] = field(default_factory=list)
    broken: bool = False

    def send(self, channel: str, address: str, purpose: str, code: str, language: str) -> None:
        if self.broken:
            raise Undecided("outbox.failed", channel)
        self.sent.append(
            {"channel": channel, "to": address, "purpose": purpose, "code": code, "language": language}
        )

    def last(self, purpose: str = "contact") -> str:
        return next(one["code"] for one in reversed(self.sent) if one["purpose"] == purpose)


class ScriptedEngines:
    """Answers what the test says; looks at nothing."""

    def __init__(self) -> None:
        LOG.warning("scripted engines: no document is read and no face is compared")
        self.reading = reading()
        self.match = match(0.31)
        self.liveness = alive()
        self.answers: list[Answer] = []
        self.fault: Exception | None = None
        self.calls: list[str] = []
        self.images: tuple[bytes, ...] = ()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        return None

    async def read_document(self, images: Sequence[bytes], *, today: date) -> DocumentReading:
        assert all(images)
        self.images = tuple(images)
        assert today >= NOW.date()  # tests move the clock forward
        self.calls.append("read")
        if self.fault is not None:
            raise self.fault
        return self.reading

    async def check_liveness(self, answer: Answer, selfie: bytes) -> LivenessReading:
        assert answer.frames
        assert selfie
        self.calls.append("liveness")
        self.answers.append(answer)
        return self.liveness

    async def compare_faces(self, portrait: bytes, selfie: bytes) -> FaceMatch:
        assert portrait
        assert selfie
        self.calls.append("compare")
        return self.match


def reading(fields: DocumentFields | None = FIELDS, **changes: Any) -> DocumentReading:
    made = DocumentReading(
        fields=fields,
        findings=(),
        scores={"text": 0.98},
        check_digits={"number": "ok"},
        portrait=picture("tan") if fields else None,
        engine="scripted",
        engine_version="1",
    )
    return replace(made, **changes)


def alive(*codes: str) -> LivenessReading:
    return LivenessReading(tuple(Finding(code) for code in codes), {"turn": 31.0}, "scripted", "1")


def match(distance: float | None, face: float = 0.0) -> FaceMatch:
    """What a comparison says; `face` is one number that stands for the selfie's face."""
    described = None if distance is None else FaceDescriptor("scripted", "1", (face, 0.0))
    return FaceMatch(distance, (), {}, engine="scripted", engine_version="1", descriptor=described)


class MemoryChain:
    """A StatusRegistry in memory: each version once, and the digest must fit; a block for each transaction.

    While `stalled` it makes no blocks and keeps what is sent in its pool.
    """

    def __init__(self) -> None:
        LOG.warning("a chain in memory: nothing is anchored anywhere")
        self.versions: dict[bytes, int] = {}
        self.lists: dict[bytes, StatusList] = {}
        self.commits: list[tuple[bytes, int, int, int]] = []
        self.before_commits: list[tuple[bytes, bytes]] = []
        self.signed: dict[bytes, tuple[Commit, int, Fees]] = {}
        self.pool: dict[int, bytes] = {}
        self.blocks: dict[bytes, Found] = {}
        self.head = self.mined = 0
        self.base_fee, self.tip, self.balance = 10**9, 10**9, 10**24
        self.lose_answer = self.unreachable = self.stalled = False
        self.before: Callable[[bytes], None] = lambda _: None

    def open(self, url: str, size: int) -> None:
        id_ = list_id(ADDRESS, url)
        self.versions[id_], self.lists[id_] = 0, StatusList(2, size)

    def version(self, list_id_: bytes) -> int | None:
        if self.unreachable:
            raise Undecided("chain.unreachable")
        return self.versions.get(list_id_)

    def market(self) -> Market:
        if self.unreachable:
            raise Undecided("chain.unreachable")
        waiting = self.mined
        while waiting in self.pool:
            waiting += 1
        return Market(self.head, self.base_fee, self.tip, self.mined, waiting, self.balance)

    def sign(self, commit: Commit, nonce: int, fees: Fees) -> tuple[bytes, bytes]:
        self.before(commit.list_id)
        if commit.version != self.versions[commit.list_id] + 1:
            raise Refused("chain.reverted", detail="version_gap")
        hash_ = hashlib.sha256(repr((commit, nonce, fees)).encode()).digest()
        self.signed[hash_] = commit, nonce, fees
        return hash_, hash_

    def send(self, hash_: bytes, raw: bytes) -> None:
        assert hash_ == raw
        _, nonce, fees = self.signed[hash_]
        if hash_ in self.blocks or self.pool.get(nonce) == hash_:
            return
        if nonce < self.mined:
            raise NonceTakenError
        if fees.max_fee * SINGLE_GAS > self.balance:
            raise Undecided("chain.funds")
        if nonce in self.pool:
            old = self.signed[self.pool[nonce]][2]
            if min(fees.tip * 10 - old.tip * 11, fees.max_fee * 10 - old.max_fee * 11) < 0:
                raise NonceTakenError
        self.pool[nonce] = hash_
        if not self.stalled:
            self.mine()
        if self.lose_answer:
            self.lose_answer = False
            raise Undecided("chain.unreachable")

    def find(self, hash_: bytes) -> Found | None:
        return self.blocks.get(hash_)

    def mine(self) -> None:
        """Blocks of what waits, as far as there is no gap and the fees suffice."""
        self.head += 1
        while self.mined in self.pool:
            hash_ = self.pool[self.mined]
            commit, _, fees = self.signed[hash_]
            if fees.max_fee < self.base_fee + self.tip:
                return
            del self.pool[self.mined]
            self.mined += 1
            self.head += 1
            self.blocks[hash_] = Found(self.head, done=self._commit(commit))

    def reorganise(self) -> None:
        """Take the last version away with its block, and forget its transaction."""
        list_id_, entries = self.before_commits.pop()
        self.commits.pop()
        self.versions[list_id_] -= 1
        self.lists[list_id_].entries[:] = entries
        self.blocks.popitem()
        self.mined -= 1

    def _commit(self, commit: Commit) -> bool:
        if commit.version != self.versions[commit.list_id] + 1:
            return False
        held = self.lists[commit.list_id]
        self.before_commits.append((commit.list_id, bytes(held.entries)))
        delta.apply(held, commit.change)
        assert held.digest(commit.list_id, commit.version) == commit.digest
        self.versions[commit.list_id] = commit.version
        added, removed = delta.read(commit.change.set, commit.change.cleared, held.size * held.width)
        self.commits.append((commit.list_id, commit.version, len(added), len(removed)))
        return True
