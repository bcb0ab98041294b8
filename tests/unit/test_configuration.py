"""Configuration: what a project and a person may set, and what a repository never may."""

from dataclasses import fields

import pytest

from specbuild.configuration import IterationSettings, PersonalConfiguration, Prices, ProjectConfiguration
from specbuild.configuration_keys import KEYS, REFUSED
from specbuild.configuration_reader import read_project_configuration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.environment import ENVIRONMENT, service_variable
from specbuild.personal_reader import read_personal_configuration
from specbuild.service_url import is_loopback, url_fault
from specbuild.toml_text import TomlDocument, read_toml


def document(text: str) -> TomlDocument:
    read = read_toml(text.encode(), "specbuild.toml")
    assert isinstance(read, TomlDocument), read
    return read


def project(text: str) -> tuple[ProjectConfiguration, tuple[Diagnostic, ...]]:
    return read_project_configuration(document(text), "specbuild.toml")


def only_fault(text: str) -> Diagnostic:
    _, faults = project(text)
    assert len(faults) == 1, faults
    return faults[0]


def personal(text: str | None, **environ: str) -> tuple[PersonalConfiguration, tuple[Diagnostic, ...]]:
    return read_personal_configuration(None if text is None else text.encode(), "config.toml", environ)


SERVICE = '[service.box]\nbase_url = "https://box.test/v1"\n'


# -- the project


def test_a_project_without_configuration_has_the_defaults() -> None:
    assert read_project_configuration(None, "") == (ProjectConfiguration(), ())


def test_a_pyproject_without_the_table_has_the_defaults() -> None:
    read = read_project_configuration(document("[tool.other]\nx = 1"), "pyproject.toml", table=("tool", "specbuild"))
    assert read == (ProjectConfiguration(), ())


def test_every_key_is_read_and_placed() -> None:
    text = """
edition = 1
specs = "./requirements/"
outputs = "."
cache = "kept"
model = "m-1"
service = "box"
template = "prompts/own.jinja"
python = "python3.12"
commit_outputs = true
jobs = 4
max_calls = 0
max_tokens = 100_000
max_cost = 2

[parameters]
temperature = 0.2
stop = ["x"]

[iterate]
specs = "self/"
package = "./tool"
tests = ["python", "-m", "pytest"]
"""
    configuration, faults = project(text)
    assert faults == ()
    assert configuration == ProjectConfiguration(
        path="specbuild.toml",
        specs="requirements",
        outputs=".",
        cache="kept",
        model="m-1",
        service="box",
        template="prompts/own.jinja",
        parameters={"temperature": 0.2, "stop": ["x"]},
        python="python3.12",
        commit_outputs=True,
        jobs=4,
        max_calls=0,
        max_tokens=100_000,
        max_cost=2.0,
        iteration=IterationSettings("self", "tool", ("python", "-m", "pytest")),
        places=configuration.places,
    )
    assert configuration.places["model"] == Place("specbuild.toml", 6, 1)
    assert {name for name in configuration.places if "." not in name} == {row.fills or row.name for row in KEYS}
    written = {f"parameters.{name}" for name in configuration.parameters}
    assert {name for name in configuration.places if "." in name} == written != set()


def test_the_table_of_keys_fills_exactly_the_fields_of_the_value() -> None:
    made = {one.name for one in fields(ProjectConfiguration)} - {"path", "places"}
    assert {row.fills or row.name for row in KEYS} == made


def test_the_table_in_pyproject_is_read_with_its_places() -> None:
    read = document('[tool.specbuild]\nmodle = "x"\n')
    _, (fault,) = read_project_configuration(read, "pyproject.toml", table=("tool", "specbuild"))
    assert fault.code == "SB401"
    assert fault.place == Place("specbuild.toml", 2, 1)
    assert "`model`" in fault.hint


