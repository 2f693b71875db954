"""The issuer's status lists as JWT and as CWT: which goes out, who believes it, and what it says."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clicid.codec import base64url
from clicid.securing import cose
from clicid.status import token_list_cwt
from clicid.trust.anchors import Anchor, leaf
from clicid.trust.iaca import Authority
from clicid.verification import (
    signed_lists,
)
from issuer.http.published import token_form
from issuer.usecases.lists import CWT, JWT
from tests.support import issuer_mdoc
from tests.support.issued_formats import Holder, policy, security
from tests.support.issuer_config import DID, IDENTIFIER
from tests.support.issuer_mdoc import root
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An issuer of mdocs, and of the documents that only a sandbox issues."""
    with issuer_mdoc.running(tmp_path, test_documents=True) as found:
        yield found


def test_a_status_list_goes_out_as_jwt_or_cwt(world: World) -> None:
    text = Holder(world).get("ClicAge_mdoc")
    entry = security(text)["status"]["status_list"]
    path = entry["uri"].removeprefix(IDENTIFIER)
    wanted = {"accept": token_list_cwt.MEDIA_TYPE}
    answer = world.call("GET", path, headers=wanted)
    assert answer.headers["content-type"] == token_list_cwt.MEDIA_TYPE
    assert answer.headers["vary"] == "Accept"
    assert world.call("GET", path, headers=wanted).content == answer.content  # built once a change
    token = token_list_cwt.parse(answer.content)
    claims = token_list_cwt.claims(token.unverified_payload)
    assert (claims.sub, claims.status_list[entry["idx"]]) == (entry["uri"], 0)
    # By the root alone, as others do; and by the DID, as our verifiers do.
    signer = leaf([token.header[cose.X5CHAIN]], [Anchor.load(root())], now=world.clock())  # type: ignore[list-item]
    cose.verify(token, signer.key)
    assert (token.key_id or b"").decode().startswith(DID)
    again = world.call("GET", path, headers=wanted | {"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    jwt = world.call("GET", path)
    assert jwt.headers["content-type"].startswith("application/statuslist+jwt")
    header = json.loads(base64url.decode(jwt.text.split(".")[0]))
    (certificate,) = (base64.b64decode(one) for one in header["x5c"])
    assert leaf([certificate], [Anchor.load(root())], now=world.clock()).key == signer.key
    assert jwt.headers["etag"] != answer.headers["etag"]


def test_who_knows_the_root_by_its_name_alone_believes_the_list(world: World) -> None:
    """A verifier that follows no chain: the list's signer is under the root, and may sign lists."""
    known = Authority.load(root())
    rules = replace(policy(root()).rules, authorities={known: ""})
    url = f"{IDENTIFIER}/status/a"
    for accept in (token_list_cwt.MEDIA_TYPE, "application/statuslist+jwt"):
        raw = world.call("GET", "/status/a", headers={"accept": accept}).content
        claims = signed_lists.verified(raw, url, known.name, {}, rules=rules, now=world.clock())
        assert claims.sub == url
    other = Authority.load(root(vault=MemoryKeyStore(b"another")))
    with refused("issuer.unknown"):
        signed_lists.verified(
            raw, url, other.name, {}, rules=replace(rules, authorities={other: ""}), now=world.clock()
        )


def test_a_revocation_is_in_both_forms_of_the_list(world: World) -> None:
    holder = Holder(world)
    entry = security(holder.get("ClicAge_mdoc"))["status"]["status_list"]
    path = entry["uri"].removeprefix(IDENTIFIER)
    wanted = {"accept": token_list_cwt.MEDIA_TYPE}
    before = world.call("GET", path, headers=wanted)
    with world.ground.env.store.writing() as tx:
        (copy,) = tx.issuance.copies_of_person(holder.person_id)
        tx.statuses.set_flags(copy.list_id, copy.index, 1)
    after = world.call("GET", path, headers=wanted)
    claims = token_list_cwt.claims(token_list_cwt.parse(after.content).unverified_payload)
    assert claims.status_list[entry["idx"]] == 1
    assert after.headers["etag"] != before.headers["etag"]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", JWT),
        ("*/*", JWT),
        ("text/html", JWT),
        ("application/statuslist+jwt", JWT),
        ("application/statuslist+cwt", CWT),
        ("Application/StatusList+CWT;q=0.5", CWT),
        ("application/statuslist+jwt, application/statuslist+cwt", JWT),
        ("application/statuslist+jwt;q=0.5, application/statuslist+cwt", CWT),
        ("application/statuslist+cwt, */*", CWT),
        ("application/statuslist+cwt;q=0.1, */*", JWT),
        ("application/statuslist+cwt;q=0", JWT),
        ("application/statuslist+cwt;q=nonsense", CWT),
        ("application/statuslist+cwt;q=1e999, " + "," * 1000, CWT),
    ],
)
def test_whose_accept_gets_which_form(accept: str, form: str) -> None:
    assert token_form(accept) == form
