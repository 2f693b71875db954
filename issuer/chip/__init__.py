"""The chip of an electronic travel document, verified after ICAO Doc 9303 parts 10 to 12.

`files.sort` takes what a phone read, `passive.authenticate` decides over it. Nothing here reads a file, a
clock or a network: bytes, a store of country signers and a time are arguments.
"""
