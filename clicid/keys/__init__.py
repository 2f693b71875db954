"""Public keys in the forms that standards give them, and the protocol behind which private keys stay."""
