"""Requests as a client makes them: under which name, encrypted or not, by a page; attacks on the answer."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.codec import base64url, strict_json
from clicid.codec.web import encode_form
from clicid.errors import LocalError, RemoteError
from clicid.formats import mdoc
from clicid.formats.base import Material, NeedKind
from clicid.formats.mdoc.elements import MDL
from clicid.keys.algorithms import P256
from clicid.keys.ephemeral import EphemeralKey
from clicid.oid4vp import binding, verifier_attestation
from clicid.oid4vp.binding import Channel
from clicid.oid4vp.response import MAX_RESPONSE_BYTES, AuthorizationResponse
from clicid.oid4vp.transaction_data import AGREEMENT
from clicid.securing import jws
from tests.support.browsing import Wallet, request_of
from tests.support.every_format import QUERIES, EveryHolder
from tests.support.refusals import refused
from tests.support.world import DAY, NOW, chain_of
from verifier import identities
from verifier.store import VerifierStore
from verifier.usecases.answer_keys import AnswerKeys

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.oid4vp.request import AuthorizationRequest
    from tests.unit.verifier.conftest import Desk

ORIGIN = "https://shop.example"
MDL_QUERY = {"credentials": [QUERIES["mso_mdoc"]]}


def made(desk: Desk, **changes: Any) -> Any:
    body = {"dcql_query": MDL_QUERY, "purpose": "age-and-name", **changes}
    return desk.http.post("/requests", json=body, headers=desk.bearer("shop"))


def asked(desk: Desk, **changes: Any) -> tuple[str, AuthorizationRequest]:
    """A request that a wallet has fetched, and its id."""
    found = made(desk, **{"response_mode": "direct_post.jwt", **changes})
    assert found.status_code == 201, found.text
    return found.json()["id"], Wallet(desk).fetch(found.json()["request_url"])


def key_of(desk: Desk, session_id: str) -> Any:
    return desk.store.answer_seed(session_id)


class TestEncrypted:
    """direct_post.jwt: a key for each request, gone after its answer."""

    def test_an_answer_is_read_with_the_requests_own_key(self, every: Desk) -> None:
        session_id, request = asked(every)
        assert key_of(every, session_id) is not None
        assert Wallet(every).post(request).status_code == 200
        assert every.result(session_id).json()["report"]["verdict"] == "accepted"
        assert key_of(every, session_id) is None

    def test_no_two_requests_have_one_key(self, every: Desk) -> None:
        first, second = asked(every)[1].recipient, asked(every)[1].recipient
        assert first is not None
        assert second is not None
        assert first.key != second.key

    def test_the_key_goes_with_a_refusal_too(self, every: Desk) -> None:
        session_id, request = asked(every)
        wallet = Wallet(every)
        stolen = wallet.answer(replace(request, nonce="another"))
        assert wallet.post(request, wallet.form(request, stolen)).status_code == 400
        assert every.result(session_id).json()["report"]["code"] == "holder.device_auth"
        assert key_of(every, session_id) is None

    def test_the_key_goes_when_the_person_declines(self, every: Desk) -> None:
        session_id, request = asked(every)
        form = encode_form({"error": "access_denied", "state": request.state})
        assert Wallet(every).post(request, form).status_code == 200
        assert key_of(every, session_id) is None

    def test_the_key_goes_when_nobody_answers(self, every: Desk) -> None:
        session_id, _ = asked(every)
        keys = every.service.answer_keys
        assert keys.destroy_late(int(every.now.timestamp())) == 0
        every.wait(timedelta(minutes=21))
        assert keys.destroy_late(int(every.now.timestamp())) == 1
        assert key_of(every, session_id) is None
        assert keys.destroy_late(int(every.now.timestamp())) == 0

    def test_an_answer_in_the_open_is_refused_and_ends_nothing(self, every: Desk) -> None:
        session_id, request = asked(every)
        wallet = Wallet(every)
        form = wallet.answer(request).to_form()
        assert wallet.post(request, form).json() == {"error": "invalid_request"}
        assert wallet.post(request).status_code == 200
        assert every.result(session_id).status_code == 200

    def test_an_encrypted_answer_to_who_did_not_ask_for_one_is_refused(self, every: Desk) -> None:
        _, request = asked(every)
        _, plain = asked(every, response_mode="direct_post")
        wallet = Wallet(every)
        assert wallet.post(plain, wallet.form(request)).status_code == 400
        assert wallet.post(plain).status_code == 200

    def test_what_is_encrypted_for_another_request_is_not_opened(self, every: Desk) -> None:
        (_, first), (_, second) = asked(every), asked(every)
        wallet = Wallet(every)
        assert wallet.post(second, wallet.form(first)).status_code == 400
        assert wallet.post(second).status_code == 200

    def test_a_second_answer_is_refused_unread(self, every: Desk) -> None:
        _, request = asked(every)
        wallet = Wallet(every)
        form = wallet.form(request)
        assert [wallet.post(request, form).status_code for _ in range(2)] == [200, 400]

    def test_a_key_that_went_meanwhile_is_no_fault_of_ours(self, every: Desk) -> None:
        session_id, request = asked(every)
        every.service.answer_keys.destroy(session_id)
        assert Wallet(every).post(request).status_code == 400

    def test_keys_outlive_a_restart(self, tmp_path: Path) -> None:
        first = VerifierStore(tmp_path / "verifier.db", bytes(32), secrets.token_bytes)
        recipient = AnswerKeys(first, secrets.token_bytes).make("one", 100)
        first.close()
        other = EphemeralKey(secrets.token_bytes)
        store = VerifierStore(tmp_path / "verifier.db", bytes(32), secrets.token_bytes)
        keys = AnswerKeys(store, secrets.token_bytes)
        assert keys.agree("one")(other.public) == other.agree(recipient.key)
        assert keys.destroy_late(10_000) == 1
        with refused("oid4vp.sequence", kind=RemoteError):
            keys.agree("one")(other.public)
        store.close()

    def test_a_key_that_was_destroyed_stands_in_no_file(self, tmp_path: Path) -> None:
        """Whoever has the traffic, and takes files and vault afterwards, opens nothing with them."""
        store = VerifierStore(tmp_path / "verifier.db", bytes(32), secrets.token_bytes)
        keys = AnswerKeys(store, secrets.token_bytes)
        for name in ("before", "one", "after"):
            keys.make(name, 100)
        sealed = _rows(tmp_path / "verifier.db")["one"]

        def found() -> bool:
            return any(sealed[12:] in file.read_bytes() for file in tmp_path.iterdir())

        store.wipe()
        assert found()
        keys.destroy("one")
        store.wipe()
        assert not found()
        store.close()

    def test_seeds_and_claims_are_sealed_apart(self, tmp_path: Path) -> None:
        """One that is put into the place of another does not open."""
        store = VerifierStore(tmp_path / "verifier.db", bytes(32), secrets.token_bytes)
        keys = AnswerKeys(store, secrets.token_bytes)
        keys.make("one", 100)
        with closing(sqlite3.connect(tmp_path / "verifier.db")) as database, database:
            database.execute("UPDATE answer_seeds SET session_id = 'two'")
        with refused("verifier.store", kind=LocalError):
            store.answer_seed("two")
        store.close()


def _rows(path: Path) -> dict[str, bytes]:
    with closing(sqlite3.connect(path)) as database:
        return dict(database.execute("SELECT session_id, sealed FROM answer_seeds"))


class TestMacs:
    """A document shown with a MAC, agreed on with the key that the answer is encrypted for."""

    def by_mac(self, desk: Desk, request: AuthorizationRequest, reader: Any) -> AuthorizationResponse:
        holder = desk.holder
        assert isinstance(holder, EveryHolder)
        raw = mdoc.present_by_mac(
            holder.holdings["mdl"].raw,
            [(MDL, "family_name"), (MDL, "age_over_18")],
            binding.of(request, Channel.of(request)).transcript,
            agree=lambda key: holder.mdocs.keys.agree(holder.mdocs.holder_ref, key),
            reader=reader,
        )
        return AuthorizationResponse({"mdl": (base64url.encode(raw),)}, request.state)

    def test_ours(self, every: Desk) -> None:
        session_id, request = asked(every)
        assert request.recipient is not None
        wallet = Wallet(every)
        response = self.by_mac(every, request, request.recipient.key)
        assert wallet.post(request, wallet.form(request, response)).status_code == 200
        assert every.result(session_id).json()["report"]["verdict"] == "accepted"

    def test_anothers(self, every: Desk) -> None:
        session_id, request = asked(every)
        assert isinstance(every.holder, EveryHolder)
        wallet = Wallet(every)
        other = every.holder.mdocs.keys.public(every.holder.mdocs.other_ref)
        response = self.by_mac(every, request, other)
        assert wallet.post(request, wallet.form(request, response)).status_code == 400
        assert every.result(session_id).json()["report"]["code"] == "holder.device_auth"


class TestByTheirOwnPage:
    """A client whose own page asks by the Digital Credentials API, and whose backend hands the answer in."""

    def asked(self, desk: Desk, **changes: Any) -> tuple[str, dict[str, Any]]:
        found = made(desk, **{"response_mode": "dc_api.jwt", "origin": ORIGIN, **changes})
        assert found.status_code == 201, found.text
        assert "request_url" not in found.json()
        return found.json()["id"], found.json()["digital_credential_request"]

    def hand_in(self, desk: Desk, session_id: str, body: Any, name: str = "shop") -> Any:
        return desk.http.post(f"/requests/{session_id}/answer", json=body, headers=desk.bearer(name))

    @pytest.mark.parametrize("mode", ["dc_api", "dc_api.jwt"])
    def test_an_answer(self, every: Desk, mode: str) -> None:
        session_id, digital = self.asked(every, response_mode=mode)
        request = request_of(digital["data"]["request"], ORIGIN)
        body = {"protocol": "openid4vp-v1-signed", "data": Wallet(every).data(request)}
        assert self.hand_in(every, session_id, body, "bank").status_code == 403
        found = self.hand_in(every, session_id, body)
        assert (found.status_code, found.json()) == (200, {"phase": "concluded"})
        assert every.result(session_id).json()["report"]["verdict"] == "accepted"
        assert self.hand_in(every, session_id, body).status_code == 400

    def test_an_answer_with_pictures_in_it_is_taken_and_one_without_end_is_not(self, every: Desk) -> None:
        """As much as a wallet may post: a portrait does not fit into what other calls may send."""
        session_id, digital = self.asked(every)
        data = Wallet(every).data(request_of(digital["data"]["request"], ORIGIN))
        for size, status in ((MAX_RESPONSE_BYTES, 400), (3 * MAX_RESPONSE_BYTES, 413), (200_000, 200)):
            body = {"protocol": "openid4vp-v1-signed", "data": {**data, "more": "x" * size}}
            assert self.hand_in(every, session_id, body).status_code == status
        assert every.result(session_id).json()["report"]["verdict"] == "accepted"

    def test_an_answer_that_was_given_to_another_page_is_refused(self, every: Desk) -> None:
        """A page of a thief's relays the request; the browser says whose page it was."""
        session_id, digital = self.asked(every)
        request = request_of(digital["data"]["request"], "https://thief.example")
        body = {"protocol": "openid4vp-v1-signed", "data": Wallet(every).data(request)}
        assert self.hand_in(every, session_id, body).json() == {"phase": "concluded"}
        result = every.result(session_id).json()
        assert (result["report"]["code"], result["claims"]) == ("holder.device_auth", None)

    @pytest.mark.parametrize(
        "changes",
        [
            {"origin": ""},
            {"origin": "shop.example"},
            {"response_mode": "direct_post"},
            {"return_to": "https://shop.example/back"},
            {"origin": "https://shop.example/path"},
        ],
    )
    def test_a_page_asks_from_its_origin_and_ends_there(self, every: Desk, changes: dict[str, Any]) -> None:
        found = made(every, **{"response_mode": "dc_api.jwt", "origin": ORIGIN, **changes})
        assert found.status_code == 400, found.text

    def test_what_no_page_asked_is_not_handed_in(self, every: Desk) -> None:
        session_id, request = asked(every, response_mode="direct_post")
        body = {"protocol": "openid4vp-v1-signed", "data": Wallet(every).answer(request).to_wire()}
        assert self.hand_in(every, session_id, body).status_code == 400

    def test_the_protocol_is_the_one_that_was_asked_by(self, every: Desk) -> None:
        session_id, digital = self.asked(every)
        request = request_of(digital["data"]["request"], ORIGIN)
        data = Wallet(every).data(request)
        for protocol in ("openid4vp-v1-unsigned", "openid4vp-v1-multisigned", "org-iso-mdoc", ""):
            found = self.hand_in(every, session_id, {"protocol": protocol, "data": data})
            assert found.status_code == 400
        found = self.hand_in(every, session_id, {"protocol": "openid4vp-v1-signed", "data": data})
        assert found.status_code == 200

    def test_the_object_is_not_fetched_nor_the_answer_posted(self, every: Desk) -> None:
        session_id, digital = self.asked(every, response_mode="dc_api")
        request = request_of(digital["data"]["request"], ORIGIN)
        assert every.post(session_id, Wallet(every).answer(request)).status_code == 400


