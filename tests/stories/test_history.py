"""Iterations of a small package are recorded, listed, compared, and rebuilt offline from what is committed.

The iterations here are put down by hand from real builds of a real server's replies: what `iterate` adds to that has
stories of its own.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from specbuild.canonical_json import bytes_digest, digest
from specbuild.disk.history import read_iterations, write_iteration
from specbuild.iteration import Iteration, ModuleMeasure, Parent, SecondStage, SuiteCounts
from specbuild.lock import Lock, lock_text, read_lock
from specbuild.pretty_json import pretty_json
from specbuild.share import package_share
from specbuild.stanza import Stanza
from specbuild.work.as_built import built_outputs
from specbuild.work.history import settings_of
from specbuild.work.load import Project as Loaded
from specbuild.work.load import load
from specbuild.work.measure import measure_of
from specbuild.work.opened import Opened
from tests.scene import Project, Ran

WORDS = (
    '"""Count words."""\n\n\ndef words(text: str) -> int:\n    """Return how many."""\n    return len(text.split())\n'
)
FASTER = WORDS.replace("len(text.split())", "text.count(' ') + 1")
BAD = "this is no Python\n"
CONFIGURATION = """edition = 1
model = "m-one"
outputs = "made"
template = "prompts/mine.jinja"

[parameters]
temperature = 0.25
stop = ["a \\"b\\"", "é\\n"]
options = { deep = [1, true] }
"""
"""Settings that a replay must know: they decide requests and places, and the stanzas have their hashes only."""


@pytest.fixture
def package(project: Project) -> Project:
    """A project whose package `pkg` has two modules of its own, one hand-written one, and two recorded iterations."""
    project.write("specbuild.toml", CONFIGURATION)
    project.write("prompts/mine.jinja", '{% include "prompts/part.jinja" %}{% include "specbuild:user" %}\nBe brief.\n')
    project.write("prompts/part.jinja", "Be kind.\n")
    project.write("docs/style.md", "Write plainly.\n")
    project.write("pkg/__init__.py", "")
    project.write("pkg/base.py", "def base() -> int:\n    return 1\n")
    project.write("tests/test_words.py", "from pkg.words import words\n")
    own = {"directory": "pkg", "context": ["docs/style.md"]}
    verify = '\n[verify]\nfiles = ["tests/test_words.py"]\n'
    project.spec("self/words", "Count words.", more=verify, needs=["pkg/base.py"], **own)
    project.spec("self/lines", "Count lines.", needs=["self/words"], **own)
    project.server.answers = {"Count words.": fenced(WORDS), "Count lines.": fenced(WORDS.replace("words", "lines"))}
    project.build()
    record(project, "Begin")
    project.change("specs/self/words.toml", "Count words.", "Count words faster.")
    project.server.answers = {"Count words faster.": fenced(FASTER)}
    assert project.build().calls == 1
    record(project, "Count faster")
    return project


def fenced(text: str) -> str:
    return f"```python\n{text}```\n"


def record(project: Project, what: str) -> None:
    """Keep the project's present build as its next iteration."""
    loaded = load(project.root, {})
    lock = Opened(loaded).lock()
    before = read_iterations(project.root, "made")[0]
    parent = before[-1].iteration if before else None
    paths = [f"specs/{one}.toml" for one in lock.targets]
    paths += ["docs/style.md", "pkg/base.py", "tests/test_words.py", "prompts/mine.jinja", "prompts/part.jinja"]
    inputs = {path: (project.root / path).read_bytes() for path in paths}
    sources = {f"pkg/{file.name}": file.read_text() for file in sorted((project.root / "pkg").glob("*.py"))}
    built = {path: target_id for target_id, stanza in lock.targets.items() for path in stanza.outputs}
    modules, lines = package_share(sources, built)
    iteration = Iteration(
        number=len(before),
        parent=Parent(parent.number, parent.tree) if parent else None,
        what=what,
        tests=SuiteCounts(2, 0, 1),
        settings=settings_of(loaded.configuration),
        inputs={path: bytes_digest(raw) for path, raw in inputs.items()},
        package={path: bytes_digest(text.encode()) for path, text in sources.items()},
        modules={target_id: measured(loaded, stanza, target_id) for target_id, stanza in lock.targets.items()},
        module_share=modules,
        line_share=lines,
        calls=1,
        input_tokens=10,
        output_tokens=None,
        second_stage=SecondStage("stage", len(built), len(built)),
    )
    write_iteration(project.root, "made", iteration, lock, inputs)


