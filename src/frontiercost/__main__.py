"""Run the command line with `python -m frontiercost`."""

from frontiercost.cli import main

if __name__ == "__main__":
    main()
