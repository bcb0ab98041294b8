"""`new --from`: specs drafted for files that exist, by calls like any other: shown, then written; nothing is
overwritten."""

import io
import shutil
from pathlib import Path

import pytest

from tests.scene import Project
from tests.server import Body, declared_files, default_answer

ADD = '"""Add numbers."""\n\nimport sys\n\nprint(sum(map(int, sys.argv[1:])))\n'
SPEC = """\
[file]
name = "add"
language = "python"
description = "Adds the numbers given as arguments."

[project]
requirements = "Print the sum of the arguments."
"""
EXAMPLE = '\n[[example]]\nargs = ["1", "2"]\nstdout = "3\\n"\n'


def drafting(*specs: str) -> "Drafter":
    return Drafter(list(specs))


class Drafter:
    """Answers as a model would: the first spec, then, after each fault that it is told, the next."""

    def __init__(self, specs: list[str]) -> None:
        self.specs = specs

    def __call__(self, body: Body) -> str:
        marker, (name,) = declared_files(body)
        turn = (len(body["messages"]) - 2) // 2
        spec = self.specs[min(turn, len(self.specs) - 1)].replace('"add"', f'"{Path(name).stem}"')
        return f"=== specbuild:{marker} file: {name} ===\n{spec}=== specbuild:{marker} end ===\n"


RECORDED = Path(__file__).parents[1] / "examples" / "drafts"


@pytest.fixture
def old(project: Project) -> Project:
    """A project with a program that no spec describes."""
    project.write("build/add.py", ADD)
    project.server.answer = drafting(SPEC + EXAMPLE)
    return project


def type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_a_draft_is_priced_shown_written_and_its_file_accepted_without_a_further_call(
    old: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = old.stamps()
    planned = old.run("new", "--from", "--dry-run", "build/add.py")
    assert (planned.code, planned.calls) == (0, 0)
    assert "add  new  1 / 1 / 3 calls" in planned.out
    type(monkeypatch, "n\n")
    assert (old.run("new", "--from", "build/add.py").calls, old.stamps()) == (0, before), "nobody agreed"

    type(monkeypatch, "y\nn\n")
    ran = old.run("new", "--from", "build/add.py")
    assert (ran.code, ran.calls) == (0, 1)
    assert SPEC + EXAMPLE in ran.out
    assert not (old.root / "specs").exists() and "nothing was written" in ran.err
    type(monkeypatch, "yes\n")
    ran = old.run("new", "--from", "build/add.py")
    assert (ran.code, ran.calls, old.read("specs/add.toml")) == (0, 0, SPEC + EXAMPLE)
    assert "next: read them, then specbuild accept add" in ran.err

    assert old.read("build/add.py") == ADD
    assert (old.run("accept", "add").code, old.run("check").code, old.run("verify").code) == (0, 0, 0)
    assert len(old.server.calls) == 1
    assert ADD in old.prompts()[0]
    assert not (old.root / "cache/replies").exists() or len(list((old.root / "cache/replies").rglob("*.json"))) == 1


def test_a_draft_whose_example_does_not_hold_of_the_file_is_told_so_and_mended(old: Project) -> None:
    old.server.answer = drafting(SPEC + EXAMPLE.replace("3", "4"), SPEC + EXAMPLE)
    ran = old.run("new", "--from", "--yes", "build/add.py")
    assert (ran.code, ran.calls) == (0, 2)
    assert "example 1" in old.prompts()[1] and "stdout differs" in old.prompts()[1]
    assert old.read("specs/add.toml") == SPEC + EXAMPLE


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        (SPEC.replace("description", "descripton"), "unknown key `descripton`"),
        (SPEC.replace("python", "ruby"), 'the given line `language = "python"` is missing or changed'),
        (SPEC + '[build]\noutputs = ["other.py"]\n', "`build.outputs` is none of the given lines"),
        (SPEC + '[verify]\ncommand = ["rm", "-r", "/"]\n', "`verify.command` has no place in this specification"),
        (SPEC + '[build]\ncontext = ["secret.md"]\n', "`build.context` has no place in this specification"),
        (SPEC.replace("sum", "s\u202eum"), "U+202E"),
        ("no TOML\n", "add.toml:1:"),
    ],
)
def test_a_draft_that_is_no_such_spec_is_never_written(old: Project, draft: str, told: str) -> None:
    old.server.answer = drafting(draft)
    ran = old.run("new", "--from", "--yes", "build/add.py")
    assert (ran.code, ran.calls) == (1, 3)
    assert told in old.prompts()[1]
    assert "SB943" in ran.err and not (old.root / "specs").exists()
    assert old.run("new", "--from", "--yes", "build/add.py").calls == 0, "used-up attempts are not paid again"
    old.server.answer = drafting(SPEC)
    assert old.run("new", "--from", "--yes", "--again", "build/add.py").calls == 1
    assert old.read("specs/add.toml") == SPEC, "the control: a good one is"


