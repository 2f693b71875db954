"""What a log of a did:webvh must be: made by our own controller, then bent."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from clicid.did.document import Relationship, lookup
from clicid.did.webvh import authoring, documents, log
from clicid.did.webvh.files import MAX_BYTES, Files
from clicid.did.webvh.following import check_continues
from clicid.errors import Refused
from tests.support.webvh import NOW, START, Controller


def refused(controller: Controller, did: str = "") -> str:
    with pytest.raises(Refused) as error:
        log.read(did or controller.did, controller.files, NOW)
    return error.value.code


def resolved(controller: Controller, did: str = "") -> Any:
    return documents.resolve(did or controller.did, controller.files.to_bytes(), NOW)


def test_a_key_of_a_first_entry() -> None:
    controller = Controller().create()
    found = controller.read()
    assert found.newest.number == 1
    assert found.newest.time == START
    method = lookup(resolved(controller), f"{controller.did}#a", Relationship.ASSERTION_METHOD)
    assert method.key == controller.key("a")


def test_a_key_that_was_taken_back_ended_with_the_version_that_lacks_it() -> None:
    controller = Controller().create()
    controller.update(controller.state("b", did=controller.did)).update()
    old, new = f"{controller.did}#a", f"{controller.did}#b"
    found = resolved(controller)
    assert found.method(old).ended_at == START + timedelta(days=1)
    assert not found.method(new).ended
    with pytest.raises(Refused, match=r"did\.key_over"):
        lookup(found, old, Relationship.ASSERTION_METHOD)


def test_a_key_that_came_back_counts_again() -> None:
    controller = Controller().create()
    controller.update(controller.state("b", did=controller.did))
    controller.update(controller.state("a", did=controller.did))
    found = resolved(controller)
    assert not found.method(f"{controller.did}#a").ended
    assert found.method(f"{controller.did}#b").ended


def test_a_malformed_document_that_was_mended_does_no_harm() -> None:
    controller = Controller().create()
    broken = {**controller.state("a", did=controller.did), "verificationMethod": "none"}
    controller.update(broken)
    with pytest.raises(Refused, match=r"codec\.shape"):
        resolved(controller)
    controller.update(controller.state("a", did=controller.did))
    assert resolved(controller).method(f"{controller.did}#a").key == controller.key("a")


def test_versions_by_id_number_and_time() -> None:
    controller = Controller().create()
    controller.update(controller.state("b", did=controller.did))
    found = controller.read()
    first, second = found.versions
    assert documents.by_id(found, first.version_id) is first
    assert documents.by_number(found, 2) is second
    assert documents.by_time(found, START) is first
    assert documents.by_time(found, START + timedelta(days=1)) is second
    with pytest.raises(Refused, match=r"did\.version_unknown"):
        documents.by_time(found, START - timedelta(seconds=1))
    for number in (0, 3):
        with pytest.raises(Refused, match=r"did\.version_unknown"):
            documents.by_number(found, number)
    with pytest.raises(Refused, match=r"did\.version_unknown"):
        documents.by_id(found, first.version_id[:-1])


def test_what_is_said_of_a_version() -> None:
    controller = Controller().create(ttl=60, watchers=["https://watcher.example"], portable=True)
    said = documents.metadata(controller.read(), controller.read().newest)
    assert said == {
        "versionId": controller.version_id,
        "versionNumber": 1,
        "versionTime": "2026-01-01T00:00:00Z",
        "created": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z",
        "scid": controller.did.split(":")[2],
        "portable": True,
        "deactivated": False,
        "ttl": "60",
        "witness": {},
        "watchers": ["https://watcher.example"],
    }


def test_a_controllers_own_services_stand_instead_of_the_implied() -> None:
    controller = Controller(place="issuer.example:a").create()
    own = {"id": f"{controller.did}#files", "type": "relativeRef", "serviceEndpoint": "https://cdn.example/"}
    controller.update({**controller.state("a", did=controller.did), "service": [own]})
    first, second = controller.read().versions
    assert [one["serviceEndpoint"] for one in _services(first)] == [
        "https://issuer.example/a/",
        "https://issuer.example/a/whois.vp",
    ]
    assert [one["id"] for one in _services(second)] == [f"{controller.did}#files", "#whois"]


def _services(version: log.Version) -> Any:
    return documents.published(version)["service"]


def test_a_deactivated_did_has_no_key_and_no_future() -> None:
    controller = Controller().create().update(deactivated=True, updateKeys=[])
    assert resolved(controller).deactivated
    assert not resolved(controller).methods
    assert documents.metadata(controller.read(), controller.read().versions[0])["deactivated"] is True
    controller.update(updateKeys=[controller.key("update").to_multikey()])
    assert refused(controller) == "did.log"


def test_an_empty_list_of_update_keys_is_an_end_as_well() -> None:
    controller = Controller().create().update(updateKeys=[])
    assert controller.read().newest.parameters.update_keys == ()
    assert refused(controller.update()) == "did.log_proof"


# Keys.


def test_a_stolen_old_key_signs_nothing_more() -> None:
    controller = Controller().create()
    controller.update(updateKeys=[controller.key("next").to_multikey()])
    controller.update(signer="next")
    assert len(controller.read().versions) == 3
    assert refused(controller.update(signer="update")) == "did.log_proof"


def test_a_new_key_does_not_let_itself_in() -> None:
    controller = Controller().create()
    controller.update(signer="thief", updateKeys=[controller.key("thief").to_multikey()])
    assert refused(controller) == "did.log_proof"


def test_under_pre_rotation_the_promised_key_signs_and_the_stolen_one_does_not() -> None:
    controller = Controller()
    promised = authoring.promise(controller.key("next"))
    controller.create(nextKeyHashes=[promised])
    stolen = Controller(lines=list(controller.lines), store=controller.store)
    thief = [controller.key("thief").to_multikey()]
    controller.update(signer="next", updateKeys=[controller.key("next").to_multikey()], nextKeyHashes=[])
    assert len(controller.read().versions) == 2
    assert controller.update(signer="next").read().newest.number == 3
    attempts: tuple[dict[str, Any], ...] = (
        {"updateKeys": thief, "nextKeyHashes": []},
        {"updateKeys": [controller.key("update").to_multikey()], "nextKeyHashes": []},
        {"updateKeys": [controller.key("next").to_multikey()]},
        {"nextKeyHashes": []},
        {},
    )
    for changes in attempts:
        attempt = Controller(lines=list(stolen.lines), store=stolen.store).update(**changes)
        assert refused(attempt) == "did.log_parameters"
    late = Controller(lines=list(stolen.lines), store=stolen.store)
    late.update(updateKeys=[controller.key("next").to_multikey()], nextKeyHashes=[])
    assert refused(late) == "did.log_proof"  # The stolen key signs what names the promised one.


# The chain.


def bent(controller: Controller, line: int, **changes: Any) -> Controller:
    """One entry with other members, nothing made anew."""
    entry = {**json.loads(controller.lines[line]), **changes}
    lines = list(controller.lines)
    lines[line] = (
        json.dumps({name: value for name, value in entry.items() if value is not None}).encode() + b"\n"
    )
    return Controller(lines=lines, store=controller.store)


def test_entries_in_another_order_or_left_out() -> None:
    controller = Controller().create()
    for name in ("b", "c", "d"):
        controller.update(controller.state(name, did=controller.did))
    one, two, three, four = controller.lines
    for lines in ([one, three, two, four], [one, three, four], [two, three], [one, two, two], [one, one]):
        assert refused(Controller(lines=lines, store=controller.store), controller.did) in {
            "did.log",
            "did.log_parameters",
        }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"versionTime": "2026-01-01T00:00:01Z"}, "did.log"),
        ({"versionTime": None}, "did.log"),
        ({"parameters": {}}, "did.log_parameters"),
        ({"proof": []}, "codec.shape"),
        ({"proof": None}, "codec.shape"),
        ({"versionId": "1-Qm"}, "did.log"),
        ({"extra": 1}, "codec.shape"),
    ],
)
def test_a_first_entry_that_was_changed(changes: dict[str, Any], code: str) -> None:
    controller = Controller().create()
    assert refused(bent(controller, 0, **changes), controller.did) == code


def test_a_version_id_of_more_than_a_number_and_a_hash() -> None:
    controller = Controller().create().update()
    entry = json.loads(controller.lines[1])["versionId"]
    number, _, digest = entry.partition("-")
    for other in (f"0{entry}", f"{number}--{digest}", f"3-{digest}", f"{entry}-", f"2-{digest[:-1]}1"):
        assert refused(bent(controller, 1, versionId=other)) == "did.log"


def test_a_proof_is_of_the_entry_that_it_stands_in() -> None:
    controller = Controller().create().update()
    first = json.loads(controller.lines[0])["proof"]
    assert refused(bent(controller, 1, proof=first)) == "did.log_proof"


def test_a_second_proof_by_a_stranger() -> None:
    controller = Controller().create()
    entry = json.loads(controller.lines[0])
    thief = Controller(store=controller.store).create(signer="thief")
    both = [*entry["proof"], *json.loads(thief.lines[0])["proof"]]
    assert refused(bent(controller, 0, proof=both)) == "did.log_proof"


def test_times() -> None:
    controller = Controller().create().update()
    ahead = START + timedelta(days=1) - timedelta(minutes=5)
    assert log.read(controller.did, controller.files, ahead).newest.number == 2
    with pytest.raises(Refused, match=r"did\.log: at /1/versionTime"):
        log.read(controller.did, controller.files, ahead - timedelta(seconds=1))


@pytest.mark.parametrize("time", ["2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00", "2026-01-01", "now"])
def test_a_time_that_is_not_in_utc(time: str) -> None:
    assert refused(bent(Controller().create(), 0, versionTime=time)) in {"did.log", "codec.time"}


def test_a_log_of_another_did() -> None:
    controller = Controller().create()
    assert refused(controller, controller.did.replace("issuer.example", "other.example")) == "did.log"
    other = Controller(place="other.example").create()
    assert refused(controller, other.did) == "did.log"


# Moves.


def test_a_portable_did_moves_and_says_from_where() -> None:
    controller = Controller().create(portable=True)
    former = controller.did
    controller.update(authoring.moved(controller.read().newest, "new.example:here"))
    assert controller.did == former.replace("issuer.example", "new.example:here")
    found = resolved(controller)
    assert [method.id for method in found.methods] == [f"{controller.did}#a"]
    assert found.methods[0].key == controller.key("a")
    # Who asks for the former name learns the new one, and that it is another DID.
    assert resolved(controller, former).id == controller.did


def test_moves_that_are_refused() -> None:
    fixed = Controller().create()
    fixed.update(authoring.moved(fixed.read().newest, "new.example"))
    assert refused(fixed) == "did.log"
    silent = Controller().create(portable=True)
    state = authoring.moved(silent.read().newest, "new.example")
    silent.update({**state, "alsoKnownAs": []})
    assert refused(silent) == "did.log"
    late = Controller().create().update(portable=True)
    assert refused(late) == "did.log_parameters"
    given_up = Controller().create(portable=True).update(portable=False)
    given_up.update(authoring.moved(given_up.read().newest, "new.example"))
    assert refused(given_up) == "did.log"


# Parameters.


@pytest.mark.parametrize(
    "parameters",
    [
        {"updateKeys": "z6Mk"},
        {"updateKeys": []},
        {"nextKeyHashes": [1]},
        {"nextKeyHashes": ["a", "a"]},
        {"portable": 1},
        {"deactivated": None},
        {"ttl": -1},
        {"ttl": "60"},
        {"ttl": 2**31 + 1},
        {"watchers": [f"https://{n}.example" for n in range(17)]},
        {"witness": []},
        {"witness": {"threshold": 1}},
        {"witness": {"threshold": 1, "witnesses": []}},
        {"witness": {"threshold": 1, "witnesses": [{"id": "did:web:a.example"}]}},
        {"unknown": 1},
    ],
)
def test_parameters_that_are_refused(parameters: dict[str, Any]) -> None:
    controller = Controller().create(**parameters)
    expected = "did.log_proof" if parameters == {"updateKeys": []} else "did.log_parameters"
    assert refused(controller) == expected


def test_a_witness_of_another_kind_of_key_is_refused_with_the_parameters() -> None:
    p256 = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"
    controller = Controller().create(witness={"threshold": 1, "witnesses": [{"id": p256}]})
    assert refused(controller) == "did.log_parameters"


def test_null_where_a_default_is_meant() -> None:
    controller = Controller().create(witness=None, watchers=None, nextKeyHashes=None, ttl=None)
    assert controller.read().newest.parameters.ttl == 3600


@pytest.mark.parametrize("method", ["did:webvh:0.5", "did:webvh:99.0", "didwebvh:1.0", 1])
def test_another_version_of_the_method(method: Any) -> None:
    controller = Controller().create().update(method=method)
    assert refused(controller) == "did.log"


# Witnesses.


def test_enough_witnesses() -> None:
    controller = Controller()
    asked = controller.witnesses("one", "two", "three", threshold=2)
    controller.create(witness=asked)
    assert refused(controller) == "did.unwitnessed"
    controller.approve("one")
    assert refused(controller) == "did.unwitnessed"
    controller.approve("one")
    assert refused(controller) == "did.unwitnessed"  # One witness twice.
    controller.approve("stranger")
    assert refused(controller) == "did.unwitnessed"
    controller.approve("three")
    assert documents.metadata(controller.read(), controller.read().newest)["witness"] == {
        "threshold": "2",
        "witnesses": asked["witnesses"],
    }


def test_an_approval_counts_for_all_before_it_and_not_for_what_comes_later() -> None:
    controller = Controller()
    controller.create(witness=controller.witnesses("one")).update().update().approve("one")
    assert controller.read().newest.number == 3
    controller.update()
    assert refused(controller) == "did.unwitnessed"


def test_who_is_replaced_has_the_last_word() -> None:
    controller = Controller()
    controller.create(witness=controller.witnesses("one")).approve("one")
    controller.update(witness=controller.witnesses("two")).approve("two")
    assert refused(controller) == "did.unwitnessed"
    controller.approve("one")
    assert controller.read().newest.number == 2
    controller.update().approve("one")
    assert refused(controller) == "did.unwitnessed"
    assert controller.approve("two").read().newest.number == 3


def test_to_end_witnessing_is_witnessed_and_to_begin_it_too() -> None:
    controller = Controller()
    controller.create(witness=controller.witnesses("one")).approve("one").update(witness={})
    assert refused(controller) == "did.unwitnessed"
    assert controller.approve("one").update().read().newest.number == 3
    controller.update(witness=controller.witnesses("two"))
    assert refused(controller) == "did.unwitnessed"
    assert controller.approve("two").read().newest.number == 4


def test_an_approval_of_another_did_counts_nothing_here() -> None:
    one, other = Controller(), Controller(place="other.example")
    one.create(witness=one.witnesses("w"))
    other.create(witness=other.witnesses("w")).approve("w")
    assert other.read().newest.number == 1
    one.approvals = [{"versionId": one.version_id, "proof": other.approvals[0]["proof"]}, *other.approvals]
    assert refused(one) == "did.unwitnessed"


def test_an_approval_of_what_is_not_published_is_passed_over() -> None:
    controller = Controller()
    controller.create(witness=controller.witnesses("w")).approve("w", "2-" + controller.version_id[2:])
    assert refused(controller) == "did.unwitnessed"
    assert controller.approve("w").read().newest.number == 1


@pytest.mark.parametrize("raw", [b"{}", b"[1]", b'[{"versionId":"1-a","proof":{}}]', b"[" * 50 + b"]" * 50])
def test_a_malformed_witness_file(raw: bytes) -> None:
    controller = Controller()
    controller.create(witness=controller.witnesses("w"))
    with pytest.raises(Refused, match=r"codec\."):
        log.read(controller.did, Files(controller.files.log, raw), NOW)


# Sizes.


def test_a_megabyte_of_log() -> None:
    controller = Controller().create()
    with pytest.raises(Refused, match=r"codec\.size"):
        log.read(controller.did, Files(controller.files.log + b" " * MAX_BYTES), NOW)
    with pytest.raises(Refused, match=r"codec\.size"):
        Files(b" " * (MAX_BYTES + 1)).to_bytes()


def test_a_thousand_entries_are_not_read() -> None:
    controller = Controller().create()
    with pytest.raises(Refused, match=r"codec\.size.*1024 entries"):
        log.read(controller.did, Files(controller.lines[0] + b"{}\n" * 1024), NOW)


def test_a_deep_document() -> None:
    deep: Any = []
    for _ in range(20):
        deep = [deep]
    assert refused(Controller().create().update({"id": Controller().create().did, "x": deep})) == "codec.size"


def test_the_files_as_they_are_kept() -> None:
    for files in (Files(b"{}\n"), Files('"å"\n'.encode(), b"[]")):
        assert Files.from_bytes(files.to_bytes()) == files
    with pytest.raises(Refused, match=r"codec\.json"):
        Files(b"\xff").to_bytes()
    with pytest.raises(Refused, match=r"codec\.shape"):
        Files.from_bytes(b'{"log":"a","witnesses":null}')
    with pytest.raises(Refused, match=r"codec\.shape"):
        Files.from_bytes(b'{"log":"a","witnesses":"","more":""}')


# Rollback.


def test_a_log_that_goes_on_is_older_or_tells_another_story() -> None:
    controller = Controller().create().update()
    two = controller.read().version_ids
    fork = Controller(lines=controller.lines[:1], store=controller.store)
    fork.update({**controller.state("b", did=controller.did)})
    three = controller.update().read().version_ids
    check_continues(two, two)
    check_continues(two, three)
    with pytest.raises(Refused, match=r"did\.rolled_back.*2 versions, and there were 3"):
        check_continues(three, two)
    for shown in (fork.read().version_ids, Controller(place="other.example").create().read().version_ids):
        with pytest.raises(Refused, match=r"did\.forked"):
            check_continues(three, shown)
