"""Specs as they were parsed before, by the digest of their bytes: a run parses only what it has not seen yet.

Only a spec without any diagnostic is kept, so that what was told once is told again. Another version of the modules
that read specs makes all of it worth nothing.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from specbuild import field_values, merge_marks, spec, spec_fields, spec_reader, toml_places, toml_text, validate
from specbuild.diagnostic import Diagnostic, Place
from specbuild.disk.memo import Memo
from specbuild.merge_marks import with_merge_marks
from specbuild.spec import Spec
from specbuild.spec_reader import read_spec

_READERS = (field_values, merge_marks, spec, spec_fields, spec_reader, toml_places, toml_text, validate)
MEMO_NAME = "specs"


class SpecMemo:
    """Specs by digest, from the local folder `local` (None: nothing is known)."""

    def __init__(self, local: Path | None) -> None:
        basis = _basis()
        self._memo = Memo(local if basis else None, MEMO_NAME, basis)
        self._is_kept = bool(basis)

    def known(self, digest: bytes, path: str, spec_id: str) -> Spec | None:
        """Return the spec whose bytes have this digest, as the file `path`; None if it is not known."""
        text = self._memo.get(digest.hex())
        if text is None:
            return None
        values, places = json.loads(text)
        return Spec(spec_id, path, values, _Places(places, path))

    def read(self, raw: bytes, path: str, spec_id: str) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
        """Return what `read_spec` returns."""
        digest = digest_of(raw)
        found = self.known(digest, path, spec_id)
        if found is not None:
            return found, ()
        spec, faults = _read(raw, path, spec_id)
        text = _text_of(spec) if spec is not None and not faults else ""
        if text:
            self._memo.put(digest.hex(), text)
        return spec, faults

    def parsed(self, digest: bytes, raw: bytes, path: str, spec_id: str) -> str:
        """Return the text of a spec that is not known, "" if `read` has to tell something of it."""
        if self._memo.get(digest.hex()) is not None:
            return ""
        spec, faults = _read(raw, path, spec_id)
        return _text_of(spec) if spec is not None and not faults else ""

    def take(self, digest: bytes, text: str) -> None:
        """Take in what `parsed` returned of the spec whose bytes have this digest."""
        if text:
            self._memo.put(digest.hex(), text)

    def forget(self) -> None:
        """Free memory: all specs were read."""
        self._memo.forget()

    def save(self, local: Path) -> None:
        """Keep what was parsed anew in the folder `local`."""
        if self._is_kept:
            self._memo.save(local)


def digest_of(raw: bytes) -> bytes:
    """Return the digest of a spec's bytes: that of its sighting, as a file that nobody executes."""
    return hashlib.sha256(b"-" + raw).digest()


def _read(raw: bytes, path: str, spec_id: str) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    spec, faults = read_spec(raw, path, spec_id)
    return spec, with_merge_marks(raw, path, faults)


def _text_of(spec: Spec) -> str:
    """Return a spec as it is kept; "" if that would lose something."""
    if any(place.path != spec.path for place in spec.places.values()):
        return ""
    places = {field: [place.line, place.column] for field, place in spec.places.items()}
    return json.dumps([spec.values, places], ensure_ascii=False, separators=(",", ":"))


class _Places(Mapping[str, Place]):
    """Where fields were written; most runs never ask."""

    __slots__ = ("_numbers", "_path")

    def __init__(self, numbers: Mapping[str, tuple[int, int]], path: str) -> None:
        self._numbers = numbers
        self._path = path

    def __getitem__(self, field: str) -> Place:
        return Place(self._path, *self._numbers[field])

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


def _basis() -> str:
    """Return a hash of the modules that read specs; "" where their files can't be read."""
    found = hashlib.sha256()
    try:
        for module in _READERS:
            found.update(Path(module.__file__ or "").read_bytes())
    except OSError:
        return ""
    return found.hexdigest()