def test_many_files_are_drafted_at_once_and_those_that_fail_keep_no_other_back(old: Project) -> None:
    old.server.answer = drafting(SPEC)
    files = {f"build/p{number}.py": f"print({number})\n" for number in range(8)}
    for path, text in files.items():
        old.write(path, text)
    old.write("src/deep/p9.py", "print(9)\n")
    old.server.answers["print(3)"] = "no block"
    old.server.delay_s = 0.1
    ran = old.run("new", "--from", "--yes", *files, "src/deep/p9.py", environment={"OPENAI_API_MODEL": "m"})
    assert ran.code == 1
    assert old.server.most_in_flight > 1
    written = sorted(path.relative_to(old.root / "specs").as_posix() for path in (old.root / "specs").rglob("*.toml"))
    assert written == [*(f"p{number}.toml" for number in range(8) if number != 3)], "src/deep/p9 has no given lines"
    assert old.run("accept", "*").code == 0
    assert old.run("check").code == 0


def test_what_stands_in_the_way_is_told_before_anything_is_asked(old: Project) -> None:
    old.spec("mine")
    old.spec("taken")
    old.spec("taken.py")
    old.write("taken.py", "print()\n")
    old.write("../elsewhere.py", "print()\n")
    old.write(".env", "x\n")
    old.write("token.py", 'T = "ghp_a1B2c3D4e5F6g7H8i9J0a1B2c3D4e5F6g7H8"\n')
    old.write("binary.py", b"\xff\xfe\x00")
    for file, code in {
        "build/mine.py": "SB820",
        "taken.py": "SB907",
        "../elsewhere.py": "SB940",
        ".env": "SB309",
        "token.py": "SB942",
        "binary.py": "SB825",
    }.items():
        ran = old.run("new", "--from", "--yes", file, "build/add.py")
        assert (ran.code, ran.calls) == (2, 0) and code in ran.err, (file, ran.err)
    old.server.answer = default_answer
    old.build("mine")
    assert "SB941" in old.run("new", "--from", "--yes", "build/mine.py").err
    assert old.run("new", "--from", "one", "--description", "x").code == 2
    assert old.run("new", "one", "two").code == 2
    assert old.run("new", "one", "--offline", "--description", "x").code == 2
    assert old.run("new", "--from", "--offline", "--yes", "build/add.py").code == 4
    assert old.run("new", "--from", "--max-calls", "0", "--yes", "build/add.py").code == 5
    assert not (old.root / "specs/add.toml").exists()


def test_drafts_that_strangers_wrote_are_what_is_asked_for(project: Project) -> None:
    """They were asked once, saw the request alone, and passed with the first reply; both are kept untouched."""
    shutil.copytree(RECORDED / "replies", project.root / "cache" / "replies")
    project.write("specbuild.toml", 'edition = 1\nservice = "recorded"\nmodel = "recorded/assistant"\n')
    project.write("build/duration.sh", (RECORDED / "duration.sh").read_bytes())
    project.write("src/tokens.py", (RECORDED / "tokens.py").read_bytes())
    ran = project.run("new", "--from", "--yes", "--offline", "build/duration.sh", "src/tokens.py")
    assert (ran.code, ran.calls) == (0, 0), ran.err
    assert project.read("specs/duration.toml").count("[[example]]") == 6
    assert project.run("accept", "duration", "src/tokens").code == 0
    assert project.run("verify").code == 0
    project.write("src/tokens.py", "# another\n")
    (project.root / "specs/src/tokens.toml").unlink()
    assert project.run("new", "--from", "--yes", "--offline", "src/tokens.py").code == 4, "the control: asked anew"


def test_the_given_lines_make_the_file_the_one_output_wherever_it_lies(old: Project) -> None:
    wanted = {
        "build/tools/a.py": ('[file]\nname = "a"\nlanguage = "python"\n', "tools/a"),
        "src/a.py": ('[file]\nname = "a"\nlanguage = "python"\n\n[build]\ndirectory = "src"\n', "src/a"),
        "b.js": ('[file]\nname = "b"\nlanguage = "javascript"\n\n[build]\ndirectory = "."\n', "b"),
        "src/Makefile": (
            '[file]\nname = "Makefile"\nlanguage = "makefile"\n\n[build]\ndirectory = "src"\noutputs = ["Makefile"]\n',
            "src/Makefile",
        ),
        "build/x.mod": ('[file]\nname = "x"\nlanguage = "mod"\nextension = "mod"\n', "x"),
    }
    for path, (head, spec_id) in wanted.items():
        old.write(path, "x\n")
        old.server.answer = drafting(
            head.replace("[file]\n", '[file]\ndescription = "d"\n') + '\n[project]\nrequirements = "r"\n'
        )
        ran = old.run("new", "--from", "--yes", path)
        assert ran.code == 0, ran.err
        assert head in old.prompts()[-1]
        assert old.run("accept", spec_id).out == f"accepted  {spec_id}  as it stands\n"
    assert old.run("check").code == 0
