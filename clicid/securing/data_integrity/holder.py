"""What a holder does with a credential whose statements can be shown one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.securing.data_integrity import bbs_2023, documents, ecdsa_sd_2023

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile
    from clicid.securing.data_integrity.bbs_binding import HolderSecrets


def receive_ecdsa_sd(
    secured: Mapping[str, Json], contexts: Contexts, *, profile: Profile
) -> ecdsa_sd_2023.BaseProof:
    """The document's base proof of ecdsa-sd-2023.

    There may be proofs of other suites beside it. They are over the whole, so no part has them.

    Raises:
        Refused: `proof.suite` if there is none or another; `proof.derived`, `proof.*`, `codec.*`, `rdf.*`.
    """
    suite = ecdsa_sd_2023.ECDSA_SD_2023
    return ecdsa_sd_2023.BaseProof(documents.received(secured, suite, contexts, profile=profile))


def receive_bbs(
    secured: Mapping[str, Json], contexts: Contexts, *, profile: Profile, secrets: HolderSecrets | None = None
) -> bbs_2023.BaseProof:
    """The same for bbs-2023; `secrets` are those of the commitment that the issuer got, if it got one.

    Raises:
        Refused: As for ecdsa-sd-2023, and `keys.format`.
        LocalError: `securing.secrets` unless the secrets are those that the proof's feature takes.
    """
    received = documents.received(secured, bbs_2023.BBS_2023, contexts, profile=profile)
    return bbs_2023.BaseProof(received, secrets)