class TestWalletsNonce:
    """POST to the request address (5.10)."""

    @pytest.mark.parametrize(
        "form",
        [
            {"wallet_nonce": "n" * 513},
            {"wallet_metadata": "no json"},
            {"wallet_metadata": "[]"},
            {"wallet_metadata": "{}", "wallet_nonce": "n" * 70_000},
        ],
        ids=["long", "no JSON", "no object", "oversized"],
    )
    def test_what_is_none_is_refused(self, every: Desk, form: dict[str, str]) -> None:
        session_id = made(every).json()["id"]
        found = every.http.post(f"/wallet/request/{session_id}", data=form)
        assert found.status_code in (400, 413)
        assert found.status_code == 413 or found.json() == {"error": "invalid_request"}

    def test_it_is_echoed_and_not_kept(self, every: Desk) -> None:
        session_id = made(every).json()["id"]
        for nonce in ("one", "two", ""):
            found = every.http.post(
                f"/wallet/request/{session_id}", data={"wallet_nonce": nonce} if nonce else {}
            )
            assert request_of(found.content).wallet_nonce == nonce
        assert every.http.get(f"/wallet/request/{session_id}").status_code == 200


def test_a_status_that_is_stale_is_undecided_and_not_accepted(every: Desk) -> None:
    session_id, request = asked(every)
    every.materials.have = {
        need: replace(found, as_of=found.as_of - timedelta(hours=2))
        if need.kind is NeedKind.STATUS and isinstance(found, Material)
        else found
        for need, found in every.materials.have.items()
    }
    assert Wallet(every).post(request).status_code == 200
    report = every.result(session_id).json()["report"]
    assert (report["verdict"], report["code"]) == ("undecided", "status.too_old")


