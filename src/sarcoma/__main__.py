"""`python -m sarcoma` is the command line."""

from sarcoma.cli import main

main()
