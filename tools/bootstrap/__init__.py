"""Makes everything that MCMeet needs to run from a fresh clone, with the standard library alone.

`python3 -m tools.bootstrap {setup,build,wheels,serve,test-packages,doctor}`, from the root of the repository.
The syntax stays old on purpose: an old Python must be able to read this and say that it is too old.
"""
