"""What is asked for in each format, of the credentials that our issuer gives."""

from __future__ import annotations

from typing import Any, Final

SHOWN: Final = {"family_name": True, "age_over_18": True}
PAGE: Final = "https://shop.example"
"""The origin of a page that asks by the Digital Credentials API."""


def query(form: str, vocabulary: str) -> dict[str, Any]:
    """A DCQL query for one credential of a format, under the id ``who``."""
    identity, age = f"{vocabulary}/identity/v1", f"{vocabulary}/age/v1"
    over_18 = {"path": ["credentialSubject", "ageOver18"], "values": [True]}
    wanted: dict[str, dict[str, Any]] = {
        "dc+sd-jwt": {
            "meta": {"vct_values": [identity]},
            "claims": [{"path": ["family_name"]}, {"path": ["age_over_18"], "values": [True]}],
        },
        "mso_mdoc": {
            "meta": {"doctype_value": identity},
            "claims": [{"path": [identity, name]} for name in SHOWN],
        },
        "jwt_vc_json": {"meta": {"type_values": [[age]]}, "claims": [over_18]},
        "ldp_vc": {"meta": {"type_values": [[age]]}, "claims": [over_18]},
    }
    return {"credentials": [{"id": "who", "format": form, **wanted[form]}]}
