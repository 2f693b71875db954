"""The pages at the authorization endpoint: plain HTML in Swedish and English, without scripts."""
