"""The Python interface: what docs/api.md shows, and what it promises: no output, no state, any thread, one family of
exceptions."""

import copy
import doctest
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from specbuild import api
from tests.pages import SHOWN_URL, numbers
from tests.scene import KEY, Project, Server
from tests.server import Said

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
SPEC = {
    "file": {"name": "sort", "language": "python", "description": "Sort numbers"},
    "project": {"requirements": "Print the arguments in order."},
}


@pytest.fixture(autouse=True)
def quiet(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing is printed by any of it, and the working folder and the environment stay as they are."""
    before = surroundings()
    yield
    assert surroundings() == before
    assert capfd.readouterr() == ("", "")


def surroundings() -> tuple[str, dict[str, str]]:
    return os.getcwd(), {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def faults(page: str, folder: Path) -> str:
    """Return what doctest says of the examples that don't give what the page says."""
    demo = folder / "demo"
    (demo / "specs").mkdir(parents=True)
    (demo / "specbuild.toml").write_text('edition = 1\nmodel = "small-coder"\n')
    (demo / "specs/sort.toml").write_text(
        '[file]\nname = "sort"\nlanguage = "python"\ndescription = "Sort"\n[project]\nrequirements = "Sort."\n'
    )
    with Server(numbers) as server:
        for shown, real in (
            ('"http://127.0.0.1:8080/v1"', repr(server.base_url)),
            (SHOWN_URL.split("/")[2], f"127.0.0.1:{server.port}"),
            ("/home/me", str(folder / "home")),
            ('"demo"', repr(str(demo))),
        ):
            page = page.replace(shown, real)
        examples = doctest.DocTestParser().get_doctest(page, {}, "api.md", str(PAGE), 0)
        told: list[str] = []
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=told.append)
    assert examples.examples
    return "".join(told)


def test_what_the_page_shows_is_what_happens(tmp_path: Path) -> None:
    assert faults(PAGE.read_text(encoding="utf-8"), tmp_path) == ""


def test_an_example_of_the_page_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    assert "Got:" in faults('>>> from specbuild import api\n>>> len(api.load("demo").outputs)\n2\n', tmp_path)


def test_every_public_name_is_on_the_page_or_documents_itself() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in api.__all__:
        one = getattr(api, name)
        assert name in page or (isinstance(one, type) and one.__doc__), name


def test_generate_touches_no_repository_and_keeps_only_the_reply(project: Project) -> None:
    project.spec("sort")
    before = project.stamps()
    spec = {**SPEC, "build": {"executable": True, "header": False}}
    made = api.generate(spec, model="m", environ=project.environment, cache=project.root.parent / "kept")
    assert made.files.keys() == {"sort.py"} == made.executable
    assert made.spent.calls == len(project.server.calls) == 1
    assert project.stamps() == before
    assert not (project.root.parent / "home").exists()
    again = api.generate(spec, environ={}, model="m", offline=True, cache=project.root.parent / "kept")
    assert (again.files, again.key, again.spent.calls) == (made.files, made.key, 0)
    other = api.generate(spec, model="m", environ=project.environment, sample=1, cache=project.root.parent / "kept")
    assert other.key != made.key
    assert len(project.server.calls) == 2, "the control: another sample is another request"


def test_the_files_of_an_agent_have_the_names_that_it_gave_them(project: Project) -> None:
    spec = {**SPEC, "project": {"requirements": "Sort (by an agent)."}, "build": {"mode": "agent", "outputs": ["*.py"]}}
    calls: list[tuple[str, dict[str, str]]] = [
        ("write_file", {"path": "sort.py", "text": '"""Sort."""\n\nimport words\n\nprint(words.WORDS)\n'}),
        ("write_file", {"path": "words.py", "text": '"""Words."""\n\nWORDS = "a b"\n'}),
        ("finish", {"reason": "It sorts."}),
    ]
    project.server.scripts["(by an agent)"] = [Said(calls=[one]) for one in calls]
    made = api.generate(spec, model="m", environ=project.environment)
    assert (set(made.files), made.spent.calls) == ({"sort.py", "words.py"}, 3)
    assert made.files["words.py"].endswith(calls[1][1]["text"])


