"""Which version of the data model a document is of: its first context says so (4.3)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.codec.shape import pointer
from clicid.errors import Refused
from clicid.formats.data_model.url import is_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json


class Version(StrEnum):
    """The versions by their base contexts. 1.1 is verified and never issued."""

    V2_0 = "https://www.w3.org/ns/credentials/v2"
    V1_1 = "https://www.w3.org/2018/credentials/v1"


UNDEFINED_TERMS: Final = "https://www.w3.org/ns/credentials/undefined-terms/v2"
MAX_CONTEXTS: Final = 16
_CODE: Final = "vc.context"


def parse(document: Mapping[str, Json], where: str = "", *, allowed: frozenset[Version]) -> Version:
    """The version, from an ``@context`` that is an ordered set with a base context first.

    What a context says is for the JSON-LD processor.

    Args:
        document: The credential or presentation.
        where: Its JSON pointer.
        allowed: The versions wanted.

    Raises:
        Refused: `vc.context`.
    """
    place = pointer(where, "@context")
    contexts = document.get("@context")
    if not isinstance(contexts, list) or not 1 <= len(contexts) <= MAX_CONTEXTS:
        raise Refused(_CODE, place, f"an array of 1 to {MAX_CONTEXTS} contexts is wanted")
    version = next((one for one in allowed if contexts[0] == one.value), None)
    if version is None:
        raise Refused(_CODE, pointer(place, 0))
    for index, context in enumerate(contexts[1:], 1):
        _check(context, pointer(place, index), last=index == len(contexts) - 1)
    named = [context for context in contexts if isinstance(context, str)]
    if len(set(named)) != len(named):
        raise Refused(_CODE, place, "a context stands twice")
    return version


def _check(context: Json, where: str, *, last: bool) -> None:
    if isinstance(context, dict):
        return
    if not isinstance(context, str) or not is_url(context):
        raise Refused(_CODE, where, "neither a URL nor an object")
    if context == UNDEFINED_TERMS and not last:
        raise Refused(_CODE, where, "the context of undefined terms comes last")
