"""A chip's files: told apart and read, or refused."""

from __future__ import annotations

from clicid.errors import ClicidError
from issuer.chip import files, holder, tlv
from tests.support.chip_files import JPEG_2000, asn1_face, com, dg1, dg2, dg2_of_2026, dg11, face
from tests.support.chip_files import tlv as write

_SOD = write(files.SOD, b"\x30\x00")
SEEDS = [com(), dg1(), dg1("TD1"), dg2(), dg2(face(JPEG_2000, points=2), face()), dg11(), _SOD]
SEEDS += [dg2_of_2026(asn1_face())]
_READERS = (files.common, holder.machine_readable_zone, holder.portrait, holder.details)


def target(data: bytes) -> None:
    for read in _READERS:
        try:
            read(data)
        except ClicidError:
            continue
    try:
        found = files.sort([_SOD, dg1(), data])
    except ClicidError:
        pass
    else:
        assert data in {found.com, *found.groups.values()}
    try:
        tlv.check_der(data, "")
    except ClicidError:
        return
    # What DER frames let pass is one object whose end is the end.
    assert tlv.only(data, tlv.first_tag(data, ""), "") in data
