"""Which section of which standard demands a step: what differs from format to format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.formats.base import CheckName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.formats.base import Binding

_BY_ITSELF: Final = {CheckName.NONCE: "OpenID4VP 1.0 14.1", CheckName.AUDIENCE: "OpenID4VP 1.0 14.2"}


class Sections(NamedTuple):
    """The steps for a format's credentials in order, each with its section: which, depends on who asks.

    Args:
        enclosed: Of one in a presentation, which has answered the request; or at rest.
        alone: Of one that is shown by itself.
    """

    enclosed: Mapping[CheckName, str]
    alone: Mapping[CheckName, str]

    def of(self, binding: Binding | None) -> Mapping[CheckName, str]:
        """Those for a credential that is shown like that."""
        return self.enclosed if binding is None or binding.holder_key is not None else self.alone


def sections(
    issued: Mapping[CheckName, str],
    bound: str,
    *,
    alone: Mapping[CheckName, str] = _BY_ITSELF,
    disclosed: Mapping[CheckName, str] | None = None,
) -> Sections:
    """The sections of a format.

    Args:
        issued: Of the steps up to validity.
        bound: Of holder binding.
        alone: Of holder binding, if it is another one, nonce and audience for a credential by itself.
        disclosed: Of disclosures, for a format that has them.
    """
    last = disclosed or {}
    enclosed = {**issued, CheckName.HOLDER_BINDING: bound}
    return Sections({**enclosed, **last}, {**enclosed, **alone, **last})
