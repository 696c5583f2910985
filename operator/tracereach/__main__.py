"""`python -m tracereach` is the `tracereach` command; the images start it this way."""

from tracereach.cli import main

if __name__ == "__main__":
    main()
