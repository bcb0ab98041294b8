"""`specbuild agent "GOAL"`: a spec is drafted, a person sees, edits, changes or refuses it, an agent builds.

The person is a thread at the other end of a pseudo terminal, who waits for each question before answering.
"""

import contextlib
import io
import os
import pty
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.scene import Project, Ran, Server
from tests.server import Body, Said, declared_files
from tests.started import Running

GOAL = "Please write me a program that prints hello world"
ID = "prints_hello_world"
DRAFT = f"""\
[file]
name = "{ID}"
language = "python"
description = "Prints a greeting."

[project]
requirements = "Print hello world. The file that is started is main.py. Tests belong to the work."

[build]
mode = "agent"
update = "revise"
directory = "build/{ID}"
outputs = ["*.py", "tests/*.py"]

[verify]
command = ["python", "-m", "pytest", "-q", "-o", "pythonpath=build/{ID}", "build/{ID}"]
"""
EXAMPLE = '\n[[example]]\nstdout = "hello world\\n"\n'
PAPER = f"""\
[file]
name = "{ID}"
language = "markdown"
description = "A page with a greeting."

[project]
requirements = "Say hello world."

[build]
mode = "agent"
update = "revise"
directory = "build/{ID}"
outputs = ["*.md"]
"""
LOUD = PAPER.replace("Say hello world.", "Say HELLO WORLD, loudly.")
PAGE = Said(calls=[("write_file", {"path": "main.md", "text": "hello world\n"})])
MAIN = 'def greeting() -> str:\n    return "hello world"\n\n\nif __name__ == "__main__":\n    print(greeting())\n'
TEST = "from main import greeting\n\n\ndef test_it() -> None:\n    assert greeting() == 'hello world'\n"
WRITE = Said(
    calls=[
        ("write_file", {"path": "main.py", "text": MAIN}),
        ("write_file", {"path": "tests/test_main.py", "text": TEST}),
    ]
)
FINISH = Said(calls=[("finish", {"reason": "It greets."})])


class Drafter:
    """Answers as a model would: the first draft, after each fault the next; a word brings a loud one."""

    def __init__(self, *drafts: str) -> None:
        self.drafts = drafts

    def __call__(self, body: Body) -> str:
        marker, (name,) = declared_files(body)
        turn = (len(body["messages"]) - 2) // 2
        draft = LOUD if "# What is to be different" in body["messages"][1]["content"] else self.drafts[turn]
        return f"=== specbuild:{marker} file: {name} ===\n{draft}=== specbuild:{marker} end ===\n"


def answering(project: Project, *arguments: str, person: Sequence[str], **environment: str) -> Ran:
    """Run a command on a terminal of its own; `person` are the lines that are typed, each at a question."""
    leader, follower = pty.openpty()
    output, shown = io.StringIO(), io.StringIO()
    asked, left = threading.Semaphore(0), list(person)

    class Screen(io.StringIO):
        def write(self, text: str) -> int:
            shown.write(text)
            if text.rstrip(" ").endswith(":") and ("different" in text or "[y/N]" in text or "line" in text):
                asked.release()
            return len(text)

    def types() -> None:
        while asked.acquire(timeout=60) and left:
            os.write(leader, left.pop(0).encode())

    typist = threading.Thread(target=types, daemon=True)
    typist.start()
    before = len(project.server.calls)
    with (
        open(follower, encoding="utf-8") as terminal,
        patch("sys.stdin", terminal),
        patch.dict(os.environ, {**project.environment, **environment}, clear=True),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(Screen()),
    ):
        from specbuild.commands import root

        code = root.run(["-C", str(project.root), *arguments])
    left.clear()
    asked.release()
    typist.join()
    os.close(leader)
    return Ran(code, output.getvalue(), shown.getvalue(), len(project.server.calls) - before)


