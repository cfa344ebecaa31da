"""`python -m mcmeet`."""

from mcmeet.cli import main

main()
