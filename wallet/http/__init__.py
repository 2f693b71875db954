"""The wallet's HTTP face, for programs of its person on the same machine."""