@pytest.mark.parametrize("value", ['"x"', "[1]"])
def test_something_else_in_place_of_the_table_is_told(value: str) -> None:
    read = document(f"[tool]\nspecbuild = {value}\n")
    _, (fault,) = read_project_configuration(read, "pyproject.toml", table=("tool", "specbuild"))
    assert fault.code == "SB402"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("edition = 2", "SB406"),
        ("edition = true", "SB402"),
        ('edition = "1"', "SB402"),
        ("model = 3", "SB402"),
        ('model = ""', "SB402"),
        ('model = "a\\nb"', "SB402"),
        ('service = "a b"', "SB402"),
        ('service = "../x"', "SB402"),
        ('commit_outputs = "yes"', "SB402"),
        ("jobs = 0", "SB402"),
        ("jobs = true", "SB402"),
        ("max_calls = -1", "SB402"),
        ("max_calls = 1.5", "SB402"),
        ("max_cost = nan", "SB402"),
        ("max_cost = inf", "SB402"),
        ("parameters = 1", "SB402"),
        ("parameters = { since = 2020-01-01 }", "SB402"),
        ("parameters = { temperature = nan }", "SB402"),
        ("specs = 1", "SB402"),
        ('cache = "."', "SB403"),
        ('cache = "build/cache"', "SB405"),
        ('specs = "CACHE/specs"', "SB405"),
    ],
)
def test_a_wrong_value_is_told_and_the_default_kept(line: str, code: str) -> None:
    fault = only_fault(line)
    assert (fault.code, fault.severity) == (code, "error")
    assert fault.place is not None
    assert fault.place.line == 1


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("iterate = 1", "SB402"),
        ("[iterate]\nspecs = 'self'", "SB402"),
        ("[iterate]\npackage = 'tool'", "SB402"),
        ("[iterate]\nspecs = '.'\npackage = 'tool'", "SB403"),
        ("[iterate]\nspecs = 'self'\npackage = '../tool'", "SB403"),
        ("[iterate]\nspecs = 'self'\npackage = 'cache/tool'", "SB405"),
        ("[iterate]\nspecs = 'self'\npackage = 'tool'\ntests = 'pytest'", "SB402"),
        ("[iterate]\nspecs = 'self'\npackage = 'tool'\ntests = ['']", "SB402"),
        ("[iterate]\nspecs = 'self'\npackage = 'tool'\nteste = []", "SB401"),
    ],
)
def test_what_iterate_says_is_looked_at_key_by_key(table: str, code: str) -> None:
    assert only_fault(table).code == code


@pytest.mark.parametrize(
    "folder", ["/etc", "..", "a/../..", "../x", "C:/x", "a\\\\b", "~/x", ".git", "a/.GIT/b", ".ssh"]
)
@pytest.mark.parametrize("key", ["specs", "outputs", "cache", "template"])
def test_a_folder_outside_the_project_or_of_git_is_refused(key: str, folder: str) -> None:
    configuration, (fault,) = project(f'{key} = "{folder}"')
    assert fault.code == "SB403"
    assert getattr(configuration, key) == getattr(ProjectConfiguration(), key)


def test_a_folder_that_only_looks_odd_is_taken() -> None:
    assert project('specs = "a..b/.specs"')[0].specs == "a..b/.specs"


@pytest.mark.parametrize(
    "line",
    [
        *(f'{name} = "x"' for name in REFUSED),
        'BASE-URL = "https://evil.test"',
        "[service.default]\nbase_url = 'https://evil.test'",
        "[[service]]\nname = 'x'",
        'sandbox_options = "none"',
        "parameters = { extra_headers = { a = 'b' } }",
        "parameters = { api_key = 'b' }",
    ],
)
def test_a_repository_can_neither_redirect_a_key_nor_run_code(line: str) -> None:
    configuration, (fault,) = project(line)
    assert fault.code == "SB404"
    assert fault.why
    assert configuration == ProjectConfiguration(path="specbuild.toml", places=configuration.places)


def test_naming_a_service_is_allowed() -> None:
    assert project('service = "box"')[0].service == "box"


# -- the person


def test_without_a_file_and_variables_there_is_no_service() -> None:
    assert personal(None) == (PersonalConfiguration(), ())


def test_a_service_is_read_whole() -> None:
    text = """
allow_steering_files = ["conftest.py"]
[service.box]
kind = "openai"
base_url = "https://box.test/v1/"
key_env = "BOX_KEY"
model = "m"
prices = { input = 0.25, output = 2 }
timeout_s = 60
idle_s = 5.5
stream = false
[service.own]
kind = "command"
argv = ["answer", "--fast", ""]
[service.post]
kind = "inbox"
"""
    configuration, faults = personal(text, BOX_KEY=" k-1\n")
    assert faults == ()
    assert configuration.allow_steering_files == ("conftest.py",)
    box, own, post = (configuration.services[name] for name in ("box", "own", "post"))
    assert (box.base_url, box.model, box.prices) == ("https://box.test/v1", "m", Prices(0.25, 2.0))
    assert (box.timeout_s, box.idle_s, box.stream, box.source) == (60.0, 5.5, False, "config.toml")
    assert box.key is not None
    assert (box.key.reveal(), box.key_env) == ("k-1", "BOX_KEY")
    assert (own.kind, own.argv, own.key) == ("command", ("answer", "--fast", ""), None)
    assert (post.kind, post.base_url) == ("inbox", None)


