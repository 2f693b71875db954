"""A service provider's backend: OAuth 2 client credentials, a request, its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

import httpx

from clicid.adapters import package_data
from clicid.codec import shape, strict_json
from sandbox.setup.provider import CLIENT_ID, PURPOSE

if TYPE_CHECKING:
    from sandbox.setup.provider import Provider

NAME_AND_AGE: Final[dict[str, Any]] = {
    "credentials": [
        {
            "id": "identity",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": [f"{package_data.EXAMPLE}/identity/v1"]},
            "claims": [{"path": ["age_over_18"], "values": [True]}, {"path": ["family_name"]}],
        }
    ]
}
IDENTITY_W3C: Final[dict[str, Any]] = {
    "credentials": [
        {
            "id": "identity",
            "format": "ldp_vc",
            "meta": {"type_values": [[f"{package_data.EXAMPLE}/identity/v1"]]},
            "claims": [
                {"path": ["credentialSubject", "ageOver18"], "values": [True]},
                {"path": ["credentialSubject", "familyName"]},
            ],
        }
    ]
}
AGE_W3C: Final[dict[str, Any]] = {
    "credentials": [
        {
            "id": "age",
            "format": "ldp_vc",
            "meta": {"type_values": [[f"{package_data.EXAMPLE}/age/v1"]]},
            "claims": [{"path": ["credentialSubject", "ageOver18"], "values": [True]}],
        }
    ]
}
IDENTITY_MDOC: Final[dict[str, Any]] = {
    "credentials": [
        {
            "id": "identity",
            "format": "mso_mdoc",
            "meta": {"doctype_value": f"{package_data.EXAMPLE}/identity/v1"},
            "claims": [
                {"path": [f"{package_data.EXAMPLE}/identity/v1", "age_over_18"], "values": [True]},
                {"path": [f"{package_data.EXAMPLE}/identity/v1", "family_name"]},
            ],
        }
    ]
}
AGE_SD_JWT: Final[dict[str, Any]] = {
    "credentials": [
        {
            "id": "age",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": [f"{package_data.EXAMPLE}/age/v1"]},
            "claims": [{"path": ["age_over_18"], "values": [True]}],
        }
    ]
}
AGE_EITHER: Final[dict[str, Any]] = {
    "credentials": [
        AGE_SD_JWT["credentials"][0],
        {
            "id": "age_jwt",
            "format": "jwt_vc_json",
            "meta": {"type_values": [[f"{package_data.EXAMPLE}/age/v1"]]},
            "claims": [{"path": ["credentialSubject", "ageOver18"], "values": [True]}],
        },
    ],
    "credential_sets": [{"options": [["age"], ["age_jwt"]]}],
}


def placed(query: dict[str, Any], vocabulary: str) -> dict[str, Any]:
    """A query over the types as they ship, with the ids that a network gives them."""
    return shape.as_object(strict_json.loads(package_data.place(strict_json.dumps(query), vocabulary)))


class ProviderClient:
    """The backend of a service provider, talking to its own verifier.

    An access token lasts ten minutes, and a backend longer: when it is turned down, it gets another one.
    """

    def __init__(self, provider: Provider, *, client_id: str = CLIENT_ID) -> None:
        self._vocabulary = provider.vocabulary
        self._credentials = (client_id, provider.client_secret)
        self._http = httpx.Client(base_url=provider.origin, timeout=60, trust_env=False)
        self._authorize()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, query: dict[str, Any], *, purpose: str = PURPOSE) -> dict[str, Any]:
        """Create a request: ``id``, ``request_url``, ``expires_at``, ``beyond_registration``."""
        wish = {"dcql_query": placed(query, self._vocabulary), "purpose": purpose}
        answer = self._call("POST", "/requests", json=wish)
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body

    def result(self, session_id: str) -> tuple[int, dict[str, Any]]:
        """The status and body of the result."""
        answer = self._call("GET", f"/requests/{session_id}/result")
        return answer.status_code, answer.json()

    def health(self) -> dict[str, Any]:
        """How fresh the verifier is, and whom it called how often."""
        body: dict[str, Any] = self._http.get("/health").json()
        return body

    def _authorize(self) -> None:
        form = {"grant_type": "client_credentials"}
        answer = self._http.post("/oauth2/token", data=form, auth=self._credentials)
        answer.raise_for_status()
        self._http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    def _call(self, method: str, path: str, **sent: Any) -> httpx.Response:
        answer = self._http.request(method, path, **sent)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._authorize()
            answer = self._http.request(method, path, **sent)
        return answer
