"""Canonical N-Quads of a flat node from a template: one blank node whose members are plain texts.

Two flat nodes with the same contexts, member names and fixed values have the same N-Quads up to the
free values, and one blank node needs no search for its label. So the full path runs once on marked
values, the result is cut at the marks, and the values of later nodes are filled in. The differential
test of this room holds the two paths against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.rdf import iri, safe
from clicid.rdf.canon import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile

_MAX_TEMPLATES: Final = 256
"""Any document names its contexts before its signature is checked, so the cache starts anew when full."""
_MARK: Final = "urn:clicid:mark:"


@dataclass(frozen=True, slots=True)
class _Line:
    """One N-Quad with a gap for a free value; `name` is empty where there is none."""

    before: str
    name: str
    after: str


Template = tuple[_Line, ...]


def canonicalize(
    node: Mapping[str, Json], free: frozenset[str], contexts: Contexts, *, profile: Profile
) -> bytes:
    """The bytes that `safe.canonicalize` gives, sooner.

    Args:
        node: A JSON-LD object with ``@context``, without an id.
        free: Members whose values are texts and make no difference to the form; all others belong
            to the template.
        contexts: The shipped contexts.
        profile: How much of JSON-LD it may use.

    Raises:
        Refused: As `safe.canonicalize` does.
    """
    texts = {name: value for name, value in node.items() if isinstance(value, str)}
    values = {name: value for name, value in texts.items() if name in free}
    others = node.keys() - {"@context"} - texts.keys()
    if others or _written_out(node.get("@context")) or not _plain(values, contexts):
        return safe.canonicalize(dict(node), contexts, profile=profile)
    fixed = {name: value for name, value in node.items() if name not in values}
    key = (profile, frozenset(values), repr(sorted(fixed.items())))
    template = contexts.templates.get(key)
    if template is None:
        template = _compile(fixed, frozenset(values), contexts, profile)
        if len(contexts.templates) >= _MAX_TEMPLATES:
            contexts.templates.clear()
        contexts.templates[key] = template
    return "".join(_filled(line, values) for line in template).encode()


def _written_out(context: Json) -> bool:
    """Whether a context stands in the node itself: what it makes of values is then for the full path."""
    return not all(isinstance(one, str) for one in (context if isinstance(context, list) else [context]))


def _plain(values: Mapping[str, str], contexts: Contexts) -> bool:
    """Whether no value means more than its text: nothing a context could take for a prefix."""
    return all(value.partition(":")[0] not in contexts.names for value in values.values())


def _compile(
    fixed: Mapping[str, Json], free: frozenset[str], contexts: Contexts, profile: Profile
) -> Template:
    marked: dict[str, Json] = dict(fixed) | {name: f"{_MARK}{name}:" for name in free}
    nquads = safe.canonicalize(marked, contexts, profile=profile).decode()
    lines = []
    for text in nquads.splitlines(keepends=True):
        name = text.partition(_MARK)[2].partition(":")[0]
        before, _, after = text.partition(f"{_MARK}{name}:") if name else (text, "", "")
        lines.append(_Line(before, name, after))
    return tuple(lines)


def _filled(line: _Line, values: Mapping[str, str]) -> str:
    if not line.name:
        return line.before
    value = values[line.name]
    if line.before.endswith("<"):
        if not iri.is_absolute(value):
            raise Refused("rdf.id", f"/{line.name}")
        return f"{line.before}{value}{line.after}"
    iri.check_literal(value, f"/{line.name}")
    return f"{line.before}{escape(value)}{line.after}"
