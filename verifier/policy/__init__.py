"""The operator's settings as the kernel's `Policy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.adapters import package_data
from clicid.errors import LocalError, Refused
from clicid.formats.base import NeedKind, Rules
from clicid.verification import Policy, SignedLists

if TYPE_CHECKING:
    from clicid.ledger.network import NetworkFile
    from verifier.config import Config, PolicySettings


def policy(config: Config, network: NetworkFile) -> Policy:
    """The written policy. Test credentials are accepted in a sandbox and nowhere else.

    Raises:
        LocalError: `config.invalid` for an issuer by name that is on a chain, or a DID's type not read here.
    """
    schemas = package_data.schema_digests(network.vocabulary)
    for did, named in config.policy.by_name.items():
        if did.startswith("did:") and not named.types <= schemas.keys():
            raise LocalError(
                "config.invalid", did, "a type of policy.issuers_by_name is none of the network's"
            )
    return Policy(
        name="sandbox" if config.sandbox else "production",
        rules=_rules(config.policy, sandbox=config.sandbox, haip=config.haip),
        schemas=schemas,
        signed_lists=SignedLists(config.policy.signed_lists),
        network=network.digest().hex(),
        short_lived=config.policy.short_lived,
    )


def _rules(settings: PolicySettings, *, sandbox: bool, haip: bool) -> Rules:
    roots = settings.roots
    named = {**settings.by_name, **roots.by_name}
    try:
        return Rules(
            issuers=None if settings.issuers is None else settings.issuers | named.keys(),
            max_age={**dict.fromkeys(NeedKind, settings.chain_max_age), **settings.max_age},
            leeway=settings.leeway,
            key_binding_max_age=settings.presentation_max_age,
            allow_test=sandbox,
            type_max_age=settings.type_max_age,
            by_name=named,
            authorities=roots.authorities,
            anchors=roots.anchors,
            haip=haip,
        )
    except Refused as error:
        raise LocalError("config.invalid", "policy.issuers_by_name", error.code) from error
