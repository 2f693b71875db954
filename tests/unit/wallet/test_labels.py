"""What claims are called: kept with bounds, shown beside technical names, and of no use to deceive with."""

from __future__ import annotations

import io
import json
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from clicid.adapters import package_data
from clicid.formats.base import FormatId
from clicid.keys.algorithms import P256
from clicid.oid4vci.configuration import ClaimDescription, Display
from clicid.oid4vci.issuer import Issuer
from clicid.oid4vp.matching import Candidate
from clicid.visible import visible
from issuer.documents import credential_types
from issuer.usecases.configurations import Offered
from tests.support.asking import REFERENCE
from tests.support.issuance import IDENTITY, METADATA
from tests.support.world import DID, VCT
from tests.unit.wallet.test_accepting import Scene as Issuing
from tests.unit.wallet.test_hostile_peers import Agreeing
from tests.unit.wallet.test_presenting import HELD, QUESTION, Scene
from wallet import labels
from wallet.labels import ClaimLabel, called, clean, kept, labelled, plain
from wallet.usecases.choosing import Showing
from wallet.usecases.presenting import present
from wallet.usecases.showing import detail
from wallet.words import WORDS, Language

if TYPE_CHECKING:
    from wallet.usecases.presenting import Question

NAME = ClaimLabel(("family_name",), {"en": "Family name", "sv": "Efternamn"})
PNR = "personal_identity_number"
NAMESPACE = "org.iso.18013.5.1"
FOREIGN = "https://issuer.example"


# What is a label -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Födelsedatum", "Födelsedatum"),
        ("  Date of birth ", "Date of birth"),
        ("Fo\u0308delsedatum", "Födelsedatum"),
        ("Driver's licence no. 2 & 3-4", "Driver's licence no. 2 & 3-4"),
        ("Testbevis från en sandlåda: styrker ingenting", "Testbevis från en sandlåda – styrker ingenting"),
        ("What was checked, with what, and when", "What was checked – with what – and when"),
        ("Дата рождения", "Дата рождения"),
        ("जन्म तिथि", "जन्म तिथि"),
        ("生年月日", "生年月日"),
        ("x" * labels.MAX_COLUMNS, "x" * labels.MAX_COLUMNS),
    ],
)
def test_a_name_as_people_say_it_is_a_label(text: str, label: str) -> None:
    assert clean(text) == label
    assert visible(label) == label


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "?",
        "x" * (labels.MAX_COLUMNS + 1),
        "生" * (labels.MAX_COLUMNS // 2 + 1),
        "Age\nShow this? yes",
        "Age\u2028Registered purpose",
        "Age\x1b[2K",
        "Age\u202e81 revO",
        "\u2067Age\u2069",
        "ZWJ\u200dhere",
        "Age" + " " * 8 + "Amount",
        "Age  twice apart",
        "Age\u00a0no-break",
        "Age\u3164filler",
        "\u3164\u3164",
        "Z\u0335\u0336\u0337algo",
        "\u0301mark first",
        "תאריך",
        "تاريخ",
        "Is over 18 (age_over_18)",
        "Is over 18 （age）",
        "age_over_18",
        "Is over 18:True",
        "Is over 18\u02d0 True",
        "Is over 18\ua789 True",
        "Is over 18\uff1a True",
        "Is over 18\u2236 True",
        "a/b",
        '"Age"',
        "[red]Age",
        "Age = True",
        "– always",
        "\U0001f512 Verified",
        "✔ verified",
    ],
)
def test_what_could_speak_for_the_wallet_or_for_another_claim_is_none(text: str) -> None:
    assert clean(text) == ""
    assert kept([(("a",), [("en", text)])]) == ()


def test_no_character_of_a_label_commands_draws_nothing_or_brackets() -> None:
    for code in (*range(0x10000), *range(0xE0000, 0xE1000)):
        char = chr(code)
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Ps", "Pe", "Pc", "Sm"}:
            assert clean(f"a{char}b") == "", hex(code)


# What is kept --------------------------------------------------------------------------------------------


def test_the_publisher_goes_before_the_issuer() -> None:
    publisher = [(("name",), [("sv-SE", "Namn")])]
    issuer = [(("name",), [("sv", "Ålder"), ("en", "Age")]), (("level",), [("en", "Level")])]
    assert kept(publisher, issuer) == (
        ClaimLabel(("name",), {"sv": "Namn"}),
        ClaimLabel(("level",), {"en": "Level"}),
    )


