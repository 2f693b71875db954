"""Founding a network: five roles with their keys, contracts, network file, issuer, service providers."""
