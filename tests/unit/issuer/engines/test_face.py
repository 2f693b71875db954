"""The face engine: the same person, another, several, none, and copies of the portrait."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageFilter, ImageOps

from issuer.engines.copies import COPY_FROM
from issuer.engines.face import Seen, SelfieMatcher, apart, likeness_of
from issuer.engines.faces import model_path
from issuer.engines.faces.resnet import ResnetEngine
from issuer.evidence.decision import Outcome, Rules, decide
from issuer.evidence.evidence import EvidenceKind, document_evidence, face_evidence
from issuer.evidence.levels import Claim, Level
from issuer.evidence.ports import FaceDescriptor
from sandbox.documents.assets import photograph_of
from sandbox.documents.camera import Camera, photograph
from sandbox.documents.morph import BORDERLINE, morph
from tests.support.refusals import refused
from tests.support.specimens import TODAY, engines, photographed, portrait

if TYPE_CHECKING:
    from pathlib import Path

    from issuer.evidence.ports import DocumentReading, FaceMatch

LEVELS = (Claim(Level.SUBSTANTIAL, frozenset({EvidenceKind.DOCUMENT, EvidenceKind.FACE})),)
RULES = Rules(LEVELS, specimens=True, required=((EvidenceKind.DOCUMENT,), (EvidenceKind.FACE,)))


@cache
def document() -> DocumentReading:
    return engines().documents.read([photographed()], today=TODAY)


def from_document() -> bytes:
    found = document().portrait
    assert found is not None
    return found


def compare(selfie: bytes) -> FaceMatch:
    return engines().faces.compare(from_document(), selfie)


def outcome(selfie: bytes) -> tuple[Outcome, tuple[str, ...]]:
    """What the face leads to, beside a document of which nothing was noticed."""
    right = document_evidence([photographed()], replace(document(), findings=()))
    decision = decide([right, face_evidence(selfie, compare(selfie))], RULES)
    return decision.outcome, decision.codes


def jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def beside(*names: str) -> bytes:
    """Photographs side by side, as if their persons stood together."""
    parts = [ImageOps.contain(opened(photograph_of(name)), (900, 900)) for name in names]
    sheet = Image.new("RGB", (sum(part.width for part in parts), 900), "grey")
    for place, part in enumerate(parts):
        sheet.paste(part, (sum(before.width for before in parts[:place]), 0))
    return jpeg(sheet)


def test_the_same_person_on_another_day() -> None:
    selfie = photograph_of("obama2.jpg")
    match = compare(selfie)
    assert match.distance is not None
    assert match.distance < 0.45
    assert match.findings == ()
    assert match.scores["copy"] < COPY_FROM - 0.2
    assert outcome(selfie) == (Outcome.APPROVED, ())


def test_another_person() -> None:
    selfie = photograph_of("biden.jpg")
    match = compare(selfie)
    assert match.distance is not None
    assert match.distance > 0.75
    assert outcome(selfie) == (Outcome.REFUSED, ("face.other_person",))


def test_a_borderline_face_goes_to_a_person() -> None:
    blended = morph(photograph_of("obama2.jpg"), photograph_of("biden.jpg"), BORDERLINE, engines().finder)
    assert outcome(blended) == (Outcome.REVIEW, ("face.borderline",))


def test_selfies_of_two_days_are_compared_by_their_descriptors() -> None:
    first, later, stranger = (
        compare(photograph_of(name)) for name in ("obama.jpg", "obama2.jpg", "biden.jpg")
    )
    assert first.descriptor is not None
    assert later.descriptor is not None
    assert stranger.descriptor is not None
    same = first.descriptor.distance(later.descriptor)
    assert same is not None
    assert same < RULES.match_below
    assert first.descriptor.distance(first.descriptor) == 0.0
    other = first.descriptor.distance(stranger.descriptor)
    assert other is not None
    assert other > RULES.review_up_to
    updated = replace(later.descriptor, engine_version="dlib 99")
    assert first.descriptor.distance(updated) is None
    assert str(first.descriptor.values[0]) not in repr(first)


def test_two_faces_none_and_no_image() -> None:
    assert outcome(beside("obama2.jpg", "biden.jpg")) == (Outcome.RESUBMIT, ("face.several",))
    assert outcome(jpeg(Image.effect_noise((600, 600), 40))) == (Outcome.RESUBMIT, ("face.none",))
    with refused("face.not_an_image"):
        compare(b"not an image")


def test_a_portrait_without_a_face() -> None:
    match = engines().faces.compare(jpeg(Image.new("RGB", (300, 300))), photograph_of("obama2.jpg"))
    assert match.distance is None
    assert [finding.code for finding in match.findings] == ["document.portrait_missing"]


def test_too_small_or_blurred_asks_for_another() -> None:
    small = ImageOps.contain(opened(photograph_of("obama2.jpg")), (280, 280))
    assert outcome(jpeg(small)) == (Outcome.RESUBMIT, ("face.too_small",))
    blurred = opened(photograph_of("obama2.jpg")).filter(ImageFilter.GaussianBlur(10))
    assert outcome(jpeg(blurred)) == (Outcome.RESUBMIT, ("face.blurred",))


@pytest.mark.parametrize(
    "copy",
    [
        portrait,
        from_document,
        lambda: photograph_of("obama.jpg"),
        lambda: jpeg(ImageOps.mirror(opened(portrait()))),
        lambda: jpeg(ImageOps.autocontrast(opened(portrait()), cutoff=5).point(lambda v: int(30 + v * 0.7))),
        lambda: jpeg(ImageOps.grayscale(opened(portrait()))),
        lambda: photograph(portrait(), 1, Camera(size=(900, 1100))),
        lambda: photograph(portrait(), 2, Camera(rotation=14.0, perspective=0.1, blur=2.0, size=(900, 1100))),
        lambda: photograph(portrait(), 3, Camera(blur=3.0, noise=12.0, quality=30, size=(800, 1000))),
    ],
    ids=["itself", "off the document", "the uncropped original", "mirrored", "paler", "grey", "photographed",
         "slanting", "badly photographed"],
)  # fmt: skip
def test_a_copy_of_the_portrait_is_no_selfie(copy: object) -> None:
    assert callable(copy)
    selfie = copy()
    match = compare(selfie)
    assert [finding.code for finding in match.findings] == ["face.copy_of_portrait"]
    assert outcome(selfie) == (Outcome.REFUSED, ("face.copy_of_portrait",))


def test_models_are_found_without_importing_their_package() -> None:
    import sys

    assert model_path("shape_predictor_5_face_landmarks.dat").is_file()
    assert "face_recognition_models" not in sys.modules
    from clicid.errors import LocalError

    with refused("engine.missing", kind=LocalError):
        model_path("no such model")


@pytest.mark.suite("sample-faces")
def test_sample_faces(samples_dir: Path) -> None:
    """15 photographs of 3 people: nobody passes for another, nobody is refused, none is taken for a copy."""
    finder = engines().finder
    matcher = SelfieMatcher(finder, ResnetEngine(finder))
    seen = {
        path.name: matcher.look(path.read_bytes()) for path in sorted((samples_dir / "faces").glob("*.jpg"))
    }
    assert len(seen) == 15
    genuine, accepted = 0, 0
    for one, two in itertools.combinations(seen, 2):
        distance, copy = apart(seen[one], seen[two]), likeness_of(seen[one], seen[two])
        assert distance is not None
        assert copy is not None
        assert copy < COPY_FROM
        if one.rsplit("_", 1)[0] == two.rsplit("_", 1)[0]:
            assert distance <= RULES.review_up_to
            genuine, accepted = genuine + 1, accepted + (distance < RULES.match_below)
        else:
            assert distance >= RULES.match_below
    assert (genuine, accepted) == (30, 30)


def test_numbers_that_are_none_have_no_distance() -> None:
    """An engine that divides by the length of nothing: a line of JSON has no room for it."""
    one = Seen(None, FaceDescriptor("x", "1", (0.0,)), (), {})
    none = Seen(None, FaceDescriptor("x", "1", (float("nan"),)), (), {})
    assert apart(one, one) == 0
    assert apart(one, none) is None
