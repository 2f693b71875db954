"""OpenID4VP 1.0 without I/O: DCQL, request and response, and one state machine per role."""
