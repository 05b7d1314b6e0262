"""AOTInductor packages (.pt2): models compiled ahead of time, which run without Python.

Loading a package runs the machine code in it: open only those you trust.
"""

from __future__ import annotations

import json
import os
import platform
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.utils import _pytree as pytree

from pytimer import _torch
from pytimer.errors import CallError, ModelError, text_of
from pytimer.files import is_file
from pytimer.host_facts import cpu_flags

INPUTS_KEY = "pytimer.inputs"
"""Entry of a package's metadata in which `export` says what the model takes, as JSON."""

CONSTANTS_KEY = "pytimer.constants"
"""Likewise of its inputs that are no tensors, which are compiled in."""

_TOO_SMALL = re.compile(
    r"input_handles\[(\d+)\]: dim value is too small at (\d+), .*>= 2, but got: 1\b"
)

_CHECK_VARIABLE = "AOTI_RUNTIME_CHECK_INPUTS"

_FLAG_OF_ISA = {
    "AVX2": "avx2",
    "AVX512": "avx512f",
    "AVX512_VNNI": "avx512_vnni",
    "AMX_TILE": "amx_tile",
}
"""Names in the metadata of packages, and those of the kernel for the same."""

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


class AotiPackage:
    """The model of a package, loaded: callable as the model it was compiled from.

    On CUDA it is loaded onto the current device. It may be called by as many threads at the same
    time as it has `runners`.

    Attributes:
        device: where it computes.
        inputs: what the model takes; None where the package does not say.
    """

    def __init__(self, path: str | os.PathLike[str], *, runners: int = 1) -> None:
        """Raises ModelError: no such file, no such package, or none for this machine."""
        self.path = Path(path).absolute()
        _check_is_package(self.path)
        with _loading(self.path):
            metadata = _torch.AotiModel.metadata(str(self.path))
            _check_fits_machine(self.path, metadata)
            self.device = _device_of(metadata)
            self._model = _torch.AotiModel(str(self.path), runners)
        self.inputs = InputsTaken.parsed(metadata.get(INPUTS_KEY))
        self._constants = metadata.get(CONSTANTS_KEY)
        in_spec, out_spec = self._model.call_spec()
        self._in_spec = pytree.treespec_loads(in_spec)
        self._out_spec = pytree.treespec_loads(out_spec)
        self._plain_tensors = _plain_tensors(self._in_spec)
        self._checked: set[tuple[object, ...]] = set()
        self._original: AotiPackage | None = None  # its file must outlive this one's

    @property
    def name(self) -> str:
        return self.path.name

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        outputs = self._model.run(self._flat((arguments, keywords)))
        return pytree.tree_unflatten(outputs, self._out_spec)

    def native_call(self, sets: Sequence[Arguments]) -> Any:
        """A NativeCall capsule that takes the sets in turn."""
        return self._model.native_call([self._flat(one) for one in sets])

    def with_runners(self, runners: int) -> AotiPackage:
        """The same package, loaded once more, for so many threads."""
        package = AotiPackage(self.path, runners=runners)
        package._original = self
        return package

    def check(self, sets: Sequence[Arguments]) -> None:
        """Raises ModelError unless the model was compiled for such inputs.

        A compiled model does not look, and would compute nonsense or crash. Where the package does
        not say what it takes, the model is loaded once more with its own checks on, and run once
        for each new kind of inputs.
        """
        for arguments in sets:
            flat = self._flat(arguments)
            kind = tuple((t.shape, t.stride(), t.dtype, t.device) for t in flat)
            if kind in self._checked:
                continue
            if self.inputs is not None and all(tensor.is_contiguous() for tensor in flat):
                self.inputs.check(self.name, flat)
            else:
                self._check_by_running(flat)
            self._checked.add(kind)

    def _check_by_running(self, flat: list[torch.Tensor]) -> None:
        with _variable(_CHECK_VARIABLE, "1"):
            with _loading(self.path):
                model = _torch.AotiModel(str(self.path), 1)
            while (widened := self._widened_for(model, flat)) is not None:
                flat = widened

    def _widened_for(
        self, model: _torch.AotiModel, flat: list[torch.Tensor]
    ) -> list[torch.Tensor] | None:
        """Runs the checks; None where they pass.

        torch states 2 as the least size of a dynamic dimension, and runs 1 all the same. It looks
        no further then, so the tensors are returned with that dimension twice as long.
        """
        try:
            model.run(flat)
        except RuntimeError as error:
            text = str(error)
            if found := _TOO_SMALL.search(text):
                index, dimension = int(found[1]), int(found[2])
                longer = torch.cat([flat[index]] * 2, dim=dimension)
                return [*flat[:index], longer, *flat[index + 1 :]]
            if "unmatched" in text or "dim value is" in text:
                raise ModelError(
                    f"{self.name} was not compiled for these inputs: {text_of(error)}; give "
                    "contiguous tensors of the shapes and types it was exported with"
                ) from None
            raise CallError(f"{self.name} failed when it was tried: {text_of(error)}") from error
        return None

    def _flat(self, arguments: Arguments) -> list[torch.Tensor]:
        positional, keywords = arguments
        is_plain = not keywords and len(positional) == self._plain_tensors
        if is_plain and all(type(one) is torch.Tensor for one in positional):
            return list(positional)
        names = self._in_spec.child(1).context
        if set(names) == set(keywords):
            keywords = {name: keywords[name] for name in names}
        leaves, spec = pytree.tree_flatten((positional, keywords))
        if spec != self._in_spec:
            raise ModelError(
                f"{self.name} takes inputs nested as {self._in_spec}, got {spec}; give them as "
                "the model was exported with"
            )
        self._check_constants(leaves)
        return [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]

    def _check_constants(self, leaves: list[Any]) -> None:
        """Whatever is no tensor was compiled in, and other values would be left aside."""
        got = constants_of(leaves)
        if self._constants is None and got != constants_of([None] * got.count("None")):
            raise ModelError(
                f"{self.name} does not say which values it was compiled with, got {got} beside "
                "tensors; export it with pytimer, or make them tensors"
            )
        if self._constants is not None and got != self._constants:
            raise ModelError(
                f"{self.name} was compiled with the values {self._constants}, got {got}; give "
                "those, or export it with others"
            )

    def __reduce__(self) -> tuple[type[AotiPackage], tuple[Path]]:
        return AotiPackage, (self.path,)


