"""What a report page is given, and that it stays small, readable and harmless."""

import base64
import json
import random
import zlib
from dataclasses import replace
from typing import Any

import pytest

from specbuild.canonical_json import Digest
from specbuild.chronicle import IterationRow, Rates
from specbuild.decision import NO_CALLS
from specbuild.formats.report_data import LONGEST, MOST_BYTES, REPORT_VERSION, Gathered, Told, Try, report_json
from specbuild.iteration import Iteration, ModuleMeasure, Portion, SecondStage, SuiteCounts
from specbuild.keys import ReplyKey
from specbuild.plan import PlanLine
from specbuild.progress import Spent
from specbuild.stanza import OutputState, ReplyPin, Stanza
from specbuild.timeline import Stretch, Timeline
from specbuild.why import Reason

BAD = "</script><img src=x onerror=alert(1)> \x1b[2J \u202e \u2028 &amp;"
KEY = "sk-proj-" + "aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA3bC5dE7f"
DIGEST = Digest("0123456789abcdef" * 4)
STANZA = Stanza(
    {"model": "m\n1", "service": "local", "mode": "single"},
    outputs={"build/a.py": OutputState("644", DIGEST), "build/b\t.py": OutputState("755", DIGEST)},
    reply=ReplyPin(2, ReplyKey(DIGEST), 3, DIGEST),
    origin="carried",
    revisions=4,
    failed={"reply": None},
    evidence={"passed": ["syntax", "l\x1bnt"], "sandbox": "bwrap", "n": 3, "none": None, "yes": True},
)


def told(
    id: str, *, prompt: str = "Do it.\n", said: str = "Done.\n", needs: tuple[str, ...] = (), difference: str = ""
) -> Told:
    line = PlanLine(id, "fresh", 5, (Reason("fresh", "up to date"),), NO_CALLS)
    one = Try(said, "", "", Spent(1, 10, 20, None))
    return Told(
        line, None, needs, ("t",), 3, Spent(1, 10, 20, 0.5), (one,), (("user", prompt),), "", False, None, difference
    )


def data_of(*targets: Told, most_bytes: int | None = MOST_BYTES, run: Timeline | None = None) -> dict[str, Any]:
    found = Gathered("project", targets, (), {}, None)
    return report_json(found, run, made="2026-01-01T00:00:00+00:00", version="1", most_bytes=most_bytes)


def unpacked(data: dict[str, Any]) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(data["texts"]["data"], validate=True), -zlib.MAX_WBITS))


def noise(seed: int, length: int) -> str:
    """Return a text that hardly shrinks."""
    return "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz0123456789 .\n", k=length))


def size_of_the_rest(data: dict[str, Any]) -> int:
    rest = {name: value for name, value in data.items() if name != "texts"}
    return len(json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode())


def test_the_value_has_its_members_in_order_and_is_plain_json() -> None:
    data = data_of(told("a"))
    assert list(data) == [
        "version", "project", "made", "tool", "columns", "rows", "run", "iterations", "rates", "texts",
    ]  # fmt: skip
    assert (data["version"], data["project"], data["made"], data["tool"]) == (
        REPORT_VERSION, "project", "2026-01-01T00:00:00+00:00", "1",
    )  # fmt: skip
    assert (data["run"], data["iterations"], data["rates"]) == (None, [], None)
    assert json.loads(json.dumps(data)) == data, "lists, no tuples"
    assert report_json(Gathered("p\n\x1b", (), (), {}, None), None, made="", version="")["project"] == "p\\n\\x1b"


def row(one: Told, *others: Told) -> dict[str, Any]:
    data = data_of(one, *others)
    assert len(data["rows"]) == 1 + len(others)
    return dict(zip(data["columns"], data["rows"][0], strict=True))


def test_a_row_says_what_is_known() -> None:
    line = PlanLine("a\x07", "call", 1, (Reason("spec", "one\ntwo"), Reason("model", "three")), NO_CALLS)
    spent = Spent(2, 30, 40, 0.25)
    one = Told(line, STANZA, ("c", "gone", "b"), ("x", "y\n"), 7, spent, (), (), "", False, None, "")
    found = row(one, told("b"), told("c"))
    assert found == {
        "id": "a\\x07", "state": "call", "reason": "one\\ntwo; three", "model": "m\\n1", "service": "local",
        "mode": "single", "attempts": 2, "calls": 2, "input": 30, "output": 40, "cost": 0.25, "lines": 7,
        "origin": "carried", "tags": ["x", "y\\n"], "needs": [2, 1], "key": DIGEST[:16], "sample": 3, "revisions": 4,
    }  # fmt: skip
    assert list(found) == [
        "id", "state", "reason", "model", "service", "mode", "attempts", "calls", "input", "output", "cost", "lines",
        "origin", "tags", "needs", "key", "sample", "revisions",
    ]  # fmt: skip
    assert row(replace(one, is_agent=True))["mode"] == "agent"
    assert row(replace(one, stanza=replace(STANZA, inputs={"model": None, "mode": "other"})))["mode"] == "other"


