"""`python -m pytimer` is the command `pytimer`."""

from pytimer.cli import main

if __name__ == "__main__":
    main(prog_name="pytimer")
