"""The keys of the project configuration, one row each, and those that a repository may never set.

From this list configurations are read and documentation is made. It knows values of TOML, no files and no places.
"""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import NamedTuple

from specbuild.configuration import IterationSettings
from specbuild.project_path import private_file, project_path
from specbuild.spec_fields import REFUSED_PARAMETERS

EDITIONS = (1,)
"""The editions that this release can build."""


class Key(NamedTuple):
    """One key: what reads its value, and a sentence for the manual.

    `read` gets the value and the key's name; it returns the value to keep, or a KeyFault. `fills` names the field of
    the configuration that keeps it, if that has another name.
    """

    name: str
    read: "Callable[[object, str], object | KeyFault]"
    doc: str
    fills: str = ""


class KeyFault(NamedTuple):
    """What is wrong with a value; `inside` are the keys below that lead to it."""

    code: str
    message: str
    why: str = ""
    hint: str = ""
    inside: tuple[str, ...] = ()


class Refusal(NamedTuple):
    """Why a repository may not set a key, and where it belongs."""

    why: str
    where: str


_PERSONAL = "in your own configuration ($XDG_CONFIG_HOME/specbuild/config.toml), under [service.NAME]"
_REDIRECTS = "a repository must not be able to send a person's key somewhere else"
_RUNS = "a repository must not be able to run code on the machine of who clones it"
_LEAKS = "a key in a repository is known to all who can read it"
_WEAKENS = "a repository must not be able to weaken what protects the person who builds it"
_URLS = ("base_url", "url", "api_base", "api_url", "endpoint", "host", "proxy", "headers", "extra_headers", "services")
_KEYS = ("key", "api_key", "apikey", "token", "api_token", "password", "secret")

REFUSED: Mapping[str, Refusal] = {
    **dict.fromkeys(_URLS, Refusal(_REDIRECTS, _PERSONAL)),
    **dict.fromkeys(_KEYS, Refusal(_LEAKS, _PERSONAL + ", as key_env")),
    "key_env": Refusal(_REDIRECTS, _PERSONAL),
    "prices": Refusal("prices are those of the person who pays", _PERSONAL),
    **dict.fromkeys(("argv", "command", "commands", "hooks", "plugins"), Refusal(_RUNS, _PERSONAL)),
    **dict.fromkeys(("sandbox", "network", "no_sandbox", "allow_secret"), Refusal(_WEAKENS, "on the command line")),
    **dict.fromkeys(("allow_steering_files", "allow_http"), Refusal(_WEAKENS, "in your own configuration")),
}
"""Keys that a repository may not set, by name in small letters with "_"."""


def refusal(name: str, value: object) -> Refusal | None:
    """Return why no repository may set this key, or None. `service` is a label there: a table of it is refused."""
    plain = name.casefold().replace("-", "_")
    if plain == "service" and isinstance(value, (Mapping, list)):
        return Refusal(_REDIRECTS, _PERSONAL)
    return REFUSED["sandbox"] if plain.startswith("sandbox") else REFUSED.get(plain)


def is_label(text: str) -> bool:
    """Say whether `text` can be a service's label: ASCII letters, digits, "-", "_" and ".", a letter or digit first."""
    return bool(text) and text.isascii() and text[0].isalnum() and all(one.isalnum() or one in "-_." for one in text)


def _wrong(name: str, wanted: str) -> KeyFault:
    return KeyFault("SB402", f"{name} must be {wanted}")


def _line(value: object, name: str) -> object:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return _wrong(name, "a text of one line, not empty")
    return value


def _label(value: object, name: str) -> object:
    if not isinstance(value, str) or not is_label(value):
        return _wrong(name, 'the label of a service: letters, digits, "-", "_" and "."')
    return value


def _flag(value: object, name: str) -> object:
    return value if isinstance(value, bool) else _wrong(name, "true or false")


def _count(value: object, name: str) -> object:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        return _wrong(name, "a whole number, 1 or more")
    return value


def _limit(value: object, name: str) -> object:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return _wrong(name, "a whole number, 0 or more")
    return value


def _amount(value: object, name: str) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MOST:
        return _wrong(name, "a number, 0 or more")
    return float(value)


_MOST = 1e15


def _edition(value: object, name: str) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        return _wrong(name, "a whole number")
    if value in EDITIONS:
        return value
    why = f"this release of specbuild builds edition {', '.join(map(str, EDITIONS))}"
    return KeyFault("SB406", f"{name} {value} is not known", why, "a newer release may know it")


