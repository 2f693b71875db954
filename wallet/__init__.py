"""The wallet: holds credentials in an encrypted vault and shows only what its person agrees to."""
