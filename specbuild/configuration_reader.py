"""Project configuration: `[tool.specbuild]` of pyproject.toml, or specbuild.toml, as a value and diagnostics.

A repository names services and limits, never where a key goes and never what runs: those keys are refused here, with the
place where they belong. It must not know who finds the files.
"""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from specbuild.canonical_json import Json
from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.nearest import nearest
from specbuild.project_path import private_file, project_path
from specbuild.toml_text import TomlDocument

EDITIONS = (1,)
"""The editions that this release can build."""


class Key(NamedTuple):
    """A row of KEYS: a key of the project configuration, what it takes (a row of _KINDS) and a sentence for the manual."""

    name: str
    kind: str
    doc: str


KEYS: tuple[Key, ...] = (
    Key("edition", "edition", "The edition of templates, rules and wordings; init writes it, upgrade moves it."),
    Key("specs", "folder", "The folder of specs; specs by default."),
    Key("outputs", "folder", "The folder of outputs; build by default."),
    Key("cache", "inner folder", "The folder of replies and of local state; cache by default."),
    Key("model", "text", "The model of every spec that names none."),
    Key("service", "label", "The label of the service of every spec that names none; default by default."),
    Key("template", "template", 'The prompt template of every spec that names none: "default" or a project file.'),
    Key("parameters", "parameters", "Parameters of every spec that has none of its own, sent as they are."),
    Key("python", "text", "The interpreter of checks and syntax; the project's environment by default."),
    Key("commit_outputs", "flag", "true if outputs are committed, so that a missing one is a finding of check."),
    Key("jobs", "count", "How many calls may be under way at once."),
    Key("max_calls", "limit", "The most calls in one run."),
    Key("max_tokens", "limit", "The most tokens in one run, of input and output together."),
    Key("max_cost", "amount", "The most that one run may cost, in the currency of the person's prices."),
)

_PERSONAL = "in your own configuration ($XDG_CONFIG_HOME/specbuild/config.toml) under [service.NAME]"
_REDIRECTS = "a repository must not be able to send a person's key somewhere else"
_RUNS = "a repository must not be able to run code on the machine of who clones it"
_LEAKS = "a key in a repository is known to all who can read it"
_WEAKENS = "a repository must not be able to weaken what protects the person who builds it"
_ON_THE_LINE = "it is given on the command line"

REFUSED: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("base_url", "url", "api_base", "api_url", "endpoint", "host", "proxy", "headers", "extra_headers", "services"),
        (_REDIRECTS, _PERSONAL),
    ),
    **dict.fromkeys(
        ("key", "api_key", "apikey", "token", "api_token", "password", "secret"), (_LEAKS, _PERSONAL + ", as key_env")
    ),
    "key_env": (_REDIRECTS, _PERSONAL),
    "prices": ("prices are those of the person who pays", _PERSONAL),
    **dict.fromkeys(("argv", "command", "commands", "hooks", "plugins"), (_RUNS, _PERSONAL)),
    **dict.fromkeys(("sandbox", "network", "no_sandbox", "allow_secret"), (_WEAKENS, _ON_THE_LINE)),
    **dict.fromkeys(("allow_steering_files", "allow_http"), (_WEAKENS, "in your own configuration")),
}
"""Keys that a repository may not set: why, and where each belongs."""

REFUSED_PARAMETERS: dict[str, str] = {
    **dict.fromkeys(("base_url", "extra_headers", "extra_query", "headers", "organization", "project"), _REDIRECTS),
    **dict.fromkeys(("api_key", "key", "authorization"), _LEAKS),
    **dict.fromkeys(("messages", "tools", "extra_body"), "specbuild writes this part of the request itself"),
    "model": "the model stands beside the parameters, as model",
    **dict.fromkeys(("stream", "stream_options", "timeout"), "how a reply travels is configured with the service"),
}
"""Parameters that no request takes from a repository, with the reason."""


