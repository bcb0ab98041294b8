"""The README's tour, fed to the program: every command is run and every line of output compared, so that it can't rot.

`python -m tests.stories.test_readme` writes the present outputs into the README, for a person to look at.
"""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.server import Body, Server, declared_files, prompt_text

HERE = Path(__file__).parent.parent.parent
README = HERE / "README.md"
SHOWN_URL = "http://127.0.0.1:8080/v1"
STEP = "=== step ==="


class Block(NamedTuple):
    """A fenced block: its language, its text and, if the line before it names a file, that file's path."""

    language: str
    text: str
    path: str


def blocks(page: str) -> list[Block]:
    found = re.finditer(r"(?:^`([^`\n]+)`:\n\n)?^```(\w+)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [Block(one[2], one[3], one[1] or "") for one in found]


def commands(block: Block) -> list[str]:
    return [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]


def as_run(page: str, folder: Path) -> str:
    """Return the page with the outputs that its commands have when they are run one after the other in `folder`."""
    with Server(answer) as server:
        script = ["exec 2>&1"]
        for block in blocks(page):
            if block.language == "console":
                script += [f"echo '{STEP}'\n{one.replace(SHOWN_URL, server.base_url)}" for one in commands(block)]
            elif block.path:
                path = block.path.replace("~", str(folder / "home"))
                text = block.text.replace(SHOWN_URL, server.base_url)
                script.append(f"mkdir -p {shlex.quote(os.path.dirname(path) or '.')}")
                script.append(f"printf %s {shlex.quote(text)} > {shlex.quote(path)}")
        said = subprocess.run(
            ["bash", "-c", "\n".join(script)],
            cwd=folder,
            env=environment(folder),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        ).stdout.replace(f"127.0.0.1:{server.port}", "127.0.0.1:8080")
    outputs = iter(said.split(f"{STEP}\n")[1:])

    def with_outputs(found: re.Match[str]) -> str:
        block = Block("console", found[1], "")
        return "```console\n" + "".join(f"$ {one}\n{next(outputs)}" for one in commands(block)) + "```"

    return re.sub(r"^```console\n(.*?)^```$", with_outputs, page, flags=re.DOTALL | re.MULTILINE)


def environment(folder: Path) -> dict[str, str]:
    """Return the variables of a person who has specbuild on the path and nothing configured."""
    programs = folder / "bin"
    programs.mkdir()
    for name, line in (("specbuild", f"{sys.executable} -m specbuild"), ("python3", sys.executable)):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {line} "$@"\n')
        program.chmod(0o755)
    (folder / "home").mkdir()
    identity = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(HERE),
        "HOME": str(folder / "home"),
        **identity,
    }


def answer(body: Body) -> str:
    """Answer as a model would that can sort."""
    marker, (name,) = declared_files(body)
    order = ", reverse=True" if "descending" in prompt_text(body) else ""
    code = f'"""Sort numbers."""\n\nimport sys\n\nprint(*sorted(map(int, sys.argv[1:]){order}))\n'
    return f"=== specbuild:{marker} file: {name} ===\n{code}=== specbuild:{marker} end ===\n"


def steady(page: str) -> str:
    """Return the page without what differs from run to run: durations, and what tokens were used."""
    page = re.sub(r" \(\d+\.\d s\)", "", page)  # told only if it is worth telling
    page = re.sub(r"\d+\.\d s\b", "0.0 s", page)
    page = re.sub(r"[\d,]+ \+ [\d,]+ tokens", "0 + 0 tokens", page)
    page = re.sub(r"~[\d,]+ tokens", "~0 tokens", page)
    return re.sub(r"cost ~?\d\S*", "cost 0", page)


def test_every_output_of_the_tour_is_what_the_program_says(tmp_path: Path) -> None:
    page = README.read_text(encoding="utf-8")
    assert steady(as_run(page, tmp_path)) == steady(page)


def test_a_command_of_the_tour_that_says_something_else_is_noticed(tmp_path: Path) -> None:
    page = "```console\n$ specbuild explain SB999 | head -n 1\nall is well\n```\n"
    assert "there is no code 'SB999'" in as_run(page, tmp_path)


def test_the_two_commands_come_first_and_the_hook_of_the_tour_exists() -> None:
    page = README.read_text(encoding="utf-8")
    assert [block.language for block in blocks(page)][:2] == ["sh", "sh"]
    assert [block.language for block in blocks(page)].count("sh") == 2
    (hook,) = (block for block in blocks(page) if block.language == "yaml")
    wanted = re.findall(r"- id: (\S+)", hook.text)
    assert wanted == re.findall(r"^- id: (\S+)", (HERE / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE)


def test_every_link_of_the_pages_leads_to_a_file() -> None:
    for page in (README, *sorted((HERE / "docs").glob("*.md")), HERE / "SECURITY.md", HERE / "CHANGELOG.md"):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"


def test_no_page_says_to_install_the_other_project_of_that_name() -> None:
    assert tomllib.loads((HERE / "pyproject.toml").read_text())["project"]["name"] == "specbuild-cli"
    for page in (README, *sorted((HERE / "docs").glob("**/*.md"))):
        assert not re.search(r"pip install (-\S+ )*specbuild(?!-cli)", page.read_text(encoding="utf-8")), page.name


if __name__ == "__main__":
    with TemporaryDirectory() as scratch:
        README.write_text(as_run(README.read_text(encoding="utf-8"), Path(scratch)), encoding="utf-8")
