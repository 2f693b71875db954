"""What an issuer or a holder might sign: any header, payload or holder's proof, rightly signed.

The input is three JSON texts with a NUL between them; those missing are as in the good presentation.
"""

from __future__ import annotations

from clicid.codec import base64url
from clicid.errors import ClicidError
from clicid.formats.base import FormatId, Wanted
from clicid.formats.sd_jwt_vc import SdJwtVcChecker
from clicid.securing.sd_jwt.disclosure import digest_of
from clicid.verification import Ending, check
from tests.support.sd_jwt_vectors import token
from tests.support.world import AUDIENCE, NONCE, NOW, World

_WORLD = World()
_HAVE = _WORLD.have
_CHECKERS = {FormatId.SD_JWT_VC: SdJwtVcChecker()}
_JWT = _WORLD.credential(x5c=()).decode().split("~")[0]
_HEAD, _BODY = (base64url.decode(part) for part in _JWT.split(".")[:2])
_PROOF = f'{{"iat":{int(NOW.timestamp())},"aud":"{AUDIENCE}","nonce":"{NONCE}","sd_hash":"%"}}'.encode()

SEEDS = [
    b"\0".join((_HEAD, _BODY, _PROOF)),
    b"\0".join((_HEAD, _BODY)),
    b"\0".join((_HEAD, _BODY.replace(b'"exp":', b'"exp":253402300799,"x":'), _PROOF)),
    b"\0".join((_HEAD, b'{"vct":"x","_sd":["a"],"a":[{"...":"b"}]}', _PROOF)),
]


def decide(data: bytes) -> Ending | Wanted:
    head, body, proof = (*data.split(b"\0", 2), *(_HEAD, _BODY, _PROOF)[data.count(b"\0") + 1 :])[:3]
    signed = token(_WORLD, base64url.encode(head), base64url.encode(body), "issuer") + "~"
    claims = proof.replace(b"%", digest_of(signed).encode())
    holder_head = base64url.encode(b'{"typ":"kb+jwt","alg":"ES256"}')
    raw = signed + token(_WORLD, holder_head, base64url.encode(claims), "holder")
    return check(
        raw.encode(),
        _HAVE,
        request=_WORLD.request,
        policy=_WORLD.policy,
        checkers=_CHECKERS,
        now=NOW,
    )


def target(data: bytes) -> None:
    try:
        ending = decide(data)
    except ClicidError:
        return
    if not isinstance(ending, Wanted):
        ending.report.to_json()