def measured(loaded: Loaded, stanza: Stanza, target_id: str) -> ModuleMeasure:
    replies = Opened(loaded).replies
    outputs = built_outputs(stanza, loaded.graph.targets[target_id], replies=replies)
    assert outputs is not None
    return measure_of(stanza, outputs, replies=replies)


def offline(project: Project, *arguments: str) -> Ran:
    """Run a command that must not make a call."""
    ran = project.run("history", *arguments)
    assert ran.calls == 0
    return ran


def test_every_iteration_is_rebuilt_offline_at_another_path(package: Project, tmp_path: Path) -> None:
    clone = package.clone("elsewhere/clone")
    before = clone.stamps()
    ran = offline(clone, "verify")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "same  iteration 0  2 requests rendered, no call",
        "same  iteration 1  2 requests rendered, no call",
    ]
    assert clone.stamps() == before
    told = offline(clone, "verify", "--json").json
    assert told["same"] is True and [one["rendered"] for one in told["iterations"]] == [2, 2]


def test_a_replay_needs_neither_network_nor_key_nor_the_present_specs(package: Project) -> None:
    clone = package.clone("elsewhere/clone")
    shutil.rmtree(clone.root / "specs")
    for path in ("docs/style.md", "pkg/base.py", "prompts/mine.jinja"):
        (clone.root / path).unlink()
    clone.write("specbuild.toml", 'edition = 1\noutputs = "made"\n')
    unshared = ["unshare", "--net"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--net"]
    ran = subprocess.run(
        [*unshared, sys.executable, "-m", "specbuild", "history", "replay", "0"],
        cwd=clone.root, env={"PATH": os.environ["PATH"], "HOME": str(clone.root.parent), "LC_ALL": "C.UTF-8"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "same  iteration 0  2 requests rendered, no call\n"


def test_the_rebuilt_files_stay_where_they_are_wanted_and_are_a_project(package: Project, tmp_path: Path) -> None:
    for number, text in ((0, WORDS), (1, FASTER)):
        assert offline(package, "replay", str(number), "--to", str(tmp_path / f"n{number}")).code == 0
        made = (tmp_path / f"n{number}" / "pkg" / "words.py").read_text()
        assert made.endswith(text)
        again = Project(tmp_path / f"n{number}", package.server)
        assert again.run("reproduce").code == 0
    ran = offline(package, "replay", "0", "--to", str(tmp_path / "n1"))
    assert ran.code == 2 and "SB738" in ran.err
    assert (tmp_path / "n1/pkg/words.py").read_text().endswith(FASTER)


def history(path: str) -> str:
    return f"made/history/{path}"


def of_input(project: Project, path: str, iteration: int = 0) -> str:
    inputs = json.loads(project.read(history(f"iter{iteration}/iteration.json")))["inputs"]
    return history(f"files/{inputs[path]}")


def record_of(project: Project, iteration: int) -> str:
    """Return the path of the record that an iteration's self/words was made from."""
    pin = json.loads(project.read(history(f"iter{iteration}/specbuild.lock")))["targets"]["self/words"]["reply"]
    return f"cache/replies/{pin['key'][:2]}/{pin['key']}.{pin['attempts']}.{pin['sha256'][:16]}.json"


def flip(project: Project, path: str, before: str, after: str) -> None:
    text = project.read(path)
    assert before in text
    project.write(path, text.replace(before, after, 1))


@pytest.mark.parametrize("number", [0, 1])
def test_one_changed_record_fails_by_name(package: Project, number: int) -> None:
    path = record_of(package, number)
    flip(package, path, "def words", "def wards")
    ran = offline(package, "verify")
    assert ran.code == 1
    assert f"iteration {number}: self/words: its record can't be used" in ran.err and path in ran.err
    assert f"iteration {1 - number}:" not in ran.err
    rows = [line.split()[0] for line in ran.out.splitlines()]
    assert rows == (["differs", "same"] if number == 0 else ["same", "differs"])


def test_a_missing_record_fails_by_name(package: Project) -> None:
    path = record_of(package, 1)
    (package.root / path).unlink()
    ran = offline(package, "verify")
    assert ran.code == 1
    assert "iteration 1: self/words: its record can't be used" in ran.err and path in ran.err
    assert "iteration 0:" not in ran.err


def test_one_changed_spec_fails_by_name(package: Project) -> None:
    path = of_input(package, "specs/self/words.toml")
    flip(package, path, "Count words.", "Count wards.")
    ran = offline(package, "verify")
    assert ran.code == 1
    assert "iteration 0: specs/self/words.toml can't be had" in ran.err and path in ran.err
    assert "iteration 1:" not in ran.err


def test_a_changed_spec_whose_name_and_hash_were_forged_too_fails_by_field(package: Project) -> None:
    old = of_input(package, "specs/self/words.toml")
    forged = package.read(old).replace("Count words.", "Count wards.").encode()
    package.write(history(f"files/{bytes_digest(forged)}"), forged)
    flip(package, history("iter0/iteration.json"), Path(old).name, bytes_digest(forged))
    ran = offline(package, "verify")
    assert ran.code == 1
    assert "iteration 0: self/words:" in ran.err and "spec project.requirements" in ran.err


@pytest.mark.parametrize(
    "path", ["docs/style.md", "prompts/mine.jinja", "prompts/part.jinja", "pkg/base.py", "tests/test_words.py"]
)
def test_every_kind_of_input_counts(package: Project, path: str) -> None:
    forged = b"def base(other: int) -> int: ...\n"
    old = Path(of_input(package, path)).name
    package.write(history(f"files/{bytes_digest(forged)}"), forged)
    flip(package, history("iter0/iteration.json"), old, bytes_digest(forged))
    ran = offline(package, "replay", "0")
    assert ran.code == 1
    assert "iteration 0: self/words:" in ran.err
    assert path in ran.err or "template" in ran.err


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"temperature": 0.25', '"temperature": 0.5'),
        ('"template": "prompts/mine.jinja"', '"template": null'),
        ('"specs": "specs"', '"specs": "spec"'),
    ],
)
def test_every_setting_counts(package: Project, before: str, after: str) -> None:
    flip(package, history("iter1/iteration.json"), before, after)
    ran = offline(package, "replay", "1")
    assert ran.code == 1 and "iteration 1:" in ran.err


def test_one_changed_hash_fails_by_name(package: Project) -> None:
    for iteration, part in ((0, "interface"), (1, "outputs")):
        other = package.clone(f"changed-{part}")
        path = history(f"iter{iteration}/specbuild.lock")
        lock = json.loads(other.read(path))
        stanza = lock["targets"]["self/words"]
        if part == "interface":
            stanza["interface"] = "python/1:0000000000000000"
        else:
            stanza["outputs"]["pkg/words.py"]["sha256"] = "0" * 64
        other.write(path, json.dumps(lock))
        ran = offline(other, "verify")
        assert ran.code == 1 and path in ran.err and "self/words" in ran.err  # its trace is no build's


def test_a_forged_entry_with_the_right_trace_fails_by_its_part(package: Project) -> None:
    path = history("iter1/specbuild.lock")
    lock = read_lock(package.read(path))
    assert isinstance(lock, Lock)
    forged = replace(lock.targets["self/words"], interface="python/1:0000000000000000")
    package.write(path, lock_text(Lock({**lock.targets, "self/words": forged})))
    ran = offline(package, "verify")
    assert ran.code == 1
    assert "iteration 1: self/words: its entry in the lock differs: interface" in ran.err


def test_a_changed_package_hash_fails_by_name(package: Project) -> None:
    path = history("iter1/iteration.json")
    package_hashes = json.loads(package.read(path))["package"]
    flip(package, path, package_hashes["pkg/words.py"], "0" * 64)
    ran = offline(package, "verify")
    assert ran.code == 1 and path in ran.err and "tree hash" in ran.err
    value = json.loads(package.read(path))
    package.write(path, pretty_json({**value, "tree": digest(value["package"])}))
    ran = offline(package, "verify")
    assert ran.code == 1
    assert "iteration 1: self/words: pkg/words.py has another hash in the package" in ran.err
    assert "iteration 1: its package has the tree hash" in ran.err


def test_the_package_must_be_the_last_iterations(package: Project) -> None:
    flip(package, "pkg/words.py", "+ 1", "+ 2")
    ran = offline(package, "verify")
    assert (
        ran.code == 1 and "SB736" in ran.err and "pkg/words.py of self/words is not as iteration 1 built it" in ran.err
    )
    (package.root / "pkg/words.py").unlink()
    assert "pkg/words.py of self/words is missing" in offline(package, "verify").err


def test_the_lock_must_be_the_last_iterations(package: Project) -> None:
    package.server.answers = {"Count lines at last.": fenced(FASTER)}
    package.change("specs/self/lines.toml", "Count lines.", "Count lines at last.")
    package.build()
    ran = offline(package, "verify")
    assert ran.code == 1
    assert "self/lines has another entry in specbuild.lock" in ran.err
    (package.root / "specbuild.lock").unlink()
    assert "self/lines has no entry in specbuild.lock" in offline(package, "verify").err


def test_iterations_are_listed_with_their_shares_and_the_pass_rates(package: Project) -> None:
    ran = offline(package)
    assert ran.code == 0
    head, first, second, rates = ran.out.splitlines()
    assert head.split()[:2] == ["modules", "logical"]
    assert first.split("  ")[0] == "0" and "2 of 3 (66.7 %)" in first and first.endswith("Begin")
    assert "new self/lines, self/words" in first and "2 passed, 1 skipped" in first
    assert second.endswith("Count faster") and "self/words" in second and "self/lines" not in second
    assert rates == (
        "3 recorded conversations: 3 (100.0 %) passed with the first reply, 0 (0.0 %) after a repair, 0 (0.0 %) never"
    )
    told = offline(package, "list", "--json").json
    assert [one["specs"]["changed"] for one in told["iterations"]] == [[], ["self/words"]]
    assert told["rates"] == {"conversations": 3, "first_try": 3, "after_repair": 0, "never": 0}


def test_repaired_and_lost_conversations_count_and_those_of_others_do_not(package: Project) -> None:
    answers = iter([fenced(BAD), fenced(WORDS)])
    package.server.answer = lambda body: next(answers)
    package.server.answers = {}
    package.change("specs/self/words.toml", "faster", "with a repair")
    assert package.build().calls == 2
    record(package, "Repair")
    package.server.answer = lambda body: fenced(BAD)
    package.change("specs/self/words.toml", "a repair", "no end")
    assert package.run("build").code == 1
    package.server.answers = {"Somebody else": fenced(WORDS)}
    package.spec("else/words", "Somebody else's words, in the very same name.")
    package.run("build", "else/words")
    rates = offline(package, "list", "--json").json["rates"]
    assert rates == {"conversations": 5, "first_try": 3, "after_repair": 1, "never": 1}
    assert "5 recorded conversations: 3 (60.0 %) passed with the first reply, 1 (20.0 %)" in offline(package).out


def test_one_iteration_is_shown_with_its_modules(package: Project) -> None:
    ran = offline(package, "show", "1")
    assert ran.code == 0
    rows = [line.split() for line in ran.out.splitlines()]
    assert rows[-1][:5] == ["self/words", "2", "0.0", "%", "1"] and len(rows[-1][5]) == 64
    assert any(row[:2] == ["parent", "iteration"] for row in rows)
    told = offline(package, "show", "1", "--json").json
    assert [one["id"] for one in told["modules"]] == ["self/lines", "self/words"]
    assert told["number"] == 1 and told["modules"][1]["outputs"] == ["pkg/words.py"]


def test_code_that_the_spec_gave_away_counts_as_copied(package: Project) -> None:
    package.server.answers = {"just return": fenced(FASTER)}
    package.change("specs/self/words.toml", "Count words faster.", "Count: just return text.count(' ')   +  1, please.")
    package.build()
    record(package, "Give it away")
    modules = {one["id"]: one for one in offline(package, "show", "2", "--json").json["modules"]}
    assert modules["self/words"]["copied_share"] == 1.0
    assert modules["self/lines"]["copied_share"] == 0.0
    assert "100.0 %" in offline(package, "show", "2").out


def test_two_iterations_are_compared_by_spec_and_code(package: Project) -> None:
    ran = offline(package, "diff", "0", "1")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "self/words changed",
        "  spec project.requirements",
        "    was Count words.",
        "    now Count words faster.",
        "pkg/words.py  +1  -1",
    ]
    full = offline(package, "diff", "0", "1", "--full").out
    assert "-    return len(text.split())\n+    return text.count(' ') + 1\n" in full
    back = offline(package, "diff", "1", "0", "--json").json
    assert back["targets"][0]["changes"][0]["after"] == "Count words."
    assert back["outputs"] == [{"id": "self/words", "path": "pkg/words.py", "added": 1, "removed": 1}]
    assert "diffs" not in back and "diffs" in offline(package, "diff", "1", "0", "--json", "--full").json
    assert offline(package, "diff", "1", "1").out == "no difference\n"


