"""The hosted pages: what a person sees between the service provider's site and the wallet."""
