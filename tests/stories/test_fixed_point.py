"""The tool builds modules of itself, and what it built, alone and shut in, makes all of it again: stage 2 = stage 1.

The project is a copy of this very package. The model's answers are the modules as they are; a mutant is an answer with
another behaviour, and each must be noticed.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from specbuild.work.fixed_point import second_stage
from specbuild.work.load import load
from specbuild.work.opened import Opened
from specbuild.work.stage import Stage, stage_of
from tests.scene import Project, Server

pytestmark = pytest.mark.xdist_group("fixed point")  # they share what is dear to build

PACKAGE = Path(__file__).parents[2] / "specbuild"
MODULES = ("canonical_json", "extraction", "interface", "keys", "names")
CONFIGURATION = 'edition = 1\nmodel = "m-one"\n\n[iterate]\nspecs = "self"\npackage = "specbuild"\n'
MUTANTS = {
    "canonical_json": """
_proper = digest


def digest(value: Json) -> Digest:
    return _proper([value])
""",
    "extraction": """
_proper = extract


def extract(content: str, **rest: object) -> Extraction:
    return _proper(content.replace("Return", "Give"), **rest)
""",
    "interface": """
_proper = interface_of


def interface_of(files: Mapping[str, str], **rest: object) -> Interface | InterfaceFault:
    found = _proper(files, **rest)
    return Interface(found.kind, found.label[::-1], found.texts)
""",
    "keys": """
_proper = reply_key


def reply_key(request: Request) -> ReplyKey:
    return ReplyKey(_proper(request)[::-1])
""",
    "names": """
_proper = check_output_name


def check_output_name(path: str, **rest: object) -> NameFault | None:
    return _proper(path + ".", **rest)
""",
}
"""What is added to a module so that it behaves otherwise in the one thing that it decides."""


def answer(name: str, text: str) -> dict[str, str]:
    return {f"Module {name} of the tool.": f"````python\n{text}````\n"}


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A copy of the package with specs for five of its modules, the first iteration promoted."""
    with Server() as server:
        project = Project(tmp_path_factory.mktemp("tool") / "project", server)
        project.write("specbuild.toml", CONFIGURATION)
        shutil.copytree(PACKAGE, project.root / "specbuild", ignore=shutil.ignore_patterns("__pycache__"))
        for name in MODULES:
            project.spec(f"self/{name}", f"Module {name} of the tool.", directory="specbuild")
            server.answers.update(answer(name, (PACKAGE / f"{name}.py").read_text(encoding="utf-8")))
        ran = project.run("iterate", "--promote", "-m", "as they are")
        assert ran.code == 0, ran.out + ran.err
        yield project


def test_the_built_package_itself_does_the_second_stage(tool: Project) -> None:
    kept = json.loads(tool.read("build/history/iter0/iteration.json"))
    assert kept["stage2"] == {"by": "stage", "rendered": len(MODULES), "extracted": len(MODULES)}
    assert set(tool.states().values()) == {"fresh"}
    assert tool.run("history", "verify").code == 0


@pytest.mark.parametrize("name", MODULES)
def test_a_module_that_decides_otherwise_is_noticed(tool: Project, name: str) -> None:
    clone = tool.clone(f"mutant-{name}")
    proper = dict(tool.server.answers)
    tool.server.answers.update(answer(name, (PACKAGE / f"{name}.py").read_text(encoding="utf-8") + MUTANTS[name]))
    try:
        ran = clone.run("iterate", "--promote", "--regenerate", f"self/{name}", "-m", "a mutant")
    finally:
        tool.server.answers.update(proper)
    assert ran.code == 1 and ran.calls == 1, ran.out + ran.err
    assert "SB743" in ran.err and "self/" in ran.err, ran.err
    assert not (clone.root / "build/history/iter1").exists()
    assert clone.read(f"specbuild/{name}.py") == tool.read(f"specbuild/{name}.py")


SURROUNDINGS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("", "auto", {"PYTHONHASHSEED": "1", "LANG": "C", "LC_ALL": "C", "TZ": "Pacific/Kiritimati"}),
    (
        "a/folder below, with Ümlauts",
        "auto",
        {"PYTHONHASHSEED": "4711", "LANG": "tr_TR.UTF-8", "TZ": "America/St_Johns"},
    ),
    ("elsewhere", "none", {"PYTHONHASHSEED": "0", "LC_ALL": "POSIX", "PYTHONUTF8": "1"}),
)
"""Another path, locale, time zone, hash seed each; without a sandbox it is also another user: the one of the tests."""


@pytest.mark.parametrize(("folder", "sandbox", "env"), SURROUNDINGS)
def test_the_second_stage_is_the_first_one_wherever_it_happens(
    tool: Project, folder: str, sandbox: str, env: dict[str, str]
) -> None:
    staged = _stage(tool).load({})
    stanzas = Opened(staged).lock().targets
    compared = second_stage(staged, stanzas, sandbox=sandbox, folder=folder, env=env)
    assert compared.diagnostics == ()
    assert compared.stage == ("stage", len(MODULES), len(MODULES))


def test_a_record_that_is_gone_is_told_with_its_target(tool: Project) -> None:
    clone = tool.clone("no-record")
    staged = _stage(tool).load({})
    stanzas = Opened(staged).lock().targets
    pin = stanzas["self/keys"].reply
    assert pin is not None
    storage = staged.storage._replace(base=clone.root)
    for record in (clone.root / "cache/replies").rglob(f"{pin.key}.*.json"):
        record.unlink()
    compared = second_stage(replace(staged, storage=storage), stanzas)
    (fault,) = compared.diagnostics
    assert fault.code == "SB743" and "self/keys" in fault.message and "can't be made again" in fault.message
    assert compared.stage == ("stage", len(MODULES) - 1, len(MODULES) - 1)


def test_a_package_that_reaches_out_of_itself_is_told(tool: Project) -> None:
    clone = tool.clone("reaches-out")
    reaching = (
        'import sys, types\n_outside = types.ModuleType("specbuild.outside")\n_outside.__file__ = "/elsewhere.py"\n'
    )
    clone.write(
        "specbuild/__init__.py",
        clone.read("specbuild/__init__.py") + reaching + 'sys.modules["specbuild.outside"] = _outside\n',
    )
    ran = clone.run("iterate", "--regenerate", "self/keys")
    assert ran.code == 1 and "/elsewhere.py" in ran.err, ran.out + ran.err


def _stage(project: Project) -> Stage:
    return stage_of(load(project.root, project.environment))
