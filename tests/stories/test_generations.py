"""How a target came to be what it is: its generations from git's history, and the difference between two of them."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.scene import Project, Server

pytestmark = pytest.mark.xdist_group("generations")
FIRST, SECOND, THIRD = (f"# {word}\n\nThe word {word}.\n" for word in ("one", "two", "three"))


def git(project: Project, *arguments: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a"}
    environment = {**os.environ, **who, "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": "/dev/null"}
    done = subprocess.run(["git", *arguments], cwd=project.root, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def commit(project: Project, subject: str) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "--allow-empty", "-m", subject)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A target with two committed generations, one that is not committed, and another target built meanwhile."""
    with Server() as server:
        yield grow(Project(tmp_path_factory.mktemp("generations") / "project", server))


def grow(project: Project) -> Project:
    project.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\n')
    project.write(".gitignore", "cache/local/\nbuild/\n")
    project.spec("one", "Say one.", language="markdown")
    project.server.answers = {"Say one.": f"```markdown\n{FIRST}```\n"}
    git(project, "init", "-q", "-b", "main")
    project.build()
    commit(project, "Begin")
    project.spec("other", language="markdown")
    project.build()
    commit(project, "Another target")
    project.change("specs/one.toml", "Say one.", "Say two.")
    project.server.answers = {"Say two.": f"```markdown\n{SECOND}```\n"}
    project.build()
    commit(project, "Say \x1b[2Jtwo")
    project.change("specs/one.toml", "Say two.", "Say three.")
    project.server.answers = {"Say three.": f"```markdown\n{THIRD}```\n"}
    project.build()
    return project


def test_a_carried_generation_is_told_with_the_words_that_it_answers(project: Project) -> None:
    project.write(".gitignore", "cache/local/\n")
    project.spec("one", "Say one.", language="markdown")
    project.build()
    git(project, "init", "-q", "-b", "main")
    commit(project, "Begin")
    project.change("specs/one.toml", "one.", "uno.")
    assert project.run("touch", "one").code == 0
    commit(project, "Reword it")
    project.change("specs/one.toml", "uno.", "eins.")
    told = project.run("diff", "one", "--between", "1", "2").out
    assert "was Say one.\n" in told and "now Say uno.\n" in told, "the record says one still: its file then says uno"
    git(project, "commit", "-q", "--amend", "--all", "-m", "Reword it, with another spec than was built")
    assert "now unknown\n" in project.run("diff", "one", "--between", "1", "2").out, "the control: no file has it"


def test_log_and_diff_tell_the_generations_of_one_target(grown: Project) -> None:
    told = grown.run("log", "one", "--json").json
    found = told["generations"]
    assert [(one["number"], one["subject"], bool(one["commit"])) for one in found] == [
        (3, "", False), (2, "Say \x1b[2Jtwo", True), (1, "Begin", True),
    ]  # fmt: skip
    assert len({one["spec"] for one in found}) == 3 and {one["attempts"] for one in found} == {1}
    assert all(one["model"] == "m-one" and one["tokens"]["output"] > 0 for one in found)
    assert {one["lines"] for one in found} == {4}  # with the header; from records, for outputs are not committed
    text = grown.run("log", "one").out
    assert "not committed" in text and "\x1b" not in text and text.index("not committed") < text.index("Begin")
    assert len(grown.run("log", "other", "--json").json["generations"]) == 1  # the control: others' builds don't count

    ran = grown.run("diff", "one", "--between", "1", "2", "--exit-code")
    assert ran.code == 1
    assert "was Say one." in ran.out and "now Say two." in ran.out
    assert "-# one\n" in ran.out and "+# two\n" in ran.out
    back = grown.run("diff", "one", "--between", "3", "1", "--json").json
    assert back["outputs"][0]["change"] == "changed" and "+# one\n" in back["outputs"][0]["diff"]
    assert grown.run("diff", "one", "--between", "2", "2", "--exit-code")[:2] == (0, "no difference\n")


