"""The person's side: onboarding, result, block, consent, export and erasure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from clicid.errors import REASONS
from issuer.engines.names import MAX_NAME
from issuer.evidence.advice import advice
from issuer.evidence.decision import MAX_RESUBMISSIONS, Item, item_of
from issuer.http.access import ANYONE, PERSON
from issuer.http.bodies import Image, StrictRoute
from issuer.http.services import Services, Use
from issuer.pages.rendering import qr_code
from issuer.usecases import auditing
from issuer.usecases.enrolment import KNOWN
from issuer.usecases.naming import Names
from issuer.usecases.offering import Wish
from issuer.usecases.onboarding import load
from issuer.usecases.records import Channel, Session
from issuer.usecases.states import State
from issuer.usecases.telling import told

routes: Final = APIRouter(prefix="/onboarding", tags=["onboarding"], route_class=StrictRoute)
blocking: Final = APIRouter(tags=["blocking"], route_class=StrictRoute)

Language = Literal["sv", "en"]

# What to do next, by state: the path below the onboarding's own.
_NEXT: Final = {
    State.NOTICE: "POST notice",
    State.FACE_CONSENT: "POST face-consent",
    State.CONTACT: "POST contact, then POST contact/confirm, for phone and email",
    State.DOCUMENT: "PUT document/back where the document has two sides, then PUT document",
    State.SELFIE: "PUT selfie",
    State.LIVENESS: "POST liveness, then PUT liveness; or POST liveness/leave-out",
    State.DECIDING: "GET again in a moment",
    State.REVIEW: "a person looks at it; come back later",
    State.APPROVED: "POST offers; who is enrolled already and lost a wallet: POST revoke-earlier",
    State.REFUSED: "POST contest, to have a person look at it",
}

# The states in which reasons say what is to be given again.
_ASKING: Final = frozenset({State.DOCUMENT, State.SELFIE, State.LIVENESS})


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Start(_Body):
    """How to begin."""

    language: Language


class NoticeAnswer(_Body):
    """That the notice of this version was shown and read."""

    policy_version: Annotated[str, Field(max_length=32)]


class FaceAnswer(NoticeAnswer):
    """A consent to face comparison, or to face search, or its refusal."""

    given: bool


class Address(_Body):
    """Where to send a code."""

    channel: Channel
    address: Annotated[str, Field(min_length=3, max_length=254)]


class CodeAnswer(_Body):
    """The code that arrived."""

    channel: Channel
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class OfferWish(_Body):
    """Which credentials to offer; none named means all that can be. By which grant, and how the link is.

    By reference the link has the offer's address instead of the offer, and is short enough for any camera.
    """

    configurations: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=16)] = []
    age_threshold: Annotated[int, Field(ge=0, le=150)] | None = None
    grant: Literal["pre-authorized_code", "authorization_code"] = "pre-authorized_code"
    by_reference: bool = False
    qr_code: bool = False


class NamesAnswer(_Body):
    """The names as they are printed on the document, in its own letters."""

    given_name: Annotated[str, Field(max_length=MAX_NAME)]
    family_name: Annotated[str, Field(max_length=MAX_NAME)]


class BlockWish(_Body):
    """Block id and blocking code, as given with the first offer."""

    block_id: Annotated[str, Field(min_length=4, max_length=32)]
    code: Annotated[str, Field(min_length=4, max_length=64)]


class Told(BaseModel):
    """A reason, in both languages, and what to do: `item` is what to give again, null where nothing is."""

    code: str
    en: str
    sv: str
    item: Item | None
    do_en: str
    do_sv: str


class View(BaseModel):
    """Where an onboarding stands."""

    session_id: str
    state: State
    next: str
    language: str
    phone_confirmed: bool
    email_confirmed: bool
    face_consent: bool
    resubmissions_left: int
    enrolled: bool
    reasons: list[Told]
    names_wanted: bool = False


class Started(View):
    """A new onboarding, and the token to come back with. It is shown once."""

    resume_token: str


def view(session: Session) -> View:
    """Where an onboarding stands."""
    return View(
        session_id=session.id,
        state=session.state,
        next=_NEXT[session.state],
        language=session.language,
        phone_confirmed=session.phone_confirmed,
        email_confirmed=session.email_confirmed,
        face_consent=session.face_consent,
        resubmissions_left=MAX_RESUBMISSIONS - session.resubmissions,
        enrolled=KNOWN in session.codes,
        reasons=[
            _told(code, asked=session.state in _ASKING)
            for code in told(session, session.codes, waiting=session.state is State.REVIEW)
        ],
    )


def _told(code: str, *, asked: bool) -> Told:
    reason, what = REASONS[code], advice(code, asked=asked)
    item = item_of(code) if asked else None
    return Told(code=code, en=reason.en, sv=reason.sv, item=item, do_en=what.en, do_sv=what.sv)


def _current(use: Services, session_id: str) -> Session:
    with use.store.reading() as tx:
        return load(tx, session_id)


@routes.get("/notice", **ANYONE)
def notice(use: Use, language: Language) -> dict[str, str]:
    """What we do with personal data, and what face comparison means, in one language."""
    found = use.onboarding.notice(language)
    return {
        "policy_version": found.version,
        "language": found.language,
        "notice": found.text,
        "face_comparison": found.face_comparison,
    }


@routes.get("/face-search-notice", **ANYONE)
def face_search_notice(use: Use, language: Language) -> dict[str, str]:
    """What searching a face among all faces means, in one language; 404 where it is not done."""
    version, text = use.face_search.notice(language)
    return {"policy_version": version, "language": language, "face_search": text}


@routes.post("", status_code=201, **ANYONE)
def begin(use: Use, body: Start) -> Started:
    """Begin. Keep the resume token: it is the way back."""
    session, token = use.onboarding.begin(body.language)
    return Started(**view(session).model_dump(), resume_token=token)


@routes.get("/{session_id}", **PERSON)
def show(use: Use, session_id: str) -> View:
    """Where the onboarding stands, and what comes next; `names_wanted` asks for PUT names."""
    return _with_names(use, _current(use, session_id))


def _with_names(use: Services, session: Session) -> View:
    return view(session).model_copy(update={"names_wanted": use.naming.wanted(session) is not None})


@routes.get("/{session_id}/names", **PERSON)
def names(use: Use, session_id: str, response: Response) -> dict[str, Any]:
    """The names of the machine readable zone, where the printed ones are wanted; else null."""
    response.headers["Cache-Control"] = "no-store"
    found = use.naming.wanted(_current(use, session_id))
    return {"in_zone": found and asdict(found)}


@routes.put("/{session_id}/names", **PERSON)
def give_names(use: Use, session_id: str, body: NamesAnswer) -> View:
    """The names as printed, where only the machine readable zone was read; a reviewer looks at them."""
    return _with_names(use, use.naming.give(session_id, Names(body.given_name, body.family_name)))


@routes.post("/{session_id}/notice", **PERSON)
def accept_notice(use: Use, session_id: str, body: NoticeAnswer) -> View:
    """The notice was read."""
    return view(use.onboarding.accept_notice(session_id, body.policy_version))


@routes.post("/{session_id}/face-consent", **PERSON)
def answer_face_consent(use: Use, session_id: str, body: FaceAnswer) -> View:
    """Consent to face comparison, or not: then a person decides instead of a machine."""
    return view(use.onboarding.answer_face_consent(session_id, body.policy_version, given=body.given))


@routes.delete("/{session_id}/face-consent", **PERSON)
def withdraw_face_consent(use: Use, session_id: str) -> View:
    """Withdraw it: selfie, frames, portrait and what came of them go at once."""
    return view(use.onboarding.withdraw_face_consent(session_id))


@routes.post("/{session_id}/face-search-consent", status_code=204, **PERSON)
def answer_face_search(use: Use, session_id: str, body: FaceAnswer) -> None:
    """Consent to being searched and found by the face, or not: nothing else depends on it."""
    use.face_search.answer(session_id, body.policy_version, given=body.given)


@routes.delete("/{session_id}/face-search-consent", status_code=204, **PERSON)
def withdraw_face_search(use: Use, session_id: str) -> None:
    """Withdraw it: the face and what a search found go at once."""
    use.face_search.withdraw(session_id)


@routes.post("/{session_id}/contact", status_code=202, **PERSON)
def send_code(use: Use, session_id: str, body: Address) -> dict[str, str]:
    """Send a one-time code. The answer is the same whether or not the address is known here."""
    use.contact.send(session_id, body.channel, body.address)
    return {"sent_to": body.channel}


@routes.post("/{session_id}/contact/confirm", **PERSON)
def confirm_code(use: Use, session_id: str, body: CodeAnswer) -> View:
    """Give the code that arrived: ten minutes and five tries."""
    return view(use.contact.confirm(session_id, body.channel, body.code))


_UPLOAD: Final = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "image/webp")
        },
    }
}


def _upload(access: dict[str, Any]) -> dict[str, Any]:
    return access | {"openapi_extra": access["openapi_extra"] | _UPLOAD}


@routes.put("/{session_id}/document", **_upload(PERSON))
def give_document(use: Use, session_id: str, image: Image) -> View:
    """The photograph of the document's page with the machine readable zone; at most 16 MiB."""
    return view(use.onboarding.give_document(session_id, image))


