"""Parts of JSON that was read from outside, each given back as the type it must have.

A value in, the same value out. Raises ValueError, which says what stood there instead.
"""

from collections.abc import Mapping, Sequence

from specbuild.canonical_json import Json


def as_text(value: Json) -> str:
    """Return `value`, which must be a string. Raises ValueError."""
    if not isinstance(value, str):
        raise _odd(value, "a text")
    return value


def as_count(value: Json) -> int:
    """Return `value`, which must be an integer from 0 on (no boolean, no float). Raises ValueError."""
    if type(value) is not int or value < 0:
        raise _odd(value, "a count")
    return value


def as_object(value: Json) -> Mapping[str, Json]:
    """Return `value`, which must be an object. Raises ValueError."""
    if not isinstance(value, Mapping):
        raise _odd(value, "an object")
    return value


def as_array(value: Json) -> Sequence[Json]:
    """Return `value`, which must be an array. Raises ValueError."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _odd(value, "an array")
    return value


def no_constant(name: str) -> Json:
    """Refuse NaN, Infinity and -Infinity: the `parse_constant` of every JSON read here. Raises ValueError."""
    raise ValueError(f"{name} is no JSON")


def _odd(value: Json, wanted: str) -> ValueError:
    return ValueError(f"{value!r:.40} stands where {wanted} should")