@pytest.fixture
def empty(project: Project, server: Server) -> Iterator[Project]:
    """A project without a spec, and a model that knows what to do with the goal; its page needs no sandbox."""
    server.answer = Drafter(PAPER)
    server.scripts = {"Print hello world.": [WRITE, FINISH], "hello world.": [PAGE, FINISH]}
    yield project


def test_from_a_goal_to_a_program_with_one_yes(empty: Project, server: Server) -> None:
    server.answer = Drafter(DRAFT + EXAMPLE)
    planned = empty.run("agent", GOAL, "--dry-run")
    assert (planned.code, planned.calls) == (0, 0)
    assert f"specs/{ID}.toml  new  1 / 1 / 3 calls" in planned.out and "once there is a draft" in planned.err

    ran = answering(empty, "agent", GOAL, person=["y\n"])
    assert ran.code == 0, ran.err
    assert ran.calls == 3, "a draft, and two replies of the agent"
    assert DRAFT + EXAMPLE in ran.out and empty.read(f"specs/{ID}.toml") == DRAFT + EXAMPLE
    assert "1 / 1 / 40 calls" in ran.err.split("y writes and builds it")[0], (
        "the price of the build, before the question"
    )
    assert empty.read(f"build/{ID}/main.py").endswith(MAIN)
    assert empty.read(f"build/{ID}/tests/test_main.py").endswith(TEST)
    assert GOAL in empty.prompts()[0] and 'mode = "agent"' in empty.prompts()[0]
    assert (empty.run("build").calls, empty.run("check").code) == (0, 0)

    again = empty.run("agent", GOAL, "--yes")
    assert (again.code, again.calls) == (2, 0)
    assert "SB907" in again.err and f"specbuild build {ID} builds it" in again.err


