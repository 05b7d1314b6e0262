"""What every source does with the package that its models come from."""

from __future__ import annotations

import importlib
import logging
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import torch

from pytimer.errors import ModelError, text_of

_WEIGHTS_ONLY = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"


def imported(module: str, model: str) -> Any:
    """The module, which `model` needs.

    Raises:
        ModelError: it is not installed, with the command that installs it, or it is broken.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = (error.name or module).split(".")[0].replace("_", "-")
        raise ModelError(f"{model} needs the package {package}: pip install {package}") from None
    except Exception as error:
        package = module.split(".")[0]
        raise ModelError(
            f"cannot import {package} ({text_of(error)}); {model} needs one that fits torch "
            f"{torch.__version__}: pip install --upgrade {package}"
        ) from error


def unknown(model: str, name: str, known: Iterable[str]) -> ModelError:
    """The error for a name that a source lacks: the three nearest that it has."""
    near = get_close_matches(name, list(known), n=3, cutoff=0.0)
    return ModelError(f"unknown model {model!r}; did you mean {', '.join(near)}")


@contextmanager
def making(model: str, pretrained: bool) -> Iterator[None]:
    """Turns what someone else's code raises into a ModelError; weights load as data alone.

    Raises:
        ModelError: the model cannot be made, or its weights cannot be fetched.
    """
    before = os.environ.get(_WEIGHTS_ONLY)
    os.environ[_WEIGHTS_ONLY] = "1"
    try:
        with warnings.catch_warnings(action="ignore"), _quiet():
            yield
    except ModelError:
        raise
    except Exception as error:
        reason = text_of(error).strip().splitlines()[0]
        if pretrained:
            raise ModelError(
                f"the pretrained weights of {model} could not be fetched ({reason}); connect to "
                "the internet, or leave --pretrained out (random weights take the same time)"
            ) from error
        raise ModelError(f"cannot make {model}: {reason}") from error
    finally:
        if before is None:
            del os.environ[_WEIGHTS_ONLY]
        else:
            os.environ[_WEIGHTS_ONLY] = before


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the log lines that say what the error will say."""
    loggers = [logging.getLogger(name) for name in ("huggingface_hub", "timm", "transformers")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
