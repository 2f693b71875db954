"""The wallet provider that the sandbox plays: it knows its wallets, and attests them and their keys."""
