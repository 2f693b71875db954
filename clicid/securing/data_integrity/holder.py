"""What a holder does with a credential whose statements can be shown one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.securing.data_integrity import documents, ecdsa_sd_2023

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile


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
