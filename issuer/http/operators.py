"""The operators' side, on an address of its own: review, revocation, audit, accounts, privacy."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from clicid.adapters.metrics import CONTENT_TYPE
from clicid.errors import REASONS
from issuer.evidence.file import EvidenceFile, rules_part
from issuer.evidence.levels import Level
from issuer.http.access import ADMIN, AUDITOR, MONITOR, REVIEWER, REVOKER, Acting
from issuer.http.bodies import StrictRoute
from issuer.http.services import Use
from issuer.usecases import auditing
from issuer.usecases.emergency import Wanted
from issuer.usecases.operators import NAME_PATTERN
from issuer.usecases.overview import overview
from issuer.usecases.records import Copy, Entry, Progress, Role, Session
from issuer.usecases.revocation import ActKind, Reason
from issuer.usecases.verdicts import Verdict

routes: Final = APIRouter(route_class=StrictRoute)

_JPEG: Final = b"\xff\xd8"
_PNG: Final = b"\x89PNG"


def _known(code: str) -> str:
    if code not in REASONS:
        raise ValueError("not a reason code")
    return code


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class VerdictBody(_Body):
    """A reviewer's decision.

    The level is what the evidence reaches, unless a lower one is named; printed names only where the
    engine could not read them. Where the case leads to somebody known already, `same_person` says
    whether it is they.
    """

    verdict: Literal["approve", "refuse", "resubmit_document", "resubmit_selfie", "resubmit_liveness"]
    level: Level | None = None
    codes: Annotated[list[Annotated[str, AfterValidator(_known)]], Field(max_length=16)] = []
    given_name: Annotated[str, Field(max_length=128)] = ""
    family_name: Annotated[str, Field(max_length=128)] = ""
    same_person: bool | None = None


class Answer(_Body):
    """Whether the second reviewer agrees with what the first one proposed."""

    agree: bool


class NoteBody(_Body):
    """What a reviewer writes down about a case. Whoever the case is about may ask to read it."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]


class ActBody(_Body):
    """Why. The reason stays here: it is on no list and not on the chain."""

    reason: Reason


class ManyBody(_Body):
    """Which credentials, why, and how many were counted; without `expect` they are only counted."""

    reason: Reason
    expect: Annotated[int | None, Field(ge=0)] = None
    credential: Annotated[str, Field(max_length=64)] = ""
    person: Annotated[str, Field(max_length=64)] = ""
    device: Annotated[str, Field(max_length=64)] = ""
    document: Annotated[str, Field(max_length=64)] = ""
    issued_from: AwareDatetime | None = None
    issued_until: AwareDatetime | None = None
    configuration: Annotated[str, Field(max_length=64)] = ""
    approved_by: Annotated[str, Field(max_length=64)] = ""
    engine: Annotated[str, Field(max_length=128)] = ""


class NewOperator(_Body):
    """A new operator."""

    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    roles: Annotated[list[Role], Field(min_length=1)]


@routes.get("/reviews", tags=["review"], **REVIEWER)
def queue(use: Use) -> list[dict[str, Any]]:
    """The onboardings that wait for a person, oldest first, and who has one alone until when."""
    return [_waiting(one) | {"since": one.updated_at.isoformat()} for one in use.review.queue()]


def _waiting(session: Session) -> dict[str, Any]:
    until = session.claimed_until
    return {
        "session_id": session.id,
        "codes": list(session.codes),
        "claimed_by": session.claimed_by or None,
        "claimed_until": until and until.isoformat(),
        "proposed_by": session.proposed_by or None,
    }


@routes.get("/reviews/{session_id}", tags=["review"], **REVIEWER)
def open_case(use: Use, session_id: str, operator: Acting, response: Response) -> dict[str, Any]:
    """One case: what was read, the evidence with its thresholds, images, notes, and decisions so far."""
    response.headers["Cache-Control"] = "no-store"
    case = use.review.open(session_id, operator)
    return _waiting(case.session) | {
        "face_consent": case.session.face_consent,
        "resubmissions": case.session.resubmissions,
        "fields": asdict(case.fields) if case.fields else None,
        "names_by_person": asdict(case.names) if case.names else None,
        "evidence": [asdict(piece) for piece in case.evidence],
        "rules": rules_part(case.evidence, case.rules).model_dump(mode="json"),
        "images": list(case.images),
        "notes": [asdict(note) for note in case.notes],
        "decisions": [_kept(file) for file in case.files],
        "known": {"person_id": case.known.person_id, "found_by": sorted(case.known.found_by)}
        if case.known
        else None,
    }


