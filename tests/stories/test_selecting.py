"""What the graph alone does not know selects too: `status:`, `model:` and `since:`, wherever a SELECT stands."""

import subprocess

import pytest

from tests.scene import Project


@pytest.fixture
def built(project: Project) -> Project:
    """Three targets: `two` needs `one`, and `other` is of another model."""
    project.spec("one", "Print the word one.", language="markdown", tags=["first"])
    project.spec("two", "Print the word two.", language="markdown", needs=["one"], context=["docs/format.md"])
    project.spec("other", "Print another word.", language="markdown", model="m-other")
    project.write("docs/format.md", "A format.\n")
    project.build()
    return project


def chosen(project: Project, *arguments: str) -> list[str]:
    ran = project.run("status", "--json", *arguments)
    assert ran.code == 0, ran.err
    return sorted(line["id"] for line in ran.json["targets"])


def git(project: Project, *arguments: str) -> None:
    identity = ("-c", "user.name=A Person", "-c", "user.email=person@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=project.root, check=True, capture_output=True)


def test_by_state(built: Project) -> None:
    assert chosen(built, "status:fresh") == ["one", "other", "two"]
    built.write("build/one.md", "mine\n")
    built.change("specs/other.toml", "another", "one more")
    assert chosen(built, "status:edited") == ["one"]
    assert chosen(built, "status:stale") == ["one", "other"]
    assert chosen(built, "status:stale,tag:first") == ["one"]
    assert chosen(built, "status:stale", "--exclude", "status:call") == ["one"]
    assert chosen(built, "status:edited+") == ["one", "two"]
    assert built.build("status:call").calls == 1
    assert built.run("accept", "status:edited").code == 0
    assert chosen(built, "status:fresh") == ["one", "other"]
    assert chosen(built, "status:stale") == ["two"]  # what it needs shows another text now


def test_by_model(built: Project) -> None:
    assert chosen(built, "model:m-other") == ["other"]
    assert chosen(built, "model:m-*") == ["one", "other", "two"]
    assert chosen(built, "model:m-*", "--exclude", "model:m-one") == ["other"]


def test_by_what_git_says_has_changed(built: Project) -> None:
    git(built, "init", "-q")
    git(built, "add", "-A")
    git(built, "commit", "-q", "-m", "All")
    nothing = built.run("status", "since:HEAD")
    assert nothing.code == 2 and "`since:HEAD` selects nothing" in nothing.err
    built.write("docs/format.md", "Another format.\n")
    assert chosen(built, "since:HEAD") == ["two"]
    assert chosen(built, "1+since:HEAD") == ["one", "two"]
    git(built, "commit", "-q", "-a", "-m", "Another format")
    built.spec("new", "Print a new word.", language="markdown")
    assert chosen(built, "since:HEAD~1") == ["new", "two"]
    assert chosen(built, "since:HEAD") == ["new"]


@pytest.mark.parametrize("expression", ["since:nowhere", "since:--output=x", "since:", "since:HEAD:specs"])
def test_a_commit_that_git_does_not_know_is_told(built: Project, expression: str) -> None:
    git(built, "init", "-q")
    told = built.run("status", expression)
    assert told.code == 2 and "SB322" in told.err and "since:HEAD" in told.err
    assert not (built.root / "x").exists()


def test_outside_a_repository_since_is_told_and_a_misspelled_state_too(built: Project) -> None:
    assert "no git repository" in built.run("status", "since:HEAD").err
    told = built.run("check", "status:frehs")
    assert told.code == 2 and "did you mean `status:fresh`?" in told.err
    assert "`status:edited` selects nothing" in built.run("diff", "status:edited").err


def test_every_way_to_select(built: Project) -> None:
    for expressions, wanted in (
        (["one"], ["one"]),
        (["specs/one.toml"], ["one"]),
        (["build/one.md"], ["one"]),
        (["o*"], ["one", "other"]),
        (["specs/"], ["one", "other", "two"]),
        (["tag:first"], ["one"]),
        (["id:t*"], ["two"]),
        (["language:markdown,o*"], ["one", "other"]),
        (["one", "two"], ["one", "two"]),
        (["+two"], ["one", "two"]),
        (["one+"], ["one", "two"]),
        (["1+two,tag:first"], ["one"]),
        (["model:m-one,one+"], ["one", "two"]),
        (["o*", "--exclude", "tag:first"], ["other"]),
        (["--exclude", "+two"], ["other"]),
    ):
        assert chosen(built, *expressions) == wanted, expressions


def test_what_selects_nothing_ends_with_2_and_says_what_may_be_meant(built: Project) -> None:
    for expression, hint in (
        ("oen", "did you mean `one`?"),
        ("tag:frist", "did you mean `tag:first`?"),
        ("model:m-othr", "did you mean `model:m-other`?"),
        ("status:fersh", "did you mean `status:fresh`?"),
        ("tga:first", "did you mean `tag:`?"),
        ("one,status:frish", "did you mean `status:fresh`?"),
        ("spec/*", "did you mean `specs/*`?"),
        ("nosuch*", "specbuild status lists all specs"),
    ):
        for arguments in (["status"], ["build"], ["check"], ["plan", "one", "--exclude"]):
            told = built.run(*arguments, expression)
            assert (told.code, told.calls) == (2, 0) and hint in told.err, (arguments, expression)
