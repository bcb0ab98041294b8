"""What stories are told with: a project in a folder of its own, a real model endpoint, the program run on it."""

import contextlib
import io
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from specbuild.commands import root
from tests.server import Server, prompt_text

__all__ = ["KEY", "Project", "Ran", "Server", "Stamp"]

KEY = "sk-canary-0123456789abcdefghij"


class Ran(NamedTuple):
    """How one command ended: its exit code, what it printed, and how many calls it made of the server."""

    code: int
    out: str
    err: str
    calls: int

    @property
    def json(self) -> Any:
        """The result of `--json`."""
        return json.loads(self.out)


class Stamp(NamedTuple):
    """What any write to a file would change."""

    inode: int
    mtime_ns: int
    size: int


class Project:
    """A folder with specs. Calls are counted in the server's journal, never by what the program says."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.root = folder
        self.server = server
        self.environment = {
            "HOME": str(folder.parent / "home"),
            "PATH": os.environ["PATH"],
            "OPENAI_BASE_URL": server.base_url,
            "OPENAI_API_KEY": KEY,
        }
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, path: str, text: str | bytes) -> Path:
        """Write a file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
        return file

    def spec(
        self, id: str, requirements: str = "Print a line.", *, more: str = "", language: str = "python", **build: Any
    ) -> Path:
        """Write a spec; keywords are keys of [build], `more` is TOML below them. Markdown needs no sandbox."""
        lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in build.items())
        return self.write(
            f"specs/{id}.toml",
            f'[file]\nname = "{Path(id).name}"\nlanguage = "{language}"\ndescription = "A small program"\n\n'
            f'[project]\nrequirements = "{requirements}"\n' + (f"\n[build]\n{lines}" if lines else "") + more,
        )

    def change(self, path: str, before: str, after: str) -> None:
        """Put `after` for `before`, which must occur once."""
        text = self.read(path)
        assert text.count(before) == 1, f"{before!r} occurs {text.count(before)} times in {path}"
        self.write(path, text.replace(before, after))

    def read(self, path: str) -> str:
        """Return a file's text."""
        return (self.root / path).read_text(encoding="utf-8")

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ran:
        """Run one command line, in this process for speed, as if started in the project's folder."""
        output, errors = io.StringIO(), io.StringIO()
        before = len(self.server.calls)
        with (
            patch.dict(os.environ, {**self.environment, **(environment or {})}, clear=True),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
        ):
            code = root.run(["-C", str(self.root), *arguments])
        return Ran(code, output.getvalue(), errors.getvalue(), len(self.server.calls) - before)

    def build(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ran:
        """Build, and expect success."""
        ran = self.run("build", *arguments, environment=environment)
        assert ran.code == 0, ran.err
        return ran

    def states(self) -> dict[str, str]:
        """Return the state of every target, as `status --json` has it."""
        return {line["id"]: line["state"] for line in self.run("status", "--json").json["targets"]}

    def stanza(self, id: str) -> Any:
        """Return a target's entry in the lock."""
        return json.loads(self.read("specbuild.lock"))["targets"][id]

    def stamps(self) -> dict[str, Stamp]:
        """Return every file of the project with what a write would change, folders too.

        The index is left out, with the folder that it is renewed in: it says when things were looked at, nothing else.
        """
        found = {}
        index = self.root / "cache" / "local" / "index"
        for path in sorted(self.root.rglob("*")):
            if path in (index, index.parent):
                continue
            stat = path.lstat()
            found[str(path.relative_to(self.root))] = Stamp(stat.st_ino, stat.st_mtime_ns, stat.st_size)
        return found

    def outputs(self) -> dict[str, bytes]:
        """Return the bytes of every file below build/, by path; the note that `init` writes there is no output."""
        files = sorted(path for path in (self.root / "build").rglob("*") if path.is_file() and path.name != "AGENTS.md")
        return {str(path.relative_to(self.root)): path.read_bytes() for path in files}

    def prompts(self) -> list[str]:
        """Return the texts of all prompts that the server saw, in the order of their arrival."""
        return [prompt_text(call["body"]) for call in self.server.calls]

    def clone(self, name: str = "clone", *, without: tuple[str, ...] = ("cache/local",)) -> "Project":
        """Return a copy as git would give it: without the clone's own state, and without the paths named."""
        copy = Project(self.root.parent / name, self.server)
        shutil.copytree(self.root, copy.root, dirs_exist_ok=True)
        for path in without:
            file = copy.root / path
            if file.is_dir():
                shutil.rmtree(file)
            else:
                file.unlink(missing_ok=True)
        copy.environment = dict(self.environment)
        return copy
