"""Personal configuration: the person's own file and environment, as services with their keys and prices.

Only these two say where a service is and what key it takes. A key goes to the URL that it was configured with and
nowhere else; it travels as a Secret, and no message repeats a value that might be one.
"""

from collections.abc import Mapping
from typing import NamedTuple, cast

from specbuild.configuration import PersonalConfiguration, Prices, ServiceConfiguration, ServiceKind
from specbuild.configuration_keys import is_label
from specbuild.diagnostic import Diagnostic, Place
from specbuild.nearest import nearest
from specbuild.service_url import url_fault
from specbuild.service_variables import default_of_openai_variables, secret_of, services_of_variables
from specbuild.toml_text import TomlDocument, read_toml


class ServiceKey(NamedTuple):
    """A row of SERVICE_KEYS: a key of `[service.NAME]` and a sentence for the manual."""

    name: str
    doc: str


SERVICE_KEYS: tuple[ServiceKey, ...] = (
    ServiceKey("kind", '"openai" (any compatible endpoint, the default), "command" (a program) or "inbox" (files).'),
    ServiceKey("base_url", "Where the endpoint is, up to and with /v1; kind openai needs it."),
    ServiceKey("key_env", "The name of the environment variable that holds the key; absent: no key is sent."),
    ServiceKey("argv", "The program and its arguments, as a list; kind command needs it."),
    ServiceKey("model", "The model for targets that were never built and name none."),
    ServiceKey("prices", "{ input = …, output = … }: prices per million tokens, in your currency."),
    ServiceKey("timeout_s", "The longest that one reply may take, in seconds; 600 by default."),
    ServiceKey("idle_s", "The longest silence within a streamed reply, in seconds; 120 by default."),
    ServiceKey("stream", "false asks for replies in one piece; true by default."),
    ServiceKey("allow_http", "true allows plain http to other machines than this one."),
)
TOP_KEYS = ("service", "allow_steering_files")


def read_personal_configuration(
    raw: bytes | None, path: str, environ: Mapping[str, str]
) -> tuple[PersonalConfiguration, tuple[Diagnostic, ...]]:
    """Return the person's configuration from the file `raw` (None: there is none), named `path`, and the environment.

    The file comes first; SPECBUILD_SERVICE_<NAME>_URL and _KEY replace a service's URL and key; the OPENAI_ variables
    make the service `default` where neither does. A service with a fault is left out, so that no key can take a wrong
    way.
    """
    faults: list[Diagnostic] = []
    services: dict[str, ServiceConfiguration] = {}
    allowed: tuple[str, ...] = ()
    document = None if raw is None else read_toml(raw, path)
    if isinstance(document, Diagnostic):
        return PersonalConfiguration(environment_model=environ.get("OPENAI_API_MODEL") or None), (document,)
    if document is not None:
        allowed = _top(document, path, faults)
        tables = document.values.get("service")
        for label, table in tables.items() if isinstance(tables, Mapping) else ():
            service = _Table(document, path, label, table, faults).service(environ)
            if service is not None:
                services[label] = service
    written = set(services) | _labels(document)
    for service in services_of_variables(environ, services, faults):
        services[service.name] = service
    if "default" not in written and "default" not in services:
        made = default_of_openai_variables(environ, faults)
        if made is not None:
            services["default"] = made
    return PersonalConfiguration(services, allowed, environ.get("OPENAI_API_MODEL") or None), tuple(faults)


def _labels(document: TomlDocument | None) -> set[str]:
    tables = None if document is None else document.values.get("service")
    return set(tables) if isinstance(tables, Mapping) else set()


def _top(document: TomlDocument, path: str, faults: list[Diagnostic]) -> tuple[str, ...]:
    """Tell what is wrong with the keys outside `[service.NAME]`; return `allow_steering_files`."""
    for name, value in document.values.items():
        place = document.places.get((name,), Place(path))
        if name not in TOP_KEYS:
            near = nearest(name, TOP_KEYS)
            hint = f"did you mean `{near}`?" if near else "there are [service.NAME] and allow_steering_files"
            faults.append(Diagnostic("SB401", f"there is no setting `{name}`", place, hint=hint))
        elif name == "service" and not isinstance(value, Mapping):
            faults.append(Diagnostic("SB402", "service must be written as tables: [service.NAME]", place))
    allowed = document.values.get("allow_steering_files", [])
    if not isinstance(allowed, list) or not all(isinstance(one, str) and one for one in allowed):
        place = document.places.get(("allow_steering_files",), Place(path))
        faults.append(Diagnostic("SB402", "allow_steering_files must be a list of paths, as texts", place))
        return ()
    return tuple(allowed)