def read_project_configuration(
    document: TomlDocument | None, path: str, *, table: Sequence[str] = ()
) -> tuple[ProjectConfiguration, tuple[Diagnostic, ...]]:
    """Return the configuration in `table` of `document`, a file that messages call `path`, and what is wrong with it.

    `table` is ("tool", "specbuild") in pyproject.toml and () in specbuild.toml. Without document or table all is default and
    `path` None. A key with a fault keeps its default.
    """
    found: object = None if document is None else document.values
    for name in table:
        found = found.get(name) if isinstance(found, Mapping) else None
    if document is None or found is None:
        return ProjectConfiguration(), ()
    reading = _Reading(document, path, tuple(table))
    if not isinstance(found, Mapping):
        fault = Diagnostic("SB402", f"{'.'.join(table)} is not a table", reading.place())
        return ProjectConfiguration(path=path), (fault,)
    faults: list[Diagnostic] = []
    values: dict[str, Json] = {}
    kinds = {row.name: row.kind for row in KEYS}
    for name, value in found.items():
        place = reading.place(name)
        if name not in kinds:
            faults.append(_not_a_key(name, value, place, list(kinds)))
            continue
        read, wrong = _KINDS[kinds[name]](value, name)
        if wrong is None:
            values[name] = read
        else:
            faults.append(
                Diagnostic(wrong.code, wrong.message, reading.place(name, *wrong.inside), wrong.why, wrong.hint)
            )
    configuration = _configuration(path, values, {name: reading.place(name) for name in values})
    faults += _overlaps(configuration)
    return configuration, tuple(faults)


class _Reading(NamedTuple):
    document: TomlDocument
    path: str
    table: tuple[str, ...]

    def place(self, *keys: str) -> Place:
        return self.document.places.get((*self.table, *keys), Place(self.path))


class _Fault(NamedTuple):
    code: str
    message: str
    why: str = ""
    hint: str = ""
    inside: tuple[str, ...] = ()


def _not_a_key(name: str, value: object, place: Place, known: Sequence[str]) -> Diagnostic:
    refused = REFUSED.get(name.casefold().replace("-", "_"))
    if refused is None and name.casefold().startswith("sandbox"):
        refused = REFUSED["sandbox"]
    if refused is not None:
        why, where = refused
        return Diagnostic(
            "SB404", f"{name} can't be set by a repository", place, why=why, hint=f"it belongs elsewhere: {where}"
        )
    near = nearest(name, known)
    hint = f"did you mean {near!r}?" if near else "the keys are " + ", ".join(known)
    return Diagnostic("SB401", f"there is no setting {name!r}", place, hint=hint)


_Read = tuple[Json, _Fault | None]


def _wrong(name: str, wanted: str) -> _Read:
    return None, _Fault("SB402", f"{name} must be {wanted}")


def _text(value: object, name: str) -> _Read:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return _wrong(name, "a text of one line, not empty")
    return value, None


def _label(value: object, name: str) -> _Read:
    if name == "service" and isinstance(value, Mapping):
        return None, _Fault(
            "SB404", "a repository can't configure a service", _REDIRECTS, f"it belongs elsewhere: {_PERSONAL}"
        )
    if not isinstance(value, str) or not is_label(value):
        return _wrong(name, 'the label of a service: letters, digits, "-", "_" and "."')
    return value, None


def is_label(text: str) -> bool:
    """Say whether `text` can be a service's label: ASCII letters, digits, "-", "_" and ".", a letter or digit first."""
    return bool(text) and text.isascii() and text[0].isalnum() and all(one.isalnum() or one in "-_." for one in text)


def _flag(value: object, name: str) -> _Read:
    return (value, None) if isinstance(value, bool) else _wrong(name, "true or false")


def _count(value: object, name: str) -> _Read:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        return _wrong(name, "a whole number, 1 or more")
    return value, None


def _limit(value: object, name: str) -> _Read:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return _wrong(name, "a whole number, 0 or more")
    return value, None


def _amount(value: object, name: str) -> _Read:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        return _wrong(name, "a number, 0 or more")
    return float(value), None


def _edition(value: object, name: str) -> _Read:
    if isinstance(value, bool) or not isinstance(value, int) or value not in EDITIONS:
        known = ", ".join(map(str, EDITIONS))
        why = f"this release of specbuild builds edition {known}"
        return None, _Fault("SB406", f"{name} {value!r} is not known", why, "a newer specbuild may know it")
    return value, None


