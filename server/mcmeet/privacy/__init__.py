"""Privacy as code: the engines over the declarations of `mcmeet.core.declare`.

The published policy texts and their clauses, the consent ledger, the lint that finds undeclared data,
and the data map with its lock file. No feature is named in here.
"""
