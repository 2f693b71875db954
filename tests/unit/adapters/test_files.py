"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from clicid.adapters.files import sync_folder, write_whole
from clicid.errors import LocalError
from tests.support.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=[True, False], ids=["links", "no links"])
def place(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A name in a folder of a file system with hard links, and of one without, such as a stick's."""

    def none(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not request.param:
        monkeypatch.setattr(os, "link", none)
    return tmp_path / "file"


def test_written_for_its_owner_and_over_nothing(place: Path) -> None:
    write_whole(place, b"one", replace=False)
    assert place.read_bytes() == b"one"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    with refused("file.exists", str(place), kind=LocalError):
        write_whole(place, b"two", replace=False)
    assert place.read_bytes() == b"one"
    write_whole(place, b"two", replace=True)
    assert place.read_bytes() == b"two"
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize("replace", [True, False])
def test_what_was_written_outlasts_a_loss_of_power(
    place: Path, monkeypatch: pytest.MonkeyPatch, replace: bool
) -> None:
    """The octets are on the disk before they have the name, and then the name is."""
    synced = []

    def fsync(handle: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        assert not is_folder or os.fstat(handle).st_ino == place.parent.stat().st_ino
        synced.append(("folder" if is_folder else "file", place.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    write_whole(place, b"one", replace=replace)
    assert synced == [("file", False), ("folder", True)]


def test_a_folder_that_cannot_be_synced(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file system does not know of it that is no obstacle; a disk that fails is."""

    def fails(number: int) -> None:
        def fsync(_: int) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", fsync)

    fails(errno.EINVAL)
    sync_folder(place.parent)
    fails(errno.EIO)
    with refused("config.file", str(place.parent), kind=LocalError):
        sync_folder(place.parent)


def test_where_nothing_can_be_written_nothing_is_left(place: Path) -> None:
    with refused("config.file", kind=LocalError):
        write_whole(place / "in a file that is none", b"one", replace=False)
    place.mkdir()
    with refused("config.file", str(place), kind=LocalError):
        write_whole(place, b"one", replace=True)
    assert list(place.parent.iterdir()) == [place]
