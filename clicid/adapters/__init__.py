"""The kernel's only room with I/O: fetching, the chain, stores, key stores, clock, package data."""
