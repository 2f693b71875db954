"""Decentralized identifiers: their syntax, their documents, and one pure module for each method."""
