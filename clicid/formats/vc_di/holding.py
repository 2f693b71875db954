"""The holder's side of credentials whose statements can be shown one by one (ecdsa-sd-2023).

Such a credential comes with a base proof, which is the holder's secret; what others see is derived from
it. Credentials of other suites are shown whole: for them everything here is the credential itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.formats.vc_di import document
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023
from clicid.securing.data_integrity.holder import receive_ecdsa_sd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity.ecdsa_sd_2023 import BaseProof

SUBJECT: Final = "credentialSubject"
Place = tuple[str | int, ...]
"""Member names and indexes from the root of the document."""


def whole(raw: bytes, contexts: Contexts) -> bytes:
    """The credential as it is when its holder shows everything: what a check at rest looks at.

    Raises:
        Refused: `codec.*`; `proof.*`, `rdf.*` for a base proof that is malformed.
    """
    secured = document.read(raw)
    base = _base(secured, contexts)
    return raw if base is None else strict_json.dumps(base.derive(_pointers(_withheld(secured, base))))


def withheld(raw: bytes, contexts: Contexts) -> frozenset[Place]:
    """The places that need not be shown, each with all that lies below it; none for other suites.

    Raises:
        Refused: As `whole`.
    """
    secured = document.read(raw)
    base = _base(secured, contexts)
    return frozenset() if base is None else frozenset(_withheld(secured, base))


def shown(raw: bytes, places: Collection[Place], contexts: Contexts) -> bytes:
    """The part that shows these places and what is mandatory; the credential itself for other suites.

    Raises:
        Refused: As `whole`; `rdf.pointer_nothing` for a place that the credential does not have.
    """
    secured = document.read(raw)
    base = _base(secured, contexts)
    return raw if base is None else strict_json.dumps(base.derive(_pointers(places)))


def _base(secured: dict[str, Json], contexts: Contexts) -> BaseProof | None:
    proof = secured.get("proof")
    if not isinstance(proof, dict) or proof.get("cryptosuite") != ECDSA_SD_2023:
        return None
    return receive_ecdsa_sd(secured, contexts, profile=Profile.CLOSED)


def _withheld(secured: dict[str, Json], base: BaseProof) -> Iterator[Place]:
    """Members of the subject at every depth, but those that a mandatory pointer selects or leads through."""
    mandatory = base.mandatory_pointers
    for place in _members(secured.get(SUBJECT), (SUBJECT,)):
        pointer = _pointer(place)
        if not any(pointer == one or f"{pointer}/".startswith(f"{one}/") for one in mandatory):
            yield place


def _members(value: Json, place: Place) -> Iterator[Place]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield (*place, name)
            yield from _members(member, (*place, name))


def _pointers(places: Collection[Place] | Iterator[Place]) -> Sequence[str]:
    """Pointers to the places that lead to no other: selecting an object selects everything in it."""
    chosen = set(places)
    inner = {place[:depth] for place in chosen for depth in range(1, len(place))}
    return sorted(_pointer(place) for place in chosen - inner)


def _pointer(place: Place) -> str:
    return "".join(shape.pointer("", step) for step in place)
