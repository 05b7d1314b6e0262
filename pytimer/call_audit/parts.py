"""What a callable holds: modules and functions in its closure, attributes, arguments, globals."""

from __future__ import annotations

import functools
import sys
import types
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import torch

from pytimer.aoti import AotiPackage

_CLOSED = (torch.jit.ScriptModule, torch.jit.ScriptFunction, AotiPackage, torch.cuda.CUDAGraph)
"""They run without Python, so that nothing in Python sees inside."""


def parts_of(call: object) -> Iterator[Any]:
    """`call`, then whatever it may call in turn, as far as that can be told without calling it.

    Not followed: other files' functions, and torch's own.
    """
    seen: dict[int, object] = {}  # keeps what it has seen, so that no number is used twice
    pending = deque([call])
    while pending:
        part = pending.popleft()
        if id(part) not in seen:
            seen[id(part)] = part
            yield part
            pending.extend(_within(part))


def is_compiled(part: object) -> bool:
    """Whether it runs code that was compiled before, so that an operation is not seen."""
    if is_closed(part) or getattr(part, "_compiled_call_impl", None) is not None:
        return True
    of_dynamo = getattr(part, "_torchdynamo_orig_callable", None) is not None
    return of_dynamo and not getattr(part, "_torchdynamo_disable", False)


def is_closed(part: object) -> bool:
    """Whether it runs without Python, and cannot be made to run with it."""
    if isinstance(part, _CLOSED):
        return True
    package = sys.modules.get("torch._inductor.package.package")
    return package is not None and isinstance(part, package.AOTICompiledModel)


def _within(part: object) -> Iterator[Any]:
    if isinstance(part, torch.jit.ScriptModule | type):
        return
    if isinstance(part, torch.nn.Module):
        yield from part.children()
        yield type(part).forward
        yield from _callables(vars(part).values())
    elif isinstance(part, functools.partial):
        yield part.func
        yield from _callables((*part.args, *part.keywords.values()))
    elif isinstance(part, types.MethodType):
        yield part.__self__
        yield part.__func__
    elif isinstance(part, types.FunctionType):
        yield from _callables(_values_of(part))
    else:
        yield from _callables(getattr(part, "__dict__", {}).values())
        yield vars(type(part)).get("__call__")


def _values_of(function: types.FunctionType) -> Iterator[Any]:
    """What its closure, its defaults and the globals that it names are."""
    yield getattr(function, "_torchdynamo_orig_callable", None)
    if (function.__module__ or "").partition(".")[0] == torch.__name__:
        return
    for cell in function.__closure__ or ():
        if cell != types.CellType():  # not an empty one
            yield cell.cell_contents
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if getattr(value, "__globals__", function.__globals__) is function.__globals__ or (
            is_compiled(value)
        ):
            yield value


def _callables(values: Iterable[Any]) -> Iterator[Any]:
    """Those that can be called, and those in lists, tuples and dicts."""
    for value in values:
        if isinstance(value, list | tuple):
            yield from filter(callable, value)
        elif isinstance(value, dict):
            yield from filter(callable, value.values())
        elif callable(value):
            yield value