def test_a_row_of_what_was_never_built_is_empty() -> None:
    line = PlanLine("a", "call", 1, (), NO_CALLS)
    bare = Told(line, None, (), (), None, None, (), (), "", False, None, "")
    assert list(row(bare).values()) == [
        "a", "call", "", "", "", "single", None, None, None, None, None, None, "", [], [], "", 0, 0,
    ]  # fmt: skip
    pinless = replace(bare, stanza=Stanza({"model": None}), spent=Spent(1, 0, 0, None))
    assert list(row(pinless).values()) == [
        "a", "call", "", "", "", "single", None, 1, 0, 0, None, None, "generated", [], [], "", 0, 0,
    ]  # fmt: skip


def test_the_run_names_targets_by_number() -> None:
    run = Timeline(
        "2026\x1b",
        12.34567,
        1,
        (
            Stretch("b", "call", 0.12345, 1.98765), Stretch("gone", "call", 0, 9), Stretch("a", "other", 1.0, 1.0499),
            Stretch("a", "check", 2.0, 2.01), Stretch("b", "other", 3.0, 3.25),
        ),
        {"a": "built", "b": "failed\n", "c": "replayed", "d": "rechecked", "e": "fresh", "go\tne": "held"},
        ("gone", "a", "b"),
    )  # fmt: skip
    assert data_of(told("a"), told("b"), run=run)["run"] == {
        "started": "2026\\x1b",
        "seconds": 12.35,
        "exit_code": 1,
        "stretches": [[1, "call", 0.123, 1.988], [0, "check", 2.0, 2.01], [1, "other", 3.0, 3.25]],
        "critical": [0, 1],
        "endings": {"b": "failed\\n", "go\\tne": "held"},
    }


def test_iterations_and_rates_are_numbers() -> None:
    portions = (Portion(54, 283), Portion(4690, 21689))
    modules = {"self/a": ModuleMeasure(10, 0.1), "self/b": ModuleMeasure(20, 0.2)}
    iteration = Iteration(
        6,
        None,
        "what\nfor",
        SuiteCounts(5, 1, 2),
        {},
        {},
        {},
        modules,
        *portions,
        3,
        None,
        None,
        SecondStage("tool", 0, 0),
    )
    rows = (
        IterationRow(iteration, ("x",), ("y", "z"), ("v", "w", "u")),
        IterationRow(replace(iteration, number=7, tests=None, modules={}), (), (), ()),
    )
    data = report_json(Gathered("p", (), rows, {6: 2}, Rates(10, 7, 2)), None, made="", version="")
    assert data["iterations"] == [
        {"number": 6, "what": "what\\nfor", "modules": [54, 283], "lines": [4690, 21689], "at_once": 2, "own": 2,
         "tests": [5, 1, 2], "changed": 6},
        {"number": 7, "what": "what\\nfor", "modules": [54, 283], "lines": [4690, 21689], "at_once": 0, "own": 0,
         "tests": None, "changed": 0},
    ]  # fmt: skip
    assert data["rates"] == {"conversations": 10, "first_try": 7, "after_repair": 2, "never": 1}


def test_small_projects_are_shown_whole_and_equal_texts_once() -> None:
    data = data_of(told("a", prompt="same" * 500), told("b", prompt="same" * 500))
    assert data["texts"]["cut"] == data["texts"]["left_out"] == 0 and data["texts"]["longest"] is None
    assert data["texts"]["encoding"] == "base64 of deflate-raw" and data["texts"]["texts"] == 2
    found = unpacked(data)
    assert found["targets"][0]["prompt"] == found["targets"][1]["prompt"]
    assert len(found["texts"]) == 2


def test_texts_stand_once_and_in_the_order_in_which_they_come() -> None:
    tries = (
        Try("said one", "thought", "told", Spent(1, 10, 20, None)),
        Try("said two", "  \n", "said one", None),
    )
    prompt = (("sys\ntem", "first"), ("user", "second\n\tline"))
    line = PlanLine("a", "failed", 1, (), NO_CALLS, outputs=("out/a\n",))
    one = Told(line, STANZA, (), (), None, None, tries, prompt, "notes", False, ("2026", "c\x1b", "s"), "difference")
    other = Told(line, None, (), (), None, None, (), (("user", "notes"),), " ", False, None, "last")
    found = unpacked(data_of(one, other))
    assert found["texts"] == [
        "first", "second\n\tline", "said one", "thought", "told", "said two", "notes", "difference", "last",
    ]  # fmt: skip
    assert found["targets"] == [
        {
            "prompt": [["sys\\ntem", 0], ["user", 1]],
            "tries": [[2, 3, 4, 10, 20], [5, None, 2, None, None]],
            "notes": 6,
            "difference": 7,
            "before": ["2026", "c\\x1b", "s"],
            "evidence": {"passed": ["syntax", "l\\x1bnt"], "sandbox": "bwrap", "n": 3, "none": "", "yes": True},
            "failed": True,
            "outputs": ["build/a.py", "build/b\\t.py"],
        },
        {
            "prompt": [["user", 6]],
            "tries": [],
            "notes": None,
            "difference": 8,
            "before": None,
            "evidence": {},
            "failed": False,
            "outputs": ["out/a\\n"],
        },
    ]
    unfailed = unpacked(data_of(replace(one, stanza=replace(STANZA, failed=None))))
    assert unfailed["targets"][0]["failed"] is False