def _folder(value: object, name: str) -> _Read:
    if not isinstance(value, str):
        return _wrong(name, "a folder, as text")
    path = project_path(value)
    if path is None or private_file(path) is not None:
        why = "specbuild reads and writes inside the project only, and never in a folder of git or of keys"
        return None, _Fault(
            "SB403", f"{name} {value!r} is no folder of this project", why, "write it from the project's root"
        )
    return path or ".", None


def _inner_folder(value: object, name: str) -> _Read:
    path, fault = _folder(value, name)
    if path == ".":
        return None, _Fault("SB403", f"{name} can't be the project's root", hint="name a folder of its own for it")
    return path, fault


def _template(value: object, name: str) -> _Read:
    if not isinstance(value, str):
        return _wrong(name, '"default" or a project file')
    path = project_path(value)
    if not path or private_file(path) is not None:
        return None, _Fault(
            "SB403", f"{name} {value!r} is no template of this project", hint="write it from the project's root"
        )
    return path, None


def _parameters(value: object, name: str) -> _Read:
    if not isinstance(value, Mapping):
        return _wrong(name, "a table")
    for parameter, given in value.items():
        reason = REFUSED_PARAMETERS.get(parameter)
        if reason is not None:
            return None, _Fault("SB404", f"{name}.{parameter} can't be set here", reason, inside=(parameter,))
        if not is_json(given):
            return None, _Fault("SB402", f"{name}.{parameter} has no JSON form", inside=(parameter,))
    return dict(value), None


def is_json(value: object) -> bool:
    """Say whether a TOML value can stand in a request: no date, no time, no nan, no infinity."""
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, Mapping):
        return all(map(is_json, value.values()))
    if isinstance(value, list):
        return all(map(is_json, value))
    return isinstance(value, (str, int))


_KINDS: dict[str, Callable[[object, str], _Read]] = {
    "amount": _amount,
    "count": _count,
    "edition": _edition,
    "flag": _flag,
    "folder": _folder,
    "inner folder": _inner_folder,
    "label": _label,
    "limit": _limit,
    "parameters": _parameters,
    "template": _template,
    "text": _text,
}


def _configuration(path: str, values: Mapping[str, Json], places: Mapping[str, Place]) -> ProjectConfiguration:
    default = ProjectConfiguration()

    def text(name: str, otherwise: str) -> str:
        value = values.get(name)
        return value if isinstance(value, str) else otherwise

    def whole(name: str) -> int | None:
        value = values.get(name)
        return value if isinstance(value, int) else None

    parameters, cost = values.get("parameters"), values.get("max_cost")
    return ProjectConfiguration(
        path=path,
        edition=whole("edition") or default.edition,
        specs=text("specs", default.specs),
        outputs=text("outputs", default.outputs),
        cache=text("cache", default.cache),
        model=text("model", "") or None,
        service=text("service", default.service),
        template=text("template", "") or None,
        parameters=parameters if isinstance(parameters, Mapping) else {},
        python=text("python", "") or None,
        commit_outputs=values.get("commit_outputs") is True,
        jobs=whole("jobs"),
        max_calls=whole("max_calls"),
        max_tokens=whole("max_tokens"),
        max_cost=cost if isinstance(cost, float) else None,
        places=places,
    )


def _overlaps(configuration: ProjectConfiguration) -> list[Diagnostic]:
    """Specs and outputs may not stand in the cache folder, nor the cache in theirs, nor outputs right among the specs."""
    folders = {"specs": configuration.specs, "outputs": configuration.outputs, "cache": configuration.cache}
    faults = []
    for first, second in (("specs", "cache"), ("outputs", "cache"), ("specs", "outputs")):
        one, other = folders[first].casefold(), folders[second].casefold()
        if one == other or (second == "cache" and (one.startswith(other + "/") or other.startswith(one + "/"))):
            at = second if second in configuration.places else first
            what = f"{first} ({folders[first]!r}) and {second} ({folders[second]!r}) are in one another"
            also = tuple(configuration.places[name] for name in (first,) if name != at and name in configuration.places)
            faults.append(
                Diagnostic("SB405", what, configuration.places.get(at), hint="choose folders side by side", also=also)
            )
    return faults
