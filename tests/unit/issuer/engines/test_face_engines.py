"""The engines that describe faces: through the real classes of their libraries, on small models."""

from __future__ import annotations

import socket
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageOps

from clicid.errors import LocalError
from issuer.engines.face import SelfieMatcher
from issuer.engines.face_models import INSIGHTFACE, YUNET_SFACE, FaceModels
from issuer.engines.faces.choice import load_engine
from issuer.engines.images import decode
from sandbox.documents.assets import photograph_of
from tests.support import face_models
from tests.support.refusals import refused
from tests.support.specimens import engines

if TYPE_CHECKING:
    from issuer.engines.faces.port import FaceEngine
    from issuer.evidence.ports import FaceDescriptor


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> FaceModels:
    folder = tmp_path_factory.mktemp("models")
    return FaceModels(
        YUNET_SFACE,
        detector=face_models.detector(folder / "yunet.onnx"),
        recogniser=face_models.recogniser(folder / "sface.onnx"),
    )


@pytest.fixture(scope="module")
def engine(models: FaceModels) -> FaceEngine:
    return load_engine(models, engines().finder)


def described(engine: FaceEngine, photograph: bytes) -> FaceDescriptor:
    image = decode(photograph, about="face")
    found = engine.describe(image, engines().finder.find(image)[0])
    assert found is not None
    return found


def changed(change: object, name: str = "obama.jpg") -> bytes:
    assert callable(change)
    out = BytesIO()
    with Image.open(BytesIO(photograph_of(name))) as opened:
        change(opened.convert("RGB")).save(out, "JPEG", quality=90)
    return out.getvalue()


def test_a_face_is_found_again_laid_upright_and_described(engine: FaceEngine) -> None:
    """The recogniser gets what `alignCrop` makes of the five points; its 64 numbers have length 1."""
    first = described(engine, photograph_of("obama.jpg"))
    assert len(first.values) == 64
    assert np.linalg.norm(first.values) == pytest.approx(1)
    again = described(engine, photograph_of("obama.jpg"))
    other = described(engine, photograph_of("biden.jpg"))
    assert first.distance(again) == 0
    assert first.distance(other) == pytest.approx(0.304, abs=0.05)


def test_a_face_that_the_engine_does_not_see_is_not_described(engine: FaceEngine) -> None:
    """The small detector wants colour: dlib finds the face of a grey photograph, this engine does not."""
    grey = changed(ImageOps.grayscale)
    image = decode(grey, about="face")
    assert engine.describe(image, engines().finder.find(image)[0]) is None
    match = SelfieMatcher(engines().finder, engine).compare(photograph_of("obama2.jpg"), grey)
    assert match.distance is None
    assert [finding.code for finding in match.findings] == ["face.none"]


def test_the_evidence_names_the_models_and_two_engines_are_never_compared(
    engine: FaceEngine, models: FaceModels, tmp_path: Path
) -> None:
    assert models.recogniser is not None
    match = SelfieMatcher(engines().finder, engine).compare(
        photograph_of("obama.jpg"), photograph_of("obama2.jpg")
    )
    assert match.distance is not None
    assert match.engine == YUNET_SFACE
    assert match.engine_version.startswith("opencv 5")
    theirs = described(engine, photograph_of("obama.jpg"))
    ours = described(load_engine(FaceModels(), engines().finder), photograph_of("obama.jpg"))
    assert theirs.distance(ours) is None
    # The same file but for its last byte: another model.
    other = tmp_path / "other.onnx"
    other.write_bytes(models.recogniser.read_bytes() + b"\x3a\x00")
    updated = load_engine(
        FaceModels(YUNET_SFACE, detector=models.detector, recogniser=other), engines().finder
    )
    assert updated.version != engine.version
    assert theirs.distance(described(updated, photograph_of("obama.jpg"))) is None


def test_a_file_that_is_no_such_model_is_refused(models: FaceModels, tmp_path: Path) -> None:
    assert models.detector is not None
    text = tmp_path / "text.onnx"
    text.write_text("not a model")
    for wrong in (
        FaceModels(YUNET_SFACE, detector=text, recogniser=models.recogniser),
        FaceModels(YUNET_SFACE, detector=models.detector, recogniser=text),
    ):
        with refused("engine.model", kind=LocalError):
            load_engine(wrong, engines().finder)
    with refused("engine.missing", kind=LocalError):
        load_engine(FaceModels(YUNET_SFACE, detector=tmp_path / "none", recogniser=text), engines().finder)


def test_a_name_of_insightface_is_no_folder_and_nothing_is_fetched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its own loader downloads a pack that is named: ours has refused before."""

    def fetched(*_: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", fetched)
    for folder in (Path("buffalo_l"), tmp_path):
        with refused("engine.missing", kind=LocalError):
            load_engine(FaceModels(INSIGHTFACE, folder=folder), engines().finder)


def test_a_folder_without_a_recogniser_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, models: FaceModels
) -> None:
    """Only where InsightFace is installed; ClicID's own environments leave it out."""
    pytest.importorskip("insightface", reason="InsightFace is not installed: it brings a second OpenCV")
    assert models.detector is not None
    (tmp_path / "detector.onnx").write_bytes(models.detector.read_bytes())
    with refused("engine.model", kind=LocalError):
        load_engine(FaceModels(INSIGHTFACE, folder=tmp_path), engines().finder)
