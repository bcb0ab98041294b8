"""The lock's entries as pieces of its text: each is read when it is asked for, and written again as it stood.

Text or stanzas in, stanzas and the same one text out. What `lock` does for a whole text, for those of its entries that
somebody looks at: of ten thousand, a run with one change reads a few. Must not know where the lock lies.
"""

import json
from collections.abc import Iterator, Mapping, MutableMapping

from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.lock import Lock, lock_text
from specbuild.pretty_json import pretty_json
from specbuild.stanza import OutputState, Stanza, stanza_from_json, stanza_json

_START, _END = '{\n "lock_version": 1,\n "targets": {\n  "', "\n }\n}\n"
_BETWEEN = ',\n  "'
"""Inside an entry every line is indented deeper, and no JSON text holds a bare newline."""
_DECODER = json.JSONDecoder()


class LockPieces(MutableMapping[str, Stanza]):
    """Stanzas by target id, as a mapping; a copy shares what was read and written so far. Safe for threads that read.

    Asking for an entry that no build wrote raises DiagnosticError: only texts of `pieces_text` are cut.
    """

    __slots__ = ("_pieces",)

    def __init__(self, stanzas: Mapping[str, Stanza] | None = None) -> None:
        if isinstance(stanzas, LockPieces):
            self._pieces: dict[str, _Piece] = dict(stanzas._pieces)
        else:
            self._pieces = {target_id: _Piece(stanza=stanza) for target_id, stanza in (stanzas or {}).items()}

    def __getitem__(self, target_id: str) -> Stanza:
        return self._pieces[target_id].read(target_id)

    def __setitem__(self, target_id: str, stanza: Stanza) -> None:
        self._pieces[target_id] = _Piece(stanza=stanza)

    def __delitem__(self, target_id: str) -> None:
        del self._pieces[target_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pieces)

    def __len__(self) -> int:
        return len(self._pieces)

    def __contains__(self, target_id: object) -> bool:
        return target_id in self._pieces

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LockPieces):
            return super().__eq__(other)
        ours, theirs = self._pieces, other._pieces
        if ours.keys() != theirs.keys():
            return False
        return all(one is theirs[name] or one.written(name) == theirs[name].written(name) for name, one in ours.items())

    __hash__ = None  # type: ignore[assignment]

    def outputs(self) -> Iterator[tuple[str, OutputState]]:
        """Yield every output's path and state, from the text where no stanza was read yet."""
        for piece in self._pieces.values():
            if piece.stanza is not None:
                yield from piece.stanza.outputs.items()
            else:
                for path, state in json.loads(piece.text)["outputs"].items():
                    yield path, OutputState(state["mode"], state["sha256"])

    def text(self) -> str:
        """Return what `lock_text` returns for these entries."""
        if not self._pieces:
            return lock_text(Lock())
        texts = (f"{_key(target_id)}: {piece.written(target_id)}" for target_id, piece in sorted(self._pieces.items()))
        return _START + _BETWEEN.join(text[1:] for text in texts) + _END


class _Piece:
    """One entry: its text, its stanza, or both. The text is canonical and indented as in the lock."""

    __slots__ = ("stanza", "text")

    def __init__(self, text: str = "", stanza: Stanza | None = None) -> None:
        self.text = text
        self.stanza = stanza

    def read(self, target_id: str) -> Stanza:
        if self.stanza is None:
            found = stanza_from_json(json.loads(self.text), target_id=target_id)
            if isinstance(found, Diagnostic):
                raise DiagnosticError(found, exit_code=1)
            self.stanza = found
        return self.stanza

    def written(self, target_id: str) -> str:
        if not self.text:
            assert self.stanza is not None
            # As deep as in the lock, so that it is indented as it is there.
            alone = pretty_json({"": {target_id: stanza_json(self.stanza)}})
            self.text = alone[len(f'{{\n "": {{\n  {_key(target_id)}: ') : -len(_END)]
        return self.text


def lock_of_pieces(text: str) -> Lock:
    """Return the lock that `text` holds; the text is one that `pieces_text` or `lock_text` wrote, of entries that were
    whole."""
    pieces = LockPieces()
    if text.startswith(_START) and text.endswith(_END):
        for entry in text[len(_START) : -len(_END)].split(_BETWEEN):
            target_id, end = _DECODER.raw_decode(f'"{entry}')
            pieces._pieces[target_id] = _Piece(entry[end + 1 :])
    return Lock(pieces)


def pieces_text(lock: Lock) -> str:
    """Return `lock_text(lock)`; what was read from such a text is not made again."""
    return lock_text(lock) if lock.unread else LockPieces(lock.targets).text()


def _key(target_id: str) -> str:
    return pretty_json(target_id)[:-1]
