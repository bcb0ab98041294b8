"""A project in a folder of its own, a real model endpoint, the program run on it: what stories are told with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from specbuild.providers import openai_chat
from tests.scene import KEY, Project, Ran, Server, Stamp

__all__ = ["KEY", "Project", "Ran", "Server", "Stamp"]


@pytest.fixture
def server() -> Iterator[Server]:
    """A model endpoint on this machine, over real HTTP."""
    openai_chat._dialects.clear()  # what one test's server refused is not known of the next one's
    with Server() as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, server: Server) -> Project:
    """An empty project with a model."""
    made = Project(tmp_path / "project", server)
    made.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\n')
    return made


@pytest.fixture
def unpinned(tmp_path: Path, server: Server) -> Project:
    """An empty project that names no model: the environment's fills in."""
    made = Project(tmp_path / "project", server)
    made.write("specbuild.toml", "edition = 1\n")
    made.environment["OPENAI_API_MODEL"] = "m-one"
    return made
