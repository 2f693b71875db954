"""Status lists: rows, the deltas that stand on chain, and the two published HTTP forms of them.

Nothing here knows who signed a list; that is `verification`'s question.
"""
