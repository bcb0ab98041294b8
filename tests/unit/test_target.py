"""What one spec builds, from the spec and the project's configuration."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.canonical_json import Json
from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.project_path import private_file, project_path
from specbuild.spec import Spec
from specbuild.target import Target, target_of


def spec(spec_id: str = "qsort", values: dict[str, Json] | None = None) -> Spec:
    every: dict[str, Json] = {"file.name": spec_id.rpartition("/")[2], "file.language": "python", **(values or {})}
    places = {name: Place(f"specs/{spec_id}.toml", number, 1) for number, name in enumerate(every, 1)}
    return Spec(spec_id, f"specs/{spec_id}.toml", every, places)


def target(
    spec_id: str = "qsort", values: dict[str, Json] | None = None, configuration: ProjectConfiguration | None = None
) -> Target:
    made, faults = target_of(spec(spec_id, values), configuration or ProjectConfiguration())
    assert made is not None, faults
    return made


def fault(values: dict[str, Json], configuration: ProjectConfiguration | None = None) -> Diagnostic:
    made, faults = target_of(spec("qsort", values), configuration or ProjectConfiguration())
    assert made is None
    assert len(faults) == 1, faults
    return faults[0]


def test_a_spec_of_the_older_format_has_every_default() -> None:
    made = target("sort/qsort")
    assert (made.directory, made.names, made.outputs) == ("build/sort", ("qsort.py",), ("build/sort/qsort.py",))
    assert (made.needs, made.context, made.template, made.mode, made.update) == ((), (), "default", "single", "rewrite")
    assert (made.service, made.model, made.parameters, made.edition) == (None, None, {}, 1)
    assert (made.header, made.executable, made.entry, made.tags) == (True, None, "qsort.py", ())
    assert (made.attempts, made.steps) == (3, 40)


@pytest.mark.parametrize(
    ("spec_id", "outputs", "expected"),
    [
        ("a", "build", "build/a.py"),
        ("x/a", "out/put", "out/put/x/a.py"),
        ("a", ".", "a.py"),
        ("x/a", ".", "x/a.py"),
        ("a", "", "a.py"),
    ],
)
def test_outputs_stand_below_the_output_folder_as_specs_below_theirs(spec_id: str, outputs: str, expected: str) -> None:
    assert target(spec_id, configuration=ProjectConfiguration(outputs=outputs)).outputs == (expected,)


@pytest.mark.parametrize(("directory", "folder"), [("specbuild", "specbuild/"), ("./src//x/", "src/x/"), (".", "")])
def test_a_directory_is_written_from_the_projects_root(directory: str, folder: str) -> None:
    assert target("x/a", {"build.directory": directory}).outputs == (f"{folder}a.py",)


@pytest.mark.parametrize(("extension", "name"), [("pyw", "qsort.pyw"), (".pyw", "qsort.pyw"), ("", "qsort")])
def test_a_named_extension_goes_before_the_languages(extension: str, name: str) -> None:
    assert target("qsort", {"file.extension": extension}).names == (name,)


def test_declared_outputs_keep_their_order_and_the_first_is_the_entry() -> None:
    made = target("qsort", {"build.outputs": ["z.py", "sub/a.py"]})
    assert made.names == ("z.py", "sub/a.py")
    assert made.outputs == ("build/z.py", "build/sub/a.py")
    assert made.entry == "z.py"
    assert target("qsort", {"build.outputs": ["z.py", "a.py"], "build.entry": "a.py"}).entry == "a.py"


def test_an_entry_that_is_no_output_is_told() -> None:
    told = fault({"build.outputs": ["main.py", "lib.py"], "build.entry": "mian.py"})
    assert (told.code, told.hint) == ("SB310", "did you mean `main.py`?")


@pytest.mark.parametrize(
    "name",
    ["../x.py", "/etc/x.py", "a/../../x.py", ".git/hooks/x", "a//b", "./x.py", "", "nul.py", "a\u202eb.py", "x\\y.py"],
)
@pytest.mark.parametrize("folder", ["build", ""])
def test_no_name_leaves_the_project_or_means_another_file(name: str, folder: str) -> None:
    made, faults = target_of(spec("qsort", {"build.outputs": [name]}), ProjectConfiguration(outputs=folder))
    assert made is None
    assert [one.code[:3] for one in faults] == ["SB8"]
    assert faults[0].place == Place("specs/qsort.toml", 3, 1)


def test_a_programs_name_can_not_leave_the_project_either() -> None:
    assert fault({"file.name": "../../x"}).code.startswith("SB8")


@pytest.mark.parametrize("directory", ["/x", "../x", "a/../../b", "C:\\x", "~/x"])
def test_a_directory_outside_the_project_is_refused(directory: str) -> None:
    assert fault({"build.directory": directory}).code == "SB308"


def test_the_cache_folder_takes_no_output() -> None:
    assert fault({"build.directory": "kept/x"}, ProjectConfiguration(cache="kept")).code == "SB307"
    assert fault({"build.directory": "KEPT"}, ProjectConfiguration(cache="kept")).code == "SB307"
    assert target("a", {"build.directory": "keptx"}, ProjectConfiguration(cache="kept")).outputs == ("keptx/a.py",)


@pytest.mark.parametrize("specs", ["specs", "."])
def test_no_output_can_be_a_spec(specs: str) -> None:
    values: dict[str, Json] = {"build.directory": "specs", "file.extension": "toml"}
    assert fault(values, ProjectConfiguration(specs=specs)).code == "SB307"


def test_a_file_that_steers_tools_needs_the_persons_own_leave() -> None:
    values: dict[str, Json] = {"build.outputs": ["conftest.py"]}
    assert fault(values).code == "SB807"
    made, faults = target_of(spec("t", values), ProjectConfiguration(), allow_steering=["build/conftest.py"])
    assert made is not None
    assert faults == ()


def test_context_is_read_from_the_root_and_named_once() -> None:
    assert target("a", {"build.context": ["./docs/x.md", "docs//x.md", "b.md"]}).context == ("docs/x.md", "b.md")


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "~/x", "", ".", "a\\b"])
def test_context_outside_the_project_is_refused(path: str) -> None:
    assert fault({"build.context": [path]}).code == "SB308"


@pytest.mark.parametrize(
    "path", [".env", "a/.env.local", ".git/config", "x/.GIT/y", "id_rsa", "k/tls.pem", ".ssh/config", ".netrc", "a.key"]
)
@pytest.mark.parametrize("field", ["build.context", "build.template"])
def test_files_that_keep_secrets_are_never_shown(field: str, path: str) -> None:
    told = fault({field: [path] if field == "build.context" else path})
    assert told.code == "SB309"
    assert told.why


@pytest.mark.parametrize("path", [".env.example", "id_rsa.pub", "docs/git.md", ".gitignore", "environment.md"])
def test_files_with_similar_names_may_be_shown(path: str) -> None:
    assert private_file(path) is None


def test_the_spec_wins_over_the_configuration() -> None:
    places = {"service": Place("specbuild.toml", 1, 1)}
    configuration = ProjectConfiguration(
        model="m", service="s", template="t.jinja", parameters={"a": 1, "b": 2}, places=places
    )
    made = target("a", configuration=configuration)
    assert (made.model, made.service, made.template, made.parameters) == ("m", "s", "t.jinja", {"a": 1, "b": 2})
    own: dict[str, Json] = {
        "build.model": "m2",
        "build.service": "s2",
        "build.template": "default",
        "build.parameters": {"c": 3},
    }
    made = target("a", own, configuration)
    assert (made.model, made.service, made.template, made.parameters) == ("m2", "s2", "default", {"c": 3})


def test_a_service_that_nobody_named_is_left_open() -> None:
    assert target("a").service is None


def test_every_fault_of_a_spec_is_told_at_once() -> None:
    values: dict[str, Json] = {"build.directory": "../x", "build.context": [".env", "/y"], "build.entry": "no"}
    _, faults = target_of(spec("a", values), ProjectConfiguration())
    assert [one.code for one in faults] == ["SB308", "SB309", "SB308", "SB310"]


@given(st.text(alphabet="ab./\\:~ \n", max_size=12))
@settings(max_examples=200)
def test_a_project_path_is_plain_and_stays_the_same_when_read_again(written: str) -> None:
    path = project_path(written)
    if path is not None:
        assert project_path(path) == path
        assert not path.startswith("/")
        assert all(part not in ("", ".", "..") for part in path.split("/")) or path == ""


@pytest.mark.parametrize("label", ["../x", "http://evil.example/v1", "a b"])
def test_a_service_is_named_by_a_label_only(label: str) -> None:
    assert fault({"build.service": label}).code == "SB313"
    assert target(values={"build.service": "my-box.2"}).service == "my-box.2"