def _folder(value: object, name: str) -> object:
    if not isinstance(value, str):
        return _wrong(name, "a folder, as text")
    path = project_path(value)
    if path is None or private_file(path) is not None:
        why = "specbuild reads and writes inside the project only, and in no folder of git or of keys"
        return KeyFault("SB403", f"{name} `{value}` is no folder of this project", why, _FROM_THE_ROOT)
    return path or "."


_FROM_THE_ROOT = 'write it from the project\'s root, with "/"'


def _own_folder(value: object, name: str) -> object:
    path = _folder(value, name)
    if path == ".":
        return KeyFault("SB403", f"{name} can't be the project's root", hint="name a folder of its own for it")
    return path


def _template(value: object, name: str) -> object:
    if not isinstance(value, str):
        return _wrong(name, '"default" or a project file')
    path = project_path(value)
    if not path or private_file(path) is not None:
        return KeyFault("SB403", f"{name} `{value}` is no template of this project", hint=_FROM_THE_ROOT)
    return path


def _parameters(value: object, name: str) -> object:
    if not isinstance(value, Mapping):
        return _wrong(name, "a table")
    for parameter, given in value.items():
        reason = REFUSED_PARAMETERS.get(parameter)
        if reason is not None:
            return KeyFault("SB404", f"{name}.{parameter} can't be set here", reason, inside=(parameter,))
        if not _is_json(given):
            why = "dates, times, nan and infinities have no JSON form"
            return KeyFault("SB402", f"{name}.{parameter} can't be sent", why, inside=(parameter,))
    return dict(value)


def _is_json(value: object) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, Mapping):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    return isinstance(value, (str, int))


def _iterate(value: object, name: str) -> object:
    if not isinstance(value, Mapping):
        return _wrong(name, "a table")
    for key in value:
        if key not in ("specs", "package", "tests"):
            return KeyFault(
                "SB401", f"there is no setting `{name}.{key}`", hint="known are `specs`, `package`, `tests`"
            )
    for key in ("specs", "package"):
        found = _own_folder(value.get(key), f"{name}.{key}")
        if isinstance(found, KeyFault):
            return found._replace(inside=(key,))
    tests = value.get("tests", [])
    if not isinstance(tests, list) or not all(isinstance(one, str) and one and "\0" not in one for one in tests):
        return _wrong(f"{name}.tests", "a list of texts, the program first")._replace(inside=("tests",))
    return IterationSettings(str(project_path(value["specs"])), str(project_path(value["package"])), tuple(tests))


_ROWS: tuple[Key, ...] = (
    Key("edition", _edition, "The edition of templates, rules and wordings; init writes it, upgrade moves it."),
    Key("specs", _folder, "The folder of specs; `specs` by default."),
    Key("outputs", _folder, "The folder of outputs; `build` by default."),
    Key("cache", _own_folder, "The folder of replies and of local state; `cache` by default."),
    Key("model", _line, "The model of every spec that names none."),
    Key("service", _label, "The label of the service of every spec that names none; `default` by default."),
    Key("template", _template, "The prompt template of every spec that names none: `default` or a project file."),
    Key("parameters", _parameters, "Parameters of every spec that has none of its own, sent as they are."),
    Key("python", _line, "The interpreter of checks and syntax; the project's environment by default."),
    Key("commit_outputs", _flag, "Whether outputs are committed, so that a missing one is a finding of check."),
    Key(
        "change_depth",
        _count,
        "How many revisions in a row a target under `update = \"revise\"` may have before it is written anew; without "
        "a limit by default.",
    ),
    Key("jobs", _count, "How many calls may be under way at once."),
    Key("max_calls", _limit, "The most calls in one run."),
    Key("max_tokens", _limit, "The most tokens in one run, of input and output together."),
    Key("max_cost", _amount, "The most that one run may cost, in the currency of the person's prices."),
    Key(
        "iterate",
        _iterate,
        "A table: `specbuild iterate` builds the specs of the folder `specs` (below the spec folder) into the folder "
        "`package`, and runs `tests`, a list of arguments, on it.",
        "iteration",
    ),
)

KEYS: tuple[Key, ...] = _ROWS
"""All keys, in the order of documentation. Who needs this module sees that there are rows, not which."""
