"""The forms in which country signers are handed out."""

from __future__ import annotations

import base64
import io
import zipfile


def ldif(*lists: bytes, name: str = "pkdMasterListContent") -> bytes:
    rows = [b"version: 1", b""]
    for one in lists:
        row = name.encode() + b":: " + base64.b64encode(one)
        rows += [
            b"dn: c=SE,dc=data",
            row[:76],
            *(b" " + row[at : at + 75] for at in range(76, len(row), 75)),
            b"",
        ]
    return b"\n".join(rows)


def zipped(*members: bytes, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for place, data in enumerate(members):
            archive.writestr(f"{place}.ml", data)
    return out.getvalue()


def pem(*signers: bytes) -> bytes:
    return b"\n".join(
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(one) + b"-----END CERTIFICATE-----"
        for one in signers
    )
