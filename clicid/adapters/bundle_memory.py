"""What is remembered of the last bundle that was taken in: how far it reached, and the bad news in it."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.adapters.files import write_whole
from clicid.codec import jcs, saved, shape, strict_json
from clicid.errors import LocalError, Refused
from clicid.ledger import bundle, carried, dump
from clicid.ledger.bundle import BlockName
from clicid.ledger.facts import MAX_ENTRIES_BYTES
from clicid.ledger.hexes import octets
from clicid.ledger.records import ListRecord
from clicid.ledger.replaced import Told
from clicid.ledger.state import State
from clicid.status.delta import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.codec.strict_json import Json
    from clicid.ledger.bundle import Manifest

_MAX_VALUES: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Memory:
    """The last bundle.

    Args:
        head: Its last block.
        made_at: When it was made, seconds since 1970.
        told: What another one's chain may lack; None where an earlier release remembered nothing of it.
    """

    head: BlockName
    made_at: int
    told: Told | None = None

    @classmethod
    def of(cls, manifest: Manifest, told: Told | None = None) -> Memory:
        """Of a bundle."""
        return cls(manifest.head, int(manifest.made_at.timestamp()), told)

    def check_after(self, before: Memory | None) -> None:
        """Return if it reaches at least as far as another one.

        Raises:
            Refused: `bundle.rollback`.
        """
        if before is None or (self.head, self.made_at) == (before.head, before.made_at):
            return
        if self.head.number < before.head.number or self.made_at < before.made_at:
            detail = f"block {before.head.number} was known, {self.head.number} is offered"
            raise Refused("bundle.rollback", "", detail)

    @classmethod
    def load(cls, path: Path, chain_id: int) -> Memory | None:
        """What was remembered, if anything.

        Raises:
            LocalError: `config.file`.
        """
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LocalError("config.file", str(path), error.strerror or "") from error
        with saved.reading("config.file"):
            obj = shape.as_object(
                strict_json.loads(raw, max_bytes=bundle.MAX_UNPACKED, max_values=_MAX_VALUES)
            )
            head = BlockName(
                shape.integer(obj, "number"), octets(obj, "hash", 32), shape.integer(obj, "time")
            )
            told = _told(shape.child(obj, "told"), chain_id) if "told" in obj else None
            return cls(head, shape.integer(obj, "made_at"), told)

    def save(self, path: Path) -> None:
        """Remember it, whole or not at all."""
        members: dict[str, Json] = {
            "number": self.head.number,
            "hash": self.head.hash.hex(),
            "time": self.head.time,
            "made_at": self.made_at,
        }
        told: dict[str, Json] = {} if self.told is None else {"told": _told_out(self.told)}
        write_whole(path, jcs.dumps(members | told), replace=True)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody else takes a bundle in who remembers it there: a service runs, and its operator looks at one.

    Of two at once the one that is slower, with the older bundle, would write over what the newer one told.

    Raises:
        LocalError: `config.file`.
    """
    place = path.with_name(f"{path.name}.lock")
    try:
        lock = place.open("ab")
    except OSError as error:
        raise LocalError("config.file", str(place), error.strerror or "") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _told_out(told: Told) -> dict[str, Json]:
    lists: list[Json] = [
        {
            "id": held.list_id.hex(),
            "identity": held.identity.hex(),
            "width": held.width,
            "size": held.size,
        }
        for held in told.state.lists.values()
    ]
    return {
        "final": told.final,
        "sticky": dump.dump_sticky(told.sticky).decode(),
        "blocks": [carried.block_out(one) for one in told.blocks],
        "lists": lists,
    }


def _told(obj: dict[str, Json], chain_id: int) -> Told:
    state = State(chain_id, RULES)
    for item in shape.items(obj, "lists", maximum=_MAX_VALUES):
        one = shape.as_object(item)
        list_id = octets(one, "id", 32)
        state.lists[list_id] = ListRecord(
            octets(one, "identity", 20),
            list_id,
            "",
            shape.integer(one, "width", maximum=8),
            shape.integer(one, "size", maximum=MAX_ENTRIES_BYTES * 8),
        )
    blocks = shape.items(obj, "blocks", maximum=_MAX_VALUES)
    return Told(
        shape.integer(obj, "final", minimum=-1),
        dump.load_sticky(shape.text(obj, "sticky", maximum=bundle.MAX_UNPACKED).encode()),
        tuple(carried.block_in(shape.as_object(row)) for row in blocks),
        state,
    )
