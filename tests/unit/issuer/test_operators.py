"""The operators' application, and that every route of both says who may call it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import Refused
from issuer.evidence.ports import Finding
from issuer.ground import DATABASE
from issuer.http.access import MEMBER
from issuer.usecases import auditing
from issuer.usecases.records import Role
from tests.support.issuer_clients import Person
from tests.support.issuer_doubles import FIELDS, match, picture, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.support.issuer_world import World

_WHO = {"anyone", "browser", "person", "wallet", "client", *Role}


def operations(world: World) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    applications = {"public": world.application.public, "operators": world.application.operators}
    for name, app in applications.items():
        for path, methods in app.openapi()["paths"].items():
            for method, operation in methods.items():
                yield name, method.upper(), path, operation


def test_every_route_declares_who_may_call_it(still: World) -> None:
    found = list(operations(still))
    assert len(found) > 35
    for name, method, path, operation in found:
        assert operation.get(MEMBER) in _WHO, f"{name}: {method} {path} does not say who may call it"
        assert operation["description"]


def test_the_operators_application_has_nothing_for_anyone(still: World) -> None:
    assert {op[MEMBER] for name, _, _, op in operations(still) if name == "operators"} <= set(Role)


def test_every_declaration_is_kept(still: World) -> None:
    """What is not for anyone is refused without a token, and an operator's route with every other role."""
    for name, method, path, operation in operations(still):
        url, who = path.replace("{", "").replace("}", ""), operation[MEMBER]
        if who == "anyone":
            continue
        answer = still.call(method, url, to=name)
        if who == "browser":
            # One that did not begin there is led back to the page, which has nothing for it.
            for _ in range(2):
                if answer.has_redirect_location:
                    answer = still.call("GET", answer.headers["location"], to=name)
            assert answer.status_code == 400, f"{method} {path}"
            continue
        assert answer.status_code in {401, 404}, f"{method} {path}"
        if who == "person":
            assert answer.json()["code"] == "onboarding.unknown"
        if who in set(Role):
            others = still.operator(*(role for role in Role if role != who))
            refused = still.call(method, url, to=name, headers=others)
            assert (refused.status_code, refused.json()["code"]) == (403, "operator.role"), f"{method} {path}"


def test_a_route_that_says_nothing_would_be_noticed(still: World) -> None:
    still.application.public.get("/forgotten")(lambda: None)
    still.application.public.openapi_schema = None
    found = [op.get(MEMBER) for _, _, path, op in operations(still) if path == "/forgotten"]
    assert found == [None]


def test_the_public_application_has_no_operators_routes(still: World) -> None:
    headers = still.operator(*Role)
    assert still.call("GET", "/reviews", headers=headers).status_code == 404
    assert still.call("GET", "/onboarding/notice?language=sv", to="operators").status_code == 404


def in_review(world: World) -> Person:
    world.engines.match = match(0.58)
    person = Person(world)
    person.to_decision()
    assert person.settled()["state"] == "review"
    return person


def decide(world: World, person: Person, **body: Any) -> httpx.Response:
    headers = world.operator(Role.REVIEWER)
    return world.call("POST", f"/reviews/{person.id}", to="operators", headers=headers, json=body)


def test_a_reviewer_sees_the_case_and_approves(world: World) -> None:
    person = in_review(world)
    headers = world.operator(Role.REVIEWER)
    queue = world.call("GET", "/reviews", to="operators", headers=headers).json()
    assert [one["session_id"] for one in queue] == [person.id]
    case = world.call("GET", f"/reviews/{person.id}", to="operators", headers=headers)
    assert case.headers["cache-control"] == "no-store"
    assert case.json()["fields"]["family_name"] == FIELDS.family_name
    assert case.json()["images"][:3] == ["document", "selfie", "portrait"]
    image = world.call("GET", f"/reviews/{person.id}/images/selfie", to="operators", headers=headers)
    assert (image.content, image.headers["content-type"]) == (picture("olive"), "image/jpeg")
    answer = decide(world, person, verdict="approve", level="high")
    assert (answer.status_code, answer.json()["code"]) == (409, "review.level")
    answer = decide(world, person, verdict="approve")
    assert answer.json()["person_id"] == person.person_id()
    assert person.state()["state"] == "approved"
    assert person.call("GET", "/export").json()["held"]["profile"]["level"] == "substantial"
    rows = world.call("GET", "/audit", to="operators", headers=world.operator(Role.AUDITOR)).json()
    assert {"review.open", "review.image", "review.approve"} <= {row["act"] for row in rows}


@pytest.mark.parametrize(
    ("verdict", "state"),
    [("refuse", "refused"), ("resubmit_document", "document"), ("resubmit_selfie", "selfie")],
)
def test_a_reviewer_refuses_or_asks_again(world: World, verdict: str, state: str) -> None:
    person = in_review(world)
    assert decide(world, person, verdict=verdict, codes=["face.other_person"]).status_code == 200
    shown = person.state()
    assert shown["state"] == state
    assert shown["reasons"][0]["code"] == "face.other_person"