def test_a_new_module_is_shown_as_one(package: Project) -> None:
    package.server.answers = {"Count letters.": fenced(WORDS)}
    package.spec("self/letters", "Count letters.", directory="pkg")
    package.build()
    record(package, "Letters")
    there = offline(package, "diff", "1", "2").out.splitlines()
    assert there == ["self/letters added", "pkg/letters.py  +7  -0"]
    assert offline(package, "diff", "2", "1").out.splitlines() == ["self/letters removed", "pkg/letters.py  +0  -7"]
    assert "+++ b/pkg/letters.py" in offline(package, "diff", "1", "2", "--full").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show"], "takes N"),
        (["diff", "1"], "takes N M"),
        (["verify", "1"], "takes no number"),
        (["show", "1", "--full"], "--full belongs to"),
        (["list", "--to", "x"], "--to belongs to"),
        (["show", "7"], "there is no iteration 7"),
        (["replay", "-1"], ""),
        (["forget"], "forget"),
    ],
)
def test_a_wrong_question_is_a_usage_error(package: Project, arguments: list[str], told: str) -> None:
    ran = offline(package, *arguments)
    assert ran.code == 2 and told in ran.err


def test_an_iteration_that_cannot_be_believed_is_told_and_the_others_are_shown(package: Project) -> None:
    flip(package, history("iter0/iteration.json"), '"Begin"', '"Begin" ')
    assert offline(package, "show", "0").code == 1
    ran = offline(package)
    assert ran.code == 0 and "Count faster" in ran.out and "iter0/iteration.json can't be believed" in ran.err
    assert offline(package, "verify").code == 1


def test_an_accepted_text_is_rebuilt_from_its_record(package: Project) -> None:
    package.write("pkg/words.py", FASTER.replace("+ 1", "+ 1  # by hand"))
    assert package.run("accept", "self/words").code == 0
    assert package.build().calls == 0
    record(package, "By hand")
    ran = offline(package, "verify")
    assert (ran.code, ran.err) == (0, "")
    assert "iteration 2  1 requests rendered" in ran.out


def test_without_any_iteration_there_is_nothing_to_say(project: Project) -> None:
    project.spec("one")
    assert offline(project).out == offline(project, "verify").out == "no iteration yet\n"
    assert offline(project, "verify").code == 0
