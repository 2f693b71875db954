"""did:webvh: whatever stands in a witness file, nothing passes for approved that was not."""

from __future__ import annotations

import contextlib

from clicid.did.webvh import log
from clicid.did.webvh.files import Files
from clicid.errors import ClicidError
from tests.support.webvh import NOW, Controller

_CONTROLLER = Controller()
_CONTROLLER.create(witness=_CONTROLLER.witnesses("one", "two", threshold=2)).approve("one").approve("two")
_WHOLE = _CONTROLLER.files
_CONTROLLER.update()
_MORE = _CONTROLLER.files
_CONTROLLER.approve("one").approve("stranger")
SEEDS = [_WHOLE.witnesses, _CONTROLLER.files.witnesses, b"[]", b'[{"versionId":"1-a"}]']


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        log.read(_CONTROLLER.did, Files(_WHOLE.log, data), NOW)
    try:
        log.read(_CONTROLLER.did, Files(_MORE.log, data), NOW)
    except ClicidError:
        return
    raise AssertionError
