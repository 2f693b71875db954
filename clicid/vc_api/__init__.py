"""The VC API (W3C CCG): what its messages hold and what is answered, for issuer, verifier and holder."""
