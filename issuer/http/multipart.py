"""Uploads of several parts (multipart/form-data, RFC 7578), kept in memory.

The framework's own reader writes parts to temporary files; what comes here are pictures of faces.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from clicid.errors import Refused


@dataclass(frozen=True, slots=True)
class Part:
    """One part: the name of its field, and its bytes."""

    name: str
    body: bytes = field(repr=False)


def parse(body: bytes, content_type: str, *, most: int) -> tuple[Part, ...]:
    """The parts of an upload, in their order.

    Args:
        body: The request's body, its size already capped.
        content_type: The request's header.
        most: How many parts there may be.

    Raises:
        Refused: ``http.media_type`` for another kind of body; ``http.body`` for a body that is not well
            formed, ends early, has a part without a name, or too many.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data":
        raise Refused("http.media_type", "content-type")
    if not boundary:
        raise Refused("http.body", "content-type", "no boundary")
    reader = _Reader(most)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": reader.begin,
                "on_header_field": reader.header_name,
                "on_header_value": reader.header_value,
                "on_header_end": reader.header_end,
                "on_part_data": reader.data,
                "on_part_end": reader.end,
                "on_end": reader.finish,
            },
        )
        parser.write(body)
    except FormParserError as error:
        raise Refused("http.body", detail=type(error).__name__) from error
    if not reader.finished:
        raise Refused("http.body", detail="it ends early")
    return tuple(reader.parts)


class _Reader:
    """Collects what the parser calls out."""

    def __init__(self, most: int) -> None:
        self.parts: list[Part] = []
        self.finished = False
        self._most = most
        self._header = bytearray()
        self._value = bytearray()
        self._name = ""
        self._body = bytearray()

    def begin(self) -> None:
        if len(self.parts) >= self._most:
            raise Refused("http.body", detail=f"more than {self._most}")
        self._name, self._body = "", bytearray()

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._header, self._value = bytearray(), bytearray()

    def data(self, data: bytes, start: int, end: int) -> None:
        self._body += data[start:end]

    def end(self) -> None:
        if not self._name:
            raise Refused("http.body", detail="a part without a name")
        self.parts.append(Part(self._name, bytes(self._body)))

    def finish(self) -> None:
        self.finished = True