def test_long_texts_are_cut_in_the_middle_and_no_secret_is_cut_into_a_part() -> None:
    text = "".join(f"line {n}\n" for n in range(30_000))
    secret = text[:2000] + f"key {KEY} " + text[2000:]
    data = data_of(told("a", said=secret), told("b", said=text[::-1]), most_bytes=6_000)
    assert data["texts"]["cut"] == 2 and len(json.dumps(data)) < 6_500
    for at in range(0, len(KEY), 5):  # wherever the cut falls
        most = data["texts"]["longest"]
        placed = "x " * ((most - most // 3 - at) // 2) + KEY + " " + text
        shown = unpacked(data_of(told("a", said=placed), told("b", said=text[::-1]), most_bytes=6_000))
        assert KEY[:16] not in json.dumps(shown)
        behind = text + " " + KEY + " x" * ((most // 3 - at) // 2)
        shown = unpacked(data_of(told("a", said=behind), told("b", said=text[::-1]), most_bytes=6_000))
        assert KEY[-16:] not in json.dumps(shown)
    found = unpacked(data)
    assert any("characters left out …]" in one for one in found["texts"])
    # The control: with room enough nothing is cut, and the secret is left out all the same.
    whole = data_of(told("a", said=secret))
    assert whole["texts"]["cut"] == 0 and KEY not in json.dumps(unpacked(whole))
    assert "[redacted " in json.dumps(unpacked(whole))


@pytest.mark.parametrize("room", [2_000, 5_000, 20_000, 60_000])
def test_the_cut_keeps_both_ends_and_says_what_is_between(room: int) -> None:
    said = [noise(number, 40_000 + number) for number in range(5)]
    targets = [told(f"t{number}", prompt="p", said=one) for number, one in enumerate(said)]
    data = data_of(*targets, most_bytes=room)
    most = data["texts"]["longest"]
    assert most in LONGEST and most > 0
    assert len(data["texts"]["data"]) <= room - size_of_the_rest(data)
    shown = unpacked(data)["texts"]
    assert shown[0] == "p"
    assert shown[1:] == [
        f"{one[: most - most // 3]}\n[… {len(one) - most:,} characters left out …]\n{one[-(most // 3) :]}"
        for one in said
    ]
    assert data["texts"]["cut"] == 5 and data["texts"]["left_out"] == sum(len(one) - most for one in said)
    # It is no shorter than it must be: the length after the next one would not fit.
    if LONGEST.index(most) >= 2:
        longer = LONGEST[LONGEST.index(most) - 2]
        assert 5 * longer > 0.9 * (room - size_of_the_rest(data))


def test_a_text_that_is_hardly_too_long_is_left_whole() -> None:
    odd = {one: (noise(one, one + 60), noise(-one, one + 61)) for one in (1000, 1400)}
    many = [told(f"t{n}", said=noise(n, 90_000)) for n in range(20)]
    few = [told(f"{at} {one}", said=text) for one in odd for at, text in enumerate(odd[one])]
    data = data_of(*many, *few, most_bytes=36_000)
    assert data["texts"]["longest"] in odd
    whole, cut = odd[data["texts"]["longest"]]
    shown = unpacked(data)["texts"]
    assert whole in shown and cut not in shown


def test_without_any_room_texts_are_cut_to_nothing_and_with_none_asked_to_nothing_less() -> None:
    targets = [told(f"t{number}", said=noise(number, 20_000)) for number in range(3)]
    data = data_of(*targets, most_bytes=10)
    assert data["texts"]["longest"] == 0 and data["texts"]["cut"] == 3
    assert unpacked(data)["texts"][1] == "\n[… 20,000 characters left out …]\n"
    whole = data_of(*targets, most_bytes=None)
    assert whole["texts"]["longest"] is None and unpacked(whole)["texts"][1] == noise(0, 20_000)


def test_what_a_model_said_is_made_harmless() -> None:
    data = data_of(told(f"a{BAD}", prompt=BAD, said=f"{BAD} {KEY}", difference=BAD))
    everything = json.dumps(unpacked(data), ensure_ascii=False) + json.dumps(data, ensure_ascii=False)
    for character in ("\x1b", "\u202e", "\u2028"):
        assert character not in everything
    assert KEY not in everything and "</script><img" in json.dumps(unpacked(data))  # as text, for a person to read
    assert unpacked(data_of(told("a", said="\ud800 é")))["texts"][1] == "\\ud800 é"
