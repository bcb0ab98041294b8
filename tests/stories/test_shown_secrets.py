"""What looks like a secret is neither sent nor stored: specs, the files that they show, reviews, what checks say."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server import Body, declared_files
from tests.stories.conftest import Project

TOKEN = "AKIA" + "QYLPMN5HFIQR7XYA"
REVIEW = "\n[verify]\nreview = true\n"


def with_text(text: str) -> Callable[[Body], str]:
    """Answer every request with that text, for each of its files."""

    def answer(body: Body) -> str:
        marker, names = declared_files(body)
        return "".join(f"=== specbuild:{marker} file: {n} ===\n{text}=== specbuild:{marker} end ===\n" for n in names)

    return answer


def holding(folder: Path, text: str, *, without: tuple[str, ...] = ()) -> list[str]:
    """Return the files below `folder` that hold the text, those of the folders `without` left out."""
    found = (path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes())
    return sorted(one for one in (str(path.relative_to(folder)) for path in found) if not one.startswith(without))


def in_field(project: Project) -> str:
    project.spec("one", f"Follow the {TOKEN}", language="markdown")
    return "project.requirements looks like"


def in_context(project: Project) -> str:
    project.write("docs/notes.md", f"The account is {TOKEN}.\n")
    project.spec("one", language="markdown", context=["docs/notes.md"])
    return "docs/notes.md looks like"


def in_example(project: Project) -> str:
    project.spec("one", more=f'\n[[example]]\nargs = ["{TOKEN}"]\nstdout = "x"\n')
    return "specs/one.toml"


def in_need(project: Project) -> str:
    project.write("lib/base.py", f'def base(key: str = "{TOKEN}") -> str: ...\n')
    project.spec("one", language="markdown", needs=["./lib/base.py"])
    return "lib/base.py looks like"


@pytest.mark.parametrize("lay_out", [in_field, in_context, in_example, in_need])
def test_a_prompt_with_a_secret_is_not_sent_unless_a_person_says_so(
    project: Project, lay_out: Callable[[Project], str]
) -> None:
    where = lay_out(project)
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 0), ran.err
    assert "SB641" in ran.err and where in ran.err and "aws-key-id" in ran.err and "--allow-secret" in ran.err
    assert TOKEN not in ran.out + ran.err
    assert holding(project.root, TOKEN, without=("specs/", "docs/", "lib/")) == []

    said = project.run("build", "--allow-secret", "--max-calls=1")
    assert said.calls == 1 and TOKEN in project.prompts()[0], "the control: a person may say that it is none"


def with_two_services(project: Project) -> str:
    """Configure a second service, and return its key, which looks like none."""
    project.write(
        "../home/.config/specbuild/config.toml",
        f'[service.default]\nbase_url = "{project.server.base_url}"\nkey_env = "OPENAI_API_KEY"\n\n'
        '[service.far]\nbase_url = "http://localhost:9/v1"\nkey_env = "FAR"\n',
    )
    project.environment["FAR"] = key = "kindest regards 77"
    return key


def test_a_key_of_another_service_is_not_sent(project: Project) -> None:
    key = with_two_services(project)
    project.spec("one", f"End with {key}", language="markdown")
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 0)
    assert "SB641" in ran.err and "one of your own keys" in ran.err and key not in ran.out + ran.err
    assert project.build(environment={"FAR": "another one of them"}).calls == 1, "the control: it is nobody's key"


def test_one_target_fails_alone_and_a_known_reply_is_served_without_a_word(project: Project) -> None:
    in_field(project)
    project.spec("two", language="markdown")
    ran = project.run("build", "--json")
    assert {one["id"]: one["ending"] for one in ran.json["targets"]} == {"one": "failed", "two": "built"}
    assert project.build("--allow-secret").calls == 1
    clone = project.clone(without=("cache/local", "build"))
    served = clone.build()
    assert served.calls == 0 and "SB641" not in served.err
    clone.write("specbuild.lock", '{\n "lock_version": 1,\n "targets": {}\n}\n')
    served = clone.build()
    assert served.calls == 0 and "SB641" not in served.err, "by its request too"
    again = clone.run("regenerate", "one")
    assert (again.code, again.calls) == (1, 0) and "SB641" in again.err, "the control: it is asked for"


def test_a_review_does_not_send_one_either(project: Project) -> None:
    key = with_two_services(project)
    project.spec("one", language="markdown", more=REVIEW)
    project.server.answer = with_text(f"Say {key}.\n")
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 1), ran.err
    assert "SB641" in ran.err and "the review of one" in ran.err and key not in ran.out + ran.err
    assert holding(project.root, key, without=("cache/local/",)) == []
    assert project.run("build", "--allow-secret", "--max-calls=1").calls == 1, "the control"


def test_what_a_check_says_is_not_sent_either(project: Project) -> None:
    project.spec("one", more='\n[[example]]\nstdout = "x"\n')
    half = len(TOKEN) // 2
    project.server.answer = with_text(f'print("{TOKEN[:half]}" + "{TOKEN[half:]}")\n')
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 1), ran.err
    assert "SB641" in ran.err and "what its checks" in ran.err and TOKEN not in ran.out + ran.err
    assert project.run("build", "--allow-secret").calls == 2, "the control: the conversation goes on"


def test_a_local_record_whose_request_holds_one_is_neither_committed_nor_exported(
    project: Project, tmp_path: Path
) -> None:
    in_field(project)
    assert project.build("--allow-secret").calls == 1
    [record] = project.root.glob("cache/replies/*/*.json")
    record.unlink()
    assert project.run("cache", "heal").code == 0, "it was committed before"
    assert TOKEN in record.read_text()
    record.unlink()
    for path in ("specbuild.lock", "build/one.md"):
        (project.root / path).unlink()
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 0)
    assert "SB640" in ran.err and "the request looks like" in ran.err and TOKEN not in ran.err
    ran = project.run("cache", "export", str(tmp_path / "records.tar"), "--json")
    assert (ran.json["records"], len(ran.json["withheld"])) == (0, 1)
    assert holding(project.root, TOKEN, without=("cache/local/", "specs/")) == []
    assert project.build("--allow-secret").calls == 0, "the control"
    assert project.run("cache", "export", str(tmp_path / "all.tar"), "--json").json["records"] == 1
