"""What is read by a known layout is what is read otherwise; nothing is learnt of what nobody has signed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.adapters.gather import settle
from clicid.codec import strict_json
from clicid.errors import Refused
from clicid.formats import sd_jwt_vc
from clicid.formats.base import FormatId, Have, StatusRef, Wanted
from clicid.formats.sd_jwt_vc import SdJwtVcChecker, token
from clicid.formats.sd_jwt_vc.recognised import Recognised
from clicid.keys.algorithms import ED25519, P256
from clicid.securing.sd_jwt.disclosure import digest_of
from clicid.verification import Accepted, Ending, check
from tests.support.sd_jwt_vectors import Edit, bound, disclosed, header, parts, payload, reissued
from tests.support.world import LIST_URL, NOW, VCT, Dice, Store, World
from tests.unit.formats.sd_jwt_vc.test_hostile import FILES, load

if TYPE_CHECKING:
    from pathlib import Path

WORLD = World()


def ending(raw: bytes, checker: SdJwtVcChecker, world: World = WORLD) -> Any:
    checkers = {FormatId.SD_JWT_VC: checker}

    def step(have: Have) -> Ending | Wanted:
        return check(raw, have, request=world.request, policy=world.policy, checkers=checkers, now=NOW)

    return settle(step, Store(world.have), NOW)


def primed() -> SdJwtVcChecker:
    checker = SdJwtVcChecker()
    for raw in (WORLD.presentation(), bound(reissued(payload())).encode()):  # written in two ways
        assert isinstance(ending(raw, checker), Accepted)
        assert checker.parse(raw).recalled is not None
    return checker


def another(index: int = 77, disclose: Any = (["family_name"], ["document", "type"]), **how: Any) -> bytes:
    """The same issuer's credential for somebody else."""
    world = World(random=Dice("another"))
    world.status = StatusRef(LIST_URL, index)
    world.holder_ref = world.keys.generate(P256, "another holder")
    world.claims |= {"family_name": "Ödegård", "birth_date": "1971-01-01"}
    return world.presentation(world.credential(**how), disclose)


def test_another_of_the_layout_is_recognised_and_read_alike() -> None:
    checker = primed()
    raw = another()
    parsed, slowly = checker.parse(raw), token.parse(raw)
    assert parsed.recalled is not None
    assert parsed._replace(recalled=None) == slowly
    assert token.claims(parsed) == token.claims(slowly)
    assert token.claims(parsed)["document"] == {"type": "passport"}


def test_what_is_not_shown_of_an_object_leaves_it_empty_as_before() -> None:
    raw = another(disclose=(["given_name"],))
    assert token.claims(primed().parse(raw)) == token.claims(token.parse(raw))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_vector_ends_the_same_for_who_has_met_many(path: Path) -> None:
    raw = load(path)["presentation"].encode()
    known, fresh = ending(raw, primed()), ending(raw, SdJwtVcChecker())
    assert known.report == fresh.report
    assert type(known) is type(fresh)


SIGNED, SHOWN, PROOF = parts()
GOOD = [
    bound("~".join([SIGNED, *SHOWN, ""])),
    bound("~".join([SIGNED, *reversed(SHOWN), ""])),
    bound(f"{SIGNED}~"),
]
BAD = {
    "unused": bound("~".join([SIGNED, *SHOWN, disclosed("family_name", "Other"), ""])),
    "twice": bound("~".join([SIGNED, *SHOWN, SHOWN[0], ""])),
    "registered": bound("~".join([SIGNED, *SHOWN, disclosed("iat", 1), ""])),
    "an object": bound("~".join([SIGNED, *SHOWN, disclosed("x", {"_sd": ["a"]}), ""])),
}


@pytest.mark.parametrize("raw", [*GOOD, *BAD.values()])
def test_selections_of_a_known_layout(raw: str) -> None:
    known, fresh = ending(raw.encode(), primed()), ending(raw.encode(), SdJwtVcChecker())
    assert known.report == fresh.report
    if isinstance(known, Accepted):
        assert [one.claims.reveal() for one in known.credentials] == [
            one.claims.reveal() for one in fresh.credentials
        ]