@routes.put("/{session_id}/document/back", **_upload(PERSON))
def give_document_back(use: Use, session_id: str, image: Image) -> View:
    """The photograph of a card's other side; at most 16 MiB. Give it before or after the first side.

    Which of the two is the front does not matter. Where the document is asked for again, give both again.
    """
    return view(use.onboarding.give_document_back(session_id, image))


@routes.put("/{session_id}/selfie", **_upload(PERSON))
def give_selfie(use: Use, session_id: str, image: Image) -> View:
    """The selfie; at most 16 MiB. Head turns come next."""
    return view(use.onboarding.give_selfie(session_id, image))


@routes.post("/{session_id}/offers", status_code=201, **PERSON)
def offer(use: Use, session_id: str, body: OfferWish, response: Response) -> dict[str, Any]:
    """A credential offer for a wallet; with a pre-authorized code, its transaction code goes to the phone.

    The first time block id and blocking code come with it: keep them on paper, they are shown once.
    """
    response.headers["Cache-Control"] = "no-store"
    wish = Wish(
        tuple(body.configurations),
        body.age_threshold,
        authorization_code=body.grant == "authorization_code",
        by_reference=body.by_reference,
    )
    handed = use.offering.hand(session_id, wish)
    answer: dict[str, Any] = {
        "credential_offer": handed.offer_url,
        "credential_configuration_ids": list(handed.configurations),
        "expires_in": handed.expires_in,
    }
    if body.qr_code:
        answer["qr_code"] = qr_code(handed.offer_url)
    if handed.blocking is not None:
        answer |= {"block_id": handed.blocking.block_id, "blocking_code": handed.blocking.code}
    return answer


