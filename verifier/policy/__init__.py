"""The operator's settings as the kernel's `Policy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.adapters import package_data
from clicid.formats.base import NeedKind, Rules
from clicid.verification import Policy, SignedLists

if TYPE_CHECKING:
    from clicid.ledger.network import NetworkFile
    from verifier.config import Config


def policy(config: Config, network: NetworkFile) -> Policy:
    """The written policy. Test credentials are accepted in a sandbox and nowhere else."""
    settings = config.policy
    return Policy(
        name="sandbox" if config.sandbox else "production",
        rules=Rules(
            issuers=settings.issuers,
            max_age={**dict.fromkeys(NeedKind, settings.chain_max_age), **settings.max_age},
            leeway=settings.leeway,
            key_binding_max_age=settings.presentation_max_age,
            allow_test=config.sandbox,
            type_max_age=settings.type_max_age,
        ),
        schemas=package_data.schema_digests(network.vocabulary),
        signed_lists=SignedLists(settings.signed_lists),
        network=network.digest().hex(),
        short_lived=settings.short_lived,
    )