def test_a_reviewer_supplies_the_printed_name_that_was_not_read(world: World) -> None:
    fields = replace(FIELDS, family_name=None, given_name=None)
    world.engines.reading = reading(fields, findings=(Finding("document.printed_unread"),))
    person = Person(world)
    person.to_decision()
    assert person.settled()["state"] == "review"
    answer = decide(world, person, verdict="approve")
    assert (answer.status_code, answer.json()["code"]) == (409, "issuing.profile")
    assert person.state()["state"] == "review"
    names = {"given_name": "Åsa", "family_name": "Öhrnström"}
    assert decide(world, person, verdict="approve", **names).status_code == 200
    assert person.call("GET", "/export").json()["held"]["profile"]["fields"]["family_name"] == "Öhrnström"


def test_what_does_not_wait_cannot_be_reviewed(world: World) -> None:
    person = Person(world)
    answer = decide(world, person, verdict="approve")
    assert (answer.status_code, answer.json()["code"]) == (404, "review.unknown")


def test_reason_codes_of_a_verdict_are_known_ones(world: World) -> None:
    person = in_review(world)
    assert decide(world, person, verdict="refuse", codes=["no.such_code"]).status_code == 422
    assert person.state()["state"] == "review"


def test_operators_are_added_listed_and_disabled(still: World) -> None:
    admin = still.operator(Role.ADMIN)
    body = {"name": "stina", "roles": ["auditor"]}
    made = still.call("POST", "/operators", to="operators", headers=admin, json=body)
    token = {"authorization": f"Bearer {made.json()['token']}"}
    assert still.call("GET", "/audit", to="operators", headers=token).status_code == 200
    again = still.call("POST", "/operators", to="operators", headers=admin, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "operator.exists")
    assert still.call("DELETE", "/operators/stina", to="operators", headers=admin).status_code == 204
    refused = still.call("GET", "/audit", to="operators", headers=token)
    assert (refused.status_code, refused.json()["code"]) == (401, "operator.token")
    rows = still.call("GET", "/operators", to="operators", headers=admin).json()
    assert {"name": "stina", "roles": ["auditor"], "disabled": True} in rows


def test_tokens_are_stored_as_hashes(still: World) -> None:
    token = still.operator(Role.ADMIN)["authorization"].removeprefix("Bearer ")
    for file in (still.path / "data").iterdir():
        assert token.encode() not in file.read_bytes()


def test_the_audit_table_notices_a_changed_row(still: World) -> None:
    for _ in range(3):
        still.operator(Role.ADMIN)
    auditor = still.operator(Role.AUDITOR)
    assert still.call("GET", "/audit/verification", to="operators", headers=auditor).json() == {"rows": 4}
    connection = sqlite3.connect(still.path / "data" / DATABASE)
    connection.execute("DROP TRIGGER audit_no_update")
    connection.execute("UPDATE audit SET actor = 'nobody' WHERE number = 2")
    connection.commit()
    connection.close()
    with still.ground.env.store.reading() as tx, pytest.raises(Refused, match=r"audit\.broken") as found:
        auditing.verify(tx)
    assert found.value.where == "2"


def test_the_audit_table_notices_a_missing_row(still: World) -> None:
    for _ in range(3):
        still.operator(Role.ADMIN)
    connection = sqlite3.connect(still.path / "data" / DATABASE)
    connection.execute("DROP TRIGGER audit_no_delete")
    connection.execute("DELETE FROM audit WHERE number = 1")
    connection.commit()
    connection.close()
    with still.ground.env.store.reading() as tx, pytest.raises(Refused, match=r"audit\.broken"):
        auditing.verify(tx)


def test_calls_are_counted_by_product(still: World) -> None:
    for agent in ("clicid-verifier/0.1 (x)", "clicid-verifier/0.2", "Mozilla/5.0", "", "<script>"):
        still.call("GET", "/onboarding/notice?language=sv", headers={"user-agent": agent})
    counts = still.call("GET", "/traffic", to="operators", headers=still.operator(Role.AUDITOR)).json()
    assert counts == {"Mozilla": 1, "clicid-verifier": 2, "unknown": 2}


def test_an_admin_exports_and_erases(world: World) -> None:
    person = Person(world).approved()
    admin, path = world.operator(Role.ADMIN), f"/persons/{person.person_id()}"
    exported = world.call("GET", f"{path}/export", to="operators", headers=admin).json()
    assert exported["held"]["profile"]["fields"]["number"] == FIELDS.number
    assert world.call("DELETE", path, to="operators", headers=admin).status_code == 204
    gone = world.call("DELETE", path, to="operators", headers=admin)
    assert (gone.status_code, gone.json()["code"]) == (404, "revocation.unknown")
