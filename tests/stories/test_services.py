"""What a person meets when a service is absent, badly set up, or a person: told soon, once, and at no cost."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from specbuild.providers import openai_chat
from specbuild.work import ask as asking
from specbuild.work.planning import FIRST_REPLY_TOKENS
from tests.scene import Project, Server
from tests.server import default_answer


def configure(project: Project, text: str) -> None:
    """Write the person's own configuration."""
    file = Path(project.environment["HOME"]) / ".config/specbuild/config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def answer_all(project: Project) -> int:
    """Fill every REPLY of the inbox as the server would answer; return how many there were."""
    waiting = sorted((project.root / "cache/inbox").glob("*/request.json"))
    for file in waiting:
        (file.parent / "REPLY").write_text(default_answer(json.loads(file.read_text())))
    return len(waiting)


def test_a_persons_reply_is_no_call_on_any_line(project: Project) -> None:
    configure(project, '[service.default]\nkind = "inbox"\n')
    project.spec("a")
    assert project.run("build").code == 6
    assert answer_all(project) == 1
    ran = project.build()
    assert "built" in ran.err and "no call" in ran.err
    assert "1 call" not in ran.err
    assert "inbox" not in [path.name for path in (project.root / "cache").iterdir()] or answer_all(project) == 0


def test_a_persons_reply_is_no_call_in_the_result_for_machines(project: Project) -> None:
    configure(project, '[service.default]\nkind = "inbox"\n')
    project.spec("a")
    project.run("build")
    answer_all(project)
    result = project.build("--json").json
    assert json.dumps(result).count('"calls": 0') == 2
    assert '"built"' in json.dumps(result)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the run would have slept; it does not."""
    slept: list[float] = []
    wait = asking._wait
    monkeypatch.setattr(asking, "_wait", lambda delay_s, cancelled, sleep: wait(delay_s, cancelled, slept.append))
    return slept


def test_a_server_that_was_forgotten_is_told_within_seconds_however_many_targets_wait(
    project: Project, naps: Sequence[float]
) -> None:
    for number in range(12):
        project.spec(f"s{number}")
    with Server() as gone:
        project.environment["OPENAI_BASE_URL"] = gone.base_url
    ran = project.run("build", "-j", "1")
    assert ran.code == 1
    assert ran.err.count("SB613") == 12
    assert sum(naps) < 4, "the first target found it out for all"
    assert "no call" in ran.err


def test_authorities_that_cannot_be_loaded_end_the_run_at_once(project: Project, naps: Sequence[float]) -> None:
    project.spec("a")
    missing = str(project.root.parent / "authorities.pem")
    openai_chat._tls.cache_clear()
    ran = project.run("build", environment={"OPENAI_BASE_URL": "https://localhost:1/v1", "SSL_CERT_FILE": missing})
    assert (ran.code, naps) == (1, [])
    assert "SB614" in ran.err and f"SSL_CERT_FILE={missing}" in ran.err


def test_the_client_is_loaded_early_only_when_calls_are_expected(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed: list[bool] = []
    monkeypatch.setattr(openai_chat, "warm", lambda: warmed.append(True))
    project.spec("a")
    project.run("plan")
    project.run("build", "--offline")
    assert warmed == []
    project.build()
    assert warmed == [True]
    project.build()
    project.write("build/a.py", b"")
    (project.root / "build/a.py").unlink()
    project.build()
    assert warmed == [True]


@pytest.mark.parametrize("where", ["specs/a.toml", "specbuild.toml"])
@pytest.mark.parametrize(("fault", "written"), [("bad_parameter", "temperature = 7"), ("no_limit", "max_tokens = 700")])
def test_a_refused_parameter_is_told_with_the_very_line_that_set_it(
    project: Project, where: str, fault: str, written: str
) -> None:
    table = "build.parameters" if where.startswith("specs") else "parameters"
    project.spec("a")
    head = project.read(where) if (project.root / where).exists() else ""
    project.write(where, f"{head}\n[{table}]\ntop_p = 1\n{written}\n")
    project.server.plan(fault, fault)
    ran = project.run("build")
    line = len(project.read(where).splitlines())
    assert ran.code == 1
    assert f"{where}:{line}:1: error SB606" in ran.err
    assert "nobody set it" not in ran.err


def test_an_empty_reply_is_not_told_to_raise_a_limit(project: Project) -> None:
    project.spec("a")
    project.server.plan("content_null")
    empty = project.run("build")
    assert (empty.code, "SB633" in empty.err, "max_tokens" in empty.err) == (1, True, False)
    project.server.finish_reason = "length"
    assert "max_tokens" in project.run("build").err, "the control: a reply that was cut off at the limit"


CODE = 'print("ready")\n'
PARAMETERS = '\n[build.parameters]\nprefix = "```python\\n"\nstop = ["\\n```"]\n'


def test_a_configured_prefix_is_completed_and_a_stop_sequence_ends_the_code(project: Project) -> None:
    """As the older tool asked: the reply begins as code and ends with it, so that nothing stands around it."""
    project.server.answer = lambda _: f"```python\n{CODE}```\nThis program prints a word.\n"
    project.spec("a", more=PARAMETERS)
    assert project.build().calls == 1
    sent = project.server.calls[-1]["body"]
    assert sent["messages"][-1] == {"role": "assistant", "content": "```python\n", "prefix": True}
    assert sent["stop"] == ["\n```"] and "prefix" not in sent
    assert project.read("build/a.py").endswith(CODE)
    clone = project.clone("clone", without=("cache/local", "build"))
    assert clone.build("--offline").calls == 0
    assert clone.run("reproduce").code == 0


def test_a_repair_goes_on_with_the_whole_message_and_the_same_prefix(project: Project) -> None:
    answers = iter((f"```python\n{CODE}(", f"```python\n{CODE}```"))
    project.server.answer = lambda _: next(answers)
    project.spec("a", more=PARAMETERS)
    assert project.build().calls == 2
    messages = project.server.calls[-1]["body"]["messages"]
    assert [one["role"] for one in messages] == ["system", "user", "assistant", "user", "assistant"]
    assert messages[2]["content"] == f"```python\n{CODE}(\n```\n"
    assert messages[4] == {"role": "assistant", "content": "```python\n", "prefix": True}


def test_a_prefix_and_a_stop_sequence_are_parts_of_the_request(project: Project) -> None:
    begun = {True: CODE + "```\n", False: f"```python\n{CODE}```\n"}
    project.server.answer = lambda body: begun[body["messages"][-1]["role"] == "assistant"]
    project.spec("a")
    project.build()
    project.spec("a", more=PARAMETERS)
    assert project.build().calls == 1
    project.change("specs/a.toml", "python\\n", "py\\n")
    assert project.build().calls == 1
    project.change("specs/a.toml", "py\\n", "python\\n")
    assert project.build().calls == 0


def test_a_prompt_that_the_service_cut_is_no_question_that_was_answered(project: Project) -> None:
    project.spec("a")
    project.server.plan(("small_context", {"tokens": 100}))
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 1)
    assert "SB637" in ran.err and "the service read 100 tokens of a prompt of about" in ran.err
    assert "num_ctx" in ran.err
    assert not (project.root / "build/a.py").exists()
    assert not list((project.root / "cache").glob("replies/*/*.json"))
    project.server.plan(("small_context", {"tokens": 700}))
    assert project.build().calls == 1, "the control: a plausible count"


def test_a_request_that_is_too_long_for_the_model_is_told_as_that_and_asked_once(project: Project) -> None:
    project.spec("a")
    project.server.plan("context_length")
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 1)
    assert "SB607" in ran.err and "maximum context length is 8192 tokens" in ran.err


def test_services_have_models_addresses_and_keys_of_their_own_and_a_local_one_needs_no_key(unpinned: Project) -> None:
    with Server() as other:
        configure(
            unpinned,
            f'[service.near]\nbase_url = "{unpinned.server.base_url}"\nmodel = "small"\n'
            f'[service.far]\nbase_url = "http://localhost:{other.port}/v1"\nmodel = "large"\nkey_env = "FAR"\n',
        )
        del unpinned.environment["OPENAI_API_MODEL"]
        unpinned.spec("a", service="near")
        unpinned.spec("b", service="far")
        unpinned.spec("c", service="ci_box")
        variables = {"FAR": "sk-far", "SPECBUILD_SERVICE_CI_BOX_URL": other.base_url, "OPENAI_API_MODEL": "any"}
        unpinned.build(environment={**variables, "SPECBUILD_SERVICE_CI_BOX_KEY": "sk-ci"})
        near, far = unpinned.server.calls, sorted(other.calls, key=lambda call: call["body"]["model"])
        assert [call["body"]["model"] for call in near] == ["small"]
        assert "Authorization" not in near[0]["headers"]
        assert [call["body"]["model"] for call in far] == ["any", "large"]
        assert [call["headers"]["Authorization"] for call in far] == ["Bearer sk-ci", "Bearer sk-far"]


def test_what_was_never_built_has_a_price_too(project: Project) -> None:
    configure(
        project, f'[service.default]\nbase_url = "{project.server.base_url}"\nkey_env = "OPENAI_API_KEY"\n'
        "prices = { input = 1.0, output = 2.0 }\n"
    )  # fmt: skip
    project.spec("a", language="markdown")
    [line] = project.run("plan", "--json").json["targets"]
    first = FIRST_REPLY_TOKENS
    assert line["cost"] == pytest.approx((line["tokens"] - first + 2 * first) / 1e6), "nothing was seen yet"
    project.build()
    project.spec("b", language="markdown")
    project.spec("c", language="markdown", needs=["b"])
    lines = {one["id"]: one for one in project.run("plan", "--json").json["targets"]}
    assert 0 < lines["b"]["cost"] < line["cost"] / 2, "as long as the reply that this project has"
    assert (lines["c"]["tokens"], lines["c"]["cost"]) == (None, None), "its prompt shows what is not built yet"
    configure(project, "")
    assert {one["cost"] for one in project.run("plan", "--json").json["targets"] if one["id"] != "a"} == {None}
    project.write("specbuild.toml", "edition = 1\n")
    assert "SB510" in project.run("plan", "b").err, "the control: nobody said which model"
    ran = project.run("plan", "b", "--model", "m-two")
    assert "SB510" not in ran.err and " tokens  cost unknown" in ran.out and "tokens unknown" not in ran.out
