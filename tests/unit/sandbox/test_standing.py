"""A network that stays up: one at a time, never over something else, never on half a founding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import LocalError
from sandbox import standing as room
from sandbox.network import Founded
from sandbox.standing import running, standing
from tests.support.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path


class Recorded:
    """Stands in for the network: founding one for each of these would take minutes."""

    def __init__(self, how: str) -> None:
        self.calls = [how]

    def launch(self) -> None:
        self.calls.append("launch")

    def stop(self) -> None:
        self.calls.append("stop")


class Networks:
    """Founds by writing what a founding writes."""

    made: Recorded

    def __init__(self) -> None:
        self.fails = False

    def found(self, folder: Path, tell: Any) -> Recorded:
        tell("founding")
        assert [path.name for path in folder.iterdir() if path.name not in ("lock", "founding")] == []
        (folder / "keys").mkdir()
        (folder / "sandbox.json").write_text("{}")
        if self.fails:
            raise KeyboardInterrupt
        self.made = Recorded("found")
        return self.made

    def load(self, folder: Path) -> Recorded:
        assert (folder / "sandbox.json").exists()
        self.made = Recorded("load")
        return self.made


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> Networks:
    made = Networks()
    monkeypatch.setattr(room, "Network", made)
    monkeypatch.setattr(room, "read_founded", lambda _: Founded(1, 2, 3, "", ""))
    return made


def nothing(_: str) -> None:
    """Tells nobody."""


def test_founded_the_first_time_opened_the_next(tmp_path: Path, networks: Networks) -> None:
    for how in ("found", "load", "load"):
        with standing(tmp_path, nothing):
            assert networks.made.calls == [how, "launch"]
        assert networks.made.calls == [how, "launch", "stop"]


def test_a_second_one_in_the_same_folder_is_refused(tmp_path: Path, networks: Networks) -> None:
    with standing(tmp_path, nothing):
        first = networks.made
        with refused("sandbox.busy", str(tmp_path), kind=LocalError):
            standing(tmp_path, nothing).__enter__()
        assert first.calls == ["found", "launch"]
    with standing(tmp_path, nothing):
        assert networks.made.calls == ["load", "launch"]


def test_it_stops_whatever_goes_wrong_inside(tmp_path: Path, networks: Networks) -> None:
    with pytest.raises(KeyboardInterrupt), standing(tmp_path, nothing):
        raise KeyboardInterrupt
    assert networks.made.calls == ["found", "launch", "stop"]


def test_half_a_founding_is_cleared_away(tmp_path: Path, networks: Networks) -> None:
    networks.fails = True
    with pytest.raises(KeyboardInterrupt):
        standing(tmp_path, nothing).__enter__()
    assert (tmp_path / "keys").exists()
    networks.fails = False
    with standing(tmp_path, nothing):
        assert networks.made.calls == ["found", "launch"]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path, networks: Networks) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with refused("sandbox.folder", str(tmp_path), kind=LocalError):
        standing(tmp_path, nothing).__enter__()
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert not hasattr(networks, "made")


@pytest.mark.usefixtures("networks")
def test_founded_but_not_running(tmp_path: Path) -> None:
    with refused("sandbox.not_running", str(tmp_path), kind=LocalError):
        running(tmp_path)


def test_not_even_founded(tmp_path: Path) -> None:
    with refused("sandbox.not_running", str(tmp_path), kind=LocalError):
        running(tmp_path)
