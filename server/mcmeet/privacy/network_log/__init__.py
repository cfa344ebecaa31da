"""The network log of clause 2.1: who did what from which address, under a pseudonym, for some six months.

`entries` is its vocabulary, `log` takes what happened and writes it, `partitions` are its own databases, one
for each period, and `retention` drops them whole. Decision 12 says why.
"""
