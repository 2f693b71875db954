"""Instances of the API: which suites each speaks, and which key signs what it issues.

The key is chosen by the issuer that the credential names: an instance signs in no other name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.formats.base import FormatId
from clicid.keys.algorithms import BLS12_381_G2, ED25519, P256, P384
from clicid.securing.data_integrity.bbs_2023 import BBS_2023
from clicid.securing.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023
from clicid.securing.data_integrity.table import (
    ECDSA_JCS_2019,
    ECDSA_RDFC_2019,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
)
from clicid.vc_api import options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.formats.base import IssuerIdentity

SUITES: Final[Mapping[str, tuple[str, ...]]] = {
    EDDSA_RDFC_2022: (ED25519,),
    EDDSA_JCS_2022: (ED25519,),
    ECDSA_RDFC_2019: (P256, P384),
    ECDSA_JCS_2019: (P256, P384),
    ECDSA_SD_2023: (P256,),
    BBS_2023: (BLS12_381_G2,),
}
"""The kinds of key of each suite that is issued with, the usual one first."""

ENVELOPES: Final[Mapping[str, FormatId]] = {
    "vc+jwt": FormatId.VC_JWT,
    "vc+sd-jwt": FormatId.VC_SD_JWT,
    "vc+cose": FormatId.VC_COSE,
}
"""Envelopes (VC-JOSE-COSE 1.0) stand beside the suites, each by the subtype of its media type."""

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    **SUITES,
    **dict.fromkeys(ENVELOPES, (ED25519, P256, P384)),
}
"""The kinds of key of everything that a credential is secured with."""

NAMES: Final[Mapping[str, str]] = {ED25519: "eddsa", P256: P256, P384: P384, BLS12_381_G2: "bbs"}
"""What the issuer of each kind of key is called; a request may call the kind so as well."""

SELECTIVE: Final = frozenset((ECDSA_SD_2023, BBS_2023))
"""Suites whose credentials show what their holder chooses."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance.

    Args:
        path: Where it stands, without slashes around it; empty for the one with everything.
        suites: What it secures with, suites and envelopes; the first that fits the key is the usual one.
        algorithms: The kinds of key it signs with.
        status: Whether it gives each credential a status entry of its own.
    """

    path: str
    suites: tuple[str, ...]
    algorithms: tuple[str, ...]
    status: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """With what a document is secured."""

    cryptosuite: str
    algorithm: str
    identity: IssuerIdentity


def instances() -> tuple[Instance, ...]:
    """All: one with everything, one a suite, and one a suite and kind of key where there are several.

    Each exists a second time below `status`.
    """
    everything = tuple(dict.fromkeys(kind for kinds in KINDS.values() for kind in kinds))
    found = [Instance("", tuple(KINDS), everything)]
    for suite, kinds in KINDS.items():
        found.append(Instance(suite, (suite,), kinds))
        found += [Instance(f"{suite}/{kind}", (suite,), (kind,)) for kind in kinds if len(kinds) > 1]
    doubled = [
        Instance(f"status/{one.path}".rstrip("/"), one.suites, one.algorithms, status=True) for one in found
    ]
    return (*found, *doubled)


def presenting(instance: Instance) -> Instance:
    """The instance as a holder proves presentations with: of those nothing is hidden."""
    plain = tuple(suite for suite in instance.suites if suite in SUITES and suite not in SELECTIVE)
    every = tuple(suite for suite in SUITES if suite not in SELECTIVE)
    return replace(instance, suites=plain or every)


def choose(
    instance: Instance,
    issuer: str,
    wanted: options.IssueOptions,
    keys: Mapping[str, IssuerIdentity],
    *,
    place: str = "/issuer",
) -> Chosen:
    """The suite and key for what an issuer has to say.

    Args:
        instance: Whose request it is.
        issuer: The DID that the document names.
        wanted: Suite and kind of key, where the request chooses.
        keys: The identity by kind of key.
        place: Where the document names it.

    Raises:
        Refused: `vc_api.issuer` for an issuer that is none of ours here; `vc_api.option` for a suite or
            kind of key that this instance has not, or that do not fit each other or the issuer.
    """
    kinds = [kind for kind in instance.algorithms if kind in keys and keys[kind].did == issuer]
    if not kinds:
        raise Refused("vc_api.issuer", place)
    for suite in instance.suites:
        for kind in kinds:
            if kind in KINDS[suite] and _wanted(suite, kind, wanted):
                return Chosen(suite, kind, keys[kind])
    name = "cryptosuite" if wanted.cryptosuite else "keyType"
    raise Refused("vc_api.option", f"{options.WHERE}/{name}", "not what this instance makes for this issuer")


def _wanted(suite: str, kind: str, wanted: options.IssueOptions) -> bool:
    return wanted.cryptosuite in {"", suite} and wanted.key_type in {"", kind, NAMES.get(kind, kind)}
