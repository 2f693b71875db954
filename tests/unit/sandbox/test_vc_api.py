"""The sandbox's VC API in one process: every instance issues and verifies, holders derive and prove."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.adapters.fetch import Fetched, Fetcher
from clicid.adapters.loopback import check_loopback
from clicid.did import key as did_key
from clicid.errors import LocalError, Undecided
from clicid.formats.issuer import ANYBODY
from clicid.keys.algorithms import ALGORITHMS, ED25519
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.status import bitstring
from clicid.vc_api.instances import ENVELOPES, KINDS, NAMES, SELECTIVE, SUITES, instances
from sandbox.vc_api.app import create_app
from sandbox.vc_api.certificate import self_signed
from sandbox.vc_api.identities import Identities, open_identities
from sandbox.vc_api.lists import Lists
from tests.support import proofs, w3c
from tests.support.asgi import Client, asking
from tests.support.webvh import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ORIGIN = "http://127.0.0.1:9999"
CONTEXT = "https://www.w3.org/ns/credentials/v2"
# An instance, and a kind of key that it signs with.
SIGNING = [
    (one.path, suite, kind)
    for one in instances()
    for suite in one.suites
    for kind in one.algorithms
    if kind in KINDS[suite]
]


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Identities:
    return open_identities(tmp_path_factory.mktemp("vault"), ORIGIN)


@pytest.fixture(scope="module")
def held(identities: Identities) -> Lists:
    return Lists(ORIGIN, list(identities.named().values()), secrets.randbelow)


class Web(Fetcher):
    """A web of a few documents, by URL; nothing else answers."""

    def __init__(self) -> None:
        super().__init__()
        self.documents: dict[str, Fetched] = {}
        self.asked: list[str] = []

    def get(
        self,
        url: str,
        *,
        accept: str = "*/*",  # noqa: ARG002 - as the method that it stands for, like the next two
        headers: Mapping[str, str] | None = None,  # noqa: ARG002
        max_bytes: int | None = None,  # noqa: ARG002
    ) -> Fetched:
        self.asked.append(url)
        if url not in self.documents:
            raise Undecided("fetch.failed", url)
        return self.documents[url]


@pytest.fixture(scope="module")
def web() -> Web:
    return Web()


@pytest.fixture(autouse=True)
def _empty_web(web: Web) -> None:
    """What one test publishes is not there for the next: tests run in any order."""
    web.documents.clear()


@pytest.fixture(scope="module")
def client(identities: Identities, held: Lists, web: Web) -> Iterator[Client]:
    with asking(create_app(identities, held, web), ORIGIN) as client:
        yield client


@pytest.fixture(scope="module")
def issuers(client: Client) -> dict[str, str]:
    found: dict[str, str] = client.get("/issuers").json()
    return found


def credential(by: str, **changes: Any) -> dict[str, Any]:
    document = {
        "@context": [CONTEXT],
        "type": ["VerifiableCredential"],
        "issuer": by,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:alice", "name": "Alice", "description": "of Wonderland"},
    }
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def post(client: Client, path: str, body: object) -> tuple[int, dict[str, Any]]:
    answer = client.post(path, json=body)
    found: dict[str, Any] = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, found


def issue(client: Client, path: str, document: Any, **options: Any) -> tuple[int, dict[str, Any]]:
    return post(client, f"{at(path)}/credentials/issue", {"credential": document, "options": options})


def at(path: str) -> str:
    return f"/{path}".rstrip("/")


def test_where_there_is_no_chain_no_digest_is_given(client: Client, issuers: dict[str, str]) -> None:
    status, made = issue(client, "eddsa-rdfc-2022", credential(issuers["eddsa"]))
    assert (status, set(made)) == (201, {"verifiableCredential"})


@pytest.mark.parametrize("suite", sorted(ENVELOPES))
@pytest.mark.parametrize("asked", ["challenge", "domain"])
def test_an_envelope_answers_no_request_by_itself(
    client: Client, issuers: dict[str, str], suite: str, asked: str
) -> None:
    _, made = issue(client, suite, credential(issuers["eddsa"]))
    body = {"verifiableCredential": made["verifiableCredential"], "options": {asked: "of another"}}
    status, answer = post(client, f"/{suite}/credentials/verify", body)
    assert (status, answer["verified"]) == (400, False), answer
    assert answer["code"] in {"holder.nonce", "holder.audience", "holder.binding_missing"}


def test_many_signers_elsewhere_are_looked_up_at_once(
    client: Client, issuers: dict[str, str], web: Web
) -> None:
    _, made = issue(client, "eddsa-rdfc-2022", credential(issuers["eddsa"]))
    secured = made["verifiableCredential"]
    others = [f"did:web:h{number}.example" for number in range(15)]
    secured["proof"] = [
        secured["proof"],
        *({**secured["proof"], "verificationMethod": f"{did}#key"} for did in others),
    ]
    web.asked.clear()
    status, answer = post(client, "/eddsa-rdfc-2022/credentials/verify", {"verifiableCredential": secured})
    assert (status, answer["verdict"], answer["code"]) == (400, "undecided", "did.unavailable"), answer
    assert len(web.asked) == len(others)


def test_the_issuers(issuers: dict[str, str]) -> None:
    assert set(issuers) == {"eddsa", "P-256", "P-384", "bbs"}
    assert all(did.startswith("did:key:z") for did in issuers.values())


@pytest.mark.parametrize(("path", "suite", "kind"), SIGNING)
def test_every_instance_secures_with_every_suite_and_key(
    client: Client, issuers: dict[str, str], path: str, suite: str, kind: str
) -> None:
    did = issuers[NAMES[kind]]
    body = {"credential": credential(did), "options": {"cryptosuite": suite, "keyType": kind}}
    status, answer = post(client, f"{at(path)}/credentials/issue", body)
    assert status == 201, answer
    secured = answer["verifiableCredential"]
    if suite in ENVELOPES:
        assert secured["type"] == "EnvelopedVerifiableCredential"
        assert secured["id"].startswith(f"data:application/{suite}")
        return
    assert secured["issuer"] == did
    assert secured["proof"]["cryptosuite"] == suite
    assert secured["proof"]["verificationMethod"].startswith(f"{did}#")
    assert ("credentialStatus" in secured) == path.startswith("status")


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"issuer": "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"}, "vc_api.issuer", "/issuer"),
        ({"issuer": None}, "vc.issuer", "/issuer"),
        ({"issuer": 7}, "vc.issuer", "/issuer"),
        ({"credentialSubject": None}, "vc.subject", "/credentialSubject"),
        ({"@context": None}, "vc.context", "/@context"),
        ({"type": []}, "vc.type", "/type"),
        ({"proof": {"type": "DataIntegrityProof"}}, "vc.proof", "/proof"),
        ({"validUntil": "yesterday"}, "vc.validity", "/validUntil"),
        ({"credentialSubject": {"undefinedTerm": 1}}, "rdf.term_unknown", "/credentialSubject/undefinedTerm"),
        (
            {"relatedResource": {"id": CONTEXT, "digestSRI": "sha256-" + "A" * 43 + "="}},
            "vc.resource_digest",
            "",
        ),
    ],
)
def test_what_would_not_be_verified_is_not_issued(
    client: Client, issuers: dict[str, str], changes: dict[str, Any], code: str, where: str
) -> None:
    status, answer = issue(client, "eddsa-rdfc-2022", credential(issuers["eddsa"], **changes))
    assert status == 400
    assert answer["code"] == code, answer
    assert answer["where"].startswith(f"/credential{where}")


def test_options_are_at_their_own_place(client: Client, issuers: dict[str, str]) -> None:
    document = credential(issuers["eddsa"])
    found = issue(client, "eddsa-rdfc-2022", document, mandatoryPointers=["/issuer"])
    assert (found[0], found[1]["where"]) == (400, "/options/mandatoryPointers")
    found = issue(client, "eddsa-rdfc-2022", document, cryptosuite="ecdsa-rdfc-2019")
    assert (found[0], found[1]["where"]) == (400, "/options/cryptosuite")
    found = issue(client, "eddsa-rdfc-2022", document, unheard="of")
    assert found[1]["type"] == "https://www.w3.org/TR/vcalm#UNKNOWN_OPTION_PROVIDED"
    found = issue(client, "status", {**document, "credentialStatus": {"type": "x:y"}})
    assert (found[0], found[1]["code"]) == (400, "vc_api.status")


@pytest.mark.parametrize("suite", sorted(SELECTIVE))
def test_a_holder_shows_what_is_mandatory_and_what_it_chooses(
    client: Client, issuers: dict[str, str], suite: str
) -> None:
    did = issuers[NAMES[SUITES[suite][0]]]
    _, answer = issue(client, suite, credential(did))
    body = {"verifiableCredential": answer["verifiableCredential"]}
    pointers = {"selectivePointers": ["/credentialSubject/name"]}
    status, shown = post(client, f"/{suite}/credentials/derive", {**body, "options": pointers})
    assert status == 201, shown
    assert shown["verifiableCredential"]["credentialSubject"] == {"id": "did:example:alice", "name": "Alice"}
    status, least = post(client, f"/{suite}/credentials/derive", body)
    assert (status, least["code"]) == (400, "vc.subject"), "nothing is said of nobody"
    nothing = {"selectivePointers": ["/credentialSubject/unheard"]}
    status, problem = post(client, f"/{suite}/credentials/derive", {**body, "options": nothing})
    assert (status, problem["where"]) == (400, "/options/selectivePointers")
    mandatory = issue(client, suite, credential(did), mandatoryPointers=["/unheard"])
    assert (mandatory[0], mandatory[1]["where"]) == (400, "/options/mandatoryPointers")


def test_only_a_base_proof_is_derived_from(client: Client, issuers: dict[str, str]) -> None:
    _, answer = issue(client, "eddsa-rdfc-2022", credential(issuers["eddsa"]))
    status, problem = post(client, "/credentials/derive", answer)
    assert (status, problem["code"]) == (400, "proof.suite")


@pytest.mark.parametrize(("path", "suite", "kind"), SIGNING)
def test_what_is_issued_is_verified(
    client: Client, issuers: dict[str, str], path: str, suite: str, kind: str
) -> None:
    body = {"credential": credential(issuers[NAMES[kind]]), "options": {"cryptosuite": suite}}
    _, answer = post(client, f"{at(path)}/credentials/issue", body)
    if suite in SELECTIVE:
        options = {"selectivePointers": ["/credentialSubject/name"]}
        _, answer = post(client, f"{at(path)}/credentials/derive", {**answer, "options": options})
    status, verdict = post(client, f"{at(path)}/credentials/verify", answer)
    assert (status, verdict["verified"], verdict["verdict"]) == (200, True, "accepted"), verdict
    if suite in ENVELOPES:
        return
    changed = json.loads(json.dumps(answer).replace("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"))
    status, verdict = post(client, f"{at(path)}/credentials/verify", changed)
    assert (status, verdict["code"]) == (400, "issuer.signature")


@pytest.mark.parametrize("name", sorted(ENVELOPES))
def test_envelopes(client: Client, issuers: dict[str, str], name: str) -> None:
    status, answer = issue(client, name, credential(issuers["P-256"]), mandatoryPointers=[])
    assert (status, answer["where"]) == (400, "/options/mandatoryPointers")
    claimed = credential(
        issuers["P-256"], **{"@context": [CONTEXT, {"iss": "https://example.org/iss"}]}, iss="another"
    )
    status, answer = issue(client, name, claimed)
    assert (status, answer["code"]) == (400, "vc.envelope")
    status, answer = issue(client, name, credential(issuers["bbs"]))
    assert (status, answer["code"]) == (400, "vc_api.issuer")
    _, answer = issue(client, name, credential(issuers["P-256"]))
    answer["verifiableCredential"]["id"] = "data:application/pdf,x"
    status, answer = post(client, "/credentials/verify", answer)
    assert (status, answer["where"]) == (400, "/verifiableCredential/id")


def test_the_report_says_that_anybody_may_be_the_issuer(client: Client, issuers: dict[str, str]) -> None:
    _, answer = issue(client, "", credential(issuers["eddsa"]))
    _, verdict = post(client, "/credentials/verify", answer)
    (section,) = verdict["report"]["sections"]
    known = next(row for row in section["checks"] if row["check"] == "issuer_known")
    assert (known["outcome"], known["detail"]) == ("passed", ANYBODY)


def test_the_issuer_must_control_the_key(client: Client, issuers: dict[str, str]) -> None:
    _, answer = issue(client, "", credential(issuers["eddsa"]))
    answer["verifiableCredential"]["issuer"] = issuers["P-256"]
    status, verdict = post(client, "/credentials/verify", answer)
    assert (status, verdict["code"]) == (400, "issuer.key_unknown")


def test_a_revoked_credential_is_refused(client: Client, issuers: dict[str, str], held: Lists) -> None:
    _, answer = issue(client, "status", credential(issuers["P-384"]))
    entry = answer["verifiableCredential"]["credentialStatus"][0]
    held.revoke(issuers["P-384"], int(entry["statusListIndex"]))
    status, verdict = post(client, "/status/credentials/verify", answer)
    assert (status, verdict["code"], verdict["verified"]) == (400, "status.revoked", False)


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({}, 200),
        ({"challenge": "c", "domain": "d.example"}, 200),
        ({"challenge": "other", "domain": "d.example"}, 400),
        ({"challenge": "c", "domain": "other.example"}, 400),
    ],
)
def test_a_presentation_and_what_is_in_it(
    client: Client, issuers: dict[str, str], options: dict[str, str], status: int
) -> None:
    _, inside = issue(client, "ecdsa-jcs-2019", credential(issuers["P-256"]))
    body = {
        "presentation": presentation(holder=issuers["eddsa"], **inside),
        "options": {"challenge": "c", "domain": "d.example"},
    }
    _, proved = post(client, "/presentations/prove", body)
    asked = {**proved, "options": {**options, "returnPresentation": True, "returnResults": True}}
    found, verdict = post(client, "/eddsa-rdfc-2022/presentations/verify", asked)
    assert (found, verdict["verified"]) == (status, status == 200), verdict
    assert verdict["verifiablePresentation"] == proved["verifiablePresentation"]
    if status == 200:
        assert len(verdict["report"]["sections"]) == 2


def test_a_presentation_without_credentials(client: Client) -> None:
    _, proved = post(client, "/presentations/prove", {"presentation": presentation()})
    assert post(client, "/presentations/verify", proved)[0] == 200


def test_a_credential_whose_proof_must_answer(client: Client, issuers: dict[str, str]) -> None:
    _, answer = issue(client, "", credential(issuers["eddsa"]))
    status, verdict = post(client, "/credentials/verify", {**answer, "options": {"challenge": "c"}})
    assert (status, verdict["type"]) == (400, "https://w3id.org/security#INVALID_CHALLENGE_ERROR")
    status, verdict = post(client, "/credentials/verify", {**answer, "options": {"domain": "d"}})
    assert (status, verdict["type"]) == (400, "https://w3id.org/security#INVALID_DOMAIN_ERROR")


def test_a_credential_of_the_older_data_model(client: Client, issuers: dict[str, str]) -> None:
    older = credential(
        issuers["eddsa"],
        **{"@context": ["https://www.w3.org/2018/credentials/v1"], "validFrom": None},
        issuanceDate="2026-01-01T00:00:00Z",
        credentialSubject={"id": "did:example:alice"},
    )
    status, answer = issue(client, "", older)
    assert status == 201, answer
    assert answer["verifiableCredential"]["@context"] == [
        "https://www.w3.org/2018/credentials/v1",
        "https://w3id.org/security/data-integrity/v2",
    ]
    assert post(client, "/credentials/verify", answer)[0] == 200


def test_a_list_has_the_media_type_that_is_asked_for(client: Client) -> None:
    for accept, kind in (
        ("*/*", "application/vc"),
        ("application/vc, application/json", "application/vc"),
        ("application/ld+json, application/json", "application/ld+json"),
    ):
        answer = client.get("/status-lists/1/revocation", headers={"accept": accept})
        assert answer.headers["content-type"] == kind


DID_URL = "https://issuer.example/.well-known/did.json"


def did_document() -> Fetched:
    """The document of did:web:issuer.example, whose key is that of `w3c.ISSUER`."""
    own = json.dumps(did_key.document(w3c.ISSUER.did).to_json())
    text = own.replace(w3c.ISSUER.key_id, "#key").replace(w3c.ISSUER.did, "did:web:issuer.example")
    return Fetched(200, "application/did+json", text.encode(), {})


def of_web(**changes: Any) -> dict[str, Any]:
    """A credential of an issuer whose DID is on the web."""
    did = "did:web:issuer.example"
    proof = proofs.options(verification_method=f"{did}#key")
    document = credential(did, **changes)
    contexts = package_data.example_contexts()
    prepared = data_integrity.prepare(document, proof, ED25519, contexts, profile=Profile.OPEN)
    found: dict[str, Any] = json.loads(w3c.signed(prepared, w3c.ISSUER_REF))
    return found


def test_an_issuer_whose_did_is_on_the_web(client: Client, web: Web) -> None:
    body = {"verifiableCredential": of_web()}
    status, verdict = post(client, "/credentials/verify", body)
    assert (status, verdict["verdict"], verdict["code"]) == (400, "undecided", "did.unavailable")
    own = did_key.document(w3c.ISSUER.did).to_json()
    text = (
        json.dumps(own).replace(w3c.ISSUER.key_id, "#key").replace(w3c.ISSUER.did, "did:web:issuer.example")
    )
    url = "https://issuer.example/.well-known/did.json"
    web.documents[url] = Fetched(200, "application/did+json", text.encode(), {})
    assert post(client, "/credentials/verify", body)[0] == 200
    assert client.get("/1.0/identifiers/did:web:issuer.example").status_code == 200
    body["verifiableCredential"]["name"] = "changed"
    assert post(client, "/credentials/verify", body)[1]["code"] == "issuer.signature"


def test_an_issuer_with_a_history_on_the_web(client: Client, web: Web) -> None:
    controller = Controller().create()
    older, did = list(controller.lines), controller.did
    controller.update(controller.state("a", "b", did=did))

    def verdict(lines: list[bytes], name: str = "b") -> str:
        url = "https://issuer.example/.well-known/did.jsonl"
        web.documents[url] = Fetched(200, "text/jsonl", b"".join(lines), {})
        proof = proofs.options(verification_method=f"{did}#{name}")
        contexts = package_data.example_contexts()
        prepared = data_integrity.prepare(credential(did), proof, ED25519, contexts, profile=Profile.OPEN)
        body = {"verifiableCredential": json.loads(controller.signed(prepared, name))}
        answer = post(client, "/credentials/verify", body)[1]
        return f"{answer['verdict']} {answer.get('code', '')}".strip()

    assert verdict(older, "a") == "accepted"
    assert verdict(older) == "refused issuer.key_unknown"
    assert verdict(controller.lines) == "accepted"
    assert client.get(f"/1.0/identifiers/{did}").json()["didDocument"]["id"] == did
    assert verdict(older) == "undecided did.rolled_back"
    assert verdict(older, "a") == "undecided did.rolled_back"
    fork = Controller(lines=older).update(controller.state("thief", did=did))
    assert verdict(fork.lines, "thief") == "undecided did.forked"
    controller.update(controller.state("a", did=did))
    assert verdict(controller.lines) == "refused issuer.key_revoked"


def test_anothers_status_list_is_looked_up_where_it_is_published(client: Client, web: Web) -> None:
    url = "https://lists.example/7"
    entry = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "5",
        "statusListCredential": url,
    }
    web.documents[DID_URL] = did_document()
    body = {"verifiableCredential": of_web(credentialStatus=entry)}
    for answer, code in (
        (None, "status.unavailable"),
        (Fetched(404, "text/html", b"", {}), "status.unavailable"),
        (Fetched(200, "application/vc", b"{}", {}), "status.list_unverified"),
        (Fetched(200, "text/html", b"{}", {}), "status.list_format"),
    ):
        web.documents.pop(url, None)
        if answer is not None:
            web.documents[url] = answer
        status, verdict = post(client, "/credentials/verify", body)
        assert (status, verdict["code"], verdict["verified"]) == (400, code, False)
        assert web.asked[-1] == url


def presentation(**changes: Any) -> dict[str, Any]:
    return {"@context": [CONTEXT], "type": ["VerifiablePresentation"], **changes}


def test_a_presentation_is_proved_in_the_holders_name(client: Client, issuers: dict[str, str]) -> None:
    options = {"challenge": "c", "domain": "d.example", "created": "2026-11-25T12:00:00Z"}
    for holder, suite in ((issuers["eddsa"], "eddsa-rdfc-2022"), (issuers["P-384"], "ecdsa-rdfc-2019")):
        body = {"presentation": presentation(holder=holder), "options": options}
        status, answer = post(client, "/presentations/prove", body)
        assert status == 201, answer
        proof = answer["verifiablePresentation"]["proof"]
        assert (proof["cryptosuite"], proof["proofPurpose"]) == (suite, "authentication")
        assert {name: proof[name] for name in options} == options
    status, answer = post(client, "/eddsa-jcs-2022/presentations/prove", {"presentation": presentation()})
    assert answer["verifiablePresentation"]["proof"]["cryptosuite"] == "eddsa-jcs-2022"


@pytest.mark.parametrize(
    ("changes", "options", "code", "where"),
    [
        ({"holder": "did:example:other"}, {}, "vc_api.issuer", "/presentation/holder"),
        ({"type": "x"}, {}, "vc.type", "/presentation/type"),
        ({"proof": {"type": "DataIntegrityProof"}}, {}, "vc.proof", "/presentation/proof"),
        ({}, {"verificationMethod": "did:example:o#k"}, "vc_api.option", "/options/verificationMethod"),
        ({}, {"proofPurpose": "assertionMethod"}, "vc_api.option", "/options/proofPurpose"),
    ],
)
def test_what_is_not_proved(
    client: Client, changes: dict[str, Any], options: dict[str, Any], code: str, where: str
) -> None:
    body = {"presentation": presentation(**changes), "options": options}
    status, answer = post(client, "/eddsa-rdfc-2022/presentations/prove", body)
    assert (status, answer["code"], answer["where"]) == (400, code, where)


def test_status_lists_are_served(client: Client, issuers: dict[str, str]) -> None:
    indexes = set()
    for _ in range(3):
        _, answer = issue(client, "status", credential(issuers["eddsa"]))
        for entry in answer["verifiableCredential"]["credentialStatus"]:
            served = client.get(entry["statusListCredential"].removeprefix(ORIGIN))
            assert served.status_code == 200
            document = served.json()
            assert document["issuer"] == issuers["eddsa"]
            assert document["id"] == entry["statusListCredential"]
            held = bitstring.parse(document["credentialSubject"], document["id"])
            assert not held.list_[int(entry["statusListIndex"])]
            indexes.add(entry["statusListIndex"])
    assert len(indexes) == 3
    for path in (
        "/status-lists/x/revocation",
        "/status-lists/0/revocation",
        "/status-lists/99/revocation",
        "/status-lists/1/other",
    ):
        missing = client.get(path)
        assert (missing.status_code, missing.json()["code"]) == (404, "http.not_found")


def test_identifiers(client: Client, issuers: dict[str, str]) -> None:
    for did in issuers.values():
        answer = client.get(f"/1.0/identifiers/{did}")
        assert (answer.status_code, answer.json()["didDocument"]["id"]) == (200, did)
        assert answer.headers["content-type"] == "application/did-resolution"
    for accept, kind in (
        ("application/did", "application/did"),
        ("application/did+ld+json; q=1", "application/did+ld+json"),
        ("application/did, application/did-resolution", "application/did-resolution"),
        ("application/json", "application/did-resolution"),
    ):
        answer = client.get(f"/1.0/identifiers/{issuers['bbs']}", headers={"accept": accept})
        assert answer.headers["content-type"] == kind
        assert ("didDocument" in answer.json()) == (kind == "application/did-resolution")
    assert client.get("/1.0/identifiers/did:unheard:of").status_code == 501
    assert client.get("/1.0/identifiers/nonsense").status_code == 400
    assert client.get("/1.0/identifiers/did:ethr:0x1:0x" + "11" * 20).status_code == 404


@pytest.mark.parametrize("path", ["/credentials/issue", "/presentations/prove", "/credentials/derive"])
@pytest.mark.parametrize(
    ("content", "kind", "ends"),
    [
        (b"{}", "text/plain", (415, "http.media_type")),
        (b"{}", "", (415, "http.media_type")),
        (b"a=b", "application/x-www-form-urlencoded", (415, "http.media_type")),
        (b"{", "application/json", (400, "codec.json")),
        (b"{}", "application/ld+json; charset=utf-8", (400, "codec.shape")),
        (b" " * (1 << 20) + b"{}", "application/json", (413, "codec.size")),
    ],
)
def test_bodies(client: Client, path: str, content: bytes, kind: str, ends: tuple[int, str]) -> None:
    answer = client.post(path, content=content, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["code"]) == ends
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_page_for_people(client: Client, issuers: dict[str, str]) -> None:
    answer = client.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    for said in (*issuers.values(), "/status/vc+cose/P-384", "/credentials/issue", "openapi.json"):
        assert said in answer.text


def test_what_is_not_there(client: Client) -> None:
    for method, path, status in (("GET", "/unheard", 404), ("GET", "/credentials/issue", 405)):
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["code"] in {"http.not_found", "http.method"}


@pytest.mark.parametrize("host", ["example.org", "example.org:9999", "127.0.0.1.example.org", "", "0.0.0.0"])
def test_a_name_that_leads_here_is_not_this_machine(client: Client, host: str) -> None:
    answer = client.get("/issuers", headers={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "http.host")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1234", "[::1]:80"])
def test_names_of_this_machine(client: Client, host: str) -> None:
    assert client.get("/issuers", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "localhost", "example.org", ""])
def test_it_binds_loopback_and_nothing_else(host: str) -> None:
    with pytest.raises(LocalError) as error:
        check_loopback(host)
    assert error.value.code == "config.sandbox"


def test_loopback_addresses() -> None:
    check_loopback("127.0.0.1")
    check_loopback("::1")


def test_the_interface_is_described(client: Client) -> None:
    document = client.get("/openapi.json").json()
    for one in instances():
        for name in ("credentials/issue", "credentials/derive", "credentials/verify"):
            assert "post" in document["paths"][f"{at(one.path)}/{name}"]
        body = document["paths"][f"{at(one.path)}/presentations/verify"]["post"]["requestBody"]
        assert body["content"]["application/json"]["schema"]["required"] == ["verifiablePresentation"]
    assert json.dumps(document).count("verificationMethod") > 0


def test_the_certificate_is_for_this_machine(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    assert certificate.read_bytes().startswith(b"-----BEGIN CERTIFICATE")
    assert key.stat().st_mode & 0o077 == 0


def test_a_key_of_each_kind_that_a_suite_signs_with() -> None:
    assert {kind for kinds in KINDS.values() for kind in kinds} <= set(ALGORITHMS) & set(NAMES)
