"""What a checker of W3C credentials asks, whatever it is that secures them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from clicid.did.syntax import Did
from clicid.errors import Refused
from clicid.formats import bitstring_entries
from clicid.formats.anchored import saved
from clicid.formats.base import Accredited, CheckName, Claims, HolderBound, Line, Wanted
from clicid.formats.holder import holder_document
from clicid.formats.issuer import Known, failed, issuer_known
from clicid.rdf.profile import Profile
from clicid.status import entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Have, Rules, StatusRef
    from clicid.formats.data_model import CredentialDocument
    from clicid.keys.public import PublicKey
    from clicid.status.entry import BitstringEntry

VOCABULARY: Final = "https://www.w3.org/2018/credentials#"
CREDENTIAL: Final = f"{VOCABULARY}VerifiableCredential"

MAX_SUBJECTS: Final = 16

# The members of ClicID's own types. Those in the last row say nothing that decides: whoever reads them
# reads what the issuer signed. Any other (termsOfUse, say) could change what the credential means to who
# understands it; everybody's documents may have it, and it is handed on.
OWN_MEMBERS: Final = (
    *("@context", "type", "issuer", "validFrom", "validUntil", "credentialSubject", "credentialStatus"),
    *("id", "name", "description", "credentialSchema", "relatedResource", "evidence", "refreshService"),
)
_SUBJECT_ID: Final = "/credentialSubject/id"


def own_types(types: Iterable[str], base: str) -> tuple[str, ...]:
    """The type IRIs beside that of the data model's own term `base`."""
    return tuple(iri for iri in types if iri != VOCABULARY + base)


def credential_types(types: Iterable[str], profile: Profile) -> tuple[str, ...]:
    """The IRIs of a credential's own types, of which ClicID's credentials have one.

    Raises:
        Refused: `vc.type`.
    """
    found = own_types(types, "VerifiableCredential")
    if profile is Profile.CLOSED and len(found) != 1:
        raise Refused("vc.type", "/type", "one type beside VerifiableCredential is wanted")
    return found


def check_own(model: CredentialDocument) -> None:
    """What only ClicID's own types demand: an issuer that is a DID, and few subjects.

    Raises:
        Refused: `did.syntax`, `vc.subject`.
    """
    Did.parse(model.issuer, "/issuer")
    if len(model.subjects) > MAX_SUBJECTS:
        raise Refused("vc.subject", "/credentialSubject", f"more than {MAX_SUBJECTS} subjects")


def status_entries(
    document: Mapping[str, Json], model: CredentialDocument, profile: Profile
) -> tuple[StatusRef | BitstringEntry, ...]:
    """Where the credential's status stands: for ClicID's own types a place in one anchored list.

    Others' lists are anchored nowhere: each is a credential that must verify.

    Raises:
        Refused: `vc.status`, `status.entry`, `codec.*`; an entry of a type that is not known here is
            refused as well, for nobody could say what it does to the credential.
    """
    named = model.entries.get("credentialStatus", ())
    if profile is Profile.CLOSED:
        return (bitstring_entries.parse(document),) if named else ()
    return tuple(entry.parse(one.members, one.where) for one in named)


def first_type(types: Sequence[str]) -> str:
    """The IRI of the first type of its own, or of VerifiableCredential if it has none."""
    return types[0] if types else CREDENTIAL


def known(
    issuer: str,
    types: Sequence[str],
    issued: Callable[[], tuple[bytes, bytes] | None],
    have: Have,
    *,
    section: str,
    rules: Rules,
    now: datetime,
) -> Known | Line | Wanted:
    """Whether the issuer may issue the type, or might when it did (`anchored`): see `issuer_known`.

    An accreditation is for one type.
    """
    if rules.accredited is Accredited.REQUIRED and len(types) != 1:
        error = Refused("vc.type", "/type", "an issuer is accredited for one type")
        return failed(CheckName.ISSUER_KNOWN, section, error)
    found = issuer_known(issuer, first_type(types), have, rules=rules, now=now)
    if isinstance(found, Line):
        again = partial(issuer_known, issuer, first_type(types), have, rules=rules, now=now)
        return saved(found, again, issued, issuer, have, rules=rules, now=now)
    return found


def check_holder(subjects: Iterable[Mapping[str, Json]], rules: Rules, key: PublicKey | None) -> None:
    """Every subject's id is a DID of the key that the enclosing presentation proved (4.8).

    Raises:
        Refused: `holder.binding_missing`, `holder.key_mismatch`, `did.*`.
    """
    if rules.holder is HolderBound.UNSAFE_ANYBODY_MAY_PRESENT:
        return
    if key is None:
        raise Refused("holder.binding_missing", detail="the credential stands in no presentation")
    for subject in subjects:
        did = subject.get("id")
        if not isinstance(did, str):
            raise Refused("holder.binding_missing", _SUBJECT_ID)
        if not holder_document(did, _SUBJECT_ID).has(key):
            raise Refused("holder.key_mismatch", _SUBJECT_ID)


def claims(document: Mapping[str, Json], subjects: Sequence[Mapping[str, Json]], profile: Profile) -> Claims:
    """What a credential says: of the holder, for ClicID's own types; else everything that was signed.

    The members of one subject stand alone, its id left out. Several subjects stand as they are, which
    happens only at rest: no two nodes of a document have one id.
    """
    if profile is Profile.OPEN:
        return Claims({name: value for name, value in document.items() if name != "@context"})
    if len(subjects) > 1:
        return Claims({"credentialSubject": [dict(subject) for subject in subjects]})
    said = dict(subjects[0])
    said.pop("id", None)
    return Claims(said)
