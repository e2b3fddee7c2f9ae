"""`python -m faifo` is the same as `faifo`."""

from faifo.cli import main

if __name__ == "__main__":
    main()
