"""`build --watch`: each change of a source is a round, within one limit of calls; what a build writes is none."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from specbuild.commands import watch
from tests.scene import Project, Ran
from tests.stories.test_interrupt import until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sources(project: Project) -> Project:
    """Two targets: `two` needs `one` and shows a project file to the model. Both are built but for `two`."""
    project.spec("one", "Print the word one.", language="markdown")
    project.write("docs/format.md", "A format.\n")
    project.spec("two", "Print two.", language="markdown", needs=["one"], context=["docs/format.md"])
    project.build("one")
    return project


def watched(
    project: Project, monkeypatch: pytest.MonkeyPatch, steps: Iterator[Callable[[], object]], *options: str
) -> Ran:
    """Watch; whenever the watch would wait to look again, the next step is done, and after the last comes Ctrl-C."""

    def sleep(seconds: float) -> None:
        if seconds == watch.LOOK_EVERY_S:
            step = next(steps, None)
            if step is None:
                raise KeyboardInterrupt
            step()

    monkeypatch.setattr(watch, "time", SimpleNamespace(sleep=sleep))
    return project.run("build", "--watch", *options)


def lines(ran: Ran) -> list[str]:
    return [line.partition(": ")[0] for line in ran.err.splitlines() if line.startswith("round")]


def test_each_change_of_a_source_is_a_round_and_an_output_is_none(
    sources: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = iter((
        lambda: None,
        lambda: sources.change("specs/one.toml", "word one", "word 1"),
        lambda: sources.write("build/stray.md", "nothing of ours\n"),
        lambda: sources.write("docs/format.md", "Another format.\n"),
        lambda: None,
    ))  # fmt: skip
    ran = watched(sources, monkeypatch, steps, "--max-calls", "5")
    assert ran.code == 0, ran.err
    assert lines(ran) == [
        "round 1 (to begin with)", "round 2 (specs/one.toml changed)", "round 3 (docs/format.md changed)",
    ]  # fmt: skip
    assert ran.err.splitlines()[-1].startswith("watch ended: 3 rounds, ") and "calls left" in ran.err
    assert sources.run("check").code == 0


def test_what_a_build_wrote_begins_no_round_even_if_it_is_edited(
    sources: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = iter((lambda: None, lambda: sources.write("build/one.md", "mine\n"), lambda: None))
    ran = watched(sources, monkeypatch, steps, "--max-calls", "5")
    assert lines(ran) == ["round 1 (to begin with)"] and ran.calls == 1
    assert sources.read("build/one.md") == "mine\n"
    # The control: the same edit of a file that a spec is made of.
    steps = iter((lambda: None, lambda: sources.write("docs/format.md", "mine\n"), lambda: None))
    assert len(lines(watched(sources, monkeypatch, steps, "--max-calls", "5"))) == 2


def test_a_reply_that_arrives_in_the_inbox_begins_a_round(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("../home/.config/specbuild/config.toml", '[service.default]\nkind = "inbox"\n')
    del project.environment["OPENAI_BASE_URL"], project.environment["OPENAI_API_KEY"]
    project.spec("notes", "Write notes.", language="markdown", model="a-friend")

    def replied(text: str) -> None:
        [request] = project.root.glob("cache/inbox/*/REQUEST.md")
        (request.parent / "REPLY").write_text(text)

    steps = iter((lambda: None, lambda: replied(""), lambda: replied("```markdown\n# Notes\n```\n"), lambda: None))
    ran = watched(project, monkeypatch, steps, "--max-calls", "5")
    first, second = lines(ran)  # an empty one, and the one that is stored and cleared away, begin none
    assert first == "round 1 (to begin with)" and second.startswith("round 2 (cache/inbox/")
    assert project.read("build/notes.md").endswith("# Notes\n"), ran.err


def test_one_limit_holds_for_all_rounds_and_ends_the_watch(sources: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = iter([lambda n=n: sources.change("specs/one.toml", f"word {n}", f"word {n}x") for n in ("one",)])
    ran = watched(sources, monkeypatch, steps, "--max-calls", "1")
    assert (ran.code, ran.calls) == (5, 1), ran.err
    assert "0 of 1 calls left" in ran.err and "watch ended: 2 rounds, 1 of 1 calls" in ran.err


@pytest.mark.parametrize(
    "options",
    [[], ["--max-calls", "1", "--json"], ["--max-calls", "1", "--dry-run"], ["--max-calls", "1", "--timings"]],
)
def test_it_does_not_start_without_a_limit_or_with_what_tells_of_one(sources: Project, options: list[str]) -> None:
    ran = sources.run("build", "--watch", *options)
    assert (ran.code, ran.calls) == (2, 0) and "--watch" in ran.err


def test_the_limit_of_the_configuration_will_do(sources: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    sources.write("specbuild.toml", sources.read("specbuild.toml") + "max_calls = 2\n")
    ran = watched(sources, monkeypatch, iter(()))
    assert ran.code == 0 and "1 of 2 calls left" in ran.err


def test_a_spec_with_an_error_is_told_and_mended_in_the_next_round(
    sources: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = sources.read("specs/one.toml")
    steps = iter((lambda: sources.write("specs/one.toml", "[file"), lambda: sources.write("specs/one.toml", good)))
    ran = watched(sources, monkeypatch, steps, "--max-calls", "3")
    assert ran.code == 0 and len(lines(ran)) == 3, ran.err
    assert "specs/one.toml:1:" in ran.err and "nothing was built" in ran.err


def test_ctrl_c_while_a_model_answers_keeps_what_is_paid_for_and_ends_the_watch(sources: Project) -> None:
    command = [sys.executable, "-m", "specbuild", "build", "one", "--watch", "--max-calls", "3"]
    environment = {**sources.environment, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=sources.root, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("round 1 (to begin with): done: 1 fresh; no call")
    sources.server.delay_s = 1.0
    asked = len(sources.server.calls)
    sources.change("specs/one.toml", "word one", "word 1")
    until(lambda: len(sources.server.calls) > asked, 90)
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130, rest
    assert "1 built" in rest and "watch ended: 2 rounds, 1 of 3 calls" in rest
    assert sources.states()["one"] == "fresh" and len(sources.server.calls) == asked + 1
