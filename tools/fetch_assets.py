"""Fetch what the sandbox needs and no Python package carries: an OCR-B font and photographs of people.

    python tools/fetch_assets.py [DIRECTORY]

Everything is pinned by SHA-256 and ends up in ``build/assets`` (or DIRECTORY); what is already there and
right is left alone, so running it twice costs nothing. Neither needs to be root.

- ``people/``: three photographs out of the source archive of face_recognition 1.3.0, which pip downloads
  by the hash in ``requirements/people.txt``.
- ``ocr-b/OCRB.otf``: from Debian's package fonts-ocr-b (public domain outlines of freely usable METAFONT
  sources). No package on PyPI was found that carries an OCR-B font under a free licence. An installed
  copy is used; otherwise apt downloads the package and it is unpacked here, not installed. Where the
  machine has no package lists, lists of our own are fetched beside it.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTALLED_FONT = Path("/usr/share/fonts/opentype/ocr-b/OCRB.otf")
FONT_SHA256 = "84558d47dbc19bb5887cc7b72ed62c64534fd00f0b569d28e6dc63b71fe27707"
PEOPLE_SHA256 = {
    "biden.jpg": "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
    "obama.jpg": "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
    "obama2.jpg": "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
}
LARGEST_IMAGE = 4 << 20
SECONDS = 300


class MissingAssetError(Exception):
    """Something could not be had; the text says what, and what a person can do about it."""


def fits(path: Path, sha256: str) -> bool:
    """Whether the file is there with these contents."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def run(*command: str) -> str:
    """Run a command; its output, or `MissingAssetError` with the end of what it said."""
    try:
        done = subprocess.run(  # noqa: S603 - the commands are the literals of this file
            command, check=False, capture_output=True, text=True, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingAssetError(f"{command[0]} could not be run: {error}") from error
    if done.returncode:
        raise MissingAssetError(
            f"{' '.join(command[:3])} failed: {(done.stderr or done.stdout)[-600:].strip()}"
        )
    return done.stdout


def fetch_people(target: Path) -> None:
    """Download the archive by its hash and take the photographs out of it.

    Raises:
        MissingAssetError: pip could not get it, or a photograph in it is not the pinned one.
    """
    with tempfile.TemporaryDirectory() as scratch:
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet")
        how = ("--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--require-hashes")
        run(*pip, *how, "-r", str(ROOT / "requirements" / "people.txt"), "-d", scratch)
        with tarfile.open(next(Path(scratch).glob("*.tar.gz"))) as archive:
            for member in archive:
                name = Path(member.name).name
                if "/tests/test_images/" in member.name and name in PEOPLE_SHA256:
                    stream = archive.extractfile(member)
                    if stream is not None and member.size <= LARGEST_IMAGE:
                        (target / name).write_bytes(stream.read())
    wrong = [name for name, sha256 in PEOPLE_SHA256.items() if not fits(target / name, sha256)]
    if wrong:
        raise MissingAssetError(
            f"the archive of face_recognition 1.3.0 does not hold the pinned {', '.join(wrong)}"
        )


def fetch_font(target: Path) -> None:
    """Take the installed font, or unpack Debian's package without installing it.

    Raises:
        MissingAssetError: It is nowhere to be had.
    """
    if fits(INSTALLED_FONT, FONT_SHA256):
        shutil.copyfile(INSTALLED_FONT, target)
        return
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise MissingAssetError(
            "this is no Debian system: put OCRB.otf of Debian's fonts-ocr-b there yourself"
        )
    with tempfile.TemporaryDirectory() as scratch:
        package = download_package(Path(scratch), "fonts-ocr-b")
        run("dpkg-deb", "-x", str(package), scratch)
        found = Path(scratch) / INSTALLED_FONT.relative_to("/")
        if not fits(found, FONT_SHA256):
            raise MissingAssetError("Debian's fonts-ocr-b holds another OCRB.otf than the pinned one")
        shutil.copyfile(found, target)


def download_package(scratch: Path, name: str) -> Path:
    """Let apt download a package into a folder, with the machine's package lists or with lists of our own."""
    own_lists = []
    for kind, folder in (("State", "state"), ("Cache", "cache")):
        (scratch / folder / "lists" / "partial").mkdir(parents=True)
        (scratch / folder / "archives" / "partial").mkdir(parents=True)
        own_lists += ["-o", f"Dir::{kind}={scratch / folder}"]
    own_lists += ["-o", "Dir::State::status=/var/lib/dpkg/status"]
    command = f'cd "{scratch}" && exec apt-get -q "$@"'
    try:
        run("sh", "-c", command, "apt-get", "download", name)
    except MissingAssetError:
        run("sh", "-c", command, "apt-get", *own_lists, "update")
        run("sh", "-c", command, "apt-get", *own_lists, "download", name)
    packages = list(scratch.glob(f"{name}_*.deb"))
    if not packages:
        raise MissingAssetError(f"apt-get downloaded no {name}")
    return packages[0]


def main(directory: Path) -> int:
    """Fetch what is missing; 0, or 1 where something is missing still."""
    people, font = directory / "people", directory / "ocr-b" / "OCRB.otf"
    missing = 0
    people.mkdir(parents=True, exist_ok=True)
    font.parent.mkdir(parents=True, exist_ok=True)
    try:
        if not all(fits(people / name, sha256) for name, sha256 in PEOPLE_SHA256.items()):
            fetch_people(people)
    except MissingAssetError as error:
        sys.stderr.write(f"Missing: the test photographs ({people}).\n  {error}\n")
        missing += 1
    try:
        if not fits(font, FONT_SHA256):
            fetch_font(font)
    except MissingAssetError as error:
        sys.stderr.write(f"Missing: the OCR-B font ({font}).\n  {error}\n")
        sys.stderr.write("  With root: apt-get install fonts-ocr-b, then run this again.\n")
        missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "assets"))
