"""Files that are written whole or not at all, and never through a link: the one place that writes.

A file is made anew beside its place and then renamed: what was there before stays as it was until
then. So its mode follows the user's umask, whatever that of an old file was; a symbolic link is
replaced by the file, and what it points to is left alone; of a file with several names (hard links)
only this name gets the new content. A pipe, a terminal or a device is written to as it is, also by
the names that the system gives to open files, such as /dev/stdout.

What others have written is read here too: whole, and up to the size that it is expected to have.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pytimer.errors import PyTimerError, ResultFileError

_OF_OPEN_FILES = re.compile(r"/dev|/proc/\d+/(task/\d+/)?fd")
"""Folders in which links are the system's own and stand for what is open: they are followed."""

_READ_AT_ONCE = 2**20


def read_whole(
    path: str | os.PathLike[str],
    *,
    refusal: type[PyTimerError],
    most_bytes: int,
    too_large: str,
    pipes: bool = False,
) -> bytearray:
    """The content of a file; one that is replaced meanwhile is read as it was.

    Args:
        refusal: the error to raise.
        most_bytes: that it may have; a larger one is not read.
        too_large: what that many bytes are, and what to do about more, for the message.
        pipes: whether a pipe is read too, and waited for.

    Raises:
        `refusal`: it cannot be read, is no ordinary file, or is too large; says which.
    """
    try:
        with open(path, "rb", buffering=0, opener=None if pipes else _open_at_once) as file:
            status = os.fstat(file.fileno())
            is_pipe = stat.S_ISFIFO(status.st_mode)
            if not (stat.S_ISREG(status.st_mode) or (pipes and is_pipe)):
                raise refusal(f"cannot read {path}: it is no ordinary file; name one")
            size, content = status.st_size, bytearray()
            while size <= most_bytes and (more := file.read(_READ_AT_ONCE)):
                content += more
                size = max(size, len(content))
    except (OSError, ValueError) as error:
        raise refusal(f"cannot read {path}: {_reason(error)}") from None
    except MemoryError:
        raise refusal(f"cannot read {path}: it does not fit into memory") from None
    if size > most_bytes:
        most = f"{most_bytes / 2**20:.0f} MiB"
        raise refusal(f"cannot read {path}: it has more than {most}, {too_large}")
    return content


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Puts a file with that content at `path`, whole or not at all; an existing one is replaced.

    Raises:
        ResultFileError: it cannot be written; what was there is as it was.
    """
    write_pieces(path, (content,))


def write_pieces(path: str | os.PathLike[str], content: Iterable[bytes]) -> None:
    """As `write_whole`, of content that is made while it is written."""
    path = Path(path)
    with _errors_of(path):
        if is_special(path):
            _write(os.open(path, os.O_WRONLY), content)
            return
        descriptor, temporary = _create_beside(path)
        try:
            _write(descriptor, content, os.fsync)
            _rename(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


def is_file(path: Path) -> bool:
    """Whether there is one; never an error, as of a name that is too long."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Likewise of a folder."""
    try:
        return path.is_dir()
    except OSError:
        return False


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """A folder on the same disk, for a file that someone else writes before it takes its place.

    Raises:
        ResultFileError: no file can be put at `path`.
    """
    check_writable(path)
    with _errors_of(path):
        if is_special(path):
            raise ResultFileError(f"cannot write {path}: it is a pipe or a device; name a file")
        folder = tempfile.TemporaryDirectory(dir=path.parent, prefix=".pytimer-")
    with folder as name:
        yield Path(name)


def put_in_place(written: Path, path: Path) -> None:
    """Moves a file from a `folder_beside` to `path`, as `write_whole` puts its own there.

    Raises:
        ResultFileError: it cannot be moved; what was there is as it was.
    """
    with _errors_of(path):
        with written.open("rb") as file:
            os.fsync(file.fileno())
        _rename(written, path)


def write_to_temporary_folder(content: Iterable[bytes], suffix: str) -> Path:
    """Keeps the content in a new file that only its owner may read, whatever the umask allows.

    Returns:
        Its path.

    Raises:
        ResultFileError: nothing can be written there either.
    """
    with _errors_of(Path(tempfile.gettempdir())):
        descriptor, name = tempfile.mkstemp(prefix="pytimer-", suffix=suffix)
        try:
            _write(descriptor, content, os.fsync)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
    return Path(name)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raises ResultFileError unless a file can be written at `path`; leaves nothing behind."""
    path = Path(path)
    with _errors_of(path):
        if path.is_dir():
            raise ResultFileError(f"cannot write {path}: it is a folder; name a file")
        if is_special(path):
            if not os.access(path, os.W_OK):
                raise ResultFileError(f"cannot write {path}: permission denied")
            return
        descriptor, probe = _create_beside(path)
        os.close(descriptor)
        probe.unlink()


def is_special(path: Path) -> bool:
    """Whether `path` is a pipe, a terminal or a device: nothing to put a file in the place of."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISLNK(status.st_mode):
        return not stat.S_ISREG(status.st_mode)
    if not _OF_OPEN_FILES.fullmatch(os.path.realpath(path.parent)):
        return False
    if path.is_file():
        raise ResultFileError(
            f"cannot write {path}: it stands for the file {os.path.realpath(path)}; name that one"
        )
    return True


def _open_at_once(path: str, flags: int) -> int:
    """A pipe is not waited for; of an ordinary file this changes nothing."""
    return os.open(path, flags | os.O_NONBLOCK)


def _create_beside(path: Path) -> tuple[int, Path]:
    temporary = path.with_name(f".pytimer-{secrets.token_hex(8)}.tmp")
    # Mode 0666 less the user's umask, as any other file; O_EXCL follows no symlink.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(temporary, flags, 0o666), temporary


def _write(
    descriptor: int, content: Iterable[bytes], settle: Callable[[int], object] = lambda _: None
) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(content)
        file.flush()
        settle(file.fileno())


def _rename(temporary: Path, path: Path) -> None:
    temporary.replace(path)
    # The file is in its place, also where a file system cannot settle the folder or we not open it.
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    """Turns what the system says into one line; a path may hold what no file system takes."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise ResultFileError(
            f"cannot write {path}: {_reason(error)}; choose a folder that exists, that you "
            "may write to, and whose disk has room"
        ) from None


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
