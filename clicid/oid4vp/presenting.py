"""What a wallet holds, as a query sees it, and the presentations that answer a person's choice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from clicid.codec import base64url
from clicid.did import key as did_key
from clicid.errors import LocalError
from clicid.formats import jwt_vc, mdoc, sd_jwt_vc, vc_di, vc_jose, w3c
from clicid.formats.base import FormatId
from clicid.formats.data_model import Enveloped
from clicid.formats.mdoc import issuer_signed
from clicid.formats.mdoc.values import to_json
from clicid.formats.sd_jwt_vc import token
from clicid.formats.vc_di import document
from clicid.oid4vp import authorised, binding
from clicid.oid4vp.binding import Channel
from clicid.oid4vp.matching import Held
from clicid.oid4vp.response import AuthorizationResponse
from clicid.oid4vp.transaction_data import TYPES, assign, key_binding_claims
from clicid.trust import x5c
from clicid.verification.formats import told_by_typ

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Binding, Prepared
    from clicid.keys.public import PublicKey
    from clicid.oid4vp.matching import Candidate, Picks
    from clicid.oid4vp.request import AuthorizationRequest
    from clicid.oid4vp.response import Presentation
    from clicid.oid4vp.transaction_data import TransactionData, TransactionType
    from clicid.rdf.contexts import Contexts
    from clicid.securing.signing import SigningOperation


@dataclass(frozen=True, slots=True)
class Holding:
    """A credential in the vault: its bytes, and the holder's key that is bound into it."""

    id: str
    format: FormatId
    raw: bytes = field(repr=False)
    key: PublicKey


def held(holding: Holding, contexts: Contexts) -> Held:
    """What a query can ask of a credential.

    Raises:
        Refused: What the format refuses, or `keys.*`, `did.*`, `rdf.*`.
        LocalError: `oid4vp.unsupported` for a format that is not presented.
    """
    return _HELD[_known(holding.format)](holding, contexts)


def _known(form: FormatId) -> FormatId:
    if form not in _HELD:
        raise LocalError("oid4vp.unsupported", detail=f"no presentation of {form}")
    return form


def _held_sd_jwt(holding: Holding, _contexts: Contexts) -> Held:
    parsed = token.parse(holding.raw)
    revealed = token.reveal(parsed)
    return Held(
        id=holding.id,
        format=holding.format.value,
        types=parsed.also | {parsed.credential_type},
        tree=revealed.claims,
        selective=frozenset(revealed.needed),
        authorities=x5c.authorities(parsed.x5c),
        bound=parsed.holder is not None,
    )


def _held_w3c(holding: Holding, contexts: Contexts) -> Held:
    parsed = vc_di.parse_credential(vc_di.whole(holding.raw, contexts), contexts)
    return Held(
        id=holding.id,
        format=holding.format.value,
        types=frozenset({parsed.credential_type, w3c.CREDENTIAL}),
        tree=dict(parsed.unverified.document),  # without its proof: a base proof is for nobody to see
        selective=vc_di.withheld(holding.raw, contexts),
    )


def _held_jwt(holding: Holding, contexts: Contexts) -> Held:
    """Shown whole, in either form: a JWT withholds nothing."""
    if (form := told_by_typ(holding.format, holding.raw)) is FormatId.VC_JWT:
        parsed = vc_jose.parse_credential(holding.raw, form, contexts)
    else:
        parsed = jwt_vc.parse_credential(holding.raw, contexts)
    return Held(
        id=holding.id,
        format=holding.format.value,
        types=frozenset({parsed.credential_type, w3c.CREDENTIAL}),
        tree=dict(parsed.opened.document),
        authorities=x5c.authorities(parsed.opened.chain()),
    )


def _held_mdoc(holding: Holding, _contexts: Contexts) -> Held:
    parsed = issuer_signed.parse(holding.raw)
    tree: dict[str, Json] = {
        namespace: {item.element: to_json(item.value) for item in items}
        for namespace, items in parsed.namespaces.items()
    }
    return Held(
        id=holding.id,
        format=holding.format.value,
        types=frozenset({parsed.security.doc_type}),
        tree=tree,
        selective=frozenset(
            (namespace, item.element) for namespace, items in parsed.namespaces.items() for item in items
        ),
        authorities=x5c.authorities((parsed.certificate,)),
    )


_HELD = {
    FormatId.SD_JWT_VC: _held_sd_jwt,
    FormatId.LDP_VC: _held_w3c,
    FormatId.JWT_VC: _held_jwt,
    FormatId.MDOC: _held_mdoc,
}


