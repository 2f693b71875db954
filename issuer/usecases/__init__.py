"""What the issuer does, seen without HTTP and without a database: both come in through `ports`."""
