"""Uploads of several parts: the parts that were sent, or a refusal."""

from __future__ import annotations

from clicid.errors import ClicidError
from issuer.http.liveness import read
from issuer.http.multipart import parse

_TYPE = "multipart/form-data; boundary="
_MOST = 5


def _form(*parts: tuple[str, bytes], boundary: str = "b") -> bytes:
    """The boundary's line, then the body: the target takes both from what it is given."""
    rows = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="f"\r\n\r\n%s\r\n'
        % (boundary.encode(), name.encode(), body)
        for name, body in parts
    ]
    return boundary.encode() + b"\n" + b"".join(rows) + b"--%s--\r\n" % boundary.encode()


SEEDS = [
    _form(("challenge_id", b"0123"), ("frame", b"\xff\xd8\r\n--b"), ("frame", b"")),
    _form(*[("frame", b"x")] * 6),
    _form(("file", bytes(range(256))), boundary="a longer one"),
    b"b\n--b\r\n\r\n\r\n--b--",
    b"\n--",
]


def target(data: bytes) -> None:
    boundary, _, body = data.partition(b"\n")
    try:
        parts = parse(body, _TYPE + boundary.decode("latin-1"), most=_MOST)
    except ClicidError:
        return
    if len(parts) > _MOST or sum(len(part.body) for part in parts) > len(body):
        raise AssertionError
    try:
        _, frames = read([(part.name, part.body) for part in parts])
    except ClicidError:
        return
    if len(frames) != len(parts) - 1:
        raise AssertionError
