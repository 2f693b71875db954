"""The issuer: checks who a person is, issues credentials, and revokes them."""
