"""Data Integrity proofs (VC Data Integrity 1.0): options, the table of suites, proof sets and chains.

`parse` takes a secured document apart and hashes it, `verify` holds every proof against the key that
the caller found for it, `prepare` and `prepare_another` make a document that lacks its signatures.
The suites of selective disclosure have more sides: `ecdsa_sd_2023.Issuing` is the issuer's, and
`holder` receives their base proofs and derives those for verifiers. Whose key it is and what it may be
used for is for the formats to say; they know documents and DIDs.
"""

from clicid.securing.data_integrity.documents import UnverifiedDocument, parse, verify
from clicid.securing.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023
from clicid.securing.data_integrity.options import PROOF_TYPE, Proof, Purpose
from clicid.securing.data_integrity.sealing import PreparedDocument, prepare, prepare_another
from clicid.securing.data_integrity.suite import Suite, Unsigned, UnverifiedProof
from clicid.securing.data_integrity.table import (
    ECDSA_JCS_2019,
    ECDSA_RDFC_2019,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    SUITES,
)

__all__ = [
    "ECDSA_JCS_2019",
    "ECDSA_RDFC_2019",
    "ECDSA_SD_2023",
    "EDDSA_JCS_2022",
    "EDDSA_RDFC_2022",
    "PROOF_TYPE",
    "SUITES",
    "PreparedDocument",
    "Proof",
    "Purpose",
    "Suite",
    "Unsigned",
    "UnverifiedDocument",
    "UnverifiedProof",
    "parse",
    "prepare",
    "prepare_another",
    "verify",
]
