"""The chain as pure data: network file, event decoding, folding blocks into state, facts about it."""
