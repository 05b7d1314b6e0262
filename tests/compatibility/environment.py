"""A virtual environment with a clone of the repository, for as long as it is needed."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]


class NotRunError(Exception):
    """Something could not be tried; the message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A clone of what is committed, and the folder whose programs come first."""

    source: Path
    programs: Path

    @property
    def python(self) -> Path:
        return self.programs / "python"

    def attempt(self, *command: str | Path, more: Mapping[str, str] | None = None) -> int:
        """Runs a command in the clone, its output to ours, and returns its exit code.

        Raises:
            NotRunError: there is no such program.
        """
        environment = {
            **os.environ,
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.source),
            **(more or {}),
        }
        try:
            return subprocess.run(command, cwd=self.source, env=environment).returncode
        except FileNotFoundError as error:
            raise NotRunError(f"there is no {Path(command[0]).name} here") from error

    def must(self, *command: str | Path, more: Mapping[str, str] | None = None) -> None:
        """As `attempt`.

        Raises:
            NotRunError: the command failed.
        """
        code = self.attempt(*command, more=more)
        if code != 0:
            named = shlex.join([Path(command[0]).name, *map(str, command[1:])])
            raise NotRunError(f"`{named[:60]}` ended with {code}")

    def install(self, requirements: Sequence[str]) -> None:
        """Installs with pip.

        Raises:
            NotRunError: pip failed.
        """
        self.must(self.python, "-m", "pip", "install", "--quiet", *requirements)

    def says(self, code: str) -> str:
        """What this Python prints for `code`."""
        return _output(str(self.python), "-c", code)


@cache
def commit() -> str:
    """What is tried: the commit at the first question, whatever is committed later."""
    return _output("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")


def python_named(version: str) -> str:
    """The program of a Python, such as that of "3.12".

    Raises:
        NotRunError: there is none.
    """
    name = f"python{version}"
    found = shutil.which(name)
    if found is None or subprocess.run([found, "--version"], capture_output=True).returncode != 0:
        raise NotRunError(f"there is no {name} here")
    return found


@contextmanager
def environment(python: str | None = None, *, free_bytes: int = 0) -> Iterator[Environment]:
    """A clone, with a virtual environment when a Python is named; gone afterwards.

    Raises:
        NotRunError: less than `free_bytes` are free, or the environment cannot be made.
    """
    with TemporaryDirectory(prefix="pytimer-") as name:
        folder = Path(name)
        free = shutil.disk_usage(folder).free
        if free < free_bytes:
            raise NotRunError(f"{free_bytes / 1e9:.0f} GB of disk needed, {free / 1e9:.0f} GB free")
        source = folder / "source"
        _output("git", "clone", "--quiet", str(ROOT), str(source))
        _output("git", "-C", str(source), "checkout", "--quiet", commit())
        made = Environment(source, folder / "venv" / "bin")
        if python is not None:
            made.must(python, "-m", "venv", folder / "venv")
        yield made


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:]
        raise NotRunError(
            ": ".join([f"{Path(command[0]).name} ended with {done.returncode}", *said])
        )
    return done.stdout.strip()
