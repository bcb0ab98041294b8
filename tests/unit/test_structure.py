"""The shape of the code itself: which way imports run, how large a core module is, how light a start is.

Each rule comes with a control: something that breaks it is planted, and the rule must notice.
"""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tomli

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "specbuild"
IN_FRONT = {"__init__", "__main__", "gate", "api"}
FOLDERS = ("commands", "work", "disk", "providers", "verifiers", "sandboxes", "formats", "terminal")
PURE_THIRD_PARTIES = {"tomli", "jinja2"}
IMPURE = {"os", "io", "pathlib", "time", "random", "threading", "socket", "subprocess"}
MOST_LINES, MOST_PUBLIC_NAMES, MOST_IMPORTS = 250, 8, 5
HEAVY = {"openai", "doit", "rich", "jinja2", "diskcache", "asyncio", "hypothesis"}


KNOWN_LARGER = {
    "codes: lines",  # one table of texts, a row a code; there is nothing to specify but the rows
    "personal_reader: imports of ours",
    "record: lines",
    "record: imports of ours",
    "spec_reader: imports of ours",
    "target: imports of ours",
    "validate: imports of ours",
}
"""Faults against the measure that we know and keep for now. This list only ever gets shorter."""


def core_modules() -> list[Path]:
    return sorted(path for path in PACKAGE.glob("*.py") if path.stem not in IN_FRONT)


def too_large(path: Path) -> list[str]:
    """Say in which ways a core module is more than one page of specification can carry."""
    text = path.read_text(encoding="utf-8")
    faults = []
    if (lines := text.count("\n")) >= MOST_LINES:
        faults.append(f"{path.stem}: {lines} lines")
    tree = ast.parse(text)
    if len(names := public_names(tree)) > MOST_PUBLIC_NAMES:
        faults.append(f"{path.stem}: {len(names)} public names: {', '.join(names)}")
    if len(ours := imports_of_ours(tree)) > MOST_IMPORTS:
        faults.append(f"{path.stem}: {len(ours)} imports of ours: {', '.join(sorted(ours))}")
    return faults


def rule_of(fault: str) -> str:
    module, what = fault.split(": ")[:2]
    return f"{module}: {what.split(' ', 1)[1]}"


