"""Services that variables make, field by field; `test_personal_reader` sees them beside those of a file."""

from collections.abc import Sequence
from typing import Any

import pytest

from specbuild.configuration import Prices, ServiceConfiguration
from specbuild.diagnostic import Diagnostic
from specbuild.secret import Secret
from specbuild.service_variables import OPENAI_URL, default_of_openai_variables, secret_of, services_of_variables

BOX = ServiceConfiguration(
    "my-Box",
    base_url="https://box.test/v1",
    key=Secret("old"),
    key_env="BOX_KEY",
    model="m",
    prices=Prices(1.0, 2.0),
    timeout_s=5.0,
    idle_s=6.0,
    stream=False,
    source="config.toml",
)
URL, KEY = "SPECBUILD_SERVICE_MY_BOX_URL", "SPECBUILD_SERVICE_MY_BOX_KEY"
KEPT = (BOX.model, BOX.prices, BOX.timeout_s, BOX.idle_s, BOX.stream)


def of(
    environ: dict[str, str], *services: ServiceConfiguration
) -> tuple[list[ServiceConfiguration], Sequence[Diagnostic]]:
    faults: list[Diagnostic] = []
    found = services_of_variables(environ, {one.name: one for one in services}, faults)
    return found, faults


def revealed(service: ServiceConfiguration) -> str | None:
    return None if service.key is None else service.key.reveal()


def fields(service: ServiceConfiguration) -> dict[str, Any]:
    names = (
        "name", "kind", "base_url", "key_env", "argv", "model", "prices", "timeout_s", "idle_s", "stream", "source",
    )  # fmt: skip
    return {name: getattr(service, name) for name in names} | {"key": revealed(service)}


@pytest.mark.parametrize(("text", "key"), [("k", "k"), ("  k y\r\n", "k y"), ("", None), (" \n", None), (None, None)])
def test_a_key_is_what_stands_between_the_blanks(text: str | None, key: str | None) -> None:
    secret = secret_of(text)
    assert (None if secret is None else secret.reveal()) == key


def test_two_variables_make_a_service() -> None:
    [made], faults = of({URL: "https://ci.test/v1//", KEY: " k\n", "PATH": "/bin"})
    assert fields(made) == fields(
        ServiceConfiguration(
            "my_box", base_url="https://ci.test/v1", key=Secret("k"), key_env=KEY, source=f"{URL} and {KEY}"
        )
    )
    assert faults == []
    [bare], _ = of({URL: "http://localhost:1", KEY: ""})
    assert (bare.base_url, bare.key, bare.key_env, bare.source) == ("http://localhost:1", None, KEY, URL)


def test_a_key_alone_changes_the_service_of_the_file() -> None:
    [made], faults = of({KEY: "new"}, BOX)
    assert (made.name, made.base_url, revealed(made)) == ("my-Box", "https://box.test/v1", "new")
    assert (made.key_env, made.source, faults) == (KEY, KEY, [])
    assert (made.model, made.prices, made.timeout_s, made.idle_s, made.stream) == KEPT


def test_a_new_url_never_gets_the_old_key() -> None:
    [made], _ = of({URL: "https://other.test"}, BOX)
    assert (made.base_url, made.key, made.key_env, made.source) == ("https://other.test", None, KEY, URL)
    assert (made.model, made.prices, made.timeout_s, made.idle_s, made.stream) == KEPT
    [same], _ = of({URL: "https://box.test/v1/"}, BOX)
    assert (same.base_url, revealed(same), same.key_env) == ("https://box.test/v1", "old", "BOX_KEY")
    [both], _ = of({URL: "https://box.test/v1", KEY: "new"}, BOX)
    assert (revealed(both), both.key_env, both.source) == ("new", KEY, f"{URL} and {KEY}")
    [blank], _ = of({KEY: "  "}, BOX)
    assert (revealed(blank), blank.key_env, blank.source) == ("old", "BOX_KEY", KEY)
    [none], _ = of({URL: "https://box.test/v1"}, ServiceConfiguration("my-box", base_url="https://box.test/v1"))
    assert (none.key, none.key_env) == (None, KEY)


