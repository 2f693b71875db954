"""The holder's side: a selection of a credential, up to the proof of holding it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from clicid.codec import instant, strict_json
from clicid.errors import Refused
from clicid.formats.sd_jwt_vc import token
from clicid.formats.sd_jwt_vc.disclosure import digest_of
from clicid.formats.sd_jwt_vc.reveal import reveal
from clicid.securing import jws

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Binding
    from clicid.formats.sd_jwt_vc.reveal import Path, Revealed
    from clicid.securing.jws import PreparedJws
    from clicid.securing.signing import SigningOperation

ClaimPath: TypeAlias = "Sequence[str | int | None]"
"""A claims path pointer (OpenID4VP 1.0, 7): names, indexes, None for every element."""


@dataclass(frozen=True, slots=True)
class PreparedPresentation:
    """A `Prepared[bytes]`: gives the SD-JWT with key binding."""

    selection: bytes = field(repr=False)
    signed: PreparedJws

    @property
    def to_be_signed(self) -> Sequence[SigningOperation]:
        """The one signature of the holder's key."""
        return self.signed.to_be_signed

    def complete(self, signatures: Sequence[bytes]) -> bytes:
        """The presentation."""
        return self.selection + self.signed.complete(signatures)


def prepare_presentation(
    credential: bytes, disclose: Iterable[ClaimPath], binding: Binding, now: datetime
) -> PreparedPresentation:
    """The chosen claims of a credential, up to the holder's proof (RFC 9901 4.3, 7.2).

    A path shows what it points at with all that is inside, and of its surroundings no more than the
    names on the way. Open claims need no path.

    Args:
        credential: As the issuer gave it, with all its disclosures.
        disclose: What to show.
        binding: For whom and in answer to what.
        now: The time of the proof.

    Raises:
        Refused: what `token.parse` and `reveal` refuse; `sd_jwt.path` for a path that leads nowhere;
            `holder.binding_missing` for a credential without `cnf`; `sd_jwt.structure` for one that
            is already a presentation.
    """
    parsed = token.parse(credential)
    if parsed.key_binding is not None:
        raise Refused("sd_jwt.structure", detail="already a presentation")
    if parsed.holder is None:
        raise Refused("holder.binding_missing", "/cnf")
    revealed = reveal(parsed.payload, parsed.disclosures)
    chosen = select(revealed, disclose)
    # The credential's own order, which is that of the digests and says nothing.
    texts = [item.text for item in parsed.disclosures if item.text in chosen]
    selection = "~".join([credential.decode("ascii").partition("~")[0], *texts, ""])
    header: dict[str, Json] = {"typ": token.KEY_BINDING_TYP, "alg": parsed.holder.algorithm.jose}
    payload: dict[str, Json] = {
        "iat": instant.to_numeric_date(now),
        "aud": binding.audience,
        "nonce": binding.nonce,
        "sd_hash": digest_of(selection),
    }
    return PreparedPresentation(selection.encode(), jws.prepare(header, strict_json.dumps(payload)))


def select(revealed: Revealed, disclose: Iterable[ClaimPath]) -> frozenset[str]:
    """The texts of all disclosures on the way to, and below, what the pointers select.

    Raises:
        Refused: `sd_jwt.path` for a pointer that selects nothing.
    """
    paths = [path for pointer in disclose for path in resolve(revealed.claims, pointer)]
    return frozenset(
        item.text
        for place, item in revealed.needed.items()
        if any(place == path[: len(place)] or path == place[: len(path)] for path in paths)
    )


def resolve(claims: Json, pointer: ClaimPath) -> list[Path]:
    """The places that a claims path pointer selects, as concrete paths.

    Raises:
        Refused: `sd_jwt.path` if it selects none.
    """
    found: list[tuple[Path, Json]] = [((), claims)]
    for step in pointer:
        found = [(((*path, key)), value) for path, parent in found for key, value in _below(parent, step)]
    if not found or not pointer:
        raise Refused("sd_jwt.path")
    return [path for path, _ in found]


def _below(parent: Json, step: str | int | None) -> list[tuple[str | int, Json]]:
    if isinstance(parent, dict):
        return [(step, parent[step])] if isinstance(step, str) and step in parent else []
    if not isinstance(parent, list) or isinstance(step, str):
        return []
    if step is None:
        return list(enumerate(parent))
    return [(step, parent[step])] if 0 <= step < len(parent) else []
