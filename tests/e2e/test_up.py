"""``clicid-sandbox up``: one at a time; killed at any moment, it comes back with everything in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.asking import ask
from sandbox.enrolling import wallet_of
from sandbox.headless_wallet import HeadlessWallet
from sandbox.processes import answers
from sandbox.provider_client import NAME_AND_AGE, ProviderClient
from sandbox.standing import running
from tests.conftest import ROOT
from tests.support.browsing import scanned
from tests.support.guides import block

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.network import Founded

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("photographs")]


class Up:
    """The command in a folder, as a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed = folder.with_name("printed")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start it; gives what it printed once it is up."""
        with self.printed.open("wb") as out:
            command = [sys.executable, "-m", "sandbox.cli", "up", "--dir", str(self.folder)]
            self.process = subprocess.Popen(command, stdout=out, stderr=out, cwd=ROOT)
        deadline = time.monotonic() + 200
        while "Ctrl-C ends it" not in (text := self.printed.read_text("utf-8")):
            assert self.process.poll() is None, text
            assert time.monotonic() < deadline, text
            time.sleep(0.2)
        return text

    def end(self, number: signal.Signals) -> int:
        """Send it a signal and wait."""
        assert self.process is not None
        os.kill(self.process.pid, number)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    made = Up(tmp_path_factory.mktemp("up") / "sandbox")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.end(signal.SIGTERM)


def sandbox(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_up_and_killed_and_up_again(up: Up) -> None:
    first = up.start()
    founded = running(up.folder)
    for told in (founded.identifier, founded.operators, founded.rpc, founded.digest, "shop-backend"):
        assert told in first
    assert len(list((up.folder / "people").glob("*/passport.jpg"))) == 10

    asked = _pasted(first, founded)
    assert asked["request_url"].startswith("openid4vp://")

    done = sandbox("person", "approved", "--dir", str(up.folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert "the shop's verifier: accepted" in done.stdout

    _asked_as_the_guide_does(up.folder, founded)

    second = sandbox("up", "--dir", str(up.folder))
    assert second.returncode == 1
    assert "[sandbox.busy]" in second.stderr
    assert answers(founded.identifier)

    assert up.end(signal.SIGKILL) == -signal.SIGKILL
    again = up.start()
    assert running(up.folder) == founded
    assert founded.digest in again

    said = sandbox("present", "approved", _pasted(again, founded)["request_url"], "--dir", str(up.folder))
    assert (said.returncode, said.stderr) == (0, "")
    assert "Lindqvist" in said.stdout
    answer = ask(founded.provider("shop"), NAME_AND_AGE, wallet_of(up.folder, "approved").present)
    assert (answer.verdict, answer.code) == ("accepted", "")
    assert (
        len(HeadlessWallet(up.folder / "wallets" / "approved").held()) == 7
    )  # identity in three formats, age in four

    healthy = sandbox("doctor", "--dir", str(up.folder))
    assert healthy.returncode == 0
    assert founded.digest in healthy.stdout

    assert up.end(signal.SIGTERM) == 0
    assert not any(answers(address) for address in (founded.rpc, founded.identifier, founded.operators))
    stopped = sandbox("person", "approved", "--dir", str(up.folder))
    assert (stopped.returncode, "[sandbox.not_running]" in stopped.stderr) == (1, True)


def _pasted(text: str, founded: Founded) -> dict[str, str]:
    """Run the printed lines in a shell, as somebody would who reads them; without curl, ask as they do."""
    (lines,) = re.findall(r"^(TOKEN=.*?/requests)$", text, re.DOTALL | re.MULTILINE)
    if shutil.which("curl") is None:
        with ProviderClient(founded.provider("shop")) as backend:
            return backend.ask(NAME_AND_AGE)
    done = subprocess.run(["sh", "-c", lines], capture_output=True, check=True)
    made: dict[str, str] = json.loads(done.stdout)
    return made


def _shown_by_page(page_url: str, folder: Path) -> str:
    """The page's code read by the test person's wallet; gives the query that the browser goes on with."""
    with httpx.Client() as browser:
        assert browser.get(page_url).status_code == 200
        chosen = browser.post(f"{page_url}/start", data={"channel": "cross"}, follow_redirects=True)
        said = sandbox("present", "approved", scanned(chosen.text), "--dir", str(folder))
        assert (said.returncode, said.stderr) == (0, "")
        assert httpx.get(f"{page_url}/onward").status_code == 403
        onward = browser.get(f"{page_url}/onward")
        assert onward.status_code == 303
        return onward.headers["location"].partition("?")[2]


def _asked_as_the_guide_does(folder: Path, founded: Founded) -> None:
    """The three calls of docs/service-providers.md, part 1, with a test person's answer between them."""
    if shutil.which("curl") is None:
        return
    guide, curl = "service-providers.md", 'curl -s -H "Authorization: Bearer $TOKEN"'
    token = f"SB={folder} SHOP={founded.provider('shop').origin}\n" + block(guide, "sh", "TOKEN=")

    def called(call: str) -> dict[str, Any]:
        done = subprocess.run(["sh", "-c", token + call], capture_output=True, check=True)
        body: dict[str, Any] = json.loads(done.stdout)
        return body

    asked = called(block(guide, "sh", f"{curl} -H 'Content-Type"))
    assert asked.keys() == {"id", "request_url", "expires_at", "beyond_registration"}
    page = called(block(guide, "sh", "python3 -c 'import json,sys; print"))
    assert page.keys() == {"id", "page_url", "expires_at", "beyond_registration"}
    code = _shown_by_page(page["page_url"], folder)
    result = called(f'curl -s -H "Authorization: Bearer $TOKEN" "$SHOP/requests/{page["id"]}/result?{code}"')
    assert result["report"]["verdict"] == "accepted"
    said = sandbox("present", "approved", asked["request_url"], "--dir", str(folder))
    shown = block(guide, "text", "Systemhandeln AB (TEST)")
    assert (said.returncode, said.stdout) == (0, shown)
    result = called(f"ID={asked['id']}\n" + block(guide, "sh", f"{curl} $SHOP/requests/$ID/result"))
    assert result["report"]["verdict"] == "accepted"
    (claims,) = result["claims"]["identity"]
    assert claims["claims"] == {"test_credential": True, "age_over_18": True, "family_name": "Lindqvist"}