def placed(*items: str) -> Edit:
    """Disclosures that the issuer signed in the place of other digests: the layout stays as it is."""

    def edit(_header: dict[str, Any], body: dict[str, Any], shown: list[str]) -> None:
        known = {digest_of(item) for item in shown}
        spare = [place for place, digest in enumerate(body["_sd"]) if digest not in known]
        for place, item in zip(spare, items, strict=False):
            body["_sd"][place] = digest_of(item)
        shown[:] = items

    return edit


def doubled(_header: dict[str, Any], body: dict[str, Any], shown: list[str]) -> None:
    known = {digest_of(item) for item in shown}
    first, second, *_ = (place for place, digest in enumerate(body["_sd"]) if digest not in known)
    body["_sd"][second] = body["_sd"][first]
    shown.clear()


SIGNED_BADLY = {
    "a digest twice": (doubled, "sd_jwt.digest_duplicate"),
    "one name twice": (placed(disclosed("a", 1), disclosed("a", 2)), "sd_jwt.claim_name"),
    "a claim that has to stand open": (placed(disclosed("aka_vcts", "x")), "sd_jwt.not_selective"),
    "a claim that stands open": (placed(disclosed("iat", 1)), "sd_jwt.claim_name"),
    "the key": (placed(disclosed("cnf", "key")), "sd_jwt.claim_name"),
}


@pytest.mark.parametrize(("edit", "code"), SIGNED_BADLY.values(), ids=SIGNED_BADLY)
def test_what_an_issuer_signs_against_the_rules_is_refused_by_a_known_layout_too(
    edit: Edit, code: str
) -> None:
    raw = bound(reissued(edit)).encode()
    checker = primed()
    assert checker.parse(raw).recalled is not None
    assert ending(raw, checker).report.code == ending(raw, SdJwtVcChecker()).report.code == code


def test_what_an_issuer_signs_in_a_known_layout_is_shown() -> None:
    raw = bound(reissued(placed(disclosed("a", "text"), disclosed("b", True)))).encode()
    found = ending(raw, primed())
    assert isinstance(found, Accepted)
    assert found.credentials[0].claims.reveal() == {"a": "text", "b": True}


def edited(**members: Any) -> bytes:
    return bound(reissued(payload(**members))).encode()


