"""Run the command line with `python -m frontiercost`."""

from frontiercost.cli import program

if __name__ == "__main__":
    program()