def test_an_issuer_does_not_rename_one_element_of_what_the_publisher_named() -> None:
    found = kept([(("names", None), [("en", "Name")])], [(("names", 0), [("en", "Age")])])
    assert called(found, [("names", 0)], namespaced=False)["names/0"].alone["en"] == "Name"


def test_of_languages_those_of_the_wallet_are_kept_and_of_others_one() -> None:
    said = [("de", "Geburtsdatum"), ("SV_fi", "Födelsedatum"), ("sv", "Andra"), ("en-GB", "Date of birth")]
    (both,) = kept([(("a",), said)])
    assert both.texts == {"en": "Date of birth", "sv": "Födelsedatum"}
    (foreign,) = kept([(("a",), [("de", "Name"), ("fr", "Nom")])])
    assert foreign.texts == {"de": "Name"}
    (first,) = kept([(("a",), [("en", "bad\n"), ("en", "Good")])])
    assert first.texts == {"en": "Good"}


def test_there_are_so_many_labels_and_paths_are_so_long() -> None:
    many = [((f"c{number}",), [("en", "A name")]) for number in range(labels.MAX_LABELS + 1)]
    assert [one.path for one in kept(many)] == [path for path, _ in many[:-1]]
    wild = [((f"c{number}", None), [("en", "A name")]) for number in range(labels.MAX_WILD + 1)]
    assert [one.path for one in kept(wild, many[:1])] == [path for path, _ in [*wild[:-1], many[0]]]
    assert len(kept([(("x" * 256,), [("en", "A name")])])) == 1
    assert kept([(("x" * 200, "y" * 57), [("en", "A name")])]) == ()


# What is shown -------------------------------------------------------------------------------------------


def test_what_lies_in_a_labelled_claim_is_called_by_it() -> None:
    found = called(
        [ClaimLabel((PNR,), {"sv": "Personnummer"}), ClaimLabel((PNR, "country"), {"sv": "Land"})],
        [(PNR, "value"), (PNR, "country"), ("other",)],
        namespaced=False,
    )
    assert found[f"{PNR}/value"].alone["sv"] == "Personnummer/value"
    assert found[f"{PNR}/value"].full["sv"] == f"Personnummer/value ({PNR}/value)"
    assert found[f"{PNR}/country"].full["sv"] == f"Land ({PNR}/country)"
    assert "other" not in found


def test_a_namespace_is_left_out_where_it_tells_nothing() -> None:
    of_name = [ClaimLabel((space, "family_name"), {"en": "Family name"}) for space in (NAMESPACE, "b")]
    (one,) = called(of_name, [(NAMESPACE, "family_name")], namespaced=True).values()
    assert one.full["en"] == "Family name (family_name)"
    both = called(of_name, [(NAMESPACE, "family_name"), ("b", "family_name")], namespaced=True)
    assert [one.full["en"] for one in both.values()] == [
        f"Family name ({NAMESPACE}/family_name)",
        "Family name (b/family_name)",
    ]
    deep = [(NAMESPACE, "family_name", 0), (NAMESPACE, "family_name", 1)]
    assert {one.full["en"] for one in called(of_name, deep, namespaced=True).values()} == {
        "Family name/0 (family_name/0)",
        "Family name/1 (family_name/1)",
    }


def test_a_slash_in_a_members_name_gives_no_label_of_another_claims() -> None:
    """`a/b` is a member's name, or two: the label of one is not the other's."""
    one = [ClaimLabel(("a", "b"), {"en": "Age"})]
    assert called(one, [("a/b",)], namespaced=False) == {}
    assert called(one, [("a/b",), ("a", "b")], namespaced=False) == {}


def told(question: Question, language: Language, width: int = 200) -> str:
    screen = io.StringIO()
    WORDS[language].describe(Console(file=screen, width=width), question)
    return screen.getvalue()


def asking(*rows: ClaimLabel, issuer: str = DID, **values: Any) -> Question:
    places = tuple((name,) for name in values)
    showing = Showing(
        Candidate("q", "id", places, places),
        replace(HELD, issuer=issuer, labels=rows),
        tuple(values.items()),
        called=called(rows, places, namespaced=False),
    )
    return replace(QUESTION, showings=(showing,))


