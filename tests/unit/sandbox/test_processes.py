"""The sandbox's processes: started, watched, ended; never anyone else's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from clicid.errors import LocalError
from sandbox.processes import Service, answers, free_port
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def server(folder: Path, port: int, *more: str) -> Service:
    return Service(
        name="pages",
        module="http.server",
        arguments=("--bind", "127.0.0.1", "--directory", str(folder), str(port), *more),
        ready_url=f"http://127.0.0.1:{port}/",
        log=folder / "logs" / "pages.log",
    )


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = server(tmp_path, free_port())
    yield made
    made.kill()


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def there(service: Service) -> tuple[bool, bool]:
    return service.running, answers(service.ready_url)


def test_started_it_answers_and_stopped_it_does_not(service: Service) -> None:
    assert there(service) == (False, False)
    for _ in range(2):
        service.start()
        assert there(service) == (True, True)
        service.stop()
        assert there(service) == (False, False)


def test_killed_it_is_gone_at_once(service: Service) -> None:
    service.start()
    service.kill()
    assert not service.running
    assert service.process is not None
    assert service.process.returncode == -signal.SIGKILL


def test_what_was_not_started_is_not_stopped(service: Service) -> None:
    service.ask_to_end()
    service.stop()
    service.kill()
    assert service.process is None


def test_one_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    broken = server(tmp_path, free_port(), "--no-such-option")
    with pytest.raises(LocalError) as caught:
        broken.start()
    assert caught.value.code == "sandbox.service"
    assert caught.value.where == "pages"
    assert "unrecognized arguments: --no-such-option" in caught.value.detail
    assert str(broken.log) in caught.value.detail


def test_a_port_that_somebody_else_has_is_refused_and_they_are_left_alone(
    service: Service, tmp_path: Path
) -> None:
    service.start()
    second = server(tmp_path, int(service.ready_url.rpartition(":")[2].rstrip("/")))
    with refused("sandbox.service", "pages", kind=LocalError):
        second.launch()
    assert second.process is None
    second.stop()
    assert service.running
    assert answers(service.ready_url)


def test_stopping_one_leaves_the_other(service: Service, tmp_path: Path) -> None:
    other = server(tmp_path, free_port())
    service.start()
    other.start()
    try:
        service.stop()
        assert other.running
        assert answers(other.ready_url)
    finally:
        other.stop()


_PARENT = """
import sys, time
from pathlib import Path
from tests.unit.sandbox.test_processes import server
service = server(Path(sys.argv[1]), int(sys.argv[2]))
service.start()
print("up", flush=True)
time.sleep(60)
"""


def test_services_end_when_the_sandbox_is_killed(tmp_path: Path) -> None:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(tmp_path), str(port)], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        assert answers(f"http://127.0.0.1:{port}/")
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    until(lambda: not answers(f"http://127.0.0.1:{port}/"))
