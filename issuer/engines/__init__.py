"""The engines behind the ports of `issuer.evidence`: documents and faces, and the process they run in."""