def _kept(file: EvidenceFile) -> dict[str, Any]:
    return {"sha256": file.digest(), "file": file.model_dump(mode="json")}


@routes.post("/reviews/{session_id}/claim", tags=["review"], **REVIEWER)
def claim(use: Use, session_id: str, operator: Acting) -> dict[str, Any]:
    """Have a case alone for half an hour; again for half an hour more."""
    return _waiting(use.review.claim(session_id, operator))


@routes.delete("/reviews/{session_id}/claim", tags=["review"], status_code=204, **REVIEWER)
def release(use: Use, session_id: str, operator: Acting) -> None:
    """Give a case back to the queue."""
    use.review.release(session_id, operator)


@routes.post("/reviews/{session_id}/notes", tags=["review"], status_code=201, **REVIEWER)
def note(use: Use, session_id: str, body: NoteBody, operator: Acting) -> dict[str, str]:
    """Write something down about a case: kept sealed with it, its digest in the audit table."""
    written = use.review.note(session_id, body.text, operator)
    return {"by": written.by, "at": written.at}


@routes.get("/reviews/{session_id}/images/{name}", tags=["review"], **REVIEWER)
def image(use: Use, session_id: str, name: str, operator: Acting) -> Response:
    """One image of a case."""
    body = use.review.image(session_id, name, operator)
    kind = "image/jpeg" if body.startswith(_JPEG) else "image/png" if body.startswith(_PNG) else "image/webp"
    return Response(body, media_type=kind, headers={"Cache-Control": "no-store"})


@routes.post("/reviews/{session_id}", tags=["review"], **REVIEWER)
def decide(use: Use, session_id: str, body: VerdictBody, operator: Acting) -> dict[str, str]:
    """Approve, refuse, or ask for another photograph; where four eyes are wanted this is a proposal."""
    verdict = Verdict(**body.model_dump(exclude={"codes"}), codes=tuple(body.codes))
    return _decided(use.verdicts.decide(session_id, verdict, operator))


@routes.post("/reviews/{session_id}/answer", tags=["review"], **REVIEWER)
def answer(use: Use, session_id: str, body: Answer, operator: Acting) -> dict[str, str]:
    """Agree with another reviewer's proposal, which decides the case, or send it back to the queue."""
    return _decided(use.verdicts.answer(session_id, operator, agree=body.agree))


def _decided(session: Session) -> dict[str, str]:
    return {
        "session_id": session.id,
        "state": session.state,
        "person_id": session.person_id or "",
        "proposed_by": session.proposed_by,
    }


@routes.get("/decisions/{session_id}", tags=["audit"], **AUDITOR)
def decisions(use: Use, session_id: str, operator: Acting, response: Response) -> list[dict[str, Any]]:
    """The files of evidence of an onboarding, each with its digest; the audit table has the same digest."""
    response.headers["Cache-Control"] = "no-store"
    return [_kept(file) for file in use.review.files(session_id, operator)]


@routes.get("/credentials", tags=["revocation"], **REVOKER)
def find(use: Use, status_list: str, index: int) -> dict[str, Any]:
    """The credential behind a status entry: list URL and index, as they stand in the credential."""
    copy = use.revocation.find(status_list, index)
    return {"credential_id": copy.id, "person_id": copy.person_id, "configuration": copy.configuration}


@routes.get("/persons/{person_id}/credentials", tags=["revocation"], **REVOKER)
def credentials(use: Use, person_id: str) -> list[dict[str, Any]]:
    """A person's credentials with their status."""
    return [_row(*one) for one in use.revocation.copies(person_id)]


def _row(copy: Copy, entry: Entry, progress: Progress) -> dict[str, Any]:
    return {
        "credential_id": copy.id,
        "configuration": copy.configuration,
        "state": copy.state,
        "revoked": bool(entry.flags & 1),
        "suspended": bool(entry.flags & 2),
        "anchored": entry.flags == entry.anchored,
        "progress": asdict(progress),
        "valid_until": copy.valid_until.isoformat(),
    }


@routes.post("/credentials/{credential_id}/{act}", tags=["revocation"], status_code=202, **REVOKER)
def act_on_credential(
    use: Use, credential_id: str, act: ActKind, body: ActBody, operator: Acting
) -> dict[str, str]:
    """Revoke, suspend or lift one credential; it goes to the chain at once."""
    use.revocation.act_on_copy(credential_id, act, body.reason, by=operator.name)
    return {"credential_id": credential_id, "act": act}


