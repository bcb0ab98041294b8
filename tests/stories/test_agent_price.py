"""What a trajectory costs, in the plan before it and in the build's last line after it: every step counted once."""

import json

import pytest

from tests.scene import Project, Server
from tests.server import Said

PAGE = "hello world\n"
PRICES = (
    '[service.default]\nbase_url = "{url}"\nkey_env = "OPENAI_API_KEY"\nprices = {{ input = 1.0, output = 10.0 }}\n'
)
WRITE = Said(calls=[("write_file", {"path": "main.md", "text": PAGE})])
CHECK, FINISH = Said(calls=[("run_checks", {})]), Said(calls=[("finish", {"reason": "Done."})])


@pytest.fixture
def agent(project: Project, server: Server) -> Project:
    """A target of an agent, whose page needs no sandbox, with a service that has prices."""
    home = project.root.parent / "home" / ".config" / "specbuild"
    home.mkdir(parents=True)
    (home / "config.toml").write_text(PRICES.format(url=server.base_url))
    project.spec("main", "Greet.", language="markdown", mode="agent")
    server.scripts["Greet."] = [WRITE, CHECK, FINISH]
    return project


def used(server: Server, project: Project) -> tuple[int, int]:
    """Return the tokens in and out as the records tell them, of all turns."""
    usages = [json.loads(path.read_text())["source"]["usage"] for path in project.root.glob("cache/replies/*/*.json")]
    assert len(usages) == len(server.calls), "every step is a record"
    return sum(one["input"] for one in usages), sum(one["output"] for one in usages)


def test_the_first_time_is_bounded_by_steps_and_says_so(agent: Project) -> None:
    plan = agent.run("plan", "--json").json
    [line] = plan["targets"]
    assert (line["calls"], line["tokens"], line["cost"]) == ({"least": 1, "expected": 1, "most": 40}, None, None)
    told = agent.run("plan").out
    assert "an agent takes 1 to 40 steps, each reading all before it, the first about " in told
    assert "tokens unknown, cost unknown" in told
    agent.change("specs/main.toml", 'mode = "agent"\n', 'mode = "agent"\nsteps = 7\n')
    assert "an agent takes 1 to 7 steps" in agent.run("plan").out and "1 / 1 / 7 calls" in agent.run("plan").out


def test_the_last_line_is_the_sum_of_all_steps_and_a_replay_costs_nothing(agent: Project, server: Server) -> None:
    built = agent.build()
    read, written = used(server, agent)
    cost = (read * 1.0 + written * 10.0) / 1e6
    assert f"3 calls, {read:,} + {written:,} tokens, cost {cost:.4f}" in built.err.splitlines()[-1], built.err
    spent = agent.run("build", "--json", "--force").json["spent"]
    assert (spent["calls"], spent["input_tokens"], spent["cost"]) == (0, 0, 0)
    (agent.root / "build/main.md").unlink()
    assert "no call" in agent.clone().build().err.splitlines()[-1]


def test_steps_that_are_known_are_not_paid_again_and_the_plan_says_where_it_goes_on(
    agent: Project, server: Server
) -> None:
    stopped = agent.run("build", "--max-calls", "2")
    assert stopped.code == 5
    assert "2 calls, " in stopped.err.splitlines()[-1]
    plan = agent.run("plan")
    assert "an agent goes on after step 2, for at most 38 more" in plan.out
    assert "1 / 1 / 38 calls" in plan.out
    assert "call: a reply is missing: the model is asked\n" in plan.out, "that some are known writes nothing"
    assert "hint: call: `specbuild build` asks the model" in agent.run("check").out
    assert agent.run("status", "status:call", "--json").json["counts"] == {"call": 1}
    again = agent.run("build", "--json")
    assert " about 1 call\n" in again.err
    went_on = again.json["spent"]
    read, written = used(server, agent)
    assert went_on["calls"] == 1
    assert (went_on["input_tokens"], went_on["output_tokens"]) < (read, written), "the control: of all three it is more"
    usage = agent.run("transcript", "main").out
    assert f"{read:,} + {written:,}" in usage or f"{read + written:,}" in usage, usage


def test_the_next_time_is_expected_to_be_like_the_last_one(agent: Project, server: Server) -> None:
    agent.build()
    read, written = used(server, agent)
    agent.change("specs/main.toml", "Greet.", "Greet. Loudly.")
    [line] = agent.run("plan", "--json").json["targets"]
    assert line["calls"] == {"least": 1, "expected": 3, "most": 40}
    assert line["tokens"] == read + written
    assert line["cost"] == pytest.approx((read * 1.0 + written * 10.0) / 1e6)
    assert "an agent, of 3 steps the last time; at most 40" in agent.run("plan").out
