"""`python -m speechloom`."""

from .cli import main

main()
