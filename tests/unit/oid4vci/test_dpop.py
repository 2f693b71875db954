"""DPoP proofs: what is accepted, and each way in which one can be wrong (RFC 9449 4.3)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey

from clicid.errors import RemoteError
from clicid.oid4vci import dpop
from tests.support import attesting
from tests.support.attesting import ALGS, INSTANCE, MINUTE
from tests.support.world import NOW

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "oid4vci" / "dpop.json").read_text())
TOKEN_URL = "https://issuer.example/token"


def verify(jwt: str, **changes: Any) -> dpop.VerifiedDpop:
    rules: dict[str, Any] = {"htm": "POST", "htu": TOKEN_URL, "algs": ALGS, "now": NOW, "access_token": ""}
    return dpop.verify(jwt, max_age=5 * MINUTE, leeway=MINUTE, **rules | changes)


def prepared(**changes: Any) -> Any:
    said: dict[str, Any] = {"alg": "ES256", "htm": "POST", "htu": TOKEN_URL, "jti": "once", "now": NOW}
    return dpop.prepare(attesting.instance(), **said | changes)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    header, payload = attesting.opened(prepared())
    jwt = attesting.bent(header, payload, vector, INSTANCE)
    asked = {name: vector[name] for name in ("htu", "access_token") if name in vector}
    if "code" not in vector:
        found = verify(jwt, **asked)
        assert (found.key, found.jti, found.nonce) == (attesting.instance(), "once", vector.get("nonce", ""))
        return
    with pytest.raises(RemoteError) as caught:
        verify(jwt, **asked)
    assert caught.value.wire == "invalid_dpop_proof"
    assert (caught.value.code, caught.value.where) == (vector["code"], vector.get("where", "")), caught.value


def test_what_is_prepared_is_accepted() -> None:
    found = verify(attesting.sign(prepared(nonce="n", access_token="t"), INSTANCE), access_token="t")
    assert (found.nonce, found.jkt) == ("n", attesting.instance().thumbprint())
    assert "'n'" not in repr(found)


def test_an_id_is_to_be_remembered_until_its_proof_is_too_old() -> None:
    jwt = attesting.sign(prepared(now=NOW + MINUTE), INSTANCE)
    until = verify(jwt).until
    assert verify(jwt, now=until).jti == "once"
    with pytest.raises(RemoteError):
        verify(jwt, now=until + timedelta(seconds=1))


def test_query_and_fragment_are_left_out_of_what_we_make() -> None:
    _, payload = attesting.opened(prepared(htu=f"{TOKEN_URL}?code=secret#x"))
    assert payload["htu"] == TOKEN_URL


def test_the_proof_of_the_rfc() -> None:
    """RFC 9449 4.1, the example; its access token (7.1) has the digest that stands there."""
    jwt = (
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpD"
        "a0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6"
        "IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUu"
        "Y29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY"
        "-FNyJK70nfbV37xRZT3Lg"
    )
    at = NOW.fromtimestamp(1562262616, tz=NOW.tzinfo)
    found = verify(jwt, htu="https://server.example.com/token", now=at)
    assert found.jkt == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    _, payload = attesting.opened(prepared(access_token=token))
    assert payload["ath"] == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"


def test_another_library_makes_one() -> None:
    theirs = ECKey.generate_key("P-256")
    public: Any = theirs.as_dict(private=False)
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": {k: public[k] for k in ("kty", "crv", "x", "y")}}
    claims = {"jti": "j", "htm": "POST", "htu": TOKEN_URL, "iat": int(NOW.timestamp())}
    jwt = joserfc_jws.serialize_compact(header, json.dumps(claims), theirs, algorithms=["ES256"])
    assert verify(jwt).jkt == theirs.thumbprint()
    ours = attesting.sign(prepared(), INSTANCE)
    jwk: Any = attesting.instance().to_jwk()
    key = ECKey.import_key(jwk)
    read = joserfc_jws.deserialize_compact(ours, key, algorithms=["ES256"]).payload
    assert json.loads(read)["htu"] == TOKEN_URL
