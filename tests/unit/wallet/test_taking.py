"""Credentials of somebody else's issuer in the wallet: batches, waiting, kills, renewal, and bad faith."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import base64url
from clicid.errors import LocalError, Refused, Undecided
from clicid.formats import mdoc
from clicid.formats.base import FormatId
from clicid.keys.store import KeyRef
from tests.support.foreign_issuer import PID, SCOPED
from tests.support.foreign_scene import LIFE, VCT, Agreeing, InstantBrowser, Killed, Scene
from tests.support.mdoc import MdocWorld
from tests.support.refusals import refused
from wallet.store.records import Event
from wallet.store.roots import NamedRoot, RootKind
from wallet.usecases import renewing, showing
from wallet.usecases.accepting import accept
from wallet.usecases.checking import holder_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.keys.public import PublicKey

HAIP: dict[str, Any] = {
    "par": "must",
    "dpop": True,
    "nonces": True,
    "methods": ("attest_jwt_client_auth",),
    "refreshes": True,
    "encryption": "must",
}
ATTESTED_KEYS = {
    PID: SCOPED
    | {
        "proof_types_supported": {
            "jwt": {"proof_signing_alg_values_supported": ["ES256"], "key_attestations_required": {}}
        }
    }
}


def take(scene: Scene, grant: str = "pre") -> Any:
    return accept(scene.parts(), scene.issuer.offer(grant), Agreeing(), InstantBrowser(scene.issuer))


def test_a_batch_is_one_credential_whose_copies_are_shown_once() -> None:
    scene = Scene(copies=4, batch=10)
    (kept,) = take(scene)
    records = scene.parts().records
    (copies,) = records.entries().values()
    assert len(copies) == len({one.key_name for one in copies}) == 4
    assert kept.entry == kept.batch == records.entry(kept.batch[:5])[0].entry
    row = showing.summary(copies, scene.issuer.now)
    assert (row["id"], row["copies"], row["copies_left"], "renew" in row) == (kept.batch, 4, 4, False)
    shown = []
    for verifier in "abcd":
        (one,) = records.at_hand()
        shown.append(one.credential_id)
        records.put(replace(one, uses=(verifier,)))
    assert len(set(shown)) == 4, "each is shown once before one is shown twice"
    (copies,) = records.entries().values()
    row = showing.summary(copies, scene.issuer.now)
    assert (row["copies_left"], row["renew"], row["shown_to"]) == (0, "spent", 4)
    assert records.credential(shown[0]).credential_id in shown


def test_every_part_of_haip_from_the_offer_to_the_vault() -> None:
    scene = Scene(copies=3, batch=3, attested=True, configurations=ATTESTED_KEYS, **HAIP)
    (kept,) = take(scene, "code")
    assert kept.credential_type == VCT
    assert scene.orphans() == set()
    (session,) = scene.parts().records.sessions().values()
    assert session.key_name in scene.disk.names()
    assert session.refresh_token not in repr(session)
    assert scene.parts().records.runs() == []


def documents(scene: Scene, world: MdocWorld) -> Callable[[str, PublicKey], str]:
    """Mobile documents of another authority, in the form of OpenID4VCI A.2.4."""

    def make(_name: str, key: PublicKey) -> str:
        prepared = mdoc.prepare_credential(
            world.certificate,
            world.elements,
            doc_type=world.doc_type,
            holder=key,
            signed=world.signed_at,
            validity=world.validity,
            status=None,
            random=world.random,
        )
        return base64url.encode(world.signed_by(prepared, world.signer_ref))

    scene.issuer.make = make
    return make


def mobile(doc_type: str) -> dict[str, Any]:
    taken = {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}}
    return {
        "mdl": {
            "format": "mso_mdoc",
            "doctype": doc_type,
            "cryptographic_binding_methods_supported": ["cose_key"],
            "proof_types_supported": taken,
        }
    }


def test_mobile_documents_under_an_authority_that_was_named() -> None:
    world = MdocWorld()
    scene = Scene(copies=2, batch=2, configurations=mobile(world.doc_type))
    documents(scene, world)
    with refused("issuer.unknown"):
        take(scene)
    scene.issuer._pre_authorized = "again"
    scene.roots = [NamedRoot(RootKind.MDOC, world.root, frozenset({world.doc_type}))]
    (kept,) = take(scene)
    assert (kept.format, kept.credential_type) == ("mso_mdoc", world.doc_type)
    assert kept.expires_at == int(world.validity.valid_until.timestamp())
    copies = scene.parts().records.entry(kept.entry)
    bound = {holder_key(scene.parts(), FormatId.MDOC, one.raw) for one in copies}
    assert bound == {scene.disk.keys.public(KeyRef(one.key_name)) for one in copies}
    assert showing.detail(scene.parts(), kept.entry)["state"] == "good"


def test_an_authority_is_named_for_its_documents_alone() -> None:
    world = MdocWorld()
    scene = Scene(configurations=mobile(world.doc_type))
    documents(scene, world)
    scene.roots = [NamedRoot(RootKind.MDOC, world.root, frozenset({"org.example.other"}))]
    with refused("issuer.unknown"):
        take(scene)


def test_removed_with_all_its_copies_and_what_would_renew_it() -> None:
    scene = Scene(copies=2, batch=2, dpop=True, refreshes=True)
    (kept,) = take(scene)
    assert len(scene.disk.names()) == 3
    showing.remove(scene.parts(), scene.parts().records.entry(kept.entry))
    assert scene.disk.names() == set()
    assert scene.parts().records.sessions() == {}


# Not ready yet --------------------------------------------------------------------------------------


def test_what_is_not_ready_is_remembered_and_asked_for_when_its_time_has_come() -> None:
    scene = Scene(copies=2, batch=2, pending=2, encryption="must", dpop=True)
    with refused("wallet.not_ready", kind=Undecided):
        take(scene)
    assert renewing.waiting(scene.parts()) == [scene.issuer.now + timedelta(minutes=1)]
    assert scene.parts().records.credentials() == []
    asked = len(scene.asked)
    fetched = renewing.go_on(scene.parts())
    assert [fault.code for fault in fetched.faults] == ["wallet.not_ready"]
    assert len(scene.asked) == asked, "nobody is asked before the time"
    for left in (1, 0):
        scene.issuer.now += timedelta(minutes=1)
        fetched = renewing.go_on(scene.parts())
        assert len(fetched.faults) == left
    (kept,) = fetched.kept
    assert len(scene.parts().records.entry(kept.entry)) == 2
    assert scene.orphans() == set()
    assert renewing.waiting(scene.parts()) == []
    assert renewing.go_on(scene.parts()) == renewing.Fetched((), ())


def test_what_is_denied_in_the_end_leaves_no_key() -> None:
    scene = Scene(pending=1)
    with refused("wallet.not_ready", kind=Undecided):
        take(scene)
    scene.issuer.now += timedelta(minutes=1)
    scene.issuer.forget_tokens()
    (fault,) = renewing.go_on(scene.parts()).faults
    assert fault.code == "oid4vci.remote"
    assert scene.disk.names() == set()
    assert scene.parts().records.runs() == []


# Killed ---------------------------------------------------------------------------------------------


def _taken(scene: Scene, grant: str) -> bool:
    """Whether it came to its end: a credential, or the promise of one."""
    if not scene.issuer.pending:
        return bool(take(scene, grant))
    with refused("wallet.not_ready", kind=Undecided):
        take(scene, grant)
    return True


@pytest.mark.parametrize("options", [{}, HAIP | {"configurations": ATTESTED_KEYS, "pending": 1}])
def test_a_kill_at_any_moment_loses_nothing_and_leaves_no_key(options: dict[str, Any]) -> None:
    """At each write, each key and each request in turn, the last of which may have been answered or not."""
    moment, whole = 0, False
    while not whole:
        scene = Scene(copies=2, batch=2, attested=bool(options), **options)
        scene.disk.left = moment
        with contextlib.suppress(Killed):
            whole = _taken(scene, "code" if options else "pre")
        scene.disk.left = 1 << 30
        state = scene.parts().records
        had = len(state.credentials())
        assert had in (0, 2), "a batch is there whole or not at all"
        for _ in range(2):
            scene.issuer.now += timedelta(minutes=2)
            renewing.go_on(scene.parts())
        assert scene.orphans() == set()
        assert state.runs() == []
        assert len(state.credentials()) in (0, 2)
        if any(url.endswith("/notification") for url in scene.asked):
            assert len(state.credentials()) == 2
        received = [entry for entry in state.history() if entry.event is Event.RECEIVED]
        assert len(received) == len(state.entries())
        moment += 1
    assert moment > 15


def test_what_was_stopped_after_the_token_comes_all_the_same() -> None:
    scene = Scene()
    left = [1]

    def send(request: Any) -> Any:
        if request.url.endswith("/credential") and left[0]:
            left[0] = 0
            raise Undecided("fetch.failed")
        return scene.send(request)

    with refused("fetch.failed", kind=Undecided):
        accept(scene.parts(send), scene.issuer.offer(), Agreeing())
    assert scene.disk.names() == set(), "keys are made anew"
    (kept,) = renewing.go_on(scene.parts()).kept
    assert kept.credential_type == VCT
    assert scene.orphans() == set()


def test_what_was_stopped_before_the_token_is_forgotten() -> None:
    scene = Scene(dpop=True, par="must")

    def send(request: Any) -> Any:
        if request.url.endswith("/par"):
            raise Undecided("fetch.failed")
        return scene.send(request)

    browser = InstantBrowser(scene.issuer)
    with refused("fetch.failed", kind=Undecided):
        accept(scene.parts(send), scene.issuer.offer("code"), Agreeing(), browser)
    assert (scene.disk.names(), scene.parts().records.runs()) == (set(), [])


# Renewed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"refreshes": True}, HAIP])
def test_renewed_before_it_ends_the_new_one_takes_its_place(options: dict[str, Any]) -> None:
    scene = Scene(copies=2, batch=2, attested=len(options) > 1, **options)
    (old,) = take(scene, "code")
    assert renewing.renew(scene.parts(), []) == renewing.Fetched((), ())
    scene.issuer.now += LIFE - timedelta(days=13)
    assert showing.summary([old], scene.issuer.now)["renew"] == "ending"
    for _ in range(2):
        before = scene.parts().records.sessions()
        fetched = renewing.renew(scene.parts(), [])
        assert fetched.faults == ()
        (new,) = fetched.kept
        (copies,) = scene.parts().records.entries().values()
        assert [one.entry for one in copies] == [new.entry] * 2
        assert new.entry != old.entry
        assert scene.orphans() == set()
        assert scene.parts().records.sessions().keys() == before.keys()
        assert scene.parts().records.sessions() != before, "a refresh token is good once"
        old = new
        scene.issuer.now += LIFE - timedelta(days=13)
    events = [entry.event for entry in scene.parts().records.history()]
    assert events == [Event.RECEIVED, Event.RENEWED, Event.RENEWED]


def test_fewer_new_copies_take_no_unseen_one_away() -> None:
    scene = Scene(copies=4, batch=4, refreshes=True)
    (old,) = take(scene)
    records = scene.parts().records
    records.put(replace(records.at_hand()[0], uses=("shop",)))
    scene.copies = 1
    (new,) = renewing.renew(scene.parts(), [old.entry]).kept
    assert {name: len(copies) for name, copies in records.entries().items()} == {old.entry: 3, new.entry: 1}
    assert scene.orphans() == set()


def test_a_kill_while_renewing_keeps_the_old_or_the_new() -> None:
    moment, whole = 0, False
    while not whole:
        scene = Scene(copies=2, batch=2, dpop=True, refreshes=True)
        (old,) = take(scene)
        scene.disk.left = moment
        with contextlib.suppress(Killed):
            whole = bool(renewing.renew(scene.parts(), [old.entry]).kept)
        scene.disk.left = 1 << 30
        renewing.go_on(scene.parts())
        assert len(scene.parts().records.credentials()) == 2
        assert scene.orphans() == set()
        moment += 1
    assert moment > 10


def test_without_a_refresh_token_nothing_is_renewed() -> None:
    scene = Scene()
    (kept,) = take(scene)
    with refused("wallet.no_renewal", kept.entry, kind=LocalError):
        renewing.renew(scene.parts(), [kept.entry])
    with refused("wallet.unknown", "x", kind=LocalError):
        renewing.renew(scene.parts(), ["x"])


def test_an_issuer_that_renews_no_more_leaves_what_is_there() -> None:
    scene = Scene(refreshes=True, dpop=True)
    (kept,) = take(scene)
    scene.issuer._refresh.clear()
    (fault,) = renewing.renew(scene.parts(), [kept.entry]).faults
    assert fault.code == "oid4vci.remote"
    assert [one.entry for one in scene.parts().records.credentials()] == [kept.entry]
    assert scene.orphans() == set()


# In bad faith ----------------------------------------------------------------------------------------


def bound_to_one(scene: Scene) -> Callable[[str, PublicKey], Any]:
    first: list[PublicKey] = []

    def make(name: str, key: PublicKey) -> Any:
        first.append(key)
        return scene.credential(name, first[0])

    return make


def bound_to_another(scene: Scene) -> Callable[[str, PublicKey], Any]:
    other = scene.disk.keys.public(scene.disk.keys.generate("P-256", "another"))
    return lambda name, _: scene.credential(name, other)


BAD: dict[str, tuple[Callable[[Scene], Callable[[str, PublicKey], Any]], str]] = {
    "two copies for one key": (bound_to_one, "holder.key_mismatch"),
    "bound to a key that is not ours": (bound_to_another, "holder.key_mismatch"),
    "bound to none": (lambda scene: lambda name, key: scene.credential(name, key, cnf=None), "codec.shape"),
    "of another type": (lambda scene: lambda name, key: scene.credential(name, key, vct=f"{VCT}/x"),
                        "issuer.unknown"),
    "over already": (lambda scene: lambda name, key: scene.credential(name, key, exp=1), "validity.expired"),
    "an object where text was due": (lambda _: lambda _name, _key: {"vct": VCT}, "wallet.other_format"),
    "a mobile document where an SD-JWT was due": (
        lambda _: lambda _name, _key: "oWNmb28", "sd_jwt.structure"),
    "of a name that its certificate has not": (
        lambda scene: lambda name, key: scene.credential(name, key, iss="https://bank.example"),
        "issuer.identifier"),
    "changed after it was signed": (
        lambda scene: lambda name, key: scene.credential(name, key)[:-9] + "AAAAAAAA~", "issuer.signature"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_given_in_bad_faith_is_not_kept(name: str) -> None:
    scene = Scene(copies=2, batch=2, dpop=True, refreshes=True)
    bad, code = BAD[name]
    scene.issuer.make = bad(scene)
    before = scene.disk.names()
    with pytest.raises((Refused, Undecided)) as caught:
        take(scene)
    assert caught.value.code == code
    records = scene.parts().records
    assert (records.credentials(), records.sessions(), records.runs()) == ([], {}, [])
    assert scene.disk.names() == before
    assert [entry.outcome for entry in records.history()] == [code]
    assert scene.issuer.notified == [{"notification_id": "about them", "event": "credential_failure"}]


def test_one_bad_copy_spoils_the_batch() -> None:
    scene = Scene(copies=3, batch=3)
    given: list[int] = []

    def make(name: str, key: PublicKey) -> Any:
        given.append(1)
        return scene.credential(name, key, **({"exp": 1} if len(given) == 2 else {}))

    scene.issuer.make = make
    with refused("validity.expired"):
        take(scene)
    assert scene.disk.names() == set()


def test_of_a_type_that_was_named_but_not_offered() -> None:
    """The authority may issue both; the person was asked about one."""
    scene = Scene()
    other = f"{VCT}/other"
    parts = scene.parts()
    (name,) = parts.policy.rules.by_name
    both = replace(parts.policy.rules.by_name[name], types=frozenset({VCT, other}))
    rules = replace(parts.policy.rules, by_name={name: both})
    parts = replace(parts, policy=replace(parts.policy, rules=rules))
    scene.issuer.make = lambda name, key: scene.credential(name, key, vct=other)
    with refused("wallet.other_type"):
        accept(parts, scene.issuer.offer(), Agreeing())


def test_fewer_copies_than_keys_will_do() -> None:
    scene = Scene(copies=4, batch=4)
    asked = scene.issuer._proved
    scene.issuer._proved = lambda *given: asked(*given)[:2]  # type: ignore[method-assign]
    (kept,) = take(scene)
    assert len(scene.parts().records.entry(kept.entry)) == 2
    assert scene.orphans() == set()


def test_a_key_that_went_is_noticed() -> None:
    scene = Scene(pending=1, dpop=True)
    with refused("wallet.not_ready", kind=Undecided):
        take(scene)
    for name in scene.disk.names():
        scene.disk.keys.remove(KeyRef(name))
    scene.issuer.now += timedelta(minutes=1)
    with refused("wallet.damaged", kind=LocalError):
        renewing.go_on(scene.parts())
