"""What the verifier does: ask, take the answer, give report and claims to the client that asked."""