def test_two_folders_are_built_at_once_in_one_process(project: Project) -> None:
    project.server.delay_s = 0.3
    other = Project(project.root.parent / "other", project.server)
    other.write("specbuild.toml", 'edition = 1\nmodel = "m-two"\n')
    for folder, name in ((project, "one"), (other, "two")):
        folder.spec(name)
    ready = threading.Barrier(2)

    def build(folder: Project) -> api.Result:
        loaded = api.load(folder.root, environ=folder.environment)
        ready.wait()
        return api.build(loaded).result().check()

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(build, (project, other)))
    assert [one.summary.spent.calls for one in results] == [1, 1]
    assert project.server.most_in_flight == 2
    assert (list(project.outputs()), list(other.outputs())) == (["build/one.py"], ["build/two.py"])
    assert {call["body"]["model"] for call in project.server.calls} == {"m-one", "m-two"}


def test_a_run_that_is_left_keeps_what_is_under_way_and_begins_nothing_new(project: Project) -> None:
    for number in range(6):
        project.spec(f"p{number}")
    loaded = api.load(project.root, environ=project.environment)
    with api.build(loaded, jobs=1) as run:
        for one in run:
            if isinstance(one, api.Event):
                break
    result = run.result()
    assert result.exit_code == 130 and not result.ok
    with pytest.raises(api.LimitStopped):
        result.check()
    made = len(project.server.calls)
    assert 1 <= made < 6
    assert api.build(loaded).result().check().summary.spent.calls == 6 - made, "nothing that was paid for is lost"


def test_what_happens_is_told_in_order_and_the_result_says_how_it_ended(project: Project) -> None:
    project.spec("good")
    project.spec("bad", attempts=1)
    project.server.answers["`bad`"] = "no code at all"
    told = list(api.build(api.load(project.root, environ=project.environment)))
    assert isinstance(told[-1], api.Summary)
    assert [one.total for one in told if isinstance(one, api.Started)] == [2]
    assert {one.id: one.ending for one in told if isinstance(one, api.Event)} == {"good": "built", "bad": "failed"}
    with pytest.raises(api.BuildFailed) as caught:
        api.build(api.load(project.root, environ=project.environment)).result().check()
    assert caught.value.diagnostics[0].code == "SB632"


def test_faults_are_of_one_family_and_hold_no_key(project: Project) -> None:
    project.spec("one")
    found = api.load(project.root, environ=project.environment)
    assert KEY not in repr(found)
    with pytest.raises(api.LimitStopped):
        api.build(found, max_calls=0).result().check()
    with pytest.raises(api.ReplyMissing):
        api.build(found, offline=True).result().check()
    project.server.always("unauthorized")
    with pytest.raises(api.BuildFailed) as caught:
        api.build(found).result().check()
    assert KEY not in str(caught.value)
    (project.root / "specs/one.toml").write_text("[file]\nname = 1\n")
    calls = lambda: api.load(project.root, environ={}), lambda: api.plan(found), lambda: api.build(found).result()
    for call in calls:
        with pytest.raises(api.InvalidProject):
            call()
    with pytest.raises(api.InvalidProject, match="SB720"):
        api.load(project.root.parent, environ={})
    with pytest.raises(TypeError):
        api.plan(found, "one")


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"file": {"name": "a", "language": "python", "description": None}}, "SB930", "spec"),
        ({"build": {"attempts": 0}}, "SB206", "build.attempts"),
        ({"build": {"outputs": ["../a.py"]}}, "SB801", "build.outputs.0"),
        ({"build": {"context": ["no.md"]}}, "SB820", "build.context"),
        ({"biuld": {}}, "SB202", "biuld"),
        ({"example": [{"args": [1]}]}, "SB204", "example.0.args.0"),
    ],
)
def test_a_fault_of_a_spec_is_told_by_its_field(change: dict[str, object], code: str, place: str) -> None:
    with pytest.raises(api.InvalidProject) as caught:
        api.generate({**SPEC, **change}, environ={}, model="m")
    (found,) = caught.value.diagnostics
    assert (found.code, str(found.place)) == (code, place)