@routes.post("/persons/{person_id}/{act}", tags=["revocation"], status_code=202, **REVOKER)
def act_on_person(use: Use, person_id: str, act: ActKind, body: ActBody, operator: Acting) -> dict[str, Any]:
    """Revoke, suspend or lift all of a person's credentials."""
    changed = use.revocation.act_on_person(person_id, act, body.reason, by=operator.name)
    return {"person_id": person_id, "act": act, "changed": changed}


@routes.post("/revocations", tags=["revocation"], status_code=202, **REVOKER)
def revoke_many(use: Use, body: ManyBody, operator: Acting) -> dict[str, int]:
    """Count what the criteria select together; with `expect`, revoke it, if it is still as many."""
    wanted = Wanted(**body.model_dump(exclude={"reason", "expect"}))
    if body.expect is None:
        return {"count": use.emergency.count(wanted), "revoked": 0}
    revoked = use.emergency.revoke(wanted, body.reason, expect=body.expect, by=operator.name)
    return {"count": revoked, "revoked": revoked}


@routes.get("/lists", tags=["revocation"], **REVOKER)
def lists(use: Use) -> list[dict[str, Any]]:
    """The status lists: how full they are, what is open, and the versions on their way to the chain."""
    return [
        asdict(one) | {"under_way": [asdict(version) for version in one.under_way]}
        for one in overview(use.store)
    ]


@routes.get("/gas", tags=["revocation"], **REVOKER)
def gas(use: Use) -> dict[str, Any]:
    """The account that pays: its balance, and how many single revocations that is at the highest fee."""
    measured = use.funds.measure()
    return {
        "balance_wei": str(measured.wei),
        "revocations_left": measured.revocations,
        "alarm": measured.revocations < use.funds.alarm_below,
    }


@routes.get("/audit", tags=["audit"], **AUDITOR)
def audit(
    use: Use, after: Annotated[int, Field(ge=0)] = 0, limit: Annotated[int, Field(ge=1, le=500)] = 100
) -> Any:
    """The audit table, page by page."""
    with use.store.reading() as tx:
        rows = tx.audit.page(after, limit)
    return [
        asdict(row) | {"at": row.at.isoformat(), "previous": row.previous.hex(), "hash": row.hash.hex()}
        for row in rows
    ]


@routes.get("/audit/verification", tags=["audit"], **AUDITOR)
def verify_audit(use: Use) -> dict[str, int]:
    """Walk the chain of hashes; 400 with `audit.broken` and the row where it breaks."""
    with use.store.reading() as tx:
        return {"rows": auditing.verify(tx)}


@routes.get("/traffic", tags=["audit"], **AUDITOR)
def traffic(use: Use) -> dict[str, int]:
    """Requests to the public application since its start, by the caller's product."""
    return use.traffic.counts()


@routes.get("/metrics", tags=["monitoring"], **MONITOR)
def metrics(use: Use) -> Response:
    """For Prometheus: balance, lists, and how the worker does."""
    return Response(use.metrics.text(), media_type=CONTENT_TYPE)


@routes.get("/operators", tags=["accounts"], **ADMIN)
def operators(use: Use) -> list[dict[str, Any]]:
    """All operators."""
    return [
        {"name": one.name, "roles": sorted(one.roles), "disabled": one.disabled} for one in use.accounts.all()
    ]


@routes.post("/operators", tags=["accounts"], status_code=201, **ADMIN)
def add_operator(use: Use, body: NewOperator, operator: Acting, response: Response) -> dict[str, str]:
    """Add an operator; the token is shown once."""
    response.headers["Cache-Control"] = "no-store"
    return {"name": body.name, "token": use.accounts.add(body.name, body.roles, by=operator.name)}


@routes.delete("/operators/{name}", tags=["accounts"], status_code=204, **ADMIN)
def disable_operator(use: Use, name: str, operator: Acting) -> None:
    """Take an operator's token out of force."""
    use.accounts.disable(name, by=operator.name)


@routes.get("/persons/{person_id}/export", tags=["privacy"], **ADMIN)
def export(use: Use, person_id: str, operator: Acting, response: Response) -> dict[str, Any]:
    """Everything held about a person, to answer a request of theirs (GDPR 15)."""
    response.headers["Cache-Control"] = "no-store"
    return use.privacy.export(person_id, by=operator.name)


@routes.delete("/persons/{person_id}", tags=["privacy"], status_code=204, **ADMIN)
def erase(use: Use, person_id: str, operator: Acting) -> None:
    """Erase a person (GDPR 17): the key goes first, and with it every backup's copy."""
    use.privacy.erase(person_id, by=operator.name)
