"""What a person asked for beyond what the files say: options of a command as the walk understands them."""

from dataclasses import dataclass


@dataclass(slots=True)
class Wishes:
    """What a person asked for beyond the files.

    `model` fills in where nobody names one, and replaces the pinned model of the targets in `repin`; a model that spec
    or project name stays. `regenerate` names targets that get the next sample, `rewrite` those of them that are written
    anew, `force` those whose edits give way, `revise` those whose locked text is revised if it answers another spec.
    The targets in `upgrade` are moved to `edition`, whatever their stanza says.
    """

    model: str | None = None
    repin: frozenset[str] = frozenset()
    regenerate: frozenset[str] = frozenset()
    force: frozenset[str] = frozenset()
    edition: int | None = None
    upgrade: frozenset[str] = frozenset()
    revise: frozenset[str] = frozenset()
    rewrite: frozenset[str] = frozenset()
