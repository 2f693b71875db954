"""The EU identity and the driving licence as mdocs, marked TEST: what a sandbox shows other verifiers with.

Only states issue them, and ClicID is none. So they exist in a network of kind ``embedded`` only, under a root
of ICAO's fictional state, and say whose they are in the authority's name and in an element of their own.
What the test person's passport does not hold is made up, and is the same for everybody.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.formats.mdoc.document_type import DocumentType, Element
from clicid.formats.mdoc.elements import ISSUING_COUNTRY, MDL, MDL_DOCTYPE, PID, PID_DOCTYPE
from clicid.oid4vci.configuration import ClaimDescription, Display
from issuer.engines.states import ALPHA_2, SPECIMEN_STATE
from issuer.usecases.configurations import CredentialType
from issuer.usecases.profile import identity_claims

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from clicid.codec.strict_json import Json
    from issuer.usecases.profile import Profile

COUNTRY: Final = ALPHA_2[SPECIMEN_STATE]
"""The country that the root has to be of: no state's."""
PID_NAME: Final = "TestPid"
MDL_NAME: Final = "TestMdl"
NAMES: Final = frozenset((PID_NAME, MDL_NAME))
_AUTHORITY: Final = "TEST, no authority"
_TEST: Final = "test_credential"
# One grey point, JPEG.
_PORTRAIT: Final = (
    "_9j_4AAQSkZJRgABAQAAAQABAAD_2wBDAP__________________________________________________________________"
    "____________________wAALCAABAAEBAREA_8QAFAABAAAAAAAAAAAAAAAAAAAAAP_EABQQAQAAAAAAAAAAAAAAAAAAAAD_2gAI"
    "AQEAAD8AP__Z"
)
_SEX: Final = {"M": 1, "F": 2}

# Element, its type, its names in English and Swedish.
_COMMON: Final[tuple[tuple[str, Json, str, str], ...]] = (
    ("family_name", "tstr", "Family name", "Efternamn"),
    ("given_name", "tstr", "Given names", "Förnamn"),
    ("birth_date", "full-date", "Date of birth", "Födelsedatum"),
    ("expiry_date", "full-date", "Expires", "Sista giltighetsdag"),
    ("issuing_authority", "tstr", "Issuing authority", "Utfärdande myndighet"),
    (ISSUING_COUNTRY, "tstr", "Issuing country", "Utfärdande land"),
    ("document_number", "tstr", "Document number", "Dokumentnummer"),
    ("age_over_18", "bool", "Is 18 or older", "Har fyllt 18"),
    ("sex", "uint", "Sex", "Kön"),
)
_OF_PID: Final[tuple[tuple[str, Json, str, str], ...]] = (
    ("issuance_date", "full-date", "Issued", "Utfärdat"),
    ("place_of_birth", {"locality": "tstr"}, "Place of birth", "Födelseort"),
    ("nationality", ["tstr"], "Nationality", "Nationalitet"),
)
_OF_MDL: Final[tuple[tuple[str, Json, str, str], ...]] = (
    ("issue_date", "tdate", "Issued", "Utfärdat"),
    ("portrait", "bstr", "Portrait", "Porträtt"),
    (
        "driving_privileges",
        [{"vehicle_category_code": "tstr", "issue_date": "full-date", "expiry_date": "full-date"}],
        "Categories of vehicles",
        "Behörigheter",
    ),
    ("un_distinguishing_sign", "tstr", "Distinguishing sign", "Nationalitetsbeteckning"),
)
_MARK: Final[tuple[str, Json, str, str]] = (
    _TEST,
    "true",
    "A sandbox's test document: proves nothing",
    "Testdokument från en sandlåda: styrker ingenting",
)


def types() -> tuple[CredentialType, ...]:
    """Both, for `configurations.offered_as_mdoc`."""
    return (
        _type(PID_NAME, PID_DOCTYPE, PID, _OF_PID, {"en": "EU identity (TEST)", "sv": "EU-identitet (TEST)"}),
        _type(MDL_NAME, MDL_DOCTYPE, MDL, _OF_MDL, {"en": "Driving licence (TEST)", "sv": "Körkort (TEST)"}),
    )


def _type(
    name: str,
    doctype: str,
    namespace: str,
    own: tuple[tuple[str, Json, str, str], ...],
    display: Mapping[str, str],
) -> CredentialType:
    rows = (*_COMMON, *own)
    return CredentialType(
        name=name,
        vct="",
        context="",
        display=display,
        claims=tuple(
            ClaimDescription((claim,), mandatory=True, display=(Display(en, "en"), Display(sv, "sv-SE")))
            for claim, _, en, sv in (*rows, _MARK)
        ),
        document=DocumentType(
            doctype,
            {
                namespace: {claim: Element(claim, kind, mandatory=True) for claim, kind, *_ in rows},
                # What a state adds of its own stands in a namespace of its own.
                f"{namespace}.{COUNTRY}": {_TEST: Element(_TEST, _MARK[1], mandatory=True)},
            },
        ),
    )


def claims(name: str, profile: Profile, today: date) -> dict[str, Json]:
    """What one of them says of a test person.

    Args:
        name: `PID_NAME` or `MDL_NAME`.
        profile: The person.
        today: The day that it is issued.

    Raises:
        Refused: As `identity_claims`.
    """
    fields, identity = profile.fields, identity_claims(profile, today)
    expiry = (today + timedelta(days=365)).isoformat()
    found: dict[str, Json] = {
        "family_name": identity["family_name"],
        "given_name": identity["given_name"],
        "birth_date": identity["birth_date"],
        "age_over_18": identity["age_over_18"],
        "expiry_date": expiry,
        "issuing_authority": _AUTHORITY,
        ISSUING_COUNTRY: COUNTRY,
        "document_number": fields.number,
        "sex": _SEX.get(fields.sex, 9),
        _TEST: True,
    }
    if name == PID_NAME:
        return found | {
            "issuance_date": today.isoformat(),
            "place_of_birth": {"locality": "TEST"},
            "nationality": [ALPHA_2.get(fields.nationality, COUNTRY)],
        }
    privilege: Json = {"vehicle_category_code": "AM", "issue_date": today.isoformat(), "expiry_date": expiry}
    return found | {
        "issue_date": f"{today.isoformat()}T00:00:00Z",
        "portrait": _PORTRAIT,
        "driving_privileges": [privilege],
        "un_distinguishing_sign": COUNTRY,
    }