def test_a_service_whose_variable_is_not_set_stands_without_a_key_and_names_the_variable() -> None:
    configuration, faults = personal(SERVICE + 'key_env = "BOX_KEY"')
    assert faults == ()
    assert configuration.services["box"].key is None
    assert configuration.services["box"].key_env == "BOX_KEY"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[service.box]", "SB408"),
        ('[service.box]\nkind = "command"', "SB408"),
        ('[service.box]\nkind = "opnai"', "SB402"),
        (SERVICE + 'argv = "rm -rf"', "SB402"),
        (SERVICE + "argv = [1]", "SB402"),
        (SERVICE + "stream = 1", "SB402"),
        (SERVICE + "timeout_s = 0", "SB402"),
        (SERVICE + "timeout_s = inf", "SB402"),
        (SERVICE + "idle_s = nan", "SB402"),
        (SERVICE + "prices = 3", "SB402"),
        (SERVICE + "prices = { input = 1 }", "SB402"),
        (SERVICE + "prices = { input = -1, output = 1 }", "SB402"),
        (SERVICE + "prices = { input = nan, output = 1 }", "SB402"),
        (SERVICE + 'modl = "x"', "SB401"),
        (SERVICE + 'api_key = "sk-hidden"', "SB409"),
        (SERVICE + 'key_env = "sk-hidden"', "SB409"),
        ("service = 3", "SB402"),
        ("[service]\nbox = 3", "SB402"),
        ('[service."a b"]\nbase_url = "https://box.test"', "SB402"),
        ('sevice = "x"', "SB401"),
        ('allow_steering_files = "x"', "SB402"),
        ('[service.box]\nbase_url = "https://me:sk-hidden@box.test/v1"', "SB407"),
        ('[service.box]\nbase_url = "https://box.test/v1?key=sk-hidden"', "SB407"),
        ('[service.box]\nbase_url = "http://box.test/v1"', "SB407"),
        ("a = [", "SB1"),
    ],
)
def test_a_fault_in_the_persons_file_is_told_without_any_secret_and_its_service_left_out(text: str, code: str) -> None:
    configuration, faults = personal(text)
    assert faults[0].code.startswith(code)
    assert len(faults) == 1
    assert configuration.services == {}
    assert "sk-hidden" not in repr(faults)


def test_a_broken_default_in_the_file_is_never_replaced_by_the_openai_variables() -> None:
    configuration, faults = personal("[service.default]\nbase_url = 'ftp://x'", OPENAI_API_KEY="sk-1")
    assert configuration.services == {}
    assert len(faults) == 1


def test_plain_http_is_for_this_machine_unless_the_person_allows_more() -> None:
    assert personal('[service.a]\nbase_url = "http://127.0.0.1:8000/v1"')[1] == ()
    assert personal('[service.a]\nbase_url = "http://box.test/v1"\nallow_http = true')[1] == ()


def test_the_openai_variables_make_the_service_default() -> None:
    configuration, faults = personal(None, OPENAI_API_KEY="sk-1", OPENAI_API_MODEL="m")
    service = configuration.services["default"]
    assert faults == ()
    assert service.base_url == "https://api.openai.com/v1"
    assert service.key is not None
    assert (service.key.reveal(), service.source) == ("sk-1", "OPENAI_API_KEY")
    assert configuration.environment_model == "m"
    assert service.model is None


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "OPENAI_API_URL"])
def test_each_url_variable_says_where_the_default_is(name: str) -> None:
    service = personal(None, **{name: "http://localhost:9/v1/"})[0].services["default"]
    assert (service.base_url, service.key, service.source) == ("http://localhost:9/v1", None, name)


def test_the_url_of_a_whole_endpoint_is_cut_to_its_base() -> None:
    service = personal(None, OPENAI_API_URL="https://x.test/v1/chat/completions")[0].services["default"]
    assert service.base_url == "https://x.test/v1"