class TestTransactionData:
    """What a client asks a person to authorise."""

    def test_it_goes_into_the_request_as_it_was_given(self, every: Desk) -> None:
        data = {"type": "payment", "credential_ids": ["mdl"], "amount": "10 SEK <b>"}
        _, request = asked(every, transaction_data=[data])
        (item,) = request.transaction_data
        assert strict_json.loads(base64url.decode(item.encoded)) == data

    @pytest.mark.parametrize(
        "data",
        [
            {"type": "payment"},
            {"credential_ids": ["mdl"]},
            {"type": "payment", "credential_ids": ["other"]},
            {"type": "payment", "credential_ids": []},
        ],
    )
    def test_what_no_wallet_could_answer_is_not_asked(self, every: Desk, data: dict[str, Any]) -> None:
        assert made(every, transaction_data=[data]).json()["code"] == "oid4vp.transaction_data"

    @pytest.mark.parametrize(
        ("name", "more", "status"),
        [("mdl", {}, 201), ("mdl", {"member": "of no such type"}, 400), ("ldp", {}, 400), ("open", {}, 400)],
    )
    def test_of_a_type_that_is_ours_it_is_known_what_wallets_refuse(
        self, every: Desk, name: str, more: dict[str, str], status: int
    ) -> None:
        """A client was given a request that no wallet would answer, and a person a refusal."""
        unbound = {**QUERIES["dc+sd-jwt"], "id": "open", "require_cryptographic_holder_binding": False}
        query = {"credentials": [QUERIES["mso_mdoc"], QUERIES["ldp_vc"], unbound]}
        data = {"type": AGREEMENT.name, "credential_ids": [name], "text": "x", **more}
        found = made(every, dcql_query=query, transaction_data=[data])
        assert found.status_code == status, found.text
        assert status == 201 or found.json()["code"] == "oid4vp.transaction_data"


