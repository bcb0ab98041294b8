"""Configuration: what a project and a person may set, and what a repository never may."""

from dataclasses import fields

import pytest

from specbuild.configuration import ProjectConfiguration
from specbuild.configuration_keys import KEYS, REFUSED
from specbuild.configuration_reader import read_project_configuration
from specbuild.diagnostic import Diagnostic
from specbuild.environment import ENVIRONMENT, service_variable
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


# -- the project


def test_the_table_of_keys_fills_exactly_the_fields_of_the_value() -> None:
    made = {one.name for one in fields(ProjectConfiguration)} - {"path", "places"}
    assert {row.fills or row.name for row in KEYS} == made


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