def test_without_a_terminal_only_a_yes_asks_and_builds(empty: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    before = empty.stamps()
    ran = empty.run("agent", GOAL)
    assert (ran.code, ran.calls, empty.stamps()) == (2, 0, before)
    assert "SB952" in ran.err and "--yes takes it unseen" in ran.err
    ran = empty.run("agent", GOAL, "--yes", "--json")
    assert (ran.code, ran.calls) == (0, 3), ran.err
    assert ran.json["targets"][0]["id"] == ID
    assert (empty.root / f"build/{ID}/main.md").exists()


def test_a_refused_draft_writes_nothing_and_costs_nothing_again(empty: Project) -> None:
    ran = answering(empty, "agent", GOAL, person=["n\n"])
    assert (ran.code, ran.calls) == (0, 1)
    assert "nothing was written" in ran.err
    assert not (empty.root / "specs").exists() and not (empty.root / "build").exists()
    planned = empty.run("agent", GOAL, "--dry-run")
    assert f"{ID}" in planned.out and "1 / 1 / 40 calls" in planned.out, "known by now, so the build has its price too"
    assert answering(empty, "agent", GOAL, person=["n\n"]).calls == 0


def test_a_word_to_the_model_changes_the_draft_and_the_same_word_is_free(empty: Project, server: Server) -> None:
    ran = answering(empty, "agent", GOAL, person=["k\n", "shout it, please\n", "n\n"])
    assert (ran.code, ran.calls) == (0, 2), "one letter is no word"
    assert ran.out.count("[file]") == 1, "the second time what differs is shown"
    assert '-requirements = "Say hello world."\n+requirements = "Say HELLO WORLD, loudly."\n' in ran.out
    prompt = empty.prompts()[1]
    assert PAPER in prompt and "shout it, please" in prompt and GOAL in prompt
    ran = answering(empty, "agent", GOAL, person=["shout it, please\n", "n\n"])
    assert ran.calls == 0
    server.plan("unauthorized")
    ran = answering(empty, "agent", GOAL, person=["whisper it\n", "n\n"])
    assert (ran.code, "the draft is as it was" in ran.err) == (0, True), ran.err


@pytest.mark.parametrize(
    ("goal", "options", "code", "told"),
    [
        (" ", (), 2, "GOAL says what the program is to do"),
        ("x" * 70_000, (), 2, "SB954"),
        ("print \udce9", (), 2, "SB954"),
        ("print with the key ghp_a1B2c3D4e5F6g7H8i9J0a1B2c3D4e5F6g7H8", (), 2, "SB942"),
        (GOAL, ("--name", "../out"), 2, "SB906"),
        (GOAL, ("--name", "con"), 2, "SB906"),
        (GOAL, ("--name", "taken"), 2, "SB907"),
        (GOAL, ("--name", "full"), 2, "SB953"),
        (GOAL, ("--language", "pyhton"), 2, "did you mean `python`?"),
        (GOAL, ("--language", "klingon"), 2, "not in the table: the draft says which one"),
        (GOAL, ("--offline",), 4, "SB631"),
        (GOAL, ("--max-calls", "0"), 5, "--max-calls"),
        (GOAL, ("--sandbox", "nowhere"), 2, "nowhere"),
    ],
)
def test_what_stands_in_the_way_is_told_before_anything_is_asked(
    empty: Project, goal: str, options: tuple[str, ...], code: int, told: str
) -> None:
    empty.spec("taken")
    empty.write("build/full/mine.txt", "mine")
    ran = empty.run("agent", goal, "--yes", *options)
    assert (ran.code, ran.calls) == (code, 0), ran.err
    assert told in ran.err, ran.err
    assert [path.name for path in (empty.root / "specs").iterdir()] == ["taken.toml"]


def test_without_a_model_or_a_service_it_says_so(unpinned: Project) -> None:
    for missing, told in (("OPENAI_API_MODEL", "SB510"), ("OPENAI_API_KEY", "SB611")):
        environment = {**unpinned.environment, missing: ""} | ({"OPENAI_BASE_URL": ""} if "KEY" in missing else {})
        ran = unpinned.run("agent", GOAL, "--yes", environment=environment)
        assert (ran.code, ran.calls, told in ran.err) == (2, 0, True), ran.err


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        ("no TOML\n", f"{ID}.toml:1:"),
        (PAPER.replace("description", "descripton"), "unknown key `descripton`"),
        (PAPER.replace(f"build/{ID}", "."), f'the given line `directory = "build/{ID}"` is missing or changed'),
        (PAPER.replace("*.md", "../*.md"), ".."),
        (
            PAPER + '[verify]\ncommand = ["rm", "-r", "/"]\n',
            "`verify.command` has a place in the specification of a Py",
        ),
        (PAPER.replace("Say", "S\u202eay"), "U+202E"),
    ],
)
def test_a_draft_that_is_no_such_spec_is_mended_and_never_written(
    empty: Project, server: Server, draft: str, told: str
) -> None:
    server.answer = Drafter(draft, PAPER)
    ran = empty.run("agent", GOAL, "--yes", "--max-calls", "2")
    assert (ran.code, ran.calls) == (5, 2), "one to mend it; none is left for the build"
    assert told in empty.prompts()[1], empty.prompts()[1][-600:]
    assert empty.read(f"specs/{ID}.toml") == PAPER
    (empty.root / f"specs/{ID}.toml").unlink()
    server.answer = Drafter(draft, draft, draft)
    ran = empty.run("agent", GOAL, "--yes", "--again")
    assert (ran.code, ran.calls) == (1, 3)
    assert "SB943" in ran.err and not (empty.root / f"specs/{ID}.toml").exists()


def test_a_draft_in_a_fence_is_taken_as_it_is_meant(empty: Project, server: Server) -> None:
    server.answer = lambda body: f"Here is the specification:\n\n```toml\n{PAPER}```\n"
    assert empty.run("agent", GOAL, "--yes").code == 0
    assert empty.read(f"specs/{ID}.toml") == PAPER