class TestIdentities:
    """Under which name: the DID, a certificate, an attestation, or none."""

    def opened(self, desk: Desk, folder: Path, **rows: Any) -> Any:
        keys, spki = desk.asking.keys, desk.asking.keys.public(desk.asking.ref).to_spki()
        chain = chain_of(spki, san=[x509.DNSName("verifier.example")])
        (folder / "access.pem").write_bytes(
            x509.load_der_x509_certificate(chain[0]).public_bytes(Encoding.PEM)
        )
        prepared = verifier_attestation.prepare(
            "verifier.example",
            keys.public(desk.asking.ref),
            issuer="https://attester.example",
            key_id="1",
            alg="ES256",
            issued_at=NOW,
            expires_at=NOW + DAY,
        )
        signed = [keys.sign(desk.asking.ref, one.message, one.alg) for one in prepared.to_be_signed]
        (folder / "attestation.jwt").write_bytes(prepared.complete(signed) + b"\n")
        files = {"certificate_file": "access.pem"}
        table = {
            "hash": {"prefix": "x509_hash", "key_name": "asker", **files},
            "name": {"prefix": "x509_san_dns", "key_name": "asker", **files},
            "attested": {
                "prefix": "verifier_attestation",
                "key_name": "asker",
                "attestation_file": "attestation.jwt",
            },
            "nobody": {"prefix": "redirect_uri"},
            **rows,
        }
        read = identities.read([{"name": name, **row} for name, row in table.items()], folder)
        return identities.opened(
            "did:ethr:0x1:0xab",
            "did:ethr:0x1:0xab#delegate-1",
            desk.asking.ref,
            read,
            origin="https://verifier.example",
            keys=keys,
        )

    def test_each_signs_in_its_way(self, every: Desk, tmp_path: Path) -> None:
        object.__setattr__(every.service, "identities", self.opened(every, tmp_path))
        leaf = x509.load_pem_x509_certificate((tmp_path / "access.pem").read_bytes())
        digest = base64url.encode(hashlib.sha256(leaf.public_bytes(Encoding.DER)).digest())
        for name, client_id, header in (
            ("did", "decentralized_identifier:did:ethr:0x1:0xab", "kid"),
            ("hash", f"x509_hash:{digest}", "x5c"),
            ("name", "x509_san_dns:verifier.example", "x5c"),
            ("attested", "verifier_attestation:verifier.example", "jwt"),
        ):
            session_id = made(every, identity=name).json()["id"]
            raw = every.http.get(f"/wallet/request/{session_id}").content
            token = jws.parse(raw, typ="oauth-authz-req+jwt", max_bytes=1 << 18)
            assert set(token.header) == {"typ", "alg", header}
            jws.verify(token, every.asking.keys.public(every.asking.ref))
            assert str(request_of(raw).client_id) == client_id

    def test_who_signs_nothing_is_told_by_the_address_alone(self, every: Desk) -> None:
        found = made(every, identity="nobody").json()
        assert "request_uri=" not in found["request_url"]
        assert "verifier_info" not in found["request_url"]
        assert every.http.get(f"/wallet/request/{found['id']}").status_code == 404

    def test_an_unknown_name_is_refused(self, every: Desk) -> None:
        found = made(every, identity="other")
        assert (found.status_code, found.json()["where"]) == (400, "/identity")

    @pytest.mark.parametrize(
        "row",
        [
            {"prefix": "x509_hash", "key_name": "other", "certificate_file": "access.pem"},
            {"prefix": "x509_hash", "key_name": "asker", "certificate_file": "attestation.jwt"},
            {"prefix": "x509_hash", "key_name": "asker", "certificate_file": "missing.pem"},
            {"prefix": "x509_hash", "key_name": "missing", "certificate_file": "access.pem"},
            {"prefix": "verifier_attestation", "key_name": "other", "attestation_file": "attestation.jwt"},
            {"prefix": "verifier_attestation", "key_name": "asker", "attestation_file": "access.pem"},
        ],
        ids=["another key's", "no certificate", "no file", "no key", "attested another", "no attestation"],
    )
    def test_what_does_not_prove_it_is_told_at_the_start(
        self, every: Desk, tmp_path: Path, row: dict[str, Any]
    ) -> None:
        if every.asking.keys.find("other") is None:
            every.asking.keys.generate(P256, "other")
        with pytest.raises(LocalError):
            self.opened(every, tmp_path, wrong=row)

    def test_a_certificate_for_another_host_is_told_at_the_start(self, every: Desk, tmp_path: Path) -> None:
        self.opened(every, tmp_path)
        row = {"name": "x", "prefix": "x509_san_dns", "key_name": "asker", "certificate_file": "access.pem"}
        read = identities.read([row], tmp_path)
        with refused("config.invalid", "identities.x", kind=LocalError):
            identities.opened(
                "did:x:y",
                "did:x:y#1",
                every.asking.ref,
                read,
                origin="https://elsewhere.example",
                keys=every.asking.keys,
            )

    @pytest.mark.parametrize(
        "rows",
        [
            [{"name": "did", "prefix": "redirect_uri"}],
            [{"name": "", "prefix": "redirect_uri"}],
            [{"name": "a", "prefix": "redirect_uri"}, {"name": "a", "prefix": "redirect_uri"}],
            [{"name": "a", "prefix": "openid_federation"}],
            [{"name": "a", "prefix": "x509_hash", "key_name": "k"}],
            [{"name": "a", "prefix": "redirect_uri", "key_name": "k"}],
            ["a"],
        ],
    )
    def test_rows_that_are_none(self, tmp_path: Path, rows: Any) -> None:
        with pytest.raises(ValueError, match="identities"):
            identities.read(rows, tmp_path)
