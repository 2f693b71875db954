"""``clicid-sandbox vc-api``: the VC API's face, through which public conformance suites speak."""
