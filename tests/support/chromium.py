"""A real browser by the WebDriver protocol, where one is installed, and the app on loopback."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import httpx
import pytest
import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DRIVER, CHROMIUM = shutil.which("chromedriver"), shutil.which("chromium")
needs_chromium = pytest.mark.skipif(
    DRIVER is None or CHROMIUM is None, reason="chromium and chromium-driver are not installed"
)
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_STARTED = re.compile(r"started successfully on port (\d+)")


class Chromium:
    """One window. Elements are found, pressed and read by script: pages are small.

    Args:
        folder: Empty; the browser's own.
        width: Of the window, in CSS pixels.
        dark: Whether the person prefers dark colours.
        language: The person's.
    """

    def __init__(self, folder: Path, *, width: int = 390, dark: bool = False, language: str = "en") -> None:
        # Its sockets lie there, whose paths have to be short; what it leaves there goes with the window.
        self._scratch = tempfile.TemporaryDirectory(prefix="c-", ignore_cleanup_errors=True)
        self._driver = subprocess.Popen(
            [str(DRIVER), "--port=0"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": self._scratch.name},
        )
        assert self._driver.stdout is not None
        port = next(found[1] for line in self._driver.stdout if (found := _STARTED.search(line)))
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        flags = [
            *_FLAGS,
            f"--user-data-dir={folder}",
            f"--accept-lang={language}",
        ]
        options = {"args": flags + (["--force-dark-mode"] if dark else []), "binary": CHROMIUM}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self._session = f"/session/{self._send('/session', wanted)['sessionId']}"
        # A window of a headless browser is never as narrow as a small phone.
        size = {"width": width, "height": 760, "deviceScaleFactor": 2, "mobile": True}
        self.cdp("Emulation.setDeviceMetricsOverride", size)
        if dark:
            feature = [{"name": "prefers-color-scheme", "value": "dark"}]
            self.cdp("Emulation.setEmulatedMedia", {"features": feature})

    def _send(self, path: str, body: Any) -> Any:
        found = self._http.post(path, json=body).json()["value"]
        assert not (isinstance(found, dict) and "error" in found), found
        return found

    def cdp(self, command: str, parameters: Any) -> Any:
        """A command of the browser's own protocol."""
        return self._send(f"{self._session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def before_each_page(self, script: str) -> None:
        """Run a script before any of a page's own."""
        self.cdp("Page.addScriptToEvaluateOnNewDocument", {"source": script})

    def open(self, url: str) -> None:
        """Go there."""
        self._send(f"{self._session}/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns."""
        return self._send(f"{self._session}/execute/sync", {"script": script, "args": [*arguments]})

    def press(self, selector: str) -> None:
        """Press what a person would press."""
        element = self._send(f"{self._session}/element", {"using": "css selector", "value": selector})
        self._send(f"{self._session}/element/{next(iter(element.values()))}/click", {})

    def wait(self, script: str) -> Any:
        """What a script returns once it is something."""
        for _ in range(200):
            found = self.run(f"return {script}")
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"never: {script}; {self.run('return document.body.innerText')}")

    @property
    def text(self) -> str:
        """What can be read."""
        return str(self.run("return document.body.innerText"))

    def picture(self, path: Path) -> None:
        """A screenshot."""
        path.write_bytes(base64.b64decode(self._http.get(f"{self._session}/screenshot").json()["value"]))

    def console(self) -> list[str]:
        """What the browser complained of."""
        found = self._send(f"{self._session}/se/log", {"type": "browser"})
        return [str(one["message"]) for one in found]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.delete(self._session)
        self._http.close()
        self._driver.terminate()
        self._driver.wait()
        if self._driver.stdout is not None:
            self._driver.stdout.close()
        self._scratch.cleanup()


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The app on loopback; gives its origin."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