def test_outside_any_project_spec_and_files_lie_in_the_present_folder(tmp_path: Path, server: Server) -> None:
    alone = Project(tmp_path / "folder", server)
    alone.environment["OPENAI_API_MODEL"] = "m-one"
    alone.write("main.md", "mine")
    server.answer = Drafter(PAPER.replace("build/", ""))
    server.scripts = {"hello world.": [PAGE, FINISH]}
    ran = alone.run("agent", GOAL, "--yes")
    assert (ran.code, ran.calls) == (0, 3), ran.err
    found = sorted(str(path.relative_to(alone.root)) for path in alone.root.rglob("*") if path.is_file())
    assert found == ["main.md", f"{ID}.toml", f"{ID}/main.md"]
    assert alone.run("transcript", f"{ID}.toml").out.startswith(f"{ID}.toml (built): 2 steps")
    again = alone.run("build", f"{ID}.toml")
    assert (again.code, again.calls) == (0, 0)
    assert "SB907" in alone.run("agent", GOAL, "--yes").err


EDITOR = """\
import sys, pathlib
file = pathlib.Path(sys.argv[1])
text = file.read_text()
file.write_text({change})
"""


def editor(project: Project, change: str) -> str:
    return f"{sys.executable} {project.write('../editor.py', EDITOR.format(change=change))}"


def test_an_edit_is_what_is_built_and_a_fault_in_it_is_told(empty: Project, server: Server) -> None:
    broken = editor(empty, "text.replace('[file]', '[file')")
    ran = answering(empty, "agent", GOAL, "--edit", person=["y\n", "n\n"], EDITOR=broken)
    assert (ran.code, ran.calls) == (0, 1)
    assert "SB106" in ran.err
    assert "y writes" not in ran.err and not (empty.root / "specs").exists(), "a broken draft can't be taken"
    ran = empty.run("agent", GOAL, "--yes", "--edit", environment={"EDITOR": broken})
    assert (ran.code, ran.calls) == (2, 0) and not (empty.root / "specs").exists()

    quiet = editor(empty, "text.replace('[file', '[file]').replace('Say hello', 'Quietly say hello')")
    server.scripts = {"Quietly say hello": [PAGE, FINISH]}
    ran = answering(empty, "agent", GOAL, person=["e\n", "y\n"], EDITOR=quiet)
    assert ran.code == 0, ran.err
    assert "your draft from before is taken up" in ran.err
    assert "Quietly say hello" in empty.read(f"specs/{ID}.toml")
    assert not list((empty.root / "cache/local").glob("draft-*")), "written: no copy stays"


def test_words_are_bounded_and_an_editor_that_fails_loses_nothing(empty: Project) -> None:
    with patch("specbuild.commands.conversation.MOST_WORDS", 1):
        ran = answering(empty, "agent", GOAL, person=["louder, please\n", "and again\n", "e\n", "n\n"], EDITOR="false")
    assert (ran.code, ran.calls) == (0, 2)
    assert "1 changes were asked for in this run: e edits the draft by hand" in ran.err
    assert "false: Editing failed; the variable EDITOR names another one" in ran.err
    assert ran.err.count("y writes and builds it") == 4


def test_a_draft_can_come_from_the_inbox(empty: Project) -> None:
    empty.write("../home/.config/specbuild/config.toml", '[service.default]\nkind = "inbox"\n')
    environment = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": ""}
    assert empty.run("agent", GOAL, "--yes", environment=environment).code == 6
    [request] = empty.root.glob("cache/inbox/*/REQUEST.md")
    request.with_name("REPLY").write_text(f"```toml\n{PAPER}```\n")
    ran = empty.run("agent", GOAL, "--yes", environment=environment)
    assert (ran.code, empty.read(f"specs/{ID}.toml")) == (6, PAPER), "now the agent's first step is waited for"