@pytest.mark.parametrize(
    "raw",
    [
        edited(iat=int(NOW.timestamp()) - 5),
        edited(vct=f"{VCT}x"),
        edited(status={"status_list": {"idx": 9, "uri": f"{LIST_URL}x"}}),
        edited(status=None),
        edited(status={"status_list": {"idx": 9, "uri": LIST_URL, "also": {"idx": 1}}}),
        edited(extra="open"),
        edited(nations=[{"...": "AAAA"}]),
        edited(_sd_alg="sha-512"),
        edited(cnf={"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}}),
        bound(reissued(header(), raw=lambda text: text.replace('"idx": ', '"idx": 0'))).encode(),
        bound(reissued(header(), raw=lambda text: text.replace('"idx": ', '"idx":\t'))).encode(),
    ],
)
def test_another_layout_is_not_recognised(raw: bytes) -> None:
    checker = primed()
    try:
        assert checker.parse(raw).recalled is None
    except Refused:
        with pytest.raises(Refused):
            token.parse(raw)


def test_a_point_off_the_curve_is_refused_as_ever() -> None:
    raw = edited(cnf={"jwk": {"crv": "P-256", "kty": "EC", "x": "A" * 43, "y": "A" * 43}})
    with pytest.raises(Refused, match=r"keys\.format"):
        primed().parse(raw)


@pytest.mark.parametrize(
    "raw",
    [
        bound(reissued(payload(), signer="other")).encode(),
        WORLD.presentation(binding=replace(WORLD.request.binding, nonce="another-nonce-another")),
        bound("~".join([SIGNED, *SHOWN, disclosed("family_name", "Other"), ""])).encode(),
    ],
    ids=["signature", "nonce", "disclosure"],
)
def test_nothing_is_learnt_of_what_was_refused(raw: bytes) -> None:
    checker = SdJwtVcChecker()
    assert not isinstance(ending(raw, checker), Accepted)
    assert checker.parse(another()).recalled is None


def test_a_holder_on_another_curve_is_read_the_long_way() -> None:
    world = World()
    world.holder_ref = world.keys.generate(ED25519, "ed holder")
    checker = SdJwtVcChecker()
    for _ in range(2):
        assert isinstance(ending(world.presentation(), checker, world), Accepted)
        assert checker.parse(world.presentation()).recalled is None


@pytest.mark.parametrize(
    "members", [{"status": None, "extra": {"idx": 5}}, {"extra": {"idx": 5}}], ids=["alone", "beside"]
)
def test_a_number_in_the_open_that_is_called_as_the_place_in_the_list_is_a_claim(members: Any) -> None:
    layouts = Recognised()
    for number in (5, 6):
        members["extra"]["idx"] = number

        def edit(header_: dict[str, Any], body: dict[str, Any], shown: list[str]) -> None:
            payload(**members)(header_, body, shown)
            rest = [*body.items()]
            body.clear()
            body.update([("extra", members["extra"]), *rest])  # before the place in the list
            shown.clear()

        raw = bound(reissued(edit)).encode()
        parsed, slowly = token.parse(raw, layouts), token.parse(raw)
        assert token.claims(parsed)["extra"] == {"idx": number}
        body = parsed.combined.jws.unverified_payload
        layouts.learn(body, slowly.registered, slowly.combined.disclosures, token.claims(slowly))


names = st.text("abcdefg_", min_size=1, max_size=6).filter(lambda name: not name.startswith("_"))
values = st.one_of(st.text(max_size=8), st.booleans(), st.integers(-5, 2**40), st.none())
trees = st.dictionaries(
    names, st.one_of(values, st.dictionaries(names, values, max_size=3), st.lists(values, max_size=2))
)


@settings(max_examples=60)
@given(trees, st.data())
def test_read_by_layout_or_not_is_the_same(claims: dict[str, Any], data: st.DataObject) -> None:
    layouts = Recognised()
    always = frozenset(data.draw(st.sets(st.sampled_from(sorted(claims))))) if claims else frozenset()
    for seed in ("one", "two"):
        world = World(claims=claims, random=Dice(seed))
        world.status = StatusRef(LIST_URL, data.draw(st.integers(0, 1 << 20)))
        raw = world.credential(always=always)
        paths = [[*path] for path in token.reveal(token.parse(raw)).needed]
        chosen = data.draw(st.lists(st.sampled_from(paths), unique_by=repr)) if paths else []
        prepared = sd_jwt_vc.prepare_presentation(raw, chosen, world.request.binding, NOW)
        shown = world.signed(prepared, world.holder_ref)
        parsed, slowly = token.parse(shown, layouts), token.parse(shown)
        assert parsed._replace(recalled=None) == slowly
        assert token.claims(parsed) == token.claims(slowly)
        layouts.learn(
            parsed.combined.jws.unverified_payload,
            parsed.registered,
            parsed.combined.disclosures,
            token.claims(slowly),
        )


texts = st.one_of(
    st.dictionaries(st.text(max_size=4), st.one_of(st.text(max_size=6), st.integers())).map(
        lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    ),
    st.text('{}":,a1\\ [', max_size=24),
)


@given(texts)
def test_a_flat_object_is_what_the_strict_reader_says(text: str) -> None:
    flat = strict_json.flat(text.encode())
    if flat is not None:
        assert repr(flat) == repr(strict_json.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"a":"b","a":"b"}',
        '{"a":1,"a":"b"}',
        '{"a":"b","a":1}',
        '{"a":9007199254740992}',
        '{"a":true}',
        "[]",
        '{"a":01}',
        '{"a":"\x00"}',
        '{"a":"\\u0041"}',
        '{"a":1.0}',
        '{"a":{}}',
        "{}x",
        '{"a":1},',
    ],
)
def test_what_is_not_flat(text: str) -> None:
    assert strict_json.flat(text.encode()) is None