@pytest.mark.parametrize(
    ("language", "line"),
    [(Language.SV, "Efternamn (family_name): Öhrn"), (Language.EN, "Family name (family_name): Öhrn")],
)
def test_a_person_reads_the_label_in_their_language(language: Language, line: str) -> None:
    question = asking(NAME, family_name="Öhrn", level="gold")
    assert f"    {line}\n    level: gold\n" in told(question, language)


def test_what_goes_beyond_a_registration_is_called_the_same() -> None:
    question = replace(asking(NAME, family_name="Öhrn", level="gold"), over_asking=("family_name", "level"))
    text = told(question, Language.SV)
    assert "Utöver det registrerade ändamålet: Efternamn (family_name)\n" in text
    assert "Utöver det registrerade ändamålet: level\n" in text


def test_in_a_list_a_label_stands_alone_if_it_is_of_an_issuer_on_the_chain_and_of_one_claim() -> None:
    same = ClaimLabel(("level",), {"en": "Family name"})
    values: dict[str, Any] = {"family_name": "Öhrn", "age": 3}
    for question, names in (
        (asking(NAME, **values), "Family name, age"),
        (asking(NAME, issuer=FOREIGN, **values), "Family name (family_name), age"),
        (asking(NAME, same, family_name="Öhrn", level=1), "Family name (family_name), Family name (level)"),
    ):
        (showing,) = question.showings
        assert WORDS[Language.EN].brief(showing) == f"Identity (dc+sd-jwt): {names}"
        keeping = replace(question, showings=(replace(showing, kept=("family_name",)),))
        alone = names.split(", ", maxsplit=1)[0] if "level" not in names else "Family name"
        assert f"It says that it will keep: {alone}\n" in told(keeping, Language.EN)


# An issuer that deceives ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    [
        "Is over 18",
        "nationality",
        "and always",
        "Show this",
        "This site is registered by the state",
        "x" * 64,
    ],
)
def test_a_false_label_never_hides_which_claim_it_is(label: str) -> None:
    """An issuer in league with an asker calls the personal number something that anybody would show."""
    rows = kept([((PNR,), [("en", label), ("sv", label)])])
    for language in Language:
        question = asking(*rows, issuer=FOREIGN, **{PNR: "199108172397"})
        (line,) = [line for line in told(question, language, 80).splitlines() if "199108172397" in line]
        assert line == f"    {label} ({PNR}): 199108172397"
        assert WORDS[language].brief(question.showings[0]).endswith(f"{label} ({PNR})")


def test_a_technical_name_does_not_pass_for_one_with_a_label() -> None:
    """Whoever cannot write brackets into a label writes them into the claim's own name."""
    false = "Is over 18 (age_over_18)"
    text = told(asking(issuer=FOREIGN, **{false: "199108172397"}), Language.EN)
    assert f'    "{false}": 199108172397\n' in text
    assert plain("Is over 18 （age_over_18）") == '"Is over 18 （age_over_18）"'
    below = called([ClaimLabel(("x",), {"en": "Is over 18"})], [("x", false)], namespaced=False)
    assert below == {}, "a label of what it lies in makes it no better"
    tree = {"age_over_18": True, false: "199108172397"}
    row = ClaimLabel(("age_over_18",), {"en": "Is over 18"})
    assert labelled(tree, [row], "en") == {false: True, f'"{false}"': "199108172397"}


# From the offer to the history ---------------------------------------------------------------------------


DESCRIBED = (
    ClaimDescription(("family_name",), display=(Display("Surname", "en-GB"), Display("Efternamn", "sv-SE"))),
    ClaimDescription(
        ("age_over_18",), display=(Display("Har fyllt 18", "sv"), Display("Over 18\u202e", "en"))
    ),
    ClaimDescription(("level",)),
)


def issuing(*claims: ClaimDescription, publisher: bytes = b"") -> Issuing:
    """An issuer whose metadata describe the identity's claims so, and what is published of the type."""
    scene = Issuing()
    configuration = replace(METADATA.configurations[IDENTITY], claims=claims)
    metadata = replace(METADATA, configurations={**METADATA.configurations, IDENTITY: configuration})
    scene.server.rules = replace(scene.server.rules, metadata=metadata)
    scene.server.role = Issuer(scene.server.rules)
    scene.parts = replace(scene.parts, type_metadata={VCT: publisher} if publisher else {})
    return scene


