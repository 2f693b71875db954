"""The on-chain part: Vyper sources, and what they compile to (`python -m contracts.build`)."""