@routes.post("/{session_id}/revoke-earlier", **PERSON)
def revoke_earlier(use: Use, session_id: str) -> dict[str, int]:
    """Came back because a wallet was lost: revoke what it holds. What is not asked for stays valid."""
    return {"revoked": use.recovery.revoke_earlier(session_id)}


@routes.post("/{session_id}/contest", **PERSON)
def contest(use: Use, session_id: str) -> View:
    """Contest a refusal that was made by rules alone: a person looks at it (GDPR 22)."""
    return view(use.onboarding.contest(session_id))


@routes.get("/{session_id}/export", **PERSON)
def export(use: Use, session_id: str, response: Response) -> dict[str, Any]:
    """Everything we hold about you (GDPR 15)."""
    response.headers["Cache-Control"] = "no-store"
    return use.privacy.export(_current(use, session_id).key_id, by=auditing.PERSON)


@routes.delete("/{session_id}", status_code=204, **PERSON)
def erase(use: Use, session_id: str) -> None:
    """Erase everything about you, and revoke what was issued (GDPR 17)."""
    use.privacy.erase_session(session_id)


@blocking.post("/block", status_code=204, **ANYONE)
def block(use: Use, body: BlockWish) -> None:
    """Suspend all your credentials without the wallet. Wrong id and wrong code get the same answer."""
    use.blocking.block(body.block_id, body.code)