def constants_of(leaves: list[Any]) -> str:
    """The inputs that are no tensors, as a package's metadata keeps them."""
    return json.dumps([repr(leaf) for leaf in leaves if not isinstance(leaf, torch.Tensor)])


class InputsTaken:
    """Shapes and dtypes of the tensors that a compiled model takes; None is any size."""

    def __init__(self, shapes: list[list[int | None]], dtypes: list[str]) -> None:
        self.shapes = shapes
        self.dtypes = dtypes

    @staticmethod
    def parsed(text: str | None) -> InputsTaken | None:
        """What `as_json` has written; None for anything else."""
        try:
            entries = json.loads(text or "")
            return InputsTaken([e["shape"] for e in entries], [e["dtype"] for e in entries])
        except (ValueError, TypeError, KeyError):
            return None

    def make(self, batch_size: int) -> tuple[torch.Tensor, ...]:
        """Such tensors, on the host: random numbers, zeros for integers; None is `batch_size`.

        Raises:
            ModelError: no size is None, and the first tensor has another batch size.
        """
        sizes = [size for shape in self.shapes for size in shape]
        if None not in sizes and sizes[:1] not in ([], [batch_size]):
            raise ModelError(
                f"it was compiled for batch size {sizes[0]}, got {batch_size}; export it with "
                "--dynamic-batch, or for that size"
            )
        shapes = [[batch_size if size is None else size for size in shape] for shape in self.shapes]
        return tuple(map(_made, shapes, self.dtypes))

    def as_json(self) -> str:
        pairs = zip(self.shapes, self.dtypes, strict=True)
        return json.dumps([{"shape": shape, "dtype": dtype} for shape, dtype in pairs])

    def check(self, name: str, tensors: list[torch.Tensor]) -> None:
        """Raises ModelError unless the tensors are such."""
        got = [(list(t.shape), str(t.dtype).removeprefix("torch.")) for t in tensors]
        pairs = list(zip(self.shapes, self.dtypes, strict=True))
        fits = len(got) == len(pairs) and all(
            dtype == wanted_dtype and _fits(shape, wanted)
            for (shape, dtype), (wanted, wanted_dtype) in zip(got, pairs, strict=True)
        )
        batch_sizes = {
            size
            for (shape, _), (wanted, _) in zip(got, pairs, strict=False)
            for size, expected in zip(shape, wanted, strict=False)
            if expected is None
        }
        if fits and len(batch_sizes) > 1:
            raise ModelError(
                f"{name} takes inputs of one batch size, got {_shown(got)}; make them agree"
            )
        if not fits:
            raise ModelError(
                f"{name} was compiled for {_shown(pairs)}, got {_shown(got)}; give such inputs, or "
                "export it for these (--dynamic-batch for any batch size)"
            )


