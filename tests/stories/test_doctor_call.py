"""`doctor --call` asks each service: does it answer, as which model, and what can it do."""

import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from tests.scene import KEY, Project
from tests.server import FAULTS, Body, _Handler
from tests.stories.test_services import configure

LINE = "one two three four five six"


def doctor(project: Project, *arguments: str) -> dict[str, tuple[str, str, str]]:
    """Return state, what was found and what mends it, of every finding that a call brought."""
    found = project.run("doctor", "--call", "--json", *arguments).json
    calls = [one for one in found if one["what"].startswith("call ")]
    return {one["what"].removeprefix("call "): (one["state"], one["found"], one["mend"]) for one in calls}


def obedient(body: Body) -> str:
    return LINE if "tools" not in body else "I have no tools."


def test_each_service_is_asked_and_what_it_can_do_is_told(project: Project) -> None:
    project.server.answer = obedient
    project.server.model = "m-one-2026"
    ran = project.run("doctor", "--call", "--json")
    assert (ran.code, ran.calls) == (0, 2)
    state, found, _ = doctor(project)["default"]
    assert state == "good"
    assert re.fullmatch(
        rf"127\.0\.0\.1:{project.server.port}: m-one answered as m-one-2026 in \d+\.\d s; \d+ \+ \d+ tokens; streamed; "
        "stop works; tools: none was called",
        found,
    )
    assert "stop" not in project.server.calls[1]["body"] and "tools" in project.server.calls[1]["body"]


def test_without_the_option_nobody_is_asked(project: Project) -> None:
    assert project.run("doctor").calls == 0


def test_nothing_is_written_and_no_key_is_shown(project: Project) -> None:
    project.server.answer = obedient
    before = project.stamps()
    ran = project.run("doctor", "--call")
    assert project.stamps() == before
    assert KEY not in ran.out + ran.err
    project.server.always("unauthorized")
    ran = project.run("doctor", "--call")
    assert ran.code == 1 and "SB604" in ran.out and KEY not in ran.out + ran.err


def test_a_service_that_can_less_is_told_as_it_is(project: Project) -> None:
    project.server.answer = lambda _: "something else"
    project.server.always("no_stream")
    _, found, _ = doctor(project)["default"]
    assert "in one piece" in found and "stop: can't be told" in found


def test_a_tool_that_is_called_and_stop_sequences_that_are_refused_or_ignored(
    project: Project, monkeypatch: Any
) -> None:
    def refuses_stop(to: _Handler, body: Body, _: Mapping[str, Any]) -> None:
        if "stop" in body:
            to.send_error_object(400, message="Unsupported parameter: 'stop'", param="stop")
            return
        whole = to.completion(body)
        if "tools" in body:
            call = {"id": "c", "type": "function", "function": {"name": "report", "arguments": '{"state":"ready"}'}}
            whole["choices"][0] |= {"finish_reason": "tool_calls"}
            whole["choices"][0]["message"] |= {"content": None, "tool_calls": [call]}
        to.send_json(whole)

    def ignores_stop(to: _Handler, body: Body, _: Mapping[str, Any]) -> None:
        to.send_json(to.completion({**body, "stop": None}))

    monkeypatch.setitem(FAULTS, "refuses_stop", refuses_stop)
    monkeypatch.setitem(FAULTS, "ignores_stop", ignores_stop)
    project.server.answer = lambda _: LINE
    project.server.always("refuses_stop")
    assert doctor(project)["default"][1].endswith("in one piece; stop is refused; tools work")
    project.server.always("ignores_stop")
    assert "stop is ignored" in doctor(project)["default"][1]


def test_each_service_is_asked_for_its_own_model_and_a_person_is_not(project: Project) -> None:
    project.server.answer = obedient
    url = project.server.base_url
    configure(
        project,
        f'[service.near]\nbase_url = "{url}"\nmodel = "small"\n[service.bare]\nbase_url = "{url}"\n'
        f'[service.desk]\nkind = "inbox"\n[service.default]\nbase_url = "{url}"\n'
        f'[service.tool]\nkind = "command"\nmodel = "t"\nargv = ["{sys.executable}", "-c", "print(1)"]\n',
    )
    project.spec("a")  # by m-one, of the service default
    found = doctor(project)
    assert sorted(found) == ["bare", "default", "desk", "near", "tool"]
    assert {call["body"]["model"] for call in project.server.calls} == {"small", "m-one"}
    assert found["bare"][:2] == ("note", "no model is known for it: nothing was asked")
    assert found["desk"][:2] == ("note", "a person answers: nothing was asked")
    assert re.fullmatch(r"python\S*: t answered in \d+\.\d s", found["tool"][1])
    project.server.forget()
    doctor(project, "--model", "other")
    assert {call["body"]["model"] for call in project.server.calls} == {"other"}
    assert len(project.server.calls) == 6


def test_the_model_that_was_built_with_is_the_one_that_is_asked_for(unpinned: Project) -> None:
    unpinned.spec("a")
    unpinned.build()
    unpinned.environment["OPENAI_API_MODEL"] = "another"
    unpinned.server.forget()
    doctor(unpinned)
    assert {call["body"]["model"] for call in unpinned.server.calls} == {"m-one"}


def test_a_service_that_is_not_there_is_a_finding_with_what_mends_it(project: Project) -> None:
    configure(project, '[service.gone]\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "m"\n')
    del project.environment["OPENAI_BASE_URL"], project.environment["OPENAI_API_KEY"]
    ran = project.run("doctor", "--call", "--json")
    (call,) = [one for one in json.loads(ran.out) if one["what"] == "call gone"]
    assert (ran.code, call["state"]) == (1, "missing")
    assert "SB613" in call["found"] and "start it" in call["mend"]


def test_what_is_missing_is_told_with_the_command_that_gets_it(project: Project) -> None:
    project.spec("page", language="javascript")
    project.spec("tool", language="python")
    bare = {"PATH": str(project.root / "bin"), "OPENAI_API_KEY": ""}
    told = {one["what"]: one for one in project.run("doctor", "--json", environment=bare).json}
    assert {one: told[one]["state"] for one in ("git", "node", "repository")} == dict.fromkeys(
        ("git", "node", "repository"), "note"
    )
    assert told["node"]["mend"] == "apt-get install nodejs" and told["repository"]["mend"] == "git init"
    assert told["service default"]["mend"].startswith("export OPENAI_API_KEY=")
    shown = project.run("doctor", environment=bare).out
    assert "and can't be run  → apt-get install nodejs\n" in shown and "replies and lock  → git init\n" in shown
    here = {one["what"]: one for one in project.run("doctor", "--json").json}
    assert here["node"]["state"] == "good" and here["node"]["mend"] == "", "the control: it is here"
