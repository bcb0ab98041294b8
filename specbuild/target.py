"""What one spec builds: a spec and the project's configuration in, one Target or diagnostics out.

It must not know other specs (`graph` does), the disk, the lock, or who asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from specbuild.canonical_json import Json
from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.languages import Language
from specbuild.spec import Spec

Mode = Literal["single", "agent"]
Update = Literal["rewrite", "revise"]


class Need(NamedTuple):
    """One entry of `[build] needs` as written: a spec id or a project file's path. Which of the two, `graph` finds."""

    written: str
    place: Place


@dataclass(frozen=True, slots=True)
class Target:
    """What one spec builds, and how. Paths are relative to the project's root, with "/" (an empty `directory` is the root).

    `names` are the outputs as declared, relative to `directory`; `outputs` are their project paths in the same order.
    `model` and `service` are None where neither the spec nor the project names one: the stanza's serve, then the person's.
    """

    spec: Spec
    id: str
    language: Language | None
    directory: str
    names: tuple[str, ...]
    outputs: tuple[str, ...]
    needs: tuple[Need, ...]
    context: tuple[str, ...]
    template: str
    """"default" for the edition's own template, else a project file."""
    service: str | None
    model: str | None
    parameters: Mapping[str, Json]
    edition: int
    mode: Mode
    update: Update
    header: bool
    executable: bool | None
    """None: executable when the text begins with "#!"."""
    entry: str
    """The name (one of `names`) of the file that examples run."""
    tags: tuple[str, ...]
    attempts: int
    steps: int


def target_of(
    spec: Spec, configuration: ProjectConfiguration, *, allow_steering: Sequence[str] = ()
) -> tuple[Target | None, tuple[Diagnostic, ...]]:
    """Return the target of `spec`, or None and what is wrong with it."""
    raise NotImplementedError
