"""Accepting an offer: the OpenID4VCI wallet role, with each credential checked before it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from clicid.adapters.gather import settle
from clicid.codec import base64url, strict_json
from clicid.codec.web import HttpRequest
from clicid.did import key as did_key
from clicid.errors import LocalError, Refused, Undecided
from clicid.formats.base import FormatId
from clicid.formats.sd_jwt_vc import token
from clicid.formats.vc_di import parse_credential, whole
from clicid.oid4vci import wallet as role
from clicid.oid4vci.acceptance import (
    Answered,
    Checked,
    ConsentWanted,
    Finished,
    KeyMade,
    KeyWanted,
    Received,
    SignatureWanted,
    Signed,
)
from clicid.verification import Accepted, Shown, UndecidedWith, check_credential
from wallet.store.records import Event, HeldCredential, HistoryEntry

if TYPE_CHECKING:
    from clicid.adapters.gather import Source
    from clicid.formats.base import Have, Wanted
    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyRef
    from clicid.oid4vci.acceptance import Acceptance, Consented, Declined, Reply
    from clicid.oid4vci.acceptance import Event as Moved
    from clicid.verification import Ending, Report
    from wallet.usecases.parts import Parts

_NAMEABLE: Final = ("did:webvh:", "did:web:")


class Person(Protocol):
    """Whoever decides: a person at a terminal, or a script that was told what to do."""

    def on_offer(self, offer: ConsentWanted) -> Consented | Declined:
        """Shown who offers what; answers with a choice."""


@dataclass(slots=True)
class _Run:
    """What one run has at hand between two steps."""

    key: KeyRef | None = None
    kept: list[HeldCredential] = field(default_factory=list)
    fault: Refused | Undecided | None = None


def accept(parts: Parts, url: str, person: Person) -> tuple[HeldCredential, ...]:
    """Take what an offer holds, and keep what passes every check.

    Args:
        parts: The wallet.
        url: The offer's link, ``openid-credential-offer://...``.
        person: Asked once who offers what, and for the transaction code.

    Returns:
        What was kept; empty if the person declined.

    Raises:
        Refused: What is wrong with the offer, an answer or a credential. What was kept before stays.
        Undecided: No answer, or a credential could not be judged now.
    """
    run = _Run()
    state, reply = role.start(url)
    try:
        while not isinstance(reply, Finished):
            if isinstance(reply, Refused):
                raise reply
            event = _react(parts, run, state, reply, person)
            state, reply = role.step(state, event, now=parts.clock())
    finally:
        _drop_unused(parts, run)
    if run.fault is not None:
        raise run.fault
    return tuple(run.kept)


def _drop_unused(parts: Parts, run: _Run) -> None:
    """However it ended: a key that no kept credential is bound to is of no use, and does not stay."""
    if run.key is not None and run.key.name not in {one.key_name for one in run.kept}:
        parts.keys.remove(run.key)


def _react(parts: Parts, run: _Run, state: Acceptance, reply: Reply, person: Person) -> Moved:
    match reply:
        case HttpRequest():
            return Answered(parts.http.send(reply))
        case ConsentWanted():
            return person.on_offer(reply)
        case KeyWanted(algorithm=algorithm):
            run.key = parts.keys.generate(algorithm, f"holder-{base64url.encode(parts.random(12))}")
            return KeyMade(parts.keys.public(run.key))
        case SignatureWanted(operation):
            return Signed(parts.keys.sign(_present(run.key), operation.message, operation.alg))
        case Received():
            return Checked(_keep(parts, run, state, reply))
    raise LocalError("oid4vci.sequence", detail=type(reply).__name__)


def _keep(parts: Parts, run: _Run, state: Acceptance, received: Received) -> bool:
    """Check a credential with the verifier's own steps, and that it is bound to the key just made."""
    raw = (
        received.credential
        if isinstance(received.credential, str)
        else strict_json.dumps(received.credential)
    )
    raw = raw.encode() if isinstance(raw, str) else raw
    key = _present(run.key)
    form = FormatId(received.configuration.format)
    issuer_name = "" if state.issuer is None else state.issuer.credential_issuer
    shown = _fit(parts, form, raw, parts.keys.public(key))
    if not isinstance(shown, Shown):
        parts.keys.remove(key)
        run.fault = run.fault or shown
        _note(parts, Event.REFUSED, issuer_name, (), shown.code)
        return False
    held = HeldCredential(
        # Digits and letters alone: an id that begins with a hyphen would be an option to a shell.
        credential_id=parts.random(8).hex(),
        format=form.value,
        credential_type=shown.credential_type,
        issuer=shown.issuer,
        key_name=key.name,
        raw=raw,
        received_at=int(parts.clock().timestamp()),
        display={row.locale or "en": row.name for row in received.configuration.display},
    )
    parts.records.put(held)
    run.kept.append(held)
    _note(parts, Event.RECEIVED, issuer_name, (held.credential_id,), "kept")
    return True


def _fit(parts: Parts, form: FormatId, raw: bytes, key: PublicKey) -> Shown | Refused | Undecided:
    """A credential that is good and bound to our key, or why it is not kept."""
    try:
        ending = judge(parts, form, raw, parts.materials)
        if isinstance(ending, Accepted):
            (shown,) = ending.credentials
            return shown if holder_key(parts, form, raw) == key else Refused("holder.key_mismatch")
    except Refused as error:
        return error
    code = _why(ending.report)
    return Undecided(code) if isinstance(ending, UndecidedWith) else Refused(code)


def _why(report: Report) -> str:
    """The report's code; another one where it is for the person to name the issuer.

    It does not come with the issuer's DID: what an offer says of itself is not to be copied from here.
    """
    nameable = any(section.issuer.startswith(_NAMEABLE) for section in report.sections)
    return "wallet.issuer_not_named" if nameable and report.code == "issuer.not_accredited" else report.code


def judge(parts: Parts, form: FormatId, raw: bytes, source: Source) -> Ending:
    """What the verifier's own steps say of a credential at rest, all of it shown.

    Args:
        parts: The wallet.
        form: The credential's format.
        raw: The credential.
        source: What is known from the chain, and the proof that it was anchored.

    Raises:
        Refused: `codec.*`, `proof.*`, `rdf.*` for a base proof from which nothing can be shown.
    """
    now = parts.clock()

    if form is FormatId.LDP_VC:
        raw = whole(raw, parts.contexts)

    def step(have: Have) -> Ending | Wanted:
        return check_credential(raw, have, format=form, policy=parts.policy, checkers=parts.checkers, now=now)

    return settle(step, source, now)


def holder_key(parts: Parts, form: FormatId, raw: bytes) -> PublicKey | None:
    """The key that a credential is bound to, or None."""
    if form is FormatId.SD_JWT_VC:
        return token.parse(raw).holder
    (subject, *_) = parse_credential(whole(raw, parts.contexts), parts.contexts).subjects
    name = subject.get("id")
    if not isinstance(name, str) or not name.startswith("did:key:"):
        return None
    return did_key.document(name).methods[0].key


def _note(parts: Parts, event: Event, party: str, ids: tuple[str, ...], outcome: str) -> None:
    at = int(parts.clock().timestamp())
    parts.records.add_history(
        HistoryEntry(
            at, event, party, registered=False, purpose="", credential_ids=ids, shown=(), outcome=outcome
        )
    )


def _present(key: KeyRef | None) -> KeyRef:
    if key is None:
        raise LocalError("oid4vci.sequence", detail="no key was made")
    return key
