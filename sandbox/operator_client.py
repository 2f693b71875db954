"""A named operator of the issuer, at the operators' own address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from sandbox.network import Founded


class OperatorClient:
    """Reviews and revokes."""

    def __init__(self, founded: Founded) -> None:
        self._http = httpx.Client(
            base_url=founded.operators,
            timeout=60,
            trust_env=False,
            headers={"authorization": f"Bearer {founded.operator_token}", "user-agent": "operator"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def find(self, status_list: str, index: int) -> str:
        """The credential behind a status entry."""
        answer = self._http.get("/credentials", params={"status_list": status_list, "index": index})
        answer.raise_for_status()
        return str(answer.json()["credential_id"])

    def copies(self, status_list: str, index: int) -> list[str]:
        """That credential and its person's other copies of the same configuration."""
        one = self._http.get("/credentials", params={"status_list": status_list, "index": index})
        found: dict[str, Any] = one.raise_for_status().json()
        rows = self._http.get(f"/persons/{found['person_id']}/credentials").raise_for_status().json()
        return [str(row["credential_id"]) for row in rows if row["configuration"] == found["configuration"]]

    def act(self, credential_id: str, act: str, reason: str) -> None:
        """``revoke``, ``suspend`` or ``lift`` a credential."""
        self._http.post(f"/credentials/{credential_id}/{act}", json={"reason": reason}).raise_for_status()

    def reviews(self) -> list[dict[str, Any]]:
        """What waits for a person."""
        rows: list[dict[str, Any]] = self._http.get("/reviews").raise_for_status().json()
        return rows

    def decide(self, session_id: str, verdict: dict[str, Any]) -> dict[str, Any]:
        """Decide a case."""
        answer = self._http.post(f"/reviews/{session_id}", json=verdict).raise_for_status()
        body: dict[str, Any] = answer.json()
        return body
