"""How far a new text is from the one that was locked, and the spec from what it said then. Reads only."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from specbuild.canonical_json import Json, short_digest
from specbuild.components import request_values
from specbuild.disk.files import ProjectFiles
from specbuild.disk.replies import Replies
from specbuild.stanza import Stanza
from specbuild.work.conversation import texts_of_stanza
from specbuild.work.question import earlier_values
from specbuild.work.step import Step

if TYPE_CHECKING:
    from specbuild.change_size import ChangeSize


def change_of(step: Step, texts: Mapping[str, str], *, replies: Replies, files: ProjectFiles) -> "ChangeSize":
    """Return how `texts` (before the shape) and the spec of now differ from what is locked; from nothing, if nothing
    is. To be asked before outputs are written."""
    from specbuild.change_size import change_size  # with what cuts interfaces a fifth of a start: where one was built

    base = step.home if step.home and step.home.reply else step.fit.stanza if step.fit else None
    target = step.target
    return change_size(
        texts,
        request_values(target.spec),
        before=texts_of_stanza(base, target, replies=replies, files=files) if base else {},
        values_before=_values(base, replies) if base else {},
        language=target.language.name if target.language else "",
    )


def _values(base: Stanza, replies: Replies) -> dict[str, Json] | None:
    """Return the request values that the stanza was built from; None if one of them is not known any more."""
    locked = base.inputs.get("spec")
    kept = earlier_values(base, replies)
    values: dict[str, Json] = {}
    for name, hashed in locked.items() if isinstance(locked, Mapping) else ():
        found = [one[name] for one in kept if name in one and short_digest(one[name]) == hashed]
        if not found:
            return None
        values[name] = found[0]
    return values
