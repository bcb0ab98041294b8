"""Iterations looked at and rebuilt: listed, compared with each other, replayed offline from what the history keeps.

Reads only, asks nobody, runs nothing.
"""

from specbuild.canonical_json import Json
from specbuild.configuration import ProjectConfiguration


def settings_of(configuration: ProjectConfiguration) -> dict[str, Json]:
    """Return the settings of a project that decide requests and places of its targets, for `Iteration.settings`.

    Model, service and edition are not among them: the stanzas pin those.
    """
    return {
        "specs": configuration.specs,
        "outputs": configuration.outputs,
        "template": configuration.template,
        "parameters": dict(configuration.parameters),
    }
