"""A verifier's configuration in which every setting stands that must stand there."""

from __future__ import annotations

DIGEST = "ab" * 32
GOOD = f"""\
origin = "https://verifier.example/"
data_dir = "data"
network_file = "network.json"
network_digest = "{DIGEST}"
rpc = ["https://one.example", "https://two.example"]
witness = "https://three.example"
did = "did:ethr:0x1:0xabc"
key_id = "did:ethr:0x1:0xabc#delegate-1"
key_name = "requests"
vault_key_file = "/etc/clicid/vault.key"
registration_file = "registration.json"

[policy]
confirmations = 2
proofs = "required"
witness = "required"
chain_max_age_seconds = 30
presentation_max_age_seconds = 300.5
leeway_seconds = 0
signed_lists = "ignored"

[[clients]]
id = "shop"
secret_sha256 = "{DIGEST.upper()}"
"""
