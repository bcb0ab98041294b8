"""What coding assistants read: a short AGENTS.md beside the generated files."""

import os
from pathlib import Path

from specbuild.configuration import ProjectConfiguration
from specbuild.disk.durable import replace_file

NAME = "AGENTS.md"


def lay_agents(root: Path, configuration: ProjectConfiguration) -> tuple[tuple[str, str], ...]:
    """Write AGENTS.md into the output folder unless one is there; return (path, what was done). Outputs at the root lie
    among a person's own files: there none is written."""
    path = f"{configuration.outputs}/{NAME}"
    if configuration.outputs == "." or os.path.lexists(root / path):
        return ()
    replace_file(root, path, agents_text(configuration).encode("utf-8"))
    return ((path, "made"),)


def agents_text(configuration: ProjectConfiguration) -> str:
    """Return what an assistant must know before it touches a file in the output folder."""
    specs = "*.toml" if configuration.specs == "." else f"{configuration.specs}/**/*.toml"
    return f"""\
# Generated files: edit the spec, not the code

specbuild writes the files below `{configuration.outputs}/` from the specs `{specs}`. An edit here is not built in: it
is kept as it is, and `specbuild check` fails until it is settled. To change what a file does:

1. `specbuild status output:PATH` names the spec of a file; change that spec.
2. `specbuild plan` says what that makes stale, and what it would cost. It writes nothing.
3. `specbuild build --max-calls N` builds it. This asks a model, which may cost money: ask before you run it.
4. `specbuild verify TARGET` runs the checks; `specbuild check` must exit with 0 before a commit.

Never edit `specbuild.lock` or anything below `{configuration.cache}/`. `specbuild instructions` prints more.
"""
