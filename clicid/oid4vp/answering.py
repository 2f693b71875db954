"""The verifier's side of a DCQL query (OpenID4VP 6.4, 8.6, 14.2): does what was shown answer it?

Signatures, holder binding and status are judged before, by `clicid.verification`; here only
credentials that passed there are compared with the query, each criterion of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.errors import RemoteError
from clicid.oid4vp.claims_path import answer
from clicid.oid4vp.errors import Wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.oid4vp.dcql import CredentialQuery, Query


@dataclass(frozen=True, slots=True)
class Presented:
    """One credential that was shown, and accepted by itself.

    Args:
        format: The format it was read in.
        types: Its vct, or its doctype, or its expanded type names.
        tree: What it showed, as the query's paths see it.
        authorities: Pairs of type and value that `trusted_authorities` may name.
    """

    format: str
    types: frozenset[str]
    tree: Json
    authorities: frozenset[tuple[str, str]] = frozenset()

    def __repr__(self) -> str:
        return f"<Presented: {self.format}, claims not shown>"


def check_answer(query: Query, presented: Mapping[str, Sequence[Presented]]) -> None:
    """Return if the credentials answer the query.

    1. Every key is the id of a credential query, with one credential, or more if `multiple` (8.1).
    2. Each credential has the format, the type and the authority that its query wants (6.1).
    3. Each shows every claim asked for, or one whole claim set, with the values wanted (6.4.1).
    4. Every required credential set is answered by one of its options (6.4.2).

    Raises:
        RemoteError: `invalid_request` with `oid4vp.answer`; the place is the query id.
    """
    known = {credential.id: credential for credential in query.credentials}
    for name, shown in presented.items():
        credential = known.get(name)
        if credential is None:  # 1
            raise _fault("", "an id that the query does not have")
        if not shown or (len(shown) > 1 and not credential.multiple):
            raise _fault(name, "one credential is wanted")
        for one in shown:
            _check_credential(credential, one)
    for one_set in query.sets():  # 4
        if one_set.required and not any(presented.keys() >= set(option) for option in one_set.options):
            raise _fault("", "a required credential set is not answered")


def _check_credential(credential: CredentialQuery, shown: Presented) -> None:
    if shown.format != credential.format or not credential.meta.fits(shown.types):  # 2
        raise _fault(credential.id, "another format or type than wanted")
    trusted = {(one.type, value) for one in credential.trusted_authorities for value in one.values}
    if trusted and trusted.isdisjoint(shown.authorities):
        raise _fault(credential.id, "of another authority than wanted")
    complete = (all(answer(shown.tree, claim) for claim in claims) for claims in credential.alternatives())
    if not any(complete):  # 3
        raise _fault(credential.id, "a claim that was asked for is missing or has another value")


def _fault(where: str, detail: str) -> RemoteError:
    return RemoteError(Wire.INVALID_REQUEST, "oid4vp.answer", where, detail)
