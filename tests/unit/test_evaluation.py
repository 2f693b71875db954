"""The evaluation counts what it says: known intervals, right and wrong labels, and the whole command."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from evaluation import __main__ as command
from evaluation import conditions, forgeries, liveness
from evaluation.documents import Ending, Job, Name, read
from evaluation.labelled import Document, LabelError, Photograph, Series, Truth, read_folders
from evaluation.rates import Distances, Measure, Rate, clopper_pearson, percentile
from evaluation.report import Report, Section, Table
from evaluation.specimens import persons, specimens
from issuer.config import face_settings
from issuer.engines.images import to_jpeg
from issuer.engines.mrz import parse
from issuer.evidence.liveness import TURNS, Move
from issuer.evidence.ports import Finding
from sandbox.documents.assets import folder as assets
from sandbox.documents.assets import photograph_of
from sandbox.documents.mrz_lines import td3_lines
from sandbox.faces.attacks import ATTACKS
from tests.support.specimens import PERSON, TODAY, engines, passport, portrait

if TYPE_CHECKING:
    from pathlib import Path

ZONE = parse("\n".join(td3_lines(PERSON)))
TRUTH = Truth(ZONE, PERSON.family_name, PERSON.given_name, "TD3")
# Whose names have no marks, so that what is tested is the counting and not the reading of marks.
PLAIN = replace(PERSON, family_name="Lindqvist", given_name="Karl Erik")


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        (0, 10, 0.0, 1 - 0.025**0.1),  # closed forms at the ends
        (10, 10, 0.025**0.1, 1.0),
        (0, 4500, 0.0, 1 - 0.025 ** (1 / 4500)),
        (1, 1, 0.025, 1.0),
        (5, 10, 0.1870861, 0.8129139),
        (682, 925, 0.7076683, 0.7654066),  # in the manual page of R's binom.test: Mendel's peas
    ],
)
def test_intervals_are_clopper_and_pearsons(count: int, n: int, low: float, high: float) -> None:
    assert clopper_pearson(count, n) == pytest.approx((low, high), abs=1e-7)


def test_an_interval_covers_the_share_as_often_as_it_claims() -> None:
    random = np.random.default_rng(5)
    for share in (0.02, 0.3):
        covered = [
            low <= share <= high
            for low, high in (clopper_pearson(int(count), 40) for count in random.binomial(40, share, 2000))
        ]
        assert 0.945 <= np.mean(covered) <= 1.0


@pytest.mark.parametrize(("count", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_what_is_no_share_has_no_interval(count: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        clopper_pearson(count, n)


def test_error_rates_at_a_threshold_are_counted_on_its_right_side() -> None:
    apart = Distances(np.array([0.3, 0.5, 0.55, 0.7]), np.array([0.55, 0.6, 0.8, 0.9, 0.95]))
    assert (apart.fmr(0.55), apart.fnmr(0.55)) == (Rate(0, 5), Rate(2, 4))  # 0.55 itself is not below it
    assert (apart.fmr(0.61), apart.fnmr(0.61)) == (Rate(2, 5), Rate(1, 4))
    # The highest thresholds below which no impostor, or no more than one and two in five, are.
    assert [apart.threshold_at(fmr) for fmr in (0.0, 0.2, 0.4)] == [0.55, 0.6, 0.8]
    for fmr in (0.0, 0.2, 0.4):
        threshold = apart.threshold_at(fmr)
        assert threshold is not None
        assert apart.fmr(threshold) == Rate(round(5 * fmr), 5)


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.95, 1.0)] == [50.0, 95.0, 100.0]
    assert percentile([3.0], 0.5) == 3.0


def test_every_figure_has_an_id_and_says_how_many_it_was_taken_from(tmp_path: Path) -> None:
    table = Table(
        "a.b", "T", ("", "Read all", "Why"), {"Turned 90°": [Rate(1, 4), "x|y"], "none": [Rate(0, 0), "-"]}
    )
    timed = Table("a.c", "U", ("", "Median"), {"x": [Measure(1.5, 7, "s")]})
    Report({"date": "today"}, {"t": 0.5}, (Section("S", "text", (table, timed)),)).write(tmp_path)

    report = json.loads((tmp_path / "report.json").read_text())
    low, high = clopper_pearson(1, 4)
    assert report["schema"] == 1
    share = {"n": 4, "count": 1, "value": 0.25, "low": low, "high": high, "unit": "share"}
    none = {"n": 0, "count": 0, "value": None, "low": None, "high": None, "unit": "share"}
    assert report["figures"] == [
        {"id": "a.b.turned_90.read_all", **share},
        {"id": "a.b.none.read_all", **none},
        {"id": "a.c.x.median", "n": 7, "value": 1.5, "unit": "s"},
    ]
    page = (tmp_path / "report.md").read_text()
    assert "| Turned 90° | 1 of 4: 25.0 % (0.63–80.6) | x/y |" in page
    assert "| none | none tried | - |" in page


def test_specimens_are_the_same_every_time_and_their_labels_fit() -> None:
    people = list(persons(22, 1, TODAY))
    assert people == list(persons(22, 1, TODAY))
    assert len({person.family_name for person in people}) == 22
    document = next(specimens(people, portrait()))
    assert document.truth.family_name == people[0].family_name
    assert document.truth.zone is not None
    assert document.truth.zone.all_checks_pass


@pytest.mark.parametrize("name", conditions.CONDITIONS)
def test_a_condition_gives_the_same_bytes_for_the_same_seed(name: str) -> None:
    once = conditions.make(name, passport(), 3)
    assert once == conditions.make(name, passport(), 3)
    assert (once == passport()) == (name == conditions.AS_GIVEN)


class TestLabels:
    def document(self, folder: Path, name: str, **labels: str) -> Path:
        (folder / "documents").mkdir(exist_ok=True)
        path = folder / "documents" / f"{name}.png"
        path.write_bytes(name.encode())
        for kind, text in labels.items():
            path.with_suffix(f".{kind}").write_text(text, "utf-8")
        return path

    def face(self, folder: Path, name: str, image: bytes) -> None:
        path = folder / "faces" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image)

    def series(self, folder: Path, moves: str) -> None:
        first = folder / "live" / "Body" / "1"
        first.mkdir(parents=True)
        (first / "moves.json").write_text(moves)
        for number in range(2):
            (first / f"{number}.jpg").write_bytes(b"%d" % number)
        (folder / "live" / "Body" / "selfie.jpg").write_bytes(b"s")

    @pytest.mark.parametrize("moves", ["[", '["up"]', "7"])
    def test_moves_that_are_none_are_refused(self, tmp_path: Path, moves: str) -> None:
        self.series(tmp_path, moves)
        with pytest.raises(LabelError, match=r"moves\.json"):
            read_folders([tmp_path])

    def test_a_series_without_a_selfie_is_refused(self, tmp_path: Path) -> None:
        self.series(tmp_path, "[]")
        (tmp_path / "live" / "Body" / "selfie.jpg").unlink()
        with pytest.raises(LabelError, match="is missing"):
            read_folders([tmp_path])

    def test_are_read_beside_the_images(self, tmp_path: Path) -> None:
        self.document(tmp_path, "a", mrz="\n".join(ZONE.lines) + "\n", json='{"family_name": "Åkerström"}')
        self.document(tmp_path, "b", json='{"format": "TD1"}')
        self.document(tmp_path, "c")
        self.face(tmp_path, "Some_Body_0001.jpg", b"1")
        self.face(tmp_path, "Some_Body_0002.jpg", b"2")
        self.face(tmp_path, "Other/x.jpeg", b"3")
        self.face(tmp_path, "Other/notes.txt", b"4")
        self.series(tmp_path, '["left", "right"]')
        labelled = read_folders([tmp_path])
        assert labelled.documents == (
            Document("a", b"a", Truth(ZONE, "Åkerström", None, "TD3")),
            Document("b", b"b", Truth(None, None, None, "TD1")),
            Document("c", b"c", Truth()),
        )
        assert [(one.person, one.image) for one in labelled.photographs] == [
            ("Some_Body", b"1"),
            ("Some_Body", b"2"),
            ("Other", b"3"),
        ]
        assert labelled.series == (Series(b"s", (b"0", b"1"), (Move.LEFT, Move.RIGHT)),)

    def test_of_one_image_in_two_folders_count_once(self, tmp_path: Path) -> None:
        for folder in (tmp_path / "one", tmp_path / "two"):
            self.face(folder, "Body_0001.jpg", b"1")
        assert len(read_folders([tmp_path / "one", tmp_path / "two"]).photographs) == 1

    def test_two_names_for_one_photograph_are_refused(self, tmp_path: Path) -> None:
        self.face(tmp_path, "Some_Body_0001.jpg", b"1")
        self.face(tmp_path, "Else/1.jpg", b"1")
        with pytest.raises(LabelError, match="one photograph is of Some_Body and of Else"):
            read_folders([tmp_path])

    @pytest.mark.parametrize(
        ("labels", "message"),
        [
            ({"mrz": "P<UTO"}, r"a\.png|a\.mrz"),
            ({"mrz": "P<UTOÅ"}, r"a\.mrz"),
            ({"json": "{"}, r"a\.json"),
            ({"json": "[]"}, "an object of texts"),
            ({"json": '{"family_name": 1}'}, "an object of texts"),
            ({"json": '{"name": "x"}'}, "name is no label"),
            ({"mrz": "\n".join(ZONE.lines), "json": '{"format": "TD1"}'}, "TD3 is labelled TD1"),
        ],
    )
    def test_that_cannot_be_read_are_refused(
        self, tmp_path: Path, labels: dict[str, str], message: str
    ) -> None:
        self.document(tmp_path, "a", **labels)
        with pytest.raises(LabelError, match=message):
            read_folders([tmp_path])

    def test_a_face_without_a_person_is_refused(self, tmp_path: Path) -> None:
        self.face(tmp_path, "holiday.jpg", b"1")
        with pytest.raises(LabelError, match="names no person"):
            read_folders([tmp_path])

    @pytest.mark.parametrize("there", [True, False])
    def test_nothing_to_evaluate_is_said(
        self, tmp_path: Path, there: bool, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "out"
        if there:
            (tmp_path / "images").mkdir()
        assert command.main(["--images", str(tmp_path / "images"), "--out", str(out)]) == 2
        assert "make eval: " in capsys.readouterr().err
        assert not out.exists()


class TestReading:
    def job(self, truth: Truth, condition: str = conditions.AS_GIVEN) -> Job:
        return Job(Document("x", passport(PLAIN), truth), "given", condition, 1, TODAY)

    def test_a_right_label_finds_no_error(self) -> None:
        zone = parse("\n".join(td3_lines(PLAIN)))
        done = read(self.job(Truth(zone, PLAIN.family_name, PLAIN.given_name, "TD3")))
        assert (done.read, done.labelled, done.wrong, done.format) == (True, True, (), "TD3")
        assert done.names == (Name(False, True, Ending.RIGHT), Name(False, True, Ending.RIGHT))
        assert 0 < done.seconds < 60

    def test_a_wrong_label_is_an_error(self) -> None:
        other = replace(PLAIN, family_name="Bergman", birth_date=date(1986, 3, 14))
        truth = Truth(parse("\n".join(td3_lines(other))), "Bergman", "Karl Erik", "TD3")
        done = read(self.job(truth))
        assert done.read
        assert done.wrong == ("family_name_mrz", "birth_date")
        assert done.names == (Name(True, False, Ending.WRONG), Name(False, True, Ending.RIGHT))

    def test_no_label_is_no_error(self) -> None:
        done = read(self.job(Truth()))
        assert (done.read, done.labelled, done.wrong, done.names) == (True, False, (), ())

    @pytest.mark.parametrize(
        ("name", "findings", "ending"),
        [
            (None, (), Ending.LEFT),
            ("Åkerström", (Finding("document.mrz_mismatch", "family_name"),), Ending.FLAGGED),
            ("Akerstrom", (Finding("document.mrz_mismatch", "family_name"),), Ending.FLAGGED),
            ("Åkerström", (Finding("document.marks_restored", "family_name"),), Ending.RIGHT),
            ("Akerstrom", (Finding("document.mrz_mismatch", "given_name"),), Ending.WRONG),
        ],
    )
    def test_what_becomes_of_a_name(
        self,
        name: str | None,
        findings: tuple[Finding, ...],
        ending: Ending,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        real = engines().documents.read([passport()], today=TODAY)
        assert real.fields is not None
        changed = replace(real, fields=replace(real.fields, family_name=name), findings=findings)

        class Reader:
            def read(self, *_: Any, **__: Any) -> Any:
                return changed

        monkeypatch.setattr("evaluation.documents.engines", lambda: replace(engines(), documents=Reader()))
        name_of = read(self.job(TRUTH)).names[0]
        assert name_of == Name(misread=False, zone_right=False, ending=ending)  # the zone has AAKERSTROEM

    def test_what_is_no_image_is_not_read_and_says_why(self) -> None:
        done = read(Job(Document("x", b"%PDF-", Truth()), "given", conditions.AS_GIVEN, 1, TODAY))
        assert not done.read
        assert done.codes


class TestForgeries:
    def test_what_is_not_approved_is_stopped_and_what_is_is_not(self) -> None:
        seen = [
            forgeries.Seen(forgeries.HONEST, frozenset({"document.marks_restored"})),
            forgeries.Seen(forgeries.HONEST, frozenset({"document.marks_restored", "document.edited"})),
            forgeries.Seen("inkjet print", frozenset()),
            forgeries.Seen("inkjet print", frozenset({"no.row"})),
        ]
        (table,) = forgeries.section(seen).tables
        assert table.rows[forgeries.HONEST] == [Rate(1, 2), "edited 1"]
        assert table.rows["inkjet print"] == [Rate(1, 2), "no.row 1"]
        assert table.rows["zone overtyped"] == [Rate(0, 0), "nothing"]

    @pytest.mark.slow
    def test_a_photographed_screen_is_seen_and_an_honest_page_is_not(self) -> None:
        jobs = [
            forgeries.Job(Document("x", passport(), TRUTH), kind, 3, TODAY)
            for kind in (forgeries.HONEST, "shown on a screen")
        ]
        honest, screen = (forgeries.see(job).codes for job in jobs)
        assert "document.reproduced" not in honest
        assert "document.reproduced" in screen


class TestLiveness:
    def test_an_error_is_a_person_stopped_or_an_attack_not_stopped(self, tmp_path: Path) -> None:
        def one(kind: str, *codes: str, made: bool = True) -> liveness.Checked:
            return liveness.Checked(kind, made, codes)

        checked = [
            one(liveness.TURNED),
            one(liveness.TURNED, "liveness.not_followed"),
            one("still", "liveness.not_followed"),
            one("still"),
            one("still"),
            one("still", "face.none", made=False),
        ]
        people, attacks = liveness.section(checked, tmp_path).tables
        assert people.rows == {liveness.TURNED: [Rate(1, 2), "liveness.not_followed 1"]}
        assert attacks.rows == {"still": [Rate(2, 3), "liveness.not_followed 1"]}
        assert attacks.note.endswith("are counted nowhere: still (face.none) 1.")
        assert (tmp_path / "liveness.png").is_file()

    def test_every_person_answers_and_is_attacked_in_each_way(self) -> None:
        given = [Photograph(person, person.encode() + b"%d" % number) for person in "ab" for number in (1, 2)]
        series = Series(b"s", (b"f",), (Move.LEFT,))
        made = liveness.jobs(given, [series], 1)
        assert made == liveness.jobs(given, [series], 1)
        assert made[0].kind == liveness.REAL
        first = [job for job in made[1:] if job.photograph == b"a1"]
        assert [job.kind for job in first] == [liveness.TURNED, *ATTACKS]
        assert {(job.selfie, job.other, len(job.moves)) for job in first} == {(b"a2", b"b1", TURNS)}

    @pytest.mark.slow
    def test_a_still_photograph_is_stopped(self) -> None:
        given = [Photograph("a", photograph_of("obama.jpg")), Photograph("b", photograph_of("biden.jpg"))]
        still = next(job for job in liveness.jobs(given, [], 1) if job.kind == "still")
        done = liveness.check(still)
        assert done.made
        assert done.stopped

    @pytest.mark.slow
    def test_no_head_is_made_of_a_photograph_without_one_face(self) -> None:
        nobody = to_jpeg(np.full((400, 400, 3), 200, np.uint8))
        assert liveness.check(
            liveness.Job("still", b"", nobody, b"", (), (Move.LEFT,), 1)
        ) == liveness.Checked("still", made=False, codes=("face.none",))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two specimens, one with another person's label; two photographs of one person, one of another."""
    for name in set(conditions.CONDITIONS) - {conditions.AS_GIVEN, "turned 90°"}:
        monkeypatch.delitem(conditions.CONDITIONS, name)
    for name in set(forgeries.KINDS) - {forgeries.HONEST, "black and white copy"}:
        monkeypatch.delitem(forgeries.KINDS, name)
    for name in set(ATTACKS) - {"still"}:
        monkeypatch.delitem(ATTACKS, name)
    images, out = tmp_path / "images", tmp_path / "build" / "eval"
    documents = images / "documents"
    documents.mkdir(parents=True)
    for name, label in (("right", PLAIN), ("wrong", replace(PLAIN, family_name="Bergman"))):
        image = (
            passport(PLAIN) + name.encode()
        )  # what follows a PNG's end is of no account, but another image
        (documents / f"{name}.png").write_bytes(image)
        (documents / f"{name}.mrz").write_text("\n".join(td3_lines(label)))
        names = {"family_name": label.family_name, "given_name": label.given_name}
        (documents / f"{name}.json").write_text(json.dumps(names))
    for person, photograph in (("one/a", "obama"), ("one/b", "obama2"), ("two/a", "biden")):
        target = images / "faces" / f"{person}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(assets() / "people" / f"{photograph}.jpg", target)

    arguments = ["--images", str(images), "--out", str(out), "--specimens", "1", "--processes", "2"]
    assert command.main(arguments) == 0

    report = json.loads((out / "report.json").read_text())
    figures = {figure["id"]: figure for figure in report["figures"]}
    assert len(figures) == len(report["figures"])

    def counted(name: str) -> tuple[int, int]:
        return figures[name]["count"], figures[name]["n"]

    face = face_settings({})
    assert report["thresholds"] == {"match_below": face.match_below, "review_up_to": face.review_up_to}
    assert counted("documents.read.given.as_given.td3") == (2, 2)
    assert counted("documents.read.given.turned_90.all") == (2, 2)
    assert counted("documents.wrong.given.with_a_wrong_field") == (2, 4)
    assert counted("documents.wrong.specimens.with_a_wrong_field") == (0, 2)
    # The wrong label has another family name: 2 of 8 names, in both conditions.
    assert counted("documents.names.given_all_conditions.after_wrong_unnoticed") == (2, 8)
    assert counted("documents.names.given_all_conditions.after_right") == (6, 8)
    assert counted("documents.names.given_all_conditions.before_misread") == (2, 8)
    assert figures["documents.seconds.given_all_conditions.median"]["n"] == 4
    assert all(counted(f"forgeries.{kind}.stopped")[1] == 1 for kind in ("honest", "black_and_white_copy"))
    # 3 pairs of photographs; 2 documents, each against the 2 photographs that it does not bear.
    assert counted("faces.acquired.live.failed_to_acquire") == (0, 3)
    assert counted("faces.acquired.portrait_off_a_document.failed_to_acquire") == (0, 2)
    assert counted("faces.genuine.live_to_live.accepted_outright") == (1, 1)
    assert counted("faces.impostor.live_to_live.accepted_outright") == (0, 2)
    assert figures["faces.genuine.document_to_live.accepted_outright"]["n"] == 1
    assert counted("faces.impostor.document_to_live.accepted_outright") == (0, 3)
    assert counted("faces.copies.the_photograph_that_is_on_the_document.noticed_as_a_copy") == (2, 2)
    assert counted("faces.copies.another_one_of_the_same_person.noticed_as_a_copy") == (0, 1)
    # Two people, each with a turning head and one attack.
    assert figures["liveness.bpcer.head_turned_imitated.bpcer"]["n"] == 2
    assert counted("liveness.apcer.still.apcer") == (0, 2)
    page = (out / "report.md").read_text("utf-8")
    for plot in ("read", "seconds", "distances", "roc", "liveness"):
        assert f"({plot}.png)" in page
        assert (out / f"{plot}.png").read_bytes().startswith(b"\x89PNG")
