"""The tool's own iterations, as they are kept in this repository.

Each can be rebuilt from what is committed; the package's own modules are those of the last one; and what an iteration
says it mended is a test that fails on the modules of the one before and passes on its own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from specbuild.canonical_json import bytes_digest
from specbuild.disk.replies import Replies
from specbuild.lock import Lock, read_lock
from specbuild.sandbox import Job, Limits, Ran
from specbuild.sandboxes import bubblewrap
from specbuild.shape import Shaped
from specbuild.trial import Interpreter
from specbuild.work.interpreter import find_interpreter
from specbuild.work.measure import measure_of
from tests.scene import Server

ROOT = Path(__file__).parents[2]
HISTORY = ROOT / "build" / "history"
MENDED = (
    (
        1,
        "decision",
        {
            "test_what_the_pinned_conversation_used_is_not_taken_off_while_no_request_is_known",
            "test_never_is_more_expected_than_is_possible",
        },
    ),
    (
        2,
        "shape",
        {
            "test_an_attribute_of_rust_is_no_shebang_even_where_it_stands_first",
            "test_a_name_that_only_ends_alike_is_another",
        },
    ),
    (
        3,
        "graph",
        {
            "test_of_every_knot_one_circle_is_told_even_if_one_leads_into_another",
            "test_the_shortest_circle_of_a_knot_is_told",
            "test_a_long_circle_has_as_many_places_as_ids_shown",
            "test_eight_specs_in_a_circle_are_all_shown_and_nine_are_not",
        },
    ),
    (
        5,
        "share",
        {
            "test_rows_of_a_table_at_the_top_of_a_module_are_data",
            "test_each_code_line_counts_once_however_its_white_space_stands",
        },
    ),
    (6, "pretty_json", {"test_a_string_costs_no_call"}),
    (
        7,
        "decision",
        {"test_the_states_are_told_in_these_words"},
    ),
    (8, "blocks", {"test_nothing_is_compiled_for_a_marker"}),
    (8, "lock_pieces", {"test_entries_with_the_very_same_stanza_are_compared_without_a_text"}),
    (
        9,
        "canonical_json",
        {
            "test_no_scalar_and_no_key_of_a_plain_value_costs_a_call",
            "test_a_digest_makes_the_bytes_of_a_plain_value_once",
        },
    ),
    (
        9,
        "pretty_json",
        {"test_a_plain_value_is_not_read_back", "test_python_does_not_go_over_the_strings_of_an_array"},
    ),
)
"""Iteration, module, and the tests that fail on the module of the iteration before."""
pytestmark = [pytest.mark.history, pytest.mark.xdist_group("iterations")]  # one worker: each is replayed once
NETLESS = ("bwrap", "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent")
COPIED = (
    "build/history", "cache/replies", "specbuild", "specs", "docs", "tests/self", "tests/unit", "pyproject.toml",
    "specbuild.lock",
)  # fmt: skip
PAGE = ROOT / "docs" / "self.md"
BLOCK = re.compile(r"(?<=<!-- history -->\n```text\n).*?(?=```\n)", re.DOTALL)


def specbuild(folder: Path, *arguments: str, cut: bool = False) -> "subprocess.CompletedProcess[str]":
    """Run the tool of this repository in `folder`, with no key and no personal configuration; `cut`: no network."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
    command = [*(NETLESS if cut else ()), sys.executable, "-m", "specbuild", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def numbers() -> list[int]:
    return sorted(int(one.name.removeprefix("iter")) for one in HISTORY.glob("iter*"))


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git has of all that iterations are made from, at another path."""
    copy = tmp_path_factory.mktemp("elsewhere") / "a clone"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *COPIED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for path in filter(None, listed.stdout.split("\0")):
        if (ROOT / path).is_file():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, copy / path)
    return copy


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    top = tmp_path_factory.mktemp("replayed")

    @cache
    def replay(number: int) -> Path:
        folder = top / f"iter{number}"
        ran = specbuild(ROOT, "history", "replay", str(number), "--to", str(folder))
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return folder

    return replay


def test_there_are_several_iterations_and_each_says_what_for() -> None:
    assert len(numbers()) >= 4
    said = [json.loads((HISTORY / f"iter{at}" / "iteration.json").read_text(encoding="utf-8")) for at in numbers()]
    assert all(one["what"] and one["tests"]["failed"] == 0 and one["tests"]["passed"] > 3000 for one in said)
    assert all(one["stage2"]["by"] == "stage" for one in said)


def test_a_clone_without_a_network_rebuilds_every_iteration(clone: Path) -> None:
    reached = "import socket; socket.create_connection(('127.0.0.1', %d), 5)"
    with Server() as server:
        connect = [sys.executable, "-c", reached % server.port]
        assert subprocess.run(connect, check=False, capture_output=True).returncode == 0
        assert subprocess.run([*NETLESS, *connect], check=False, capture_output=True).returncode == 1, "the control"
    ran = specbuild(clone, "history", "verify", cut=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for number in numbers():
        assert f"iteration {number}" in ran.stdout, ran.stdout


def test_the_packages_own_modules_are_those_of_the_last_iteration(replayed: Callable[[int], Path]) -> None:
    last = numbers()[-1]
    package = replayed(last) / "specbuild"
    made = sorted(package.rglob("*.py"))
    own = {f"{one.stem}.py" for one in (ROOT / "specs" / "self").glob("*.toml")}
    assert {one.name for one in made} >= own and len(own) >= 88
    for one in made:
        assert one.read_bytes() == (ROOT / "specbuild" / one.relative_to(package)).read_bytes(), one.name


def _change_record(clone: Path) -> tuple[Path, str]:
    lock = json.loads((clone / "build/history/iter0/specbuild.lock").read_text(encoding="utf-8"))
    key = lock["targets"]["self/nearest"]["reply"]["key"]
    (record,) = (clone / "cache/replies" / key[:2]).glob(f"{key}.1.*.json")
    return record, "self/nearest"


def _change_spec(clone: Path) -> tuple[Path, str]:
    inputs = json.loads((clone / "build/history/iter0/iteration.json").read_text(encoding="utf-8"))["inputs"]
    return clone / "build/history/files" / inputs["specs/self/nearest.toml"], "specs/self/nearest.toml"


def _change_hash(clone: Path) -> tuple[Path, str]:
    return clone / "build/history/iter0/specbuild.lock", "self/nearest"


@pytest.mark.parametrize("change", [_change_record, _change_spec, _change_hash])
def test_one_changed_record_spec_or_hash_is_told_by_name(
    clone: Path, tmp_path: Path, change: Callable[[Path], tuple[Path, str]]
) -> None:
    path, named = change(clone)
    before = path.read_text(encoding="utf-8")
    if change is _change_hash:
        at = before.index('"specbuild/nearest.py"')
        found = re.search(r'"sha256": ?"([0-9a-f])', before[at:])
        assert found is not None
        digit = "0" if found[1] != "0" else "1"
        changed = before[: at + found.start(1)] + digit + before[at + found.end(1) :]
    else:
        changed = before.replace("nearest", "Nearest", 1)
    assert changed != before
    path.write_text(changed, encoding="utf-8")
    try:
        ran = specbuild(clone, "history", "verify")
    finally:
        path.write_text(before, encoding="utf-8")
    assert ran.returncode == 1 and named in ran.stdout + ran.stderr, ran.stdout + ran.stderr


@pytest.mark.parametrize(("number", "module", "tests"), MENDED)
def test_what_an_iteration_mended_failed_in_the_one_before(
    replayed: Callable[[int], Path], tmp_path: Path, number: int, module: str, tests: set[str]
) -> None:
    before, now = tmp_path / "before", replayed(number)
    shutil.copytree(replayed(number - 1), before)
    shutil.copy(now / "tests" / "unit" / f"test_{module}.py", before / "tests" / "unit" / f"test_{module}.py")
    failed = judged(before, module)
    assert failed == tests
    assert judged(now, module) == set()


def judged(folder: Path, module: str) -> set[str]:
    """Return the names of the unit tests that the module in `folder` fails, run in the sandbox."""
    python = find_interpreter(str(ROOT), None, run=bubblewrap.run)
    assert isinstance(python, Interpreter), python
    argv = (python.path, "tests/self/judge_module.py", module)
    ran = bubblewrap.run(Job(argv, snapshot=str(folder), readonly=python.mounts, limits=Limits(wall_s=120.0)))
    assert isinstance(ran, Ran), ran
    told = ran.stdout.decode(errors="replace")
    failed = set(re.findall(rf"^FAILED tests/unit/test_{module}\.py::(\w+)", told, re.MULTILINE))
    assert (ran.exit_code == 0) == (not failed), told
    return failed


def test_one_changed_sentence_cost_one_call_and_shows_in_the_difference() -> None:
    for number, module, _ in MENDED[:3]:
        told = json.loads(specbuild(ROOT, "history", "diff", str(number - 1), str(number), "--json").stdout)
        changed = [one["id"] for one in told["targets"] if any(it["component"] == "spec" for it in one["changes"])]
        assert changed == [f"self/{module}"]
        assert [one["path"] for one in told["outputs"]] == [f"specbuild/{module}.py"]
        kept = json.loads((HISTORY / f"iter{number}" / "iteration.json").read_text(encoding="utf-8"))
        assert kept["usage"]["calls"] == 1


def shares(texts: Mapping[str, str]) -> dict[str, float]:
    """Return the copied share of every promoted module, as it is measured now; `texts` stand for some files."""
    lock = read_lock((ROOT / "specbuild.lock").read_text(encoding="utf-8"))
    assert isinstance(lock, Lock)
    replies = Replies(ROOT)
    found = {}
    for target_id, stanza in lock.targets.items():
        if target_id.startswith("self/"):
            (path,) = stanza.outputs
            data = texts.get(path, (ROOT / path).read_text(encoding="utf-8")).encode("utf-8")
            made = Shaped(path, data, "644", bytes_digest(data))
            found[target_id] = measure_of(stanza, [made], replies=replies).copied_share
    replies.close()
    return found


def test_at_most_a_quarter_of_a_module_was_copied() -> None:
    told = shares({})
    assert len(told) >= 54 and {one: share for one, share in told.items() if share > 0.25} == {}


def test_control_a_module_that_repeats_its_spec_is_told() -> None:
    assert shares({"specbuild/share.py": "value = compute(1)\n"})["self/share"] == 1.0  # one of the spec's examples
    assert shares({"specbuild/share.py": "other = computed(2)\n"})["self/share"] == 0.0


def test_the_page_shows_the_history_as_it_is() -> None:
    shown = BLOCK.search(PAGE.read_text(encoding="utf-8"))
    assert shown is not None and shown.group() == specbuild(ROOT, "history").stdout


if __name__ == "__main__":
    now = specbuild(ROOT, "history").stdout
    PAGE.write_text(BLOCK.sub(lambda _: now, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
