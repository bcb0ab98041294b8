"""What a project and a person have configured, as values; `configuration_reader` and `personal_reader` make them from
text.

A repository names services, never their URL, key or command: those come from a person's own file or environment only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from specbuild.canonical_json import Json
from specbuild.diagnostic import Place
from specbuild.secret import Secret

ServiceKind = Literal["openai", "command", "inbox"]


@dataclass(frozen=True, slots=True)
class IterationSettings:
    """How a project builds modules of itself: from the specs in the folder `specs` below its spec folder, into
    `package`, a folder of the project that is built, tested and hashed as a whole. `tests` starts the whole test suite;
    "python" at its head is the project's interpreter."""

    specs: str
    package: str
    tests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectConfiguration:
    """`[tool.specbuild]` of pyproject.toml, or `specbuild.toml`. `path` is None where a project has neither.

    Folders are relative to the project's root, with "/". `places` says where each key was written,
    and each parameter as `parameters.NAME`.
    """

    path: str | None = None
    edition: int = 1
    specs: str = "specs"
    outputs: str = "build"
    cache: str = "cache"
    model: str | None = None
    service: str = "default"
    template: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    python: str | None = None
    commit_outputs: bool = False
    change_depth: int | None = None
    jobs: int | None = None
    max_calls: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    iteration: IterationSettings | None = None
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices in the person's own currency per million tokens."""

    input: float
    output: float


@dataclass(frozen=True, slots=True)
class ServiceConfiguration:
    """How one service is reached. Only a person's own configuration or environment makes one."""

    name: str
    kind: ServiceKind = "openai"
    base_url: str | None = None
    key: Secret | None = None
    key_env: str = ""
    """The environment variable that `key` comes from, for messages; `key` is None if that is not set."""
    argv: tuple[str, ...] = ()
    model: str | None = None
    prices: Prices | None = None
    timeout_s: float = 600.0
    idle_s: float = 120.0
    stream: bool = True
    source: str = ""
    """Where it was configured, for messages: a file's path or the names of environment variables."""


@dataclass(frozen=True, slots=True)
class PersonalConfiguration:
    """The person's own settings: services by label, and the output names that may steer tools
    (`allow_steering_files`).
    """

    services: Mapping[str, ServiceConfiguration] = field(default_factory=dict)
    allow_steering_files: tuple[str, ...] = ()
    environment_model: str | None = None
    """OPENAI_API_MODEL: fills in a target that has no stanza and whose spec and project name no model."""
