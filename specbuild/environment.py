"""Every environment variable that specbuild reads: the one list, from which the documentation is made.

Nothing here reads the environment; who does looks its name up here.
"""

from typing import NamedTuple


class Variable(NamedTuple):
    """One variable: its name (NAME in angle brackets stands for a service's label), what it does, does it hold a
    secret.
    """

    name: str
    doc: str
    secret: bool = False


ENVIRONMENT: tuple[Variable, ...] = (
    Variable(
        "OPENAI_API_KEY", "The key of the service default, unless the personal configuration has that service.", True
    ),
    Variable(
        "OPENAI_BASE_URL", "The base URL of the service default, unless the personal configuration has that service."
    ),
    Variable("OPENAI_API_URL", "The same as OPENAI_BASE_URL, which wins where both are set."),
    Variable(
        "OPENAI_API_MODEL",
        "The model of a target that was never built and whose spec and project name none. It changes no built target.",
    ),
    Variable(
        "SPECBUILD_SERVICE_<NAME>_URL",
        'The base URL of a service, for CI. <NAME> is its label in capitals, with "_" for every other character.',
    ),
    Variable("SPECBUILD_SERVICE_<NAME>_KEY", "The key of a service, for CI; it goes to that service's URL only.", True),
    Variable("SSL_CERT_FILE", "A file of certificate authorities that https services are checked by."),
    Variable("SSL_CERT_DIR", "The same as a folder."),
    Variable("XDG_CONFIG_HOME", "The folder of the personal configuration specbuild/config.toml; else ~/.config."),
    Variable("XDG_CACHE_HOME", "The folder of the replies of a spec built outside any project; else ~/.cache."),
    Variable("HOME", "Where .config and .cache are looked for if the two before are not set."),
    Variable("NO_COLOR", "Set to anything but nothing, no colour is printed (https://no-color.org)."),
    Variable("FORCE_COLOR", "Set to anything but nothing, colour is printed although the output is no terminal."),
    Variable("CLICOLOR_FORCE", 'The same, unless it is "0" (https://bixense.com/clicolors).'),
    Variable("TERM", 'The terminal\'s kind: "dumb" means plain lines, without colour and live view.'),
    Variable("CI", "Set to anything but nothing, the live view is left away."),
)


def service_variable(label: str, ending: str) -> str:
    """Return the name of the variable for a service: ("my-box", "URL") gives SPECBUILD_SERVICE_MY_BOX_URL."""
    name = "".join(character if character.isascii() and character.isalnum() else "_" for character in label)
    return f"SPECBUILD_SERVICE_{name.upper()}_{ending}"
