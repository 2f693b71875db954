"""How much of everything one document may have; a poison document is refused, never computed.

The figures leave a presentation of sixteen credentials room, and cap the work on the worst document
we could make at half a second on one core (the tests of this room see to it).
"""

from __future__ import annotations

from typing import Final

MAX_DEPTH: Final = 12
"""Node objects inside each other."""
MAX_NODES: Final = 256
"""Node objects, and cells of lists, each of which is a blank node."""
MAX_STATEMENTS: Final = 1024
MAX_TYPES: Final = 4
"""Types of one node: each may bring a context of its own, and so work."""
MAX_OPEN_TYPES: Final = 16
"""The same in the open profile, where the work that contexts take has a budget of its own."""
MAX_CONTEXTS: Final = 8
"""Contexts that one document may name."""
MAX_TERMS: Final = 256
"""Terms that a document's own contexts may define together, those of scoped contexts among them."""
MAX_CONTEXT_DEPTH: Final = 4
"""Contexts of a document inside each other."""
MAX_CONTEXT_TEXT: Final = 1 << 16
"""Characters of a document's own contexts."""
MAX_CONTEXT_WORK: Final = 20_000
"""Units of work (`work.Weight`) to process all contexts of one document in the open profile."""
MAX_IRI: Final = 2048
MAX_DATA_URL: Final = 1 << 17
MAX_TEXT: Final = 1 << 18
"""Characters of all values together."""
MAX_HASH_STEPS: Final = 8_000
"""Steps of the search among blank nodes that look alike (RDFC-1.0 4.8); usually none.

The hardest graph of the W3C suite that can be computed takes 6180."""
