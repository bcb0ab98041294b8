"""Services that environment variables make: SPECBUILD_SERVICE_<NAME>_URL and _KEY in CI, and the OPENAI_ family.

The environment comes in as a mapping. A key goes to the URL that it was configured with and nowhere else.
"""

from collections.abc import Mapping

from specbuild.configuration import ServiceConfiguration
from specbuild.diagnostic import Diagnostic
from specbuild.environment import service_variable
from specbuild.secret import Secret
from specbuild.service_url import url_fault

OPENAI_URL = "https://api.openai.com/v1"
"""Where the service default is if only OPENAI_API_KEY is set."""
_PREFIX = "SPECBUILD_SERVICE_"


def services_of_variables(
    environ: Mapping[str, str], services: Mapping[str, ServiceConfiguration], faults: list[Diagnostic]
) -> list[ServiceConfiguration]:
    """Return the services that SPECBUILD_SERVICE_<NAME>_URL and _KEY make or change.

    A label that the file has keeps its spelling; any other is the variable's NAME in small letters.
    """
    names = {service_variable(label, "URL")[len(_PREFIX) : -len("_URL")]: label for label in services}
    found = []
    variables = {name[len(_PREFIX) :] for name in environ if name.startswith(_PREFIX) and environ[name]}
    for name in sorted({variable[:-4] for variable in variables if variable.endswith(("_URL", "_KEY"))} - {""}):
        label = names.get(name, name.lower())
        url_name, key_name = f"{_PREFIX}{name}_URL", f"{_PREFIX}{name}_KEY"
        url, key, old = environ.get(url_name, ""), environ.get(key_name), services.get(label)
        if not url and old is None:
            what = f"{key_name} is set, but not where the service `{label}` is"
            faults.append(Diagnostic("SB408", what, hint=f"set {url_name} too", severity="warning"))
            continue
        reason = url_fault(url) if url else None
        if reason is not None:
            faults.append(Diagnostic("SB407", f"{url_name} can't be used", why=reason))
            continue
        base = old or ServiceConfiguration(label)
        # A new URL never gets the key of another one.
        kept = base.key if not url or url.rstrip("/") == base.base_url else None
        found.append(
            ServiceConfiguration(
                name=label,
                kind="openai",
                base_url=url.rstrip("/") or base.base_url,
                key=secret_of(key) or kept,
                key_env=key_name if secret_of(key) or not kept else base.key_env,
                model=base.model,
                prices=base.prices,
                timeout_s=base.timeout_s,
                idle_s=base.idle_s,
                stream=base.stream,
                source=" and ".join(one for one in (url_name, key_name) if environ.get(one)),
            )
        )
    return found


def default_of_openai_variables(environ: Mapping[str, str], faults: list[Diagnostic]) -> ServiceConfiguration | None:
    """Return the service default as OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_API_URL make it, if one is set."""
    name = next((name for name in ("OPENAI_BASE_URL", "OPENAI_API_URL") if environ.get(name)), None)
    key = secret_of(environ.get("OPENAI_API_KEY"))
    if name is None and key is None:
        return None
    url = environ[name] if name is not None else OPENAI_URL
    reason = url_fault(url)
    if reason is not None:
        faults.append(Diagnostic("SB407", f"{name} can't be used", why=reason))
        return None
    sources = [one for one in (name, "OPENAI_API_KEY" if key else None) if one is not None]
    base = url.rstrip("/").removesuffix("/chat/completions")
    return ServiceConfiguration(
        "default", base_url=base, key=key, key_env="OPENAI_API_KEY", source=" and ".join(sources)
    )


def secret_of(text: str | None) -> Secret | None:
    """A key as it was meant: blanks and line ends at its ends come from copying and would break the header."""
    return Secret(text.strip()) if text and text.strip() else None