def test_files_that_would_lie_elsewhere_are_refused(tmp_path: Path) -> None:
    for path in ("../a", "/etc/a", "a/../../b"):
        with pytest.raises(api.InvalidProject, match="SB931"):
            api.generate(SPEC, files={path: "x"}, environ={}, model="m", cache=tmp_path)


@pytest.mark.parametrize("kind", [api.Started, api.Received, api.Summary])
def test_what_a_listener_raises_ends_the_call_and_is_no_fault_of_the_service(
    project: Project, kind: type[api.Happening]
) -> None:
    def listens(one: api.Happening) -> None:
        if isinstance(one, kind):
            raise ZeroDivisionError

    kept = project.root.parent / "kept"
    with pytest.raises(ZeroDivisionError):
        api.generate(SPEC, model="m", environ=project.environment, cache=kept, happened=listens)
    assert len(project.server.calls) == (0 if kind is api.Started else 1)
    again = api.generate(SPEC, model="m", environ=project.environment, cache=kept)
    assert again.spent.calls == (1 if kind is api.Started else 0), "what was paid for is kept"


@pytest.mark.parametrize(
    "arguments", [{"jobs": 0}, {"jobs": "3"}, {"max_calls": -1}, {"max_cost": float("nan")}, {"sandbox": "non"}]
)
def test_an_argument_that_no_option_would_take_is_refused_before_any_work(
    project: Project, arguments: dict[str, Any]
) -> None:
    project.spec("one")
    found = api.load(project.root, environ=project.environment)
    with pytest.raises(api.InvalidProject, match=f"SB932 `{next(iter(arguments))}`"):
        api.build(found, **arguments)
    api.build(found, offline=True, jobs=1, max_calls=0, max_cost=0, sandbox="none").result()  # the control


def test_generate_and_agent_refuse_what_is_none_of_theirs(tmp_path: Path) -> None:
    calls: dict[str, Callable[[], object]] = {
        "SB930": lambda: api.generate(cast(Any, []), environ={}, cache=tmp_path),
        "SB932 `sample`": lambda: api.generate(SPEC, sample=-1, environ={}, cache=tmp_path),
        "SB932 `sandbox`": lambda: api.generate(SPEC, sandbox="non", environ={}, cache=tmp_path),
        "SB932 the text": lambda: api.generate(SPEC, files={"a.md": cast(Any, b"")}, environ={}, cache=tmp_path),
        "SB950": lambda: api.agent(cast(Any, None), environ={}),
        "SB932 `sandbox` can't": lambda: api.agent(
            {"project_name": "a", "goal": "g", "project_dir": str(tmp_path / "a"), "sandbox": "non"}, environ={}
        ),
    }
    for text, call in calls.items():
        with pytest.raises(api.InvalidProject, match=text):
            call()
    assert not list(tmp_path.iterdir())


def test_a_fault_says_where_why_and_what_to_do_and_outlives_a_process(project: Project) -> None:
    project.spec("one")
    found = api.load(project.root, environ=project.environment)
    with pytest.raises(api.ReplyMissing) as caught:
        api.build(found, offline=True).result().check()
    assert str(caught.value).startswith("specs/one.toml:2:1: SB631 ")
    told = "".join(traceback.format_exception_only(caught.value))
    assert told.startswith("specbuild.api.ReplyMissing: ") and "\n  hint: build without --offline" in told
    again = copy.copy(caught.value)  # goes the way of a pickle, by which a pool of processes hands it over
    assert (type(again), str(again), again.exit_code) == (api.ReplyMissing, str(caught.value), 4)
    assert (again.diagnostics, again.__notes__) == (caught.value.diagnostics, caught.value.__notes__)
    with api.build(found) as run:
        run.stop()
    with pytest.raises(api.LimitStopped, match="interrupted"):
        run.result().check()


def test_ctrl_c_while_a_result_is_waited_for_leaves_the_run_as_it_is(project: Project) -> None:
    project.spec("one")
    project.server.delay_s = 0.5
    run = api.build(api.load(project.root, environ=project.environment))
    for one in run:
        if isinstance(one, api.Working) and one.what == "asking":
            break
    threading.Timer(0.1, signal.pthread_kill, [threading.get_ident(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        run.result()
    assert run.result().check().summary.spent.calls == 1