def test_going_back_to_an_earlier_text_is_told_and_which_one_is_present(project: Project) -> None:
    def told() -> list[tuple[int, bool, int | None, str]]:
        found = project.run("log", "one", "--json").json["generations"]
        return [(one["number"], one["present"], one["same_as"], one["subject"]) for one in found]

    project.write(".gitignore", "cache/local/\n")
    project.spec("one", "Say one.", language="markdown")
    git(project, "init", "-q", "-b", "main")
    project.build()
    commit(project, "Begin")
    project.change("specs/one.toml", "one.", "two.")
    project.build()
    commit(project, "Two")
    before = [(2, True, None, "Two"), (1, False, None, "Begin")]
    assert told() == before, "the control"
    project.change("specs/one.toml", "two.", "one.")
    assert project.build().calls == 0
    assert told() == [(3, True, 1, ""), *((*one[:1], False, *one[2:]) for one in before)]
    top, second = project.run("log", "one").out.splitlines()[1:3]
    assert top.endswith("present, the same as 1, not committed") and "present" not in second
    commit(project, "Back")
    git(project, "checkout", "-q", "-b", "side", "HEAD~2")
    project.change("specs/one.toml", "one.", "side.")
    project.build()
    commit(project, "Side")
    git(project, "merge", "-q", "--no-commit", "-s", "ours", "main")
    git(project, "checkout", "-q", "main", "--", ".")
    commit(project, "Merge")
    rows = told()
    assert {one[3]: one[1] for one in rows} == {"Side": False, "Back": True, "Two": False, "Begin": False}, "no fifth"


def test_what_can_not_be_told_is_said(grown: Project) -> None:
    missing = grown.run("diff", "one", "--between", "1", "7")
    assert missing.code == 2 and "SB748" in missing.err
    several = grown.run("log", "*")
    assert several.code == 2 and "SB747" in several.err
    assert grown.run("diff", "one", "--between", "1", "2", "--api").code == 2
    unknown = grown.run("log", "onee")
    assert unknown.code == 2 and "one" in unknown.err
    first = next(one for one in grown.run("log", "one", "--json").json["generations"] if one["number"] == 1)
    for record in (grown.root / "cache/replies").rglob("*.json"):
        if "Say one." in record.read_text():
            record.unlink()
    (grown.root / "cache/local").rename(grown.root / "gone")
    lost = grown.run("diff", "one", "--between", "1", "2")
    assert "SB749" in lost.err and first["commit"]
    assert "Say two." in lost.out  # what the spec says now is known still


def test_a_target_that_moved_keeps_its_generations(project: Project) -> None:
    project.write(".gitignore", "cache/local/\n")
    project.spec("one", "Say one.", language="markdown")
    git(project, "init", "-q", "-b", "main")
    project.build()
    commit(project, "Begin")
    project.write("specs/sub/uno.toml", (project.root / "specs/one.toml").read_bytes())
    (project.root / "specs/one.toml").unlink()
    project.spec("new", "Say new.", language="markdown")
    assert project.build().calls == 1, "the new one's"
    told = ["log", "sub/uno", "--json"]
    found = [(one["number"], one["id"], one["subject"]) for one in project.run(*told).json["generations"]]
    assert found == [(2, None, ""), (1, "one", "Begin")]
    commit(project, "Move")
    found = [(one["number"], one["id"], one["subject"]) for one in project.run(*told).json["generations"]]
    assert found == [(2, None, "Move"), (1, "one", "Begin")]
    assert "as one, Begin" in project.run("log", "sub/uno").out
    assert "-<!-- Generated" in project.run("diff", "sub/uno", "--between", "1", "2").out
    assert len(project.run("log", "new", "--json").json["generations"]) == 1, "the control: it came, and nothing went"
    project.spec("user", needs=["uno"])
    for ran in (project.run("plan"), project.run("log", "uno")):
        assert ran.code == 2 and "hint: did you mean `sub/uno`?" in ran.err
        (project.root / "specs/user.toml").unlink(missing_ok=True)


def test_graph_is_printed_in_every_format(project: Project) -> None:
    project.spec("base")
    project.spec("top", needs=["base"])
    project.spec("alone")
    assert "top\n└── base\n" in project.run("graph").out
    assert project.run("graph", "+top", "--format", "dot").out.count("->") == 1
    assert "alone" not in project.run("graph", "+top", "--format", "mermaid").out
    states = project.run("graph", "--states", "--json").json["targets"]
    assert {one["id"]: one["state"] for one in states}["base"] == "call"
    assert project.run("graph", "--json").json == project.run("graph", "--format", "json").json
    assert project.run("graph", "--json", "--format", "dot").code == 2
    assert project.run("graph", "nothing").code == 2
