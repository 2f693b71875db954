"""Hashes as did:webvh 1.0 writes them: a SHA-256 multihash in base 58, without a multibase prefix."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from clicid.codec import jcs, multibase, multicodec, strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json

PLACEHOLDER: Final = "{SCID}"
HASH: Final = re.compile("Qm[1-9A-HJ-NP-Za-km-z]{44}", re.ASCII)
"""What every such hash looks like."""


def of_text(text: str) -> str:
    """The hash of a text: of a multikey, what `nextKeyHashes` names it by."""
    return _multihash(text.encode())


def of_entry(entry: Mapping[str, Json], predecessor: str) -> str:
    """The hash of an entry (entry hash generation, 1 to 4).

    Args:
        entry: The entry; its proof and its own `versionId` do not count.
        predecessor: The `versionId` before it, or the SCID before the first.

    Raises:
        Refused: `codec.jcs`.
    """
    return _multihash(_canonical(entry, predecessor))


def scid(first: Mapping[str, Json], known: str) -> str:
    """The SCID that a first entry has (SCID verification, 4 to 7).

    Args:
        first: The entry; its proof does not count.
        known: What stands in it where the SCID belongs: the SCID, or the placeholder.

    Raises:
        Refused: `codec.json` for a name that stands twice once the SCID is taken out; `codec.jcs`.
    """
    text = _canonical(first, PLACEHOLDER).replace(known.encode(), PLACEHOLDER.encode())
    return _multihash(jcs.dumps(strict_json.loads(text)))


def _canonical(entry: Mapping[str, Json], version_id: str) -> bytes:
    unsigned = {name: value for name, value in entry.items() if name != "proof"}
    return jcs.dumps({**unsigned, "versionId": version_id})


def _multihash(raw: bytes) -> str:
    digest = hashlib.sha256(raw).digest()
    return multibase.encode(multicodec.encode(multicodec.SHA2_256, bytes([len(digest)]) + digest))[1:]
