"""did:webvh 1.0: a web server shows the history of a DID, and the history proves itself.

`identifier` says where the files lie, `files` holds them, `log` reads them, `documents` gives the document of
a version, `following` compares a history with one known before, and `authoring` makes one. Nothing is
fetched here.
"""
