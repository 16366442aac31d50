"""`python -m lmpeval.cli`."""

from lmpeval.cli import main

main()