def test_a_service_of_another_kind_becomes_one_with_a_url() -> None:
    [made], _ = of({URL: "https://x.test"}, ServiceConfiguration("my.box", "command", argv=("run",), model="m"))
    assert fields(made) == fields(
        ServiceConfiguration("my.box", base_url="https://x.test", key_env=KEY, model="m", source=URL)
    )


def test_names_are_gone_through_in_order_and_labels_are_found() -> None:
    environ = {f"SPECBUILD_SERVICE_{name}_URL": f"https://{name.lower()}.test" for name in ("Z", "B", "AB", "A_URL")}
    found, faults = of(
        environ | {"SPECBUILD_SERVICE__URL": "https://x.test", "SPECBUILD_SERVICE_C_HOST": "c", "SPECBUILD_X": "x"},
        ServiceConfiguration("b"), ServiceConfiguration("B", model="last"), BOX,
    )  # fmt: skip
    assert [(one.name, one.model) for one in found] == [("ab", None), ("a_url", None), ("B", "last"), ("z", None)]
    assert faults == []


def test_a_key_of_nobody_is_a_warning_and_a_wrong_url_a_fault() -> None:
    environ = {KEY: "sk-hidden", "SPECBUILD_SERVICE_A_URL": "ftp://me:sk-hidden@a", "SPECBUILD_SERVICE_Z_URL": ""}
    found, faults = of(environ)
    assert found == [] and "sk-hidden" not in repr(faults)
    assert faults == [
        Diagnostic(
            "SB407", "SPECBUILD_SERVICE_A_URL can't be used", why="it does not begin with https:// (or http://)"
        ),
        Diagnostic(
            "SB408", f"{KEY} is set, but not where the service `my_box` is", hint=f"set {URL} too", severity="warning"
        ),
    ]
    found, faults = of({URL: "http://box.test", KEY: "k"}, BOX)
    assert found == [] and [one.code for one in faults] == ["SB407"], "the old one is not given in its place"


def default(**environ: str) -> tuple[ServiceConfiguration | None, list[Diagnostic]]:
    faults: list[Diagnostic] = []
    return default_of_openai_variables(environ, faults), faults


@pytest.mark.parametrize(
    ("environ", "base_url", "key", "source"),
    [
        ({"OPENAI_API_KEY": " k\n"}, OPENAI_URL, "k", "OPENAI_API_KEY"),
        ({"OPENAI_BASE_URL": "http://localhost:9/v1//"}, "http://localhost:9/v1", None, "OPENAI_BASE_URL"),
        (
            {"OPENAI_API_URL": "https://x.test/v1/chat/completions/", "OPENAI_API_KEY": "k"},
            "https://x.test/v1", "k", "OPENAI_API_URL and OPENAI_API_KEY",
        ),
        (
            {"OPENAI_API_URL": "no url", "OPENAI_BASE_URL": "https://b.test", "OPENAI_API_KEY": " "},
            "https://b.test", None, "OPENAI_BASE_URL",
        ),
        ({"OPENAI_API_URL": "https://a.test", "OPENAI_BASE_URL": ""}, "https://a.test", None, "OPENAI_API_URL"),
    ],
)  # fmt: skip
def test_the_openai_variables_make_the_service_default(
    environ: dict[str, str], base_url: str, key: str | None, source: str
) -> None:
    made, faults = default(**environ)
    assert made is not None and faults == []
    wanted = ServiceConfiguration("default", base_url=base_url, key_env="OPENAI_API_KEY", source=source)
    assert fields(made) == fields(wanted) | {"key": key}


def test_without_them_there_is_none_and_a_wrong_url_is_told() -> None:
    assert OPENAI_URL == "https://api.openai.com/v1"
    assert default() == default(OPENAI_API_KEY=" ", OPENAI_BASE_URL="", OPENAI_API_URL="") == (None, [])
    made, [fault] = default(OPENAI_BASE_URL="https://me:sk-hidden@a.test", OPENAI_API_KEY="sk-hidden")
    assert made is None and "sk-hidden" not in repr(fault)
    assert fault == Diagnostic(
        "SB407", "OPENAI_BASE_URL can't be used", why="it holds a user name or password; a key is named by key_env"
    )
