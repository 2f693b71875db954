"""SD-JWT VC: parse, put disclosures in their places whoever signed, and choose among them."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.formats.sd_jwt_vc import token
from clicid.securing.sd_jwt.selection import select
from tests.support.sd_jwt_vectors import hostile
from tests.support.world import World

SEEDS = [
    World().credential(),
    World().credential(x5c=()),
    *(presentation.encode() for _, _, presentation, _ in hostile()),
]


def target(data: bytes) -> None:
    try:
        parsed = token.parse(data)
        revealed = token.reveal(parsed)
        chosen = select(revealed, [[name] for name in revealed.claims])
    except ClicidError:
        return
    # Whoever asks for everything gets everything, and nothing is left hidden or shown twice.
    assert chosen == {item.text for item in parsed.combined.disclosures}
    assert len(revealed.needed) == len(parsed.combined.disclosures)