def public_names(tree: ast.Module) -> list[str]:
    """Return the functions and classes that others are meant to use; a constant or an alias belongs to one of them."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node.name for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]


def imports_of_ours(tree: ast.Module) -> set[str]:
    """Return the modules of ours that are imported, without those only the type checker sees."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "specbuild":
            parts = node.module.split(".")
            found |= {node.module} if len(parts) > 1 else {f"specbuild.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "specbuild"}
    return found


def impure_imports(path: Path) -> set[str]:
    """Return what a core module imports beyond what computes."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for module in modules:
            top = module.split(".")[0]
            if top in IMPURE or (top not in sys.stdlib_module_names and top not in {"specbuild", *PURE_THIRD_PARTIES}):
                found.add(module)
            if top == "specbuild" and len(module.split(".")) > 1 and module.split(".")[1] in {*FOLDERS, *IN_FRONT}:
                found.add(module)
    return found


def lint_imports(project: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=project, capture_output=True, text=True, check=False
    )


def test_imports_run_downward_only() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("names.py", "import os", "The core is pure"),
        ("names.py", "import click", "The core is pure"),
        ("names.py", "import specbuild.disk.files", "The core knows no folder"),
        ("names.py", "import specbuild.__main__", "The core knows none of the four"),
        ("codes.py", "import specbuild.styled_text", "The core has no cycle"),
        ("text_safety.py", "import specbuild.styled_text", "The core has no cycle"),
        ("disk/files.py", "import specbuild.terminal.console", "don't know each other"),
        ("terminal/console.py", "import specbuild.work.load", "Work is imported by"),
        ("work/load.py", "import specbuild.commands.root", "Commands are imported by"),
    ],
)
def test_an_import_upward_is_noticed(tmp_path: Path, module: str, line: str, contract: str) -> None:
    shutil.copytree(PACKAGE, tmp_path / "specbuild", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with open(tmp_path / "specbuild" / module, "a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    if module == "codes.py":  # a chain of two: styled_text knows no codes, so the way back is planted as well
        with open(tmp_path / "specbuild" / "text_safety.py", "a", encoding="utf-8") as file:
            file.write("\nimport specbuild.codes\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    broken = [one for one in done.stdout.splitlines() if " BROKEN" in one]
    assert any(contract in one for one in broken), done.stdout


def test_every_module_in_front_and_every_folder_is_named_in_the_import_rules() -> None:
    rules = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[tool.importlinter]")[1]
    contracts = tomli.loads("[tool.importlinter]" + rules)["tool"]["importlinter"]["contracts"]
    allowed = next(one for one in contracts if one["name"].startswith("The core knows no folder"))["allowed_importers"]
    protected = next(one for one in contracts if one["name"].startswith("The core knows none"))["protected_modules"]
    alike = next(one for one in contracts if one["type"] == "independence")["modules"]
    for name in sorted(IN_FRONT - {"__init__"}):
        if (PACKAGE / f"{name}.py").exists():
            assert f"specbuild.{name}" in allowed and f"specbuild.{name}" in protected, name
    for folder in (path.parent.name for path in PACKAGE.glob("*/__init__.py")):
        assert folder in FOLDERS, folder
        assert folder in ("commands", "work") or f"specbuild.{folder}" in alike, folder


def test_a_core_module_fits_on_one_page() -> None:
    faults = [fault for path in core_modules() for fault in too_large(path)]
    assert [fault for fault in faults if rule_of(fault) not in KNOWN_LARGER] == []


def test_a_core_module_that_is_too_large_is_noticed(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    names = "".join(f"def name{at}() -> None: ...\n" for at in range(MOST_PUBLIC_NAMES + 1))
    imports = "".join(f"from specbuild.module{at} import x{at}\n" for at in range(MOST_IMPORTS + 1))
    planted.write_text(imports + names + "# a line\n" * MOST_LINES)
    assert [fault.split(":")[1].split()[1] for fault in too_large(planted)] == ["lines", "public", "imports"]
    planted.write_text("from specbuild import names\ndef one() -> None: ...\n")
    assert too_large(planted) == []


def test_a_core_module_imports_only_what_computes() -> None:
    assert {path.stem: found for path in core_modules() if (found := impure_imports(path))} == {}


def test_an_impure_import_is_noticed_inside_a_function_too(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(
        "import re, jinja2\nfrom specbuild.names import x\n"
        "def f():\n    import os.path\n    from httpx import y\n    from specbuild.disk.files import z\n"
    )
    assert impure_imports(planted) == {"os.path", "httpx", "specbuild.disk.files"}


def machine_paths(text: str) -> list[str]:
    """Return what only one machine knows: the folders of a person."""
    return re.findall(r"/(?:home|Users)/(?!(?:me|user|you|alice|bob|runner|a|x)\b)\w+|/root/(?!a\b)\w+", text)


def test_no_committed_file_holds_a_path_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: there is nothing committed to look at")
    found = {}
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path == Path(__file__) or not path.is_file():
            continue
        if hits := machine_paths(path.read_bytes().decode("utf-8", "replace")):
            found[name] = sorted(set(hits))
    assert found == {}


def test_a_path_of_a_machine_is_noticed() -> None:
    assert machine_paths("see /root/specbuild and /home/jane/x") == ["/root/specbuild", "/home/jane"]
    assert machine_paths("~/.config, /home/me/x, https://example.com/docs, /tmp/x") == []


def modules_after(*arguments: str, before: str = "") -> set[str]:
    program = (
        f"import sys\n{before}\nfrom specbuild.commands.root import run\n"
        f"code = run({list(arguments)!r})\nsys.stderr.write('\\n' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    return {name.split(".")[0] for name in done.stderr.splitlines()[-1].split()}


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], ["help", "--all"], ["explain"], ["explain", "SB0"], ["biuld"], ["build", "--bogus"]],
)
def test_a_start_is_light(arguments: list[str]) -> None:
    assert modules_after(*arguments) & HEAVY == set()


def test_a_heavy_start_is_noticed() -> None:
    assert "rich" in modules_after("--version", before="import rich")


def test_every_command_of_the_table_is_a_click_command_and_imports_nothing_heavy() -> None:
    program = (
        "import importlib, sys, click\nfrom specbuild.commands.root import COMMANDS\n"
        "made = {row.name: importlib.import_module(row.module).command for row in COMMANDS}\n"
        "missing = [name for name, command in made.items() if not isinstance(command, click.Command)]\n"
        f"print(missing, sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "[] []\n", done.stderr


def test_every_module_with_a_command_stands_in_the_table() -> None:
    from specbuild.commands.root import COMMANDS

    files = {path.stem for path in (PACKAGE / "commands").glob("*.py") if "def command(" in path.read_text("utf-8")}
    assert files == {row.module.rsplit(".", 1)[1] for row in COMMANDS}
