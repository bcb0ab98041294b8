"""Pages for users, fed to the program: every command of a page is run, and what it prints must stand there.

A page tells a story in one folder. A fenced block of `console` holds lines `$ command`, each followed by what it
prints, standard error too. A line that is only a path between backticks before a block makes that block the file's
text. `specbuild` is run in this process; only what needs a shell starts one. A URL of this machine is a real endpoint.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from specbuild.commands import root
from specbuild.providers import openai_chat
from tests.server import Body, Server, declared_files, prompt_text

HERE = Path(__file__).parent.parent
DOCS = HERE / "docs"
SHOWN_HOME = "/home/me"
SHOWN_URL = "http://127.0.0.1:8080/v1"
BLOCK = re.compile(r"(?:^`([^`\n]+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OPERATORS = frozenset("|<>;&*?$`~()")
"""What a shell would read in a word outside of quotes: such a command is given to one."""

Answer = Callable[[Body], str]


class Block(NamedTuple):
    """A fenced block: its language, its text and, if the line before it names a file, that file's path."""

    language: str
    text: str
    path: str


def blocks(page: str) -> list[Block]:
    return [Block(one[2], one[3], one[1] or "") for one in BLOCK.finditer(page)]


def commands(block: Block) -> list[str]:
    """Return the command lines of a block; one that ends with a backslash goes on in the next line."""
    joined = re.sub(r"\\\n> ?", "\\\n", block.text)
    return [one[1] for one in re.finditer(r"^\$ ((?:.*\\\n)*.*)$", joined, re.MULTILINE)]


class Shell:
    """Runs command lines one after the other, as a person's shell would: it has a folder, variables and a last code."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder = folder
        self.variables = variables
        self.code = 0

    def say(self, line: str) -> str:
        """Run one line and return what it prints, on both streams."""
        said = ""
        for part in re.split(r" && (?=(?:[^']*'[^']*')*[^']*$)", line.replace("\\\n", "")):
            said += self._part(part.strip())
            if self.code:
                break
        return said

    def _part(self, part: str) -> str:
        words = shlex.split(part)
        if words[0] == "cd":
            self.folder = (self.folder / words[1]).resolve()
            return ""
        if words[0] == "export":
            self.variables.update(one.split("=", 1) for one in words[1:])
            return ""
        if part == "echo $?":
            code, self.code = self.code, 0
            return f"{code}\n"
        variables = dict(self.variables)
        while re.match(r"[A-Z_]+=", words[0]):
            name, value = words.pop(0).split("=", 1)
            variables[name] = value
        bare = re.sub(r"'[^']*'|\"[^\"$`]*\"", "", part)
        if words[0] != "specbuild" or OPERATORS & set(bare):
            ran = subprocess.run(
                ["bash", "-c", part], cwd=self.folder, env=self.variables, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            )  # fmt: skip
            self.code = ran.returncode
            return ran.stdout
        both = io.StringIO()
        with (
            patch.dict(os.environ, variables, clear=True),
            patch("sys.stdin", io.TextIOWrapper(io.BytesIO())),
            contextlib.redirect_stdout(both),
            contextlib.redirect_stderr(both),
        ):
            self.code = root.run(["-C", str(self.folder), *words[1:]])
        return both.getvalue()


def numbers(body: Body) -> str:
    """Answer as a model would that can sort."""
    marker, (name,) = declared_files(body)
    order = ", reverse=True" if "descending" in prompt_text(body) else ""
    code = f'"""Sort numbers."""\n\nimport sys\n\nprint(*sorted(map(int, sys.argv[1:]){order}))\n'
    return f"=== specbuild:{marker} file: {name} ===\n{code}=== specbuild:{marker} end ===\n"


class Setting(NamedTuple):
    """What a page takes for granted: what answers as its model, files of the folder it begins in, and variables.

    Files whose path begins with `~/bin/` are programs on the path.
    """

    answer: Answer = numbers
    files: Mapping[str, str] = {}
    variables: Mapping[str, str] = {}


def as_run(page: str, folder: Path, setting: Setting) -> str:
    """Return the page with the outputs that its commands have when they are run one after the other in `folder`."""
    home = folder / "home"
    (home / "work").mkdir(parents=True)
    shell = Shell(home / "work", environment(folder))
    for path, text in setting.files.items():
        put(shell.folder / path.replace("~/bin", str(folder / "bin")), text, program=path.startswith("~/bin"))
    openai_chat._dialects.clear()
    with contextlib.ExitStack() as running:
        ports = sorted(set(re.findall(r"\b127\.0\.0\.1:(\d+)\b", page + "".join(setting.variables.values()))))
        real = {shown: running.enter_context(Server(setting.answer)).port for shown in ports}
        there = [(f"127.0.0.1:{shown}", f"127.0.0.1:{port}") for shown, port in real.items()]
        there += [(SHOWN_HOME, str(home))]
        back = [(real, shown) for shown, real in there]
        shell.variables |= {name: swapped(value, there) for name, value in setting.variables.items()}

        def with_output(found: re.Match[str]) -> str:
            path, language, text = found[1], found[2], found[3]
            if path:
                put(shell.folder / path.replace("~", str(home)), swapped(text, there))
            if language != "console":
                return found[0]
            said = ""
            for line in commands(Block(language, text, "")):
                shown = line.replace("\\\n", "\\\n> ")
                said += f"$ {shown}\n{swapped(shell.say(swapped(line, there)), back)}"
            return f"```console\n{said}```"

        return BLOCK.sub(with_output, page)


def put(file: Path, text: str, *, program: bool = False) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    if program:
        file.chmod(0o755)


def swapped(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for before, after in pairs:
        text = text.replace(before, after)
    return text


def environment(folder: Path) -> dict[str, str]:
    """Return the variables of a person who has specbuild on the path and nothing configured."""
    programs = folder / "bin"
    for name, line in (("specbuild", f"{sys.executable} -m specbuild"), ("python3", sys.executable)):
        put(programs / name, f'#!/bin/sh\nexec {line} "$@"\n', program=True)
    identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(HERE),
        "HOME": str(folder / "home"),
        **identity,
    }


def steady(page: str) -> str:
    """Return the page without what differs from run to run: durations, sizes of records, tokens used, versions."""
    page = re.sub(r" \((\d+ m )?\d+(\.\d)? s\)", "", page)  # told only if it is worth telling
    page = re.sub(r"\b(\d+ m )?\d+(\.\d)? s\b", "0.0 s", page)
    page = re.sub(r"specbuild( +)\S+ on Python \S+", r"specbuild\1 on Python", page)
    page = re.sub(r"[\d,]+ \+ [\d,]+ tokens", "0 + 0 tokens", page)
    page = re.sub(r"~[\d,]+ tokens", "~0 tokens", page)
    page = re.sub(r"\b[\d,.]+ k?B\b", "0 B", page)
    page = re.sub(r"\.[0-9a-f]{16}\.json", ".0.json", page)
    return re.sub(r"cost ~?\d\S*", "cost 0", page)
