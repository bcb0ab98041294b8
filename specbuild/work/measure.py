"""A generated module measured: its length, and how much of it its model only had to copy."""

from collections.abc import Mapping, Sequence

from specbuild.canonical_json import Json
from specbuild.disk.replies import Replies
from specbuild.iteration import ModuleMeasure
from specbuild.record import Record
from specbuild.shape import Shaped
from specbuild.share import copied_share, logical_lines
from specbuild.stanza import Stanza


def measure_of(stanza: Stanza, outputs: Sequence[Shaped], *, replies: Replies) -> ModuleMeasure:
    """Return the measure of a target's Python outputs against its first request: spec, context, interfaces of needs.

    An accepted text is measured against its spec. Raises ValueError if an output can't be read as Python.
    """
    turns = replies.turns(stanza.reply.key) if stanza.reply else ()
    seen = _texts_seen(turns[0]) if turns else []
    sources = [one.data.decode("utf-8") for one in outputs if one.path.endswith(".py")]
    # Several files count as one text: what stands in one of them weighs by its length.
    return ModuleMeasure(sum(map(logical_lines, sources)), copied_share("\n".join(sources), seen))


def _texts_seen(root: Record) -> list[str]:
    messages = root.body.get("messages") if root.body else None
    return _strings(messages) if messages is not None else _strings(root.spec)


def _strings(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _strings(one)]
    return [text for one in value for text in _strings(one)] if isinstance(value, list | tuple) else []
