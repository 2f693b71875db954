"""The verifier's side of one mdoc: the numbered steps (ISO/IEC 18013-5 9.3.1, 9.3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.formats.anchored import saved
from clicid.formats.base import Accredited, Checked, CheckName, FormatId, Line, Wanted
from clicid.formats.issuer import Known, failed, issuer_known
from clicid.formats.mdoc import issuer_signed
from clicid.formats.mdoc.device_response import Mdoc
from clicid.formats.mdoc.shown import shown
from clicid.formats.steps import Walk, passed_line, signature, validity
from clicid.securing import cose
from clicid.trust import iaca

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.formats.base import Binding, Have, Rules
    from clicid.formats.mdoc.document_type import DocumentType
    from clicid.keys.public import PublicKey
    from clicid.trust.iaca import Signer

_SECTIONS: Final = {
    CheckName.STRUCTURE: "ISO/IEC 18013-5 8.3.2.1.2.2, 9.1.2.4",
    CheckName.ISSUER_KNOWN: "ISO/IEC 18013-5 9.3.3, B.1",
    CheckName.ISSUER_KEY: "ISO/IEC 18013-5 9.3.3; RFC 5280 6.1.3",
    CheckName.ISSUER_SIGNATURE: "ISO/IEC 18013-5 9.3.1 (2)",
    CheckName.VALIDITY: "ISO/IEC 18013-5 9.3.1 (5)",
    CheckName.HOLDER_BINDING: "ISO/IEC 18013-5 9.1.3",
    CheckName.DISCLOSURES: "ISO/IEC 18013-5 9.3.1 (3), (4)",
}
_AT_REST: Final = frozenset((CheckName.HOLDER_BINDING,))
_SIGNER_LINE: Final = passed_line(CheckName.ISSUER_KEY, _SECTIONS[CheckName.ISSUER_KEY])._replace(
    detail="the authority's revocation list is not looked at"
)


@dataclass(frozen=True, slots=True)
class MdocChecker:
    """A `Checker[Mdoc]`: an IssuerSigned by itself, or a document inside a response.

    Args:
        types: The document types that are known as a whole, by their names.
        format: Which format this is.
    """

    types: Mapping[str, DocumentType] = field(default_factory=dict)
    format: FormatId = FormatId.MDOC

    def parse(self, raw: bytes) -> Mdoc:
        """Step 1 of a document at rest; see `issuer_signed.parse` for what it refuses."""
        return Mdoc(issuer_signed.parse(raw))

    def check(
        self, parsed: Mdoc, have: Have, *, rules: Rules, binding: Binding | None, now: datetime
    ) -> Checked | Wanted:
        """Walk the steps until one does not pass.

        1. Structure: done by `parse`.
        2. Issuer known: the document signer's certificate is directly under a root that the policy trusts,
           and has its profile (`iaca.signer`). The issuer that the policy has for this root is accredited for
           the type on chain, and by this root; or the policy names it for the type.
        3. Issuer key: signer and root are within their dates. Revocation lists are not looked at.
        4. Issuer signature, by an algorithm that the protected header names.
        5. Validity: signed while the signer's certificate held; valid now, with the leeway.
        6. Holder binding: the key that proved to hold it is the one that the issuer signed.
        7. Disclosures: the type is the one that was signed; each element has its digest, the type that its
           name demands, and the authority's country, and of a document type that is known as a whole is one
           of that type's; the device states nothing that it may not (`shown`).
        8. The status entry is handed on: `verification` looks it up, now that the issuer's word for its
           address holds.

        Lines of steps that were not reached say so. With `binding` None (a document at rest) there is no
        step 6.
        """
        walk = Walk(_SECTIONS, _AT_REST if binding is None else ())
        walk.passed(CheckName.STRUCTURE)
        try:  # 2
            signer = iaca.signer(parsed.issuer_signed.certificate, tuple(rules.authorities))
        except Refused as error:
            walk.fail(CheckName.ISSUER_KNOWN, error)
            return _ended(walk, parsed, "")
        issuer = rules.authorities[signer.authority] or signer.authority.name
        known = _known(parsed, issuer, signer, have, rules=rules, now=now)
        if isinstance(known, Wanted):
            return known
        if isinstance(known, Line):
            walk.add(known)
            return _ended(walk, parsed, issuer)
        walk.add(known.line)
        try:  # 3
            iaca.check_dates(signer, now)
        except Refused as error:
            walk.fail(CheckName.ISSUER_KEY, error)
            return _ended(walk, parsed, issuer)
        walk.add(_SIGNER_LINE)
        return _by_signer(
            parsed,
            walk,
            types=self.types,
            known=known,
            issuer=issuer,
            signer=signer,
            rules=rules,
            binding=binding,
            now=now,
        )


def _known(
    parsed: Mdoc, issuer: str, signer: Signer, have: Have, *, rules: Rules, now: datetime
) -> Known | Line | Wanted:
    """Step 2, once the signer is known."""
    doc_type = parsed.issuer_signed.security.doc_type
    check, section = CheckName.ISSUER_KNOWN, _SECTIONS[CheckName.ISSUER_KNOWN]
    anybody = rules.accredited is Accredited.UNSAFE_ANYBODY_MAY_BE_THE_ISSUER
    if issuer.startswith(iaca.NAMED_BY_KEY) and not anybody and rules.named(issuer, doc_type) is None:
        # No chain knows such a name: what the policy does not say, nobody does.
        error = Refused("issuer.unknown", "x5chain", "the authority is not named for this type")
        return failed(check, section, error)
    again = partial(issuer_known, issuer, doc_type, have, rules=rules, now=now)
    known: Known | Line | Wanted = again()
    if isinstance(known, Line):
        known = saved(known, again, parsed.issuer_signed.issued, issuer, have, rules=rules, now=now)
    right = known.accreditation if isinstance(known, Known) else None
    if right is not None and right.ca_digest != signer.authority.key_digest:
        return failed(check, section, Refused("issuer.certificate", "x5chain", "another root is accredited"))
    return known


def _by_signer(
    parsed: Mdoc,
    walk: Walk,
    *,
    types: Mapping[str, DocumentType],
    known: Known,
    issuer: str,
    signer: Signer,
    rules: Rules,
    binding: Binding | None,
    now: datetime,
) -> Checked:
    """Steps 4 to 8."""
    security = parsed.issuer_signed.security
    walked = (
        walk.step(
            CheckName.ISSUER_SIGNATURE,
            signature,
            "issuer.signature",
            cose.verify,
            parsed.issuer_signed.auth,
            signer.key,
        )
        and walk.step(CheckName.VALIDITY, _check_times, parsed, signer, rules, now)
        and (
            binding is None or walk.step(CheckName.HOLDER_BINDING, _check_holder, parsed, binding.holder_key)
        )
    )
    if not walked:
        return _ended(walk, parsed, issuer)
    try:
        claims = shown(parsed, signer.authority.country, types)
    except Refused as error:
        walk.fail(CheckName.DISCLOSURES, error)
        return _ended(walk, parsed, issuer)
    walk.passed(CheckName.DISCLOSURES)
    parsed.issuer_signed.learn()
    return Checked(
        lines=walk.lines,
        claims=claims,
        issuer=issuer,
        credential_type=security.doc_type,
        status=() if security.status is None else (security.status,),
        lifetime=security.valid_until - security.valid_from,
        right=known.accreditation,
        chain=(parsed.issuer_signed.certificate,),
    )


def _check_times(parsed: Mdoc, signer: Signer, rules: Rules, now: datetime) -> None:
    security = parsed.issuer_signed.security
    if not signer.not_before <= security.signed <= signer.not_after:
        raise Refused("mdoc.signed_at", "issuerAuth/validityInfo/signed")
    begins, ends = (security.signed, security.valid_from), (security.valid_until,)
    validity(begins, ends, leeway=rules.leeway, now=now)


def _check_holder(parsed: Mdoc, proved: PublicKey | None) -> None:
    if proved is None:
        raise Refused("holder.binding_missing")
    if proved != parsed.issuer_signed.security.device_key:
        raise Refused("holder.key_mismatch", "issuerAuth/deviceKey")


def _ended(walk: Walk, parsed: Mdoc, issuer: str) -> Checked:
    """The walk ended at its last line; the steps after it were not reached."""
    doc_type = parsed.issuer_signed.security.doc_type
    return Checked(lines=walk.lines, issuer=issuer, credential_type=doc_type)