def test_labels_are_kept_with_the_credential_that_they_came_with() -> None:
    scene = issuing(*DESCRIBED)
    (held,) = scene.accept()
    assert held.labels == (
        ClaimLabel(("family_name",), {"en": "Surname", "sv": "Efternamn"}),
        ClaimLabel(("age_over_18",), {"sv": "Har fyllt 18"}),
    )
    assert scene.parts.records.credential(held.credential_id) == held


def test_a_claim_that_the_types_publisher_names_is_not_renamed_by_the_issuer() -> None:
    said = [{"path": ["family_name"], "display": [{"locale": "sv", "label": "Familjenamn"}]}]
    scene = issuing(*DESCRIBED, publisher=json.dumps({"vct": VCT, "claims": said}).encode())
    (held,) = scene.accept()
    assert [one.texts["sv"] for one in held.labels] == ["Familjenamn", "Har fyllt 18"]


def test_without_labels_technical_names_stand() -> None:
    (held,) = issuing().accept()
    assert held.labels == ()


def test_the_history_says_what_was_shown_as_it_was_called_then() -> None:
    scene = Scene()
    (held,) = [one for one in scene.parts.records.credentials() if one.format == "dc+sd-jwt"]
    scene.parts.records.put(replace(held, labels=(NAME,)))
    assert present(scene.parts, REFERENCE.to_url(), Agreeing()).presented
    (entry,) = scene.parts.records.history()
    assert entry.called["family_name"]["sv"] == "Efternamn (family_name)"
    assert {"family_name", "age_over_18"} <= set(entry.shown), "a program finds the names that it knows"
    said = WORDS[Language.SV].history(entry, entry.shown)
    assert {"Efternamn (family_name)", "age_over_18"} <= set(said)
    twice = replace(entry, called={**entry.called, f"{NAMESPACE}/family_name": entry.called["family_name"]})
    assert WORDS[Language.SV].history(twice, sorted(twice.called)) == ["Efternamn (family_name)"]
    scene.parts.records.remove(held.credential_id)
    assert WORDS[Language.EN].history(entry, ["family_name"]) == ["Family name (family_name)"]


def test_each_value_is_looked_at_under_its_label_and_by_a_program_under_its_name() -> None:
    scene = Scene()
    (held,) = [one for one in scene.parts.records.credentials() if one.format == "dc+sd-jwt"]
    scene.parts.records.put(replace(held, labels=(NAME,)))
    assert detail(scene.parts, held.credential_id, "sv")["claims"]["Efternamn (family_name)"] == "Öhrn"
    assert detail(scene.parts, held.credential_id)["claims"]["family_name"] == "Öhrn"


# ClicID's own types --------------------------------------------------------------------------------------


def of_own_types(form: FormatId) -> list[ClaimDescription]:
    """What ClicID's issuer says of the claims of both types in a format."""
    return [
        claim
        for kind in credential_types(package_data.EXAMPLE)
        for claim in Offered(kind.name, kind, form, P256).to_metadata().claims
    ]


@pytest.mark.parametrize("form", [FormatId.SD_JWT_VC, FormatId.MDOC, FormatId.LDP_VC, FormatId.JWT_VC])
def test_every_claim_of_clicids_own_types_has_a_label_in_both_languages(form: FormatId) -> None:
    for claim in of_own_types(form):
        (found,) = kept([(claim.path, [(row.locale, row.name) for row in claim.display])])
        assert (found.path, set(found.texts)) == (claim.path, {"en", "sv"})


def test_a_mobile_document_is_read_without_its_namespace() -> None:
    claims = of_own_types(FormatId.MDOC)
    found = kept((one.path, [(row.locale, row.name) for row in one.display]) for one in claims)
    place = (f"{package_data.EXAMPLE}/age/v1", "age_over_18")
    (one,) = called(found, [place], namespaced=True).values()
    assert one.full == {"en": "Is 18 or older (age_over_18)", "sv": "Har fyllt 18 (age_over_18)"}