def test_ctrl_c_during_the_call_keeps_the_reply_and_the_next_run_shows_it(empty: Project, server: Server) -> None:
    server.delay_s = 0.5
    running = Running(["agent", GOAL, "--yes"], empty.root, empty.environment)
    while not server.calls and running.wait(0.02) is None:
        pass
    os.kill(running.pid, signal.SIGINT)
    said = running.said()
    assert (said.code, len(server.calls)) == (130, 1), said.err
    assert "waiting for calls that are under way" in said.err
    assert not (empty.root / "specs").exists()
    ran = answering(empty, "agent", GOAL, person=["n\n"])
    assert (ran.code, ran.calls) == (0, 0) and PAPER in ran.out


def test_an_interrupt_loses_neither_the_reply_nor_the_edit(empty: Project) -> None:
    gone = answering(empty, "agent", GOAL, person=["\x04"])
    assert (gone.code, gone.calls) == (2, 1), "the terminal was closed at the question"
    assert "nobody answered" in gone.err
    change = editor(empty, "text.replace('a greeting', 'one greeting')")
    ran = answering(empty, "agent", GOAL, person=["e\n", "\x04"], EDITOR=change)
    assert ran.calls == 0
    ran = answering(empty, "agent", GOAL, person=["y\n"])
    assert (ran.code, ran.calls) == (0, 2), ran.err
    assert "one greeting" in empty.read(f"specs/{ID}.toml")


PLAIN = """\
[file]
name = "greet"
language = "markdown"
description = "Greets."

[project]
requirements = "Say hello."
"""


def test_new_offers_the_same_conversation_on_a_terminal(empty: Project, server: Server) -> None:
    server.answer = Drafter(PLAIN)
    ran = answering(empty, "new", "pages/greet", person=["A page that greets\n", "y\n", "y\n"])
    assert (ran.code, ran.calls) == (0, 1), ran.err
    assert "one call, about " in ran.err and "[y/N]" in ran.err and "y writes it, e edits it" in ran.err
    assert empty.read("specs/pages/greet.toml") == PLAIN
    assert "next: specbuild build pages/greet" in ran.err
    assert "A page that greets" in empty.prompts()[0] and "mode =" not in empty.prompts()[0].split("# Task")[1]


def test_new_stays_as_it_was_where_nobody_wants_a_draft_or_can_be_asked(empty: Project, server: Server) -> None:
    ran = answering(empty, "new", "one", person=["A small program\n", "n\n"])
    assert (ran.code, ran.calls) == (0, 0) and "Write this program: A small program" in empty.read("specs/one.toml")
    ran = answering(empty, "new", "two", person=["A small program\n"], OPENAI_API_KEY="", OPENAI_BASE_URL="")
    assert (ran.code, "[y/N]" in ran.err) == (0, False), ran.err
    assert empty.read("specs/two.toml") == empty.read("specs/one.toml").replace("one", "two")
    ran = answering(empty, "new", "three", "--description", "A small program", person=[])
    assert (ran.code, ran.err.count(":")) == (0, 1), ran.err
    assert ran.calls == 0


RECORDED = Path(__file__).parents[1] / "examples" / "goals"
SPANS = (
    "Write a small tool that tells from a list of time spans such as 9:15-10:45, one a line on standard input, how "
    "long they are together, with overlaps counted once"
)


def test_a_draft_that_a_stranger_wrote_is_what_is_asked_for(empty: Project) -> None:
    """It was asked of somebody who saw the request alone, and passed with the first reply; it is kept untouched."""
    shutil.copytree(RECORDED / "replies", empty.root / "cache" / "replies")
    empty.write("specbuild.toml", 'edition = 1\nservice = "recorded"\nmodel = "recorded/assistant"\n')
    ran = empty.run("agent", SPANS, "--yes", "--offline")
    assert (ran.code, ran.calls) == (4, 0), "the draft is known; what an agent would build from it is not"
    spec = empty.read("specs/tells_list_time_spans.toml")
    assert spec.count("[[example]]") == 4 and "line N: end before start" in spec
    other = empty.run("agent", SPANS + ".", "--name", "other", "--yes", "--offline")
    assert other.code == 4 and not (empty.root / "specs/other.toml").exists(), (
        "the control: another word, another draft"
    )
