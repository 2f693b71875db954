"""A person at the authorization endpoint: who they are, which wallet asks for what, and what they say.

The link of a pushed request opens once, in one browser, which a cookie ties to it. There the person names
their onboarding: by the offer that the wallet came with, by number and resume token, or by beginning one
here. That it is theirs a one-time code shows, which goes to the phone that was confirmed in it: so neither
an offer that was photographed nor a token that leaked lets a stranger have the credentials.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError, Refused, RemoteError
from clicid.oid4vci.issuance import Agreed, BrowserArrived, Declined, Issuance, Phase, Redirect, Withdraw
from issuer.usecases import auditing, barring
from issuer.usecases.contact import LIFETIME, MAX_TRIES
from issuer.usecases.offering import Blocking, threshold_name
from issuer.usecases.records import Channel
from issuer.usecases.states import State
from issuer.usecases.visited import Arrived, Begun, Step, View
from issuer.usecases.walking import Walk

if TYPE_CHECKING:
    from clicid.oid4vci.authorization import AuthorizationLink
    from clicid.oid4vci.issuer import Issuer
    from clicid.oid4vci.kept import Requested
    from issuer.usecases.environment import Environment
    from issuer.usecases.offering import Offering
    from issuer.usecases.onboarding import Onboarding
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import GrantRow, Session, Visit

_WINDOW: Final = timedelta(hours=1)
_WRONG_TOKENS: Final = 5
_ASKED_FOR_EACH_WAITING: Final = 10
_UNDECIDED: Final = frozenset({State.DECIDING, State.REVIEW})


@dataclass(frozen=True, slots=True)
class _Here:
    """Everything about a browser that is where it may be."""

    found: GrantRow
    visit: Visit
    state: Issuance
    requested: Requested
    session: Session | None


class Visiting:
    """The authorization endpoint.

    Args:
        env: Store, keys, carrier, time, randomness.
        core: The issuer's role of OpenID4VCI.
        onboarding: Begins onboardings, and knows their resume tokens.
        offering: Knows what a person can have, and makes blocking codes.
        waiting: As `Granting`; ten times as many may be at the page and have named no onboarding.
        codes_per_hour: How many codes one onboarding may be sent in an hour.
    """

    def __init__(
        self,
        env: Environment,
        core: Issuer,
        onboarding: Onboarding,
        offering: Offering,
        *,
        waiting: int,
        codes_per_hour: int,
    ) -> None:
        self._env = env
        self._core = core
        self._onboarding = onboarding
        self._offering = offering
        self._waiting = waiting
        self._per_hour = codes_per_hour
        self._walk = Walk(env, core)

    def arrive(self, link: AuthorizationLink, cookies: dict[str, str]) -> Arrived:
        """A browser opens the link (RFC 9126 4). The same one may open it again, to load the page anew.

        Args:
            link: What the link says.
            cookies: Our cookies by authorization.

        Raises:
            RemoteError: ``oid4vci.request_uri``, ``oid4vci.pace``: to be told on a page, never by a redirect.
        """
        now = self._env.now()
        with self._env.store.writing() as tx:
            lookup = bytes.fromhex(self._core.digest(link.request_uri))
            found = tx.issuance.grant(lookup)
            visit = None if found is None else tx.visits.get(found.id)
            if found is None or visit is None:
                raise _gone()
            if self._is_browser(visit, cookies.get(found.id, "")) and link.client_id == _client_id(found):
                return Arrived(found.id, "")
            reply = self._walk(tx, lookup, BrowserArrived(link))
            if isinstance(reply, RemoteError):
                raise reply
            bucket = f"asked {visit.bucket}"
            if tx.visits.waiting(bucket, now) >= self._waiting * _ASKED_FOR_EACH_WAITING:
                raise RemoteError("temporarily_unavailable", "oid4vci.pace")
            cookie = self._env.secret()
            tx.visits.put(
                replace(
                    visit,
                    bucket=bucket,
                    until=_state(tx, found).expires_at,
                    browser_hash=self._env.sealer.lookup("browser", cookie),
                    session_id=found.session_id or "",
                )
            )
        return Arrived(found.id, cookie)

    def view(self, grant_id: str, cookie: str) -> View:
        """What is to be shown now.

        Raises:
            RemoteError: ``oid4vci.request_uri`` for another browser, or when it is over; likewise below.
        """
        with self._env.store.reading() as tx:
            return self._view(tx, self._here(tx, grant_id, cookie), cookie)

    def name(self, grant_id: str, cookie: str, form_token: str, *, session_id: str, token: str) -> None:
        """The person names their onboarding by its number and resume token; the fifth wrong try ends it all.

        Raises:
            RemoteError: As `view`.
            Refused: ``onboarding.unknown``.
        """
        with self._env.store.writing() as tx:
            here = self._from_form(tx, grant_id, cookie, form_token)
            tried = self._env.sealer.lookup("resumed", grant_id)
            right = self._resumes(session_id, token)
            if right:
                tx.visits.put(_naming(here.visit, session_id))
            else:
                tx.attempts.add(tried, self._env.now())
                if tx.attempts.count(tried, self._env.now() - 24 * _WINDOW) >= _WRONG_TOKENS:
                    self._walk.move(tx, here.found, Withdraw())
                    tx.visits.remove(grant_id)
        if not right:
            raise Refused("onboarding.unknown")

    def begin(self, grant_id: str, cookie: str, form_token: str, *, language: str) -> Begun:
        """The person begins an onboarding, and comes back to here when it is finished.

        Raises:
            RemoteError: As `view`.
            Refused: ``onboarding.language``.
        """
        with self._env.store.reading() as tx:
            self._from_form(tx, grant_id, cookie, form_token)
        session, token = self._onboarding.begin(language)
        with self._env.store.writing() as tx:
            here = self._from_form(tx, grant_id, cookie, form_token)
            tx.visits.put(_naming(here.visit, session.id))
        return Begun(session.id, token)

    def forget(self, grant_id: str, cookie: str, form_token: str) -> None:
        """The onboarding that was named is another's, or the wrong one.

        Raises:
            RemoteError: As `view`.
        """
        with self._env.store.writing() as tx:
            here = self._from_form(tx, grant_id, cookie, form_token)
            tx.visits.put(_naming(here.visit, ""))

    def send(self, grant_id: str, cookie: str, form_token: str) -> None:
        """Send the one-time code to the phone of the onboarding, in place of an earlier one.

        Raises:
            RemoteError: As `view`.
            Refused: ``onboarding.wrong_step``, ``onboarding.too_often``.
            Undecided: ``outbox.failed``.
        """
        digits, now = self._env.digits(), self._env.now()
        with self._env.store.writing() as tx:
            here = self._from_form(tx, grant_id, cookie, form_token)
            session = _sendable(here)
            phone = tx.vault.get(session.key_id, Channel.PHONE)
            if phone is None:
                raise Refused("onboarding.wrong_step", session.state)
            hashes = (
                self._env.sealer.lookup("sent-to", f"{Channel.PHONE} {phone.decode()}"),
                self._env.sealer.lookup("sent-by", f"{Channel.PHONE} {session.id}"),
            )
            if any(tx.attempts.count(hash_, now - _WINDOW) >= self._per_hour for hash_ in hashes):
                raise Refused("onboarding.too_often")
            for hash_ in hashes:
                tx.attempts.add(hash_, now)
            code_hash = self._code(here.visit, session.id, digits)
            tx.visits.put(
                replace(here.visit, code_hash=code_hash, code_until=now + LIFETIME, tries=0, proved=False)
            )
        self._env.outbox.send(Channel.PHONE, phone.decode(), "authorization", digits, session.language)

    def confirm(self, grant_id: str, cookie: str, form_token: str, *, digits: str) -> Blocking | None:
        """The person gives the code that came; the first time there is a blocking code for it.

        Raises:
            RemoteError: As `view`.
            Refused: ``contact.code_wrong``, ``contact.code_expired``, ``contact.code_burnt``.
        """
        blocking = None
        with self._env.store.writing() as tx:
            here = self._from_form(tx, grant_id, cookie, form_token)
            session = _sendable(here)
            fault, visit = self._try(here.visit, session.id, digits)
            tx.visits.put(visit)
            if not fault and session.person_id is not None:
                blocking = self._offering.blocking(tx, session.id, session.person_id)
        if fault:  # raised outside, so that the counted try is kept
            raise Refused(fault, Channel.PHONE)
        return blocking

    def agree(self, grant_id: str, cookie: str, form_token: str) -> str:
        """The person agrees; gives where to send the browser.

        Raises:
            RemoteError: As `view`.
            Refused: ``onboarding.wrong_step`` where it was not shown whose this is, or it was refused;
                ``issuing.barred``; ``issuing.threshold``, ``issuing.single_name`` for what cannot be had.
        """
        with self._env.store.writing() as tx:
            here = self._from_form(tx, grant_id, cookie, form_token)
            session = here.session
            if session is None or not here.visit.proved or _step(here) is not Step.AGREE:
                raise Refused("onboarding.wrong_step", "" if session is None else session.state)
            if session.person_id is not None:
                barring.check(tx, session)
                self._choose(tx, here, session.person_id)
            found = replace(here.found, person_id=session.person_id, session_id=session.id)
            url = self._answer(tx, found, Agreed())
            auditing.record(tx, self._env, actor=auditing.PERSON, act="authorize", subject=session.key_id)
        return url

    def decline(self, grant_id: str, cookie: str, form_token: str) -> str:
        """The person does not agree; gives where to send the browser.

        Raises:
            RemoteError: As `view`.
        """
        with self._env.store.writing() as tx:
            return self._answer(tx, self._from_form(tx, grant_id, cookie, form_token).found, Declined())

    def _choose(self, tx: Transaction, here: _Here, person_id: str) -> None:
        """Keep the age threshold: the offer's, or what says least; refused where the person can have none."""
        name = threshold_name(here.found.id)
        offered = tx.vault.get(person_id, name)
        wanted = None if offered is None else int(offered)
        _, threshold = self._offering.choose(tx, person_id, here.state.configuration_ids, wanted)
        tx.vault.put(person_id, name, str(threshold).encode())

    def _answer(self, tx: Transaction, found: GrantRow, event: Agreed | Declined) -> str:
        reply = self._walk.move(tx, found, event)
        if isinstance(reply, RemoteError):
            raise reply
        if not isinstance(reply, Redirect):
            raise LocalError("oid4vci.sequence", detail="no redirect")
        tx.visits.remove(found.id)
        return reply.url

    def _here(self, tx: Transaction, grant_id: str, cookie: str) -> _Here:
        """Where a browser is: the cookie ties it to its authorization, and to no other."""
        visit, found = tx.visits.get(grant_id), tx.issuance.grant_by_id(grant_id)
        if visit is None or found is None or not self._is_browser(visit, cookie):
            raise _gone()
        state = _state(tx, found)
        if state.phase is not Phase.ASKED or state.requested is None or self._env.now() >= state.expires_at:
            raise _gone()
        session = tx.sessions.get(visit.session_id) if visit.session_id else None
        return _Here(found, visit, state, state.requested, session)

    def _from_form(self, tx: Transaction, grant_id: str, cookie: str, form_token: str) -> _Here:
        # A page of another origin can neither read the token nor, by SameSite, send the cookie.
        if not hmac.compare_digest(self._form_token(grant_id, cookie).encode(), form_token.encode()):
            raise _gone()
        return self._here(tx, grant_id, cookie)

    def _form_token(self, grant_id: str, cookie: str) -> str:
        return self._env.sealer.lookup("form", f"{grant_id} {cookie}").hex()

    def _is_browser(self, visit: Visit, cookie: str) -> bool:
        known = bool(cookie) and bool(visit.browser_hash)
        return known and self._env.matches("browser", cookie, visit.browser_hash)

    def _resumes(self, session_id: str, token: str) -> bool:
        try:
            self._onboarding.resume(session_id, token)
        except Refused:
            return False
        return True

    def _view(self, tx: Transaction, here: _Here, cookie: str) -> View:
        session = here.session
        phone = tx.vault.get(session.key_id, Channel.PHONE) if session and here.visit.code_hash else None
        return View(
            id=here.found.id,
            step=_step(here),
            requested=here.requested,
            configurations=here.state.configuration_ids,
            state=None if session is None else session.state,
            phone="" if phone is None else phone.decode()[-2:],
            deferred=session is not None and session.state in _UNDECIDED,
            form_token=self._form_token(here.found.id, cookie),
        )

    def _code(self, visit: Visit, session_id: str, digits: str) -> bytes:
        return self._env.sealer.lookup("visit-code", f"{visit.grant_id} {session_id} {digits}")

    def _try(self, visit: Visit, session_id: str, digits: str) -> tuple[str, Visit]:
        spent = replace(visit, code_hash=b"", tries=0)
        if not visit.code_hash or visit.code_until <= self._env.now():
            return "contact.code_expired", spent
        if hmac.compare_digest(self._code(visit, session_id, digits), visit.code_hash):
            return "", replace(spent, proved=True)
        if visit.tries + 1 >= MAX_TRIES:
            return "contact.code_burnt", spent
        return "contact.code_wrong", replace(visit, tries=visit.tries + 1)


def _step(here: _Here) -> Step:
    session = here.session
    if session is None:
        return Step.NAME
    if session.state is State.REFUSED:
        return Step.REFUSED
    if session.state is not State.APPROVED and session.state not in _UNDECIDED:
        return Step.UNFINISHED
    return Step.AGREE if here.visit.proved else Step.CODE


def _sendable(here: _Here) -> Session:
    if here.session is None or _step(here) not in {Step.CODE, Step.AGREE}:
        raise Refused("onboarding.wrong_step", "" if here.session is None else here.session.state)
    return here.session


def _naming(visit: Visit, session_id: str) -> Visit:
    return replace(visit, session_id=session_id, proved=False, code_hash=b"", tries=0)


def _state(tx: Transaction, found: GrantRow) -> Issuance:
    row = tx.issuance.grant_by_id(found.id) or found
    return Issuance.from_bytes(row.body.encode())


def _client_id(found: GrantRow) -> str:
    requested = Issuance.from_bytes(found.body.encode()).requested
    return "" if requested is None else requested.client.id


def _gone() -> RemoteError:
    return RemoteError("invalid_request", "oid4vci.request_uri")
