"""The one table of cryptosuites. What is not a row here does not exist for us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.keys.algorithms import ED25519, P256, P384
from clicid.securing.data_integrity.bbs_2023 import Bbs2023
from clicid.securing.data_integrity.ecdsa_sd_2023 import EcdsaSd2023
from clicid.securing.data_integrity.hashed import HashedSuite
from clicid.securing.data_integrity.transforms import JCS, RDFC

if TYPE_CHECKING:
    from clicid.securing.data_integrity.suite import Suite

EDDSA_RDFC_2022: Final = "eddsa-rdfc-2022"
EDDSA_JCS_2022: Final = "eddsa-jcs-2022"
ECDSA_RDFC_2019: Final = "ecdsa-rdfc-2019"
ECDSA_JCS_2019: Final = "ecdsa-jcs-2019"

_ROWS: Final[tuple[Suite, ...]] = (
    HashedSuite(EDDSA_RDFC_2022, RDFC, (ED25519,)),
    HashedSuite(EDDSA_JCS_2022, JCS, (ED25519,)),
    HashedSuite(ECDSA_RDFC_2019, RDFC, (P256, P384)),
    HashedSuite(ECDSA_JCS_2019, JCS, (P256, P384)),
    EcdsaSd2023(),
    Bbs2023(),
)

SUITES: Final[dict[str, Suite]] = {row.name: row for row in _ROWS}
