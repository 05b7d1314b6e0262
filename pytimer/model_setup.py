"""How a model is set up before it is called, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from pytimer.errors import PlanError, shown
from pytimer.plan import check_count, check_flag

Amp = Literal["auto", "float16", "bfloat16"]
CompileMode = Literal["default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs"]
GradMode = Literal["inference", "no_grad", "enabled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is done to a model before it is measured, and taken back afterwards.

    Attributes:
        amp: the type that autocast computes in; "auto": torch's choice for the device. One autocast
            block is around all calls, so that weights are cast once and not in each call. None: no
            autocast.
        channels_last: put 4-d weights and 4-d inputs into `torch.channels_last`. The model's own
            weights are kept meanwhile, and are the same tensors again afterwards.
        compile: the mode of `torch.compile`; every shape is compiled for itself, before warm-up.
            None: not compiled.
        grad_mode: "inference" (`torch.inference_mode`), "no_grad", or "enabled": what a backward
            pass would need is recorded.
        threads: of operators on the host (`torch.set_num_threads`); None: as they are.
    """

    amp: Amp | None = None
    channels_last: bool = False
    compile: CompileMode | None = None
    grad_mode: GradMode = "inference"
    threads: int | None = None

    def __post_init__(self) -> None:
        _check_choice("amp", self.amp, (None, *get_args(Amp)))
        check_flag("channels_last", self.channels_last)
        _check_choice("compile", self.compile, (None, *get_args(CompileMode)))
        _check_choice("grad_mode", self.grad_mode, get_args(GradMode))
        if self.threads is not None:
            check_count("threads", self.threads, 1)

    @property
    def words(self) -> tuple[str, ...]:
        """What differs from a model as it is, in inference mode; such as "amp bfloat16"."""
        threads = self.threads
        said = {
            f"amp {self.amp}": self.amp is not None,
            "channels-last": self.channels_last,
            f"torch.compile {self.compile}": self.compile is not None,
            "no_grad": self.grad_mode == "no_grad",
            "gradients recorded": self.grad_mode == "enabled",
            f"{threads} thread{'' if threads == 1 else 's'}": threads is not None,
        }
        return tuple(word for word, is_so in said.items() if is_so)


def _check_choice(name: str, value: object, choices: tuple[str | None, ...]) -> None:
    if not isinstance(value, str | None) or value not in choices:
        known = ", ".join(str(choice) for choice in choices)
        raise PlanError(f"{name} must be one of {known}, got {shown(value)}")


AS_IT_IS = Setup()
"""A model in inference mode, and nothing else."""