def _made(shape: list[int], name: str) -> torch.Tensor:
    dtype: torch.dtype = getattr(torch, name)
    if dtype.is_floating_point:
        return torch.randn(shape).to(dtype)
    return torch.zeros(shape, dtype=dtype)


def _fits(shape: list[int], wanted: list[int | None]) -> bool:
    return len(shape) == len(wanted) and all(
        size == expected or expected is None for size, expected in zip(shape, wanted, strict=True)
    )


def _shown(tensors: Sequence[tuple[Sequence[int | None], str]]) -> str:
    return ", ".join(
        ("×".join("any" if size is None else str(size) for size in shape) or "scalar") + f" {dtype}"
        for shape, dtype in tensors
    )


def _check_is_package(path: Path) -> None:
    if not is_file(path):
        raise ModelError(f"no file at {path}")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if damaged := archive.testzip():  # before machine code of it is run
                raise ModelError(f"{path} is damaged: {damaged} is not as it was written")
    except zipfile.BadZipFile:
        raise ModelError(
            f"{path} is no package: expected an archive that AOTInductor has written, got a file "
            "that is truncated or foreign; make one by pytimer export"
        ) from None
    models = {
        name.split("data/aotinductor/", 1)[1].split("/")[0]
        for name in names
        if "data/aotinductor/" in name
    }
    if not models:
        raise ModelError(
            f"{path} holds no compiled model (torch.export.save writes such files); compile it by "
            "torch._inductor.aoti_compile_and_package, or by pytimer export"
        )
    if "model" not in models:
        raise ModelError(
            f'{path} holds the models {", ".join(sorted(models))}; expected one called "model"'
        )


def _check_fits_machine(path: Path, metadata: dict[str, str]) -> None:
    machine = metadata.get("AOTI_MACHINE", platform.machine())
    if machine != platform.machine():
        raise ModelError(
            f"{path} was compiled for {machine}, this machine is {platform.machine()}; export it "
            "here"
        )
    kind = metadata.get("AOTI_DEVICE_KEY", "cpu")
    if kind != "cpu" and not _has_device(kind):
        raise ModelError(
            f"{path} was compiled for {kind}, and torch sees no such device ({torch.__version__}); "
            "export it for cpu, or use a machine with one"
        )
    flags = cpu_flags()
    isa = metadata.get("AOTI_CPU_ISA", "").split()
    lacking = [name for name in isa if flags and _FLAG_OF_ISA.get(name, "") not in flags | {""}]
    if lacking:
        raise ModelError(
            f"{path} was compiled for a CPU with {', '.join(lacking)}, which this one lacks; "
            "export it here"
        )


def _plain_tensors(in_spec: pytree.TreeSpec) -> int | None:
    """How many positional arguments there are, where they are all there is and none is nested."""
    positional, keywords = in_spec.children()
    is_plain = keywords.num_leaves == 0 and positional.num_leaves == positional.num_children
    return positional.num_leaves if is_plain else None


def _device_of(metadata: dict[str, str]) -> torch.device:
    kind = metadata.get("AOTI_DEVICE_KEY", "cpu")
    if kind == "cpu":
        return torch.device(kind)
    return torch.device(kind, torch.get_device_module(kind).current_device())


def _has_device(kind: str) -> bool:
    try:
        return bool(torch.get_device_module(kind).is_available())
    except (AttributeError, RuntimeError):
        return False


def inputs_taken(path: Path) -> InputsTaken | None:
    """What the model of the package takes; None where it does not say. Raises ModelError."""
    _check_is_package(path)
    with _loading(path):
        return InputsTaken.parsed(_torch.AotiModel.metadata(str(path)).get(INPUTS_KEY))


@contextmanager
def _loading(path: Path) -> Iterator[None]:
    """Turns what torch raises into a ModelError."""
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        raise ModelError(f"cannot load {path}: {text_of(error)}") from error


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
