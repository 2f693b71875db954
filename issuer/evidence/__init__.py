"""Evidence of who a person is: what the engines must answer, and the table that decides on it.

Nothing here looks at an image. `ports` says what an engine returns, `evidence` turns an answer into
what is kept of it, and `decision` is the table from evidence to an outcome.
"""