@dataclass(frozen=True, slots=True)
class Part:
    """One presentation that lacks its signatures; `holding_id` says whose key must sign."""

    query_id: str
    holding_id: str
    format: FormatId
    prepared: Prepared[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PreparedAnswer:
    """An answer that lacks its signatures. The parts stand in the order of the operations."""

    parts: tuple[Part, ...]
    state: str

    @property
    def to_be_signed(self) -> tuple[tuple[str, SigningOperation], ...]:
        """Each signature wanted, with the id of the holding whose key makes it."""
        return tuple(
            (part.holding_id, operation) for part in self.parts for operation in part.prepared.to_be_signed
        )

    def complete(self, signatures: Sequence[bytes]) -> AuthorizationResponse:
        """The answer; one signature for each operation, in the same order.

        Raises:
            LocalError: `securing.signatures`.
        """
        left = list(signatures)
        vp_token: dict[str, tuple[Presentation, ...]] = {}
        for part in self.parts:
            count = len(part.prepared.to_be_signed)
            done = _as_presentation(part.format, part.prepared.complete(left[:count]))
            del left[:count]
            vp_token[part.query_id] = (*vp_token.get(part.query_id, ()), done)
        if left:
            raise LocalError("securing.signatures")
        return AuthorizationResponse(vp_token, self.state)


def _as_presentation(form: FormatId, raw: bytes) -> Presentation:
    if form is FormatId.LDP_VC:
        return document.read(raw)
    return base64url.encode(raw) if form is FormatId.MDOC else raw.decode("ascii")


def prepare(
    request: AuthorizationRequest,
    picks: Picks,
    holdings: Mapping[str, Holding],
    *,
    channel: Channel | None = None,
    transactions: Mapping[str, TransactionType] = TYPES,
    contexts: Contexts,
    now: datetime,
) -> PreparedAnswer:
    """The presentations that show what the person chose, and no more.

    Args:
        request: A verified request.
        picks: The choice, checked by `Choices.check`.
        holdings: The credentials, by the ids that the candidates name.
        channel: How the answer will go back; None for the way that the request says. An mdoc's proof is
            for one, and the verifier refuses another.
        transactions: The types of transaction data that the request was checked against.
        contexts: The shipped contexts.
        now: The time of the proofs.

    Raises:
        LocalError: `oid4vp.unsupported`; `oid4vp.sequence` for a pick that is not among the holdings.
        Refused: What the formats refuse.
        RemoteError: `invalid_transaction_data` if what was picked cannot authorise what is to be.
    """
    bound = binding.of(request, channel or Channel.of(request))
    authorising = assign(request.transaction_data, picks)
    parts = []
    for query_id, chosen in picks.items():
        for place, candidate in enumerate(chosen):
            holding = holdings.get(candidate.held_id)
            if holding is None:
                raise LocalError("oid4vp.sequence", detail="a pick that is not held")
            # Of several credentials only one authorises (5.1).
            items = () if place else authorising.get(query_id, ())
            if _known(holding.format) is FormatId.MDOC:
                prepared = _present_mdoc(holding, candidate, bound, items, transactions)
            else:
                proof = replace(bound, signed_too=key_binding_claims(items))
                prepared = _present(holding, candidate, proof, contexts, now)
            parts.append(Part(query_id, holding.id, holding.format, prepared))
    return PreparedAnswer(tuple(parts), request.state)


def check_authorises(
    request: AuthorizationRequest,
    picks: Picks,
    holdings: Mapping[str, Holding],
    transactions: Mapping[str, TransactionType] = TYPES,
) -> None:
    """Return if what was picked can authorise what is to be: before a person is asked to.

    Raises:
        RemoteError: `invalid_transaction_data`.
    """
    for query_id, items in assign(request.transaction_data, picks).items():
        holding = holdings[picks[query_id][0].held_id]
        if holding.format is FormatId.MDOC:
            authorised.stated(holding.raw, items, transactions)


def _present_mdoc(
    holding: Holding,
    candidate: Candidate,
    bound: Binding,
    items: Sequence[TransactionData],
    transactions: Mapping[str, TransactionType],
) -> Prepared[bytes]:
    chosen = ((str(namespace), str(element)) for namespace, element, *_ in candidate.disclose)
    stated = authorised.stated(holding.raw, items, transactions)
    return mdoc.prepare_presentation(holding.raw, chosen, bound.transcript, stated)


def _present(
    holding: Holding, candidate: Candidate, bound: Binding, contexts: Contexts, now: datetime
) -> Prepared[bytes]:
    form = told_by_typ(holding.format, holding.raw)
    if form is FormatId.SD_JWT_VC:
        return sd_jwt_vc.prepare_presentation(holding.raw, candidate.disclose, bound, now)
    holder = did_key.create(holding.key)
    if form is FormatId.JWT_VC:
        return jwt_vc.prepare_presentation([holding.raw], holder, bound, now)
    if form is FormatId.VC_JWT:
        return vc_jose.prepare_presentation([Enveloped(form, holding.raw)], holder, bound, now)
    credential = vc_di.shown(holding.raw, candidate.disclose, contexts)
    return vc_di.prepare_presentation([credential], holder, bound, contexts, now)
