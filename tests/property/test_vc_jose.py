"""Altered envelopes are refused; what is issued at random comes back, and no more of it than is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.formats import vc_jose
from clicid.formats.base import FormatId
from clicid.rdf.profile import Profile
from tests.support import enveloping, jose, w3c
from tests.support.jose_vectors import selected
from tests.support.world import Dice

if TYPE_CHECKING:
    from clicid.formats.base import Checked

GOOD = {
    FormatId.VC_JWT: jose.credential(holder=w3c.HOLDER_KEY),
    FormatId.VC_SD_JWT: selected(jose.credential(FormatId.VC_SD_JWT, holder=w3c.HOLDER_KEY)),
    FormatId.VC_COSE: jose.credential(FormatId.VC_COSE, holder=w3c.HOLDER_KEY),
    FormatId.VP_JWT: jose.presentation(),
}
BOUND = (FormatId.VC_SD_JWT, FormatId.VP_JWT)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)


def passes(form: FormatId, raw: bytes) -> Checked | None:
    """What the checker made of it, if every line passed."""
    return enveloping.passes(form, raw, w3c.BINDING if form in BOUND else None)


def test_unaltered_they_pass() -> None:
    assert all(passes(form, raw) for form, raw in GOOD.items())


@settings(max_examples=600)
@given(st.sampled_from(sorted(GOOD)), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_altered_in_any_byte(form: FormatId, where: float, change: int) -> None:
    assert passes(form, enveloping.altered(GOOD[form], where, change)) is None


@settings(max_examples=200)
@given(
    st.sampled_from((FormatId.VC_JWT, FormatId.VC_COSE)),
    st.booleans(),
    st.dictionaries(st.sampled_from(("name", "description")), TEXT),
    st.one_of(st.none(), st.just(w3c.HOLDER_KEY)),
)
def test_what_is_issued_comes_back(form: FormatId, adult: bool, texts: dict[str, Any], holder: Any) -> None:
    subject: dict[str, Any] = {"id": w3c.HOLDER, "ageOver18": adult}
    document = jose.unsigned(**texts, credentialSubject=subject)

    found = passes(form, jose.credential(form, document=document, holder=holder))

    assert found is not None
    assert found.claims is not None
    assert found.claims.reveal() == {"ageOver18": adult}


@settings(max_examples=100)
@given(st.lists(TEXT, min_size=1, max_size=4), st.data())
def test_nothing_is_shown_but_what_is_chosen(texts: list[str], data: st.DataObject) -> None:
    document = jose.unsigned(evidence=[{"type": "https://u.example/E", "name": text} for text in texts])
    prepared = vc_jose.prepare_sd_jwt(
        document,
        jose.sealing(holder=w3c.HOLDER_KEY),
        w3c.CONTEXTS,
        Profile.CLOSED,
        random=Dice(),
        hide=lambda path: path[0] == "evidence" and len(path) == 2,
    )
    whole = jose.signed(prepared, w3c.ISSUER_REF)
    chosen = data.draw(st.sets(st.integers(0, len(texts) - 1)))

    shown = jose.signed(
        vc_jose.prepare_sd_jwt_selection(
            whole, [["evidence", index] for index in chosen], w3c.BINDING, w3c.NOW
        ),
        w3c.HOLDER_REF,
    )

    parsed = enveloping.CHECKERS[FormatId.VC_SD_JWT].parse(shown)
    found = [item["name"] for item in parsed.opened.document.get("evidence", [])]
    assert found == [texts[index] for index in sorted(chosen)]
    assert passes(FormatId.VC_SD_JWT, shown) is not None