def test_empty_variables_are_as_good_as_none() -> None:
    assert personal(None, OPENAI_API_KEY="", OPENAI_BASE_URL="", OPENAI_API_MODEL="")[0] == PersonalConfiguration()


def test_the_file_wins_over_the_openai_variables() -> None:
    text = '[service.default]\nbase_url = "https://mine.test/v1"'
    service = personal(text, OPENAI_API_KEY="sk-1", OPENAI_BASE_URL="https://other.test")[0].services["default"]
    assert (service.base_url, service.key) == ("https://mine.test/v1", None)


def test_ci_makes_a_service_by_two_variables() -> None:
    variables = {service_variable("my-box", "URL"): "https://ci.test/v1", service_variable("my-box", "KEY"): "k"}
    configuration, faults = personal(None, **variables)
    service = configuration.services["my_box"]
    assert faults == ()
    assert service.base_url == "https://ci.test/v1"
    assert service.key is not None
    assert service.key.reveal() == "k"


def test_ci_changes_a_service_of_the_file_and_a_new_url_never_gets_the_old_key() -> None:
    text = SERVICE + 'key_env = "BOX_KEY"\nmodel = "m"'
    variables = {"BOX_KEY": "old", "SPECBUILD_SERVICE_BOX_URL": "https://ci.test/v1"}
    service = personal(text, **variables)[0].services["box"]
    assert (service.base_url, service.key, service.model) == ("https://ci.test/v1", None, "m")
    same = personal(text, **{**variables, "SPECBUILD_SERVICE_BOX_URL": "https://box.test/v1"})[0].services["box"]
    assert same.key is not None


def test_a_ci_url_never_gets_the_key_of_openai() -> None:
    variables = {"SPECBUILD_SERVICE_DEFAULT_URL": "https://ci.test/v1", "OPENAI_API_KEY": "sk-1"}
    assert personal(None, **variables)[0].services["default"].key is None


def test_a_ci_key_without_a_url_is_a_warning_and_goes_nowhere() -> None:
    configuration, (fault,) = personal(None, SPECBUILD_SERVICE_X_KEY="sk-hidden")
    assert configuration.services == {}
    assert fault.severity == "warning"
    assert "sk-hidden" not in repr(fault)


def test_no_key_shows_in_any_repr() -> None:
    configuration, _ = personal(SERVICE + 'key_env = "K"', K="sk-hidden", OPENAI_API_KEY="sk-hidden")
    assert len(configuration.services) == 2
    assert "sk-hidden" not in repr(configuration)


# -- urls


@pytest.mark.parametrize(
    "url",
    [
        "https://api.test",
        "https://api.test:8443/v1",
        "HTTPS://API.test/v1",
        "http://localhost:11434/v1",
        "http://127.0.0.1",
        "http://[::1]:8000/v1",
        "http://a.localhost/v1",
    ],
)
def test_these_urls_may_have_a_key(url: str) -> None:
    assert url_fault(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.test/v1",
        "ftp://api.test",
        "file:///etc/passwd",
        "https://",
        "https:///v1",
        "https://:80/v1",
        "https://a.test:99999",
        "https://a.test:x",
        "https://a.test:1:2",
        "https://me@a.test",
        "https://a.test\\@b.test",
        "https://a.test/v1#x",
        "https://a.test/ v1",
        "https://a.test/v1\n",
        "https://ä.test/v1",
        "https://[::1",
        "http://127.evil.test/v1",
        "http://127.0.0.1.evil.test/v1",
        "http://localhost.evil.test/v1",
        "http://0.0.0.0/v1",
        "http://10.0.0.1/v1",
    ],
)
def test_these_urls_may_not(url: str) -> None:
    assert url_fault(url) is not None


def test_loopback_is_told_by_the_whole_name() -> None:
    assert is_loopback("127.1.2.3")
    assert not is_loopback("127.1.2.3.4")
    assert not is_loopback("127.1.2.999")


# -- the environment


def test_each_variable_is_listed_once_with_a_sentence() -> None:
    names = [row.name for row in ENVIRONMENT]
    assert len(names) == len(set(names))
    assert all(row.doc.endswith(".") for row in ENVIRONMENT)


def test_a_services_variable_is_its_label_in_capitals() -> None:
    assert service_variable("my-box.2", "KEY") == "SPECBUILD_SERVICE_MY_BOX_2_KEY"
