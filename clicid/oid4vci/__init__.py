"""OpenID4VCI 1.0 without I/O: messages, key proofs, and one state machine per role."""
