"""What a clone can do without a model: everything that was built once, byte for byte; the rest is named."""

import json
from pathlib import Path

import pytest

from tests.scene import Project


@pytest.fixture
def built(project: Project) -> Project:
    project.spec("base", "Give a mark. server-def: second")
    project.spec("sub/top", "Use the mark.", needs=["base"])
    project.spec("apart", "Print a line.", outputs=["apart.py", "apart/data.json"])
    project.build()
    return project


def records(project: Project) -> list[Path]:
    return sorted((project.root / "cache/replies").rglob("*.json"))


def nobody(project: Project) -> Project:
    """A machine without a key and without an endpoint."""
    del project.environment["OPENAI_API_KEY"], project.environment["OPENAI_BASE_URL"]
    return project


def test_a_clone_gives_outputs_and_lock_back_without_a_key_a_network_or_a_call(built: Project) -> None:
    clone = nobody(built.clone(without=("cache/local", "build", "specbuild.lock")))
    ran = clone.build("--offline")
    assert ran.calls == 0
    assert clone.outputs() == built.outputs()
    assert clone.read("specbuild.lock") == built.read("specbuild.lock")
    assert clone.run("reproduce").out.endswith("reproduced: 3 of 3 targets, no call\n")
    assert nobody(built.clone("second", without=("cache/local", "build"))).build("--offline").calls == 0


def test_a_missing_record_is_named_and_everything_else_is_built(built: Project) -> None:
    pin = built.stanza("apart")["reply"]
    name = f"cache/replies/{pin['key'][:2]}/{pin['key']}.1.{pin['sha256'][:16]}.json"
    clone = nobody(built.clone(without=("cache/local", "build", "specbuild.lock", name)))
    ran = clone.run("build", "--offline")
    assert (ran.code, ran.calls) == (4, 0)
    assert pin["key"] in ran.err
    assert "missing   apart" in ran.err
    assert sorted(clone.outputs()) == ["build/base.py", "build/sub/top.py"]
    assert clone.run("build", "--offline").code == 4, "and again, as long as it is missing"


def test_one_flipped_byte_of_a_record_is_refused(built: Project) -> None:
    clone = nobody(built.clone(without=("cache/local", "build", "specbuild.lock")))
    pin = built.stanza("apart")["reply"]
    record = clone.root / f"cache/replies/{pin['key'][:2]}/{pin['key']}.1.{pin['sha256'][:16]}.json"
    raw = record.read_bytes()
    at = raw.index(b"the test server writes")
    record.write_bytes(raw[:at] + b"T" + raw[at + 1 :])
    ran = clone.run("build", "--offline")
    assert ran.code == 4
    assert "SB706" in ran.err and record.name in ran.err
    assert ran.err.count("SB706") == 1, "told once"
    assert "build/apart.py" not in clone.outputs()
    record.write_bytes(raw)
    assert clone.build("--offline").calls == 0, "the control: the byte was all that was wrong"


def test_a_changed_word_is_missing_and_the_nearest_known_request_is_named(built: Project) -> None:
    built.change("specs/apart.toml", "Print a line.", "Print two lines.")
    before = built.outputs()
    ran = built.run("build", "--offline")
    assert (ran.code, ran.calls) == (4, 0)
    pin = built.stanza("apart")["reply"]
    assert "the nearest known request is " + pin["key"] in ran.err
    assert "project.requirements of the spec differs" in ran.err
    assert built.outputs() == before, "the old good outputs stay"


def test_another_model_is_missing_and_the_models_are_named(built: Project) -> None:
    built.write("specbuild.toml", 'edition = 1\nmodel = "m-two"\n')
    ran = built.run("build", "--offline", "apart")
    assert ran.code == 4
    assert "model was m-one and is m-two" in ran.err


def test_what_needs_something_missing_is_blocked_and_named(built: Project) -> None:
    clone = built.clone(without=("cache", "build", "specbuild.lock"))
    ran = clone.run("build", "--offline", "--json")
    assert ran.code == 4
    endings = {one["id"]: one["ending"] for one in ran.json["targets"]}
    assert endings == {"base": "missing", "apart": "missing", "sub/top": "blocked"}


def test_locked_lets_no_entry_change(built: Project) -> None:
    assert built.build("--locked").calls == 0
    (built.root / "build/base.py").unlink()
    assert built.build("--locked").calls == 0, "restoring changes no entry"
    built.change("specs/apart.toml", "Print a line.", "Print two lines.")
    lock = built.read("specbuild.lock")
    ran = built.run("build", "--locked")
    assert (ran.code, ran.calls) == (1, 0)
    assert "--locked" in ran.err
    assert built.read("specbuild.lock") == lock


def test_a_limit_of_calls_stops_with_5_and_what_was_bought_is_kept(project: Project) -> None:
    for number in range(4):
        project.spec(f"p{number}", f"Print {number}.")
    ran = project.run("build", "--max-calls", "2")
    assert (ran.code, ran.calls) == (5, 2)
    assert "--max-calls" in ran.err
    assert len(project.outputs()) == 2
    assert project.run("build", "--max-calls", "1").code == 5
    assert project.run("build", "--max-calls", "1").code == 0, "the last one"
    assert len(project.server.calls) == 4
    project.change("specs/p0.toml", "Print 0", "Print zero")
    assert project.run("build", "--max-calls", "0").calls == 0


def test_a_limit_of_tokens_stops_with_5(project: Project) -> None:
    for number in range(3):
        project.spec(f"p{number}", f"Print {number}.")
    ran = project.run("build", "-j", "1", "--max-tokens", "10")
    assert (ran.code, ran.calls) == (5, 1)
    assert "--max-tokens" in ran.err


def test_an_unreachable_service_is_said_before_any_call(built: Project) -> None:
    built.change("specs/apart.toml", "Print a line.", "Print two lines.")
    ran = nobody(built).run("build")
    assert (ran.code, ran.calls) == (2, 0)
    assert "OPENAI_API_KEY" in ran.err and "--offline" in ran.err


def test_reproduce_finds_a_changed_byte_and_a_lost_output(built: Project) -> None:
    assert built.run("reproduce").code == 0
    built.write("build/base.py", built.read("build/base.py").replace("mark", "Mark", 1))
    (built.root / "build/apart.py").unlink()
    ran = built.run("reproduce")
    assert ran.code == 1
    assert "not reproduced: 1 of 3 targets" in ran.out
    assert "build/base.py has other bytes" in ran.err and "build/apart.py is missing" in ran.err
    told = built.run("reproduce", "--json").json
    assert [one["id"] for one in told["targets"] if one["diagnostics"]] == ["apart", "base"]


def test_reproduce_believes_no_lock(built: Project) -> None:
    lock = json.loads(built.read("specbuild.lock"))
    lock["targets"]["base"]["inputs"]["template"] = "other"
    built.write("specbuild.lock", json.dumps(lock))
    assert built.run("reproduce").code == 1
