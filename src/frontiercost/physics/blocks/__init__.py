"""The blocks that models are built of: mixers, which look at other tokens, and feed-forwards.

A module holds the formulas of a kind: parameters, FLOP of a token, what it keeps in memory. A new
kind is a module and its line in `registry`.
"""
