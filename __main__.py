"""`python -m voxweft`."""

from .cli import main

main()
