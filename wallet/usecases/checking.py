"""Looking at a credential as a verifier would, and at what the wallet has to know of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clicid.adapters.gather import settle
from clicid.codec import base64url, strict_json
from clicid.did import jwk as did_jwk
from clicid.did import key as did_key
from clicid.errors import Refused, Undecided
from clicid.formats.base import FormatId
from clicid.formats.jwt_vc import parse_credential as parse_jwt
from clicid.formats.mdoc import issuer_signed
from clicid.formats.sd_jwt_vc import token
from clicid.formats.vc_di import parse_credential, whole
from clicid.formats.vc_jose import parse_credential as parse_enveloped
from clicid.trust.iaca import Authority
from clicid.verification import Accepted, Policy, Shown, UndecidedWith, check_credential
from clicid.verification.formats import told_by_typ
from wallet.usecases.naming import on_chain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from clicid.adapters.gather import Source
    from clicid.codec.strict_json import Json
    from clicid.formats.base import Have, Wanted
    from clicid.formats.enveloping_proof import Credential as JwtCredential
    from clicid.keys.public import PublicKey
    from clicid.oid4vci.configuration import CredentialConfiguration
    from clicid.oid4vci.credential import Credential
    from clicid.verification import Ending, Report
    from wallet.usecases.parts import Parts

_NAMEABLE: Final = ("did:webvh:", "did:web:")
_METHODS: Final = {"did:key:": did_key.document, "did:jwk:": did_jwk.document}


def raw_of(credential: Credential, form: FormatId) -> bytes:
    """A credential's bytes, from the form that its format has in an answer (OpenID4VCI annex A).

    Raises:
        Refused: `wallet.other_format` for another form; `codec.base64url`.
    """
    if isinstance(credential, str) is (form is FormatId.LDP_VC):
        raise Refused("wallet.other_format")
    if not isinstance(credential, str):
        return strict_json.dumps(credential)
    return base64url.decode(credential) if form is FormatId.MDOC else credential.encode()


def fit(parts: Parts, configuration: CredentialConfiguration, raw: bytes) -> Shown:
    """What a verifier would see, if the credential is good and of the kind that was asked for.

    Raises:
        Refused, Undecided: Why it is not kept: the report's code; `wallet.other_type`.
    """
    form = FormatId(configuration.format)
    ending = judge(parts, form, raw, parts.materials)
    if not isinstance(ending, Accepted):
        code = _why(ending.report)
        raise Undecided(code) if isinstance(ending, UndecidedWith) else Refused(code)
    (shown,) = ending.credentials
    if not _of_type(parts, configuration, raw, shown):
        raise Refused("wallet.other_type")
    return shown


def _of_type(parts: Parts, configuration: CredentialConfiguration, raw: bytes, shown: Shown) -> bool:
    if configuration.format in (FormatId.SD_JWT_VC, FormatId.MDOC):
        return shown.credential_type in (configuration.vct, configuration.doctype)
    if configuration.format == FormatId.JWT_VC:
        types = _jwt(parts, raw).opened.document.get("type")
    else:
        types = strict_json.loads(raw)
        types = types.get("type") if isinstance(types, dict) else None
    return isinstance(types, list) and set(configuration.types) <= {
        one for one in types if isinstance(one, str)
    }


def _jwt(parts: Parts, raw: bytes) -> JwtCredential:
    """A `jwt_vc_json` in either of its forms. Raises as the form's parser."""
    if told_by_typ(FormatId.JWT_VC, raw) is FormatId.VC_JWT:
        return parse_enveloped(raw, FormatId.VC_JWT, parts.contexts)
    return parse_jwt(raw, parts.contexts)


def _why(report: Report) -> str:
    """The report's code; another one where it is for the person to name the issuer.

    It does not come with the issuer's DID: what an offer says of itself is not to be copied from here.
    """
    nameable = any(section.issuer.startswith(_NAMEABLE) for section in report.sections)
    return "wallet.issuer_not_named" if nameable and report.code == "issuer.not_accredited" else report.code


def judge(parts: Parts, form: FormatId, raw: bytes, source: Source) -> Ending:
    """What the verifier's own steps say of a credential at rest, all of it shown.

    Args:
        parts: The wallet.
        form: The credential's format.
        raw: The credential.
        source: What is known from the chain, and the proof that it was anchored.

    Raises:
        Refused: `codec.*`, `proof.*`, `rdf.*` for a base proof from which nothing can be shown.
    """
    now = parts.clock()

    if form is FormatId.LDP_VC:
        raw = whole(raw, parts.contexts)

    read_as = told_by_typ(form, raw)
    policy = _with_roots(parts) if form is FormatId.MDOC else parts.policy

    def step(have: Have) -> Ending | Wanted:
        return check_credential(raw, have, format=read_as, policy=policy, checkers=parts.checkers, now=now)

    return settle(step, source, now)


def _with_roots(parts: Parts) -> Policy:
    """The policy with the roots of issuers on a chain, as far as their other credentials brought them along.

    A root that somebody else brings is of no use to them: it counts only if the chain's accreditation of the
    issuer names its key (`formats.mdoc`).
    """
    found: dict[Authority, str] = {}
    for one in parts.records.credentials():
        if one.format == FormatId.SD_JWT_VC and on_chain(one.issuer):
            chain = token.parse(one.raw).x5c
            with suppress(Refused):
                found |= {Authority.load(chain[-1]): one.issuer} if chain else {}
    rules = replace(parts.policy.rules, authorities=found | dict(parts.policy.rules.authorities))
    return replace(parts.policy, rules=rules)


def holder_key(parts: Parts, form: FormatId, raw: bytes) -> PublicKey | None:
    """The key that a credential is bound to, or None. Raises as the format's parser."""
    match form:
        case FormatId.SD_JWT_VC:
            return token.parse(raw).holder
        case FormatId.MDOC:
            return issuer_signed.parse(raw).security.device_key
        case FormatId.JWT_VC:
            found = _jwt(parts, raw)
            return found.opened.claims.holder or _subject_key(found.model.subjects)
        case _:
            return _subject_key(parse_credential(whole(raw, parts.contexts), parts.contexts).subjects)


def _subject_key(subjects: Sequence[Mapping[str, Json]]) -> PublicKey | None:
    name = subjects[0].get("id")
    if not isinstance(name, str):
        return None
    return next(
        (read(name).methods[0].key for start, read in _METHODS.items() if name.startswith(start)), None
    )


def valid_until(parts: Parts, form: FormatId, raw: bytes) -> datetime | None:
    """When a credential ends, or None if it does not say. Raises as the format's parser."""
    match form:
        case FormatId.SD_JWT_VC:
            return token.parse(raw).expires
        case FormatId.MDOC:
            return issuer_signed.parse(raw).security.valid_until
        case FormatId.JWT_VC:
            found = _jwt(parts, raw)
            ends = (found.model.valid_until, found.opened.claims.expires)
            return min((end for end in ends if end is not None), default=None)
        case _:
            return parse_credential(whole(raw, parts.contexts), parts.contexts).valid_until
