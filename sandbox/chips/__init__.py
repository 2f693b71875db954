"""A country's signers and the chips of its travel documents (ICAO Doc 9303 parts 10 to 12), good and bad.

Written from the specification and without a look at what the issuer verifies them with, so that each
checks the other: nothing here imports `issuer.chip`, and the table in ``tests/vectors/chip`` says what
each fault must be refused with.
"""
