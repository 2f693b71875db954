"""ClicID's kernel: credentials in, a verdict with its reasons out.

A service provider starts at `clicid.verification.check`; a wallet at `clicid.oid4vci` and
`clicid.oid4vp`. Everything but `clicid.adapters` is pure: bytes, dates and random numbers are
arguments, and nothing here touches a network, a file or a clock.
"""
