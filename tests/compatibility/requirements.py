"""What pyproject.toml asks for, with a torch of one version or without any."""

import re
import tomllib
from pathlib import Path

NEED_TORCH = ("torch", "efficientnet-pytorch", "transformers")
"""Those of the requirements that are torch or that are of no use without it."""


def requirements(pyproject: Path, torch: str | None) -> list[str]:
    """All that a build and its tests need, as pip takes it.

    Args:
        pyproject: the file that names dependencies and groups.
        torch: the version of torch; None leaves out torch and what needs it.
    """
    with pyproject.open("rb") as file:
        asked = tomllib.load(file)
    groups = asked["dependency-groups"]
    every = [*asked["project"]["dependencies"], *groups["build"], *groups["test"]]
    if torch is None:
        return [one for one in every if _name(one) not in NEED_TORCH]
    every += groups["check"]  # a test writes stubs anew
    return [f"torch=={torch}" if _name(one) == "torch" else one for one in every]


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