class _Table:
    """One `[service.NAME]` while it is read: its values, where they were written, and whether anything was wrong."""

    def __init__(self, document: TomlDocument, path: str, label: str, table: object, faults: list[Diagnostic]) -> None:
        self.document, self.path, self.label, self.faults = document, path, label, faults
        self.values = table if isinstance(table, Mapping) else {}
        self.sound = True
        if not isinstance(table, Mapping):
            self.fault("SB402", f"service.{label} must be a table")
        elif not is_label(label):
            self.fault("SB402", f"`{label}` is no label of a service", hint='take letters, digits, "-", "_" and "."')

    def fault(self, code: str, message: str, *keys: str, why: str = "", hint: str = "") -> None:
        self.sound = False
        place = self.document.places.get(("service", self.label, *keys), Place(self.path))
        self.faults.append(Diagnostic(code, message, place, why, hint))

    def service(self, environ: Mapping[str, str]) -> ServiceConfiguration | None:
        if not self.sound:
            return None
        self._unknown_keys()
        kind = self.text("kind") or "openai"
        if kind not in ("openai", "command", "inbox"):
            near = nearest(kind, ("openai", "command", "inbox"))
            hint = f"did you mean `{near}`?" if near else 'there are "openai", "command" and "inbox"'
            self.fault("SB402", f"service.{self.label}: there is no kind `{kind}`", "kind", hint=hint)
        url = self.text("base_url")
        if url:
            reason = url_fault(url, allow_http=self.flag("allow_http", False))
            if reason is not None:
                self.fault("SB407", f"service.{self.label}: base_url can't be used", "base_url", why=reason)
        elif kind == "openai":
            hint = 'write base_url = "https://…/v1"'
            self.fault("SB408", f"service.{self.label} has no base_url", why="it says where requests go", hint=hint)
        argv = self.argv()
        if kind == "command" and not argv:
            hint = 'write argv = ["program", "argument"]'
            self.fault("SB408", f"service.{self.label} has no argv", why='kind "command" runs it', hint=hint)
        key_env = self._key_env()
        service = ServiceConfiguration(
            name=self.label,
            kind=cast(ServiceKind, kind),
            base_url=url.rstrip("/") or None,
            key=secret_of(environ.get(key_env)) if key_env else None,
            key_env=key_env,
            argv=argv,
            model=self.text("model") or None,
            prices=self.prices(),
            timeout_s=self.seconds("timeout_s", 600.0),
            idle_s=self.seconds("idle_s", 120.0),
            stream=self.flag("stream", True),
            source=self.path,
        )
        return service if self.sound else None

    def _unknown_keys(self) -> None:
        known = [row.name for row in SERVICE_KEYS]
        for name in self.values:
            if name in known:
                continue
            if name.casefold() in ("key", "api_key", "apikey", "token", "api_token", "password", "secret"):
                why = "keys don't stand in files: they would be in backups, in dotfile repositories and on screens"
                hint = 'put the key in an environment variable and name that: key_env = "MY_KEY"'
                self.fault("SB409", f"service.{self.label}: {name} can't be set in a file", name, why=why, hint=hint)
                continue
            near = nearest(name, known)
            hint = f"did you mean `{near}`?" if near else "the keys are " + ", ".join(known)
            self.fault("SB401", f"service.{self.label}: there is no setting `{name}`", name, hint=hint)

    def _key_env(self) -> str:
        name = self.text("key_env")
        if name and not (name.isascii() and name.isidentifier()):
            why = "it is the name of an environment variable, never the key itself (what was written is not shown here)"
            self.fault(
                "SB409", f"service.{self.label}: key_env is no name", "key_env", why=why, hint='key_env = "MY_KEY"'
            )
            return ""
        return name

    def text(self, name: str) -> str:
        value = self.values.get(name, "")
        if isinstance(value, str) and value.isprintable():
            return value
        self.fault("SB402", f"service.{self.label}: {name} must be a text of one line", name)
        return ""

    def flag(self, name: str, default: bool) -> bool:
        value = self.values.get(name, default)
        if isinstance(value, bool):
            return value
        self.fault("SB402", f"service.{self.label}: {name} must be true or false", name)
        return default

    def seconds(self, name: str, default: float) -> float:
        value = self.values.get(name, default)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= _DAY_S:
            return float(value)
        self.fault(
            "SB402", f"service.{self.label}: {name} must be a number of seconds, more than 0, at most a day", name
        )
        return default

    def argv(self) -> tuple[str, ...]:
        value = self.values.get("argv", [])
        if (
            isinstance(value, list)
            and all(isinstance(one, str) and "\0" not in one for one in value)
            and "" not in value[:1]
        ):
            return tuple(value)
        why = "no shell is ever started, so quotes and blanks mean themselves"
        self.fault("SB402", f"service.{self.label}: argv must be a list of texts, the program first", "argv", why=why)
        return ()

    def prices(self) -> Prices | None:
        value = self.values.get("prices")
        if value is None:
            return None
        rows = (
            (value.get("input"), value.get("output"))
            if isinstance(value, Mapping) and len(value) == 2
            else (None, None)
        )
        numbers = [float(one) for one in rows if isinstance(one, (int, float)) and not isinstance(one, bool)]
        if len(numbers) == 2 and all(0 <= one < float("inf") for one in numbers):
            return Prices(*numbers)
        hint = "prices = { input = 0.25, output = 2.0 }, per million tokens"
        self.fault("SB402", f"service.{self.label}: prices must be two numbers, input and output", "prices", hint=hint)
        return None


_DAY_S = 86_400
