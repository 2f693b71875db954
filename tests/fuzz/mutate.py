"""Simple mutations for the short run of the fuzz targets in the ordinary tests."""

from __future__ import annotations

import random  # noqa: TC003 - read at run time by the tests


def mutations(seeds: list[bytes], count: int, chance: random.Random) -> list[bytes]:
    """`count` inputs: bytes flipped, cut out, doubled, joined from two seeds, or cut short."""
    return [_mutate(chance.choice(seeds), chance.choice(seeds), chance) for _ in range(count)]


def _mutate(data: bytes, other: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(out) + 1)
        end = min(len(out), at + chance.randint(0, 16))
        match chance.randrange(6):
            case 0 if at < len(out):
                out[at] ^= 1 << chance.randrange(8)
            case 1:
                del out[at:end]
            case 2:
                out[at:at] = out[at:end]
            case 3:
                out[at:] = other[chance.randrange(len(other) + 1) :]
            case 4:
                del out[at:]
            case _:
                out[at:at] = chance.choice(
                    (b"\x00", b'"', b"\xff", b"[[[[", b"1e999", b"\\ud800", b"~", b".", b"=")
                )
    return bytes(out)
