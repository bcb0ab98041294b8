"""The template engine with bounds: a repository's template can neither run for ever nor fill the memory.

In: nothing but templates. Out: an environment whose operators, filters and joins refuse to make huge values, and a
budget of steps. Knows no prompt. Jinja's own sandbox bounds `range` alone.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS, do_indent
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

LENGTH_LIMIT = 4_000_000
"""The most characters (or entries) of any one value; more than any model reads."""
STEP_LIMIT = 100_000
"""The most rounds of loops and calls for one text."""

_FILTERS = (
    "capitalize count d default dictsort first groupby items last length list lower map reject rejectattr "
    "reverse select selectattr sort string title trim unique upper wordcount "
)
_METHODS = (
    "capitalize casefold count endswith find index isalnum isalpha isdigit isidentifier islower isupper "
    "lower lstrip partition removeprefix removesuffix rfind rpartition rsplit rstrip split splitlines "
    "startswith strip title upper "
)
_ROUNDS = " rounds"  # with a space: no template can name it
_EXPONENT_LIMIT, _BIT_LIMIT = 64, 4096


class _Bounded(CodeGenerator):
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 (the name is Jinja's)
        self.write("environment.concat(map(str, (")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write(")))")


def _concat(parts: Iterable[str]) -> str:
    found, length = [], 0
    for part in parts:
        length += len(part)
        _check(length)
        found.append(part)
    return "".join(found)


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's immutable sandbox without what multiplies lengths unseen; SecurityError where a bound is passed."""

    code_generator_class = _Bounded
    intercepted_binops = frozenset({"+", "*", "%", "**"})
    concat = staticmethod(_concat)

    def _generate(self, source: nodes.Template, *args: Any, **named: Any) -> str:
        # Before the engine looks for the filters that a template uses.
        for loop in source.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, _ROUNDS, [], [], None, None, lineno=loop.lineno)
        return super()._generate(source, *args, **named)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Allow of a text's methods only those whose result is no longer than the text."""
        if isinstance(obj, str) and attr not in _METHODS.split():
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """Refuse str.format, which makes a width of any size; the engine asks this before it asks for safety."""
        if getattr(value, "__name__", "") in ("format", "format_map") and isinstance(value.__self__, str):
            raise SecurityError("a text is not formatted by format: write it out, with {{ }} in it")

    def call(self, context: Context, function: Any, *args: Any, **named: Any) -> Any:
        """Call a macro, a loop or a method, as one step."""
        _take(1)
        return super().call(context, function, *args, **named)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute a binary operation whose result stays small."""
        if operator == "%" and isinstance(left, str):
            raise SecurityError("a text is not formatted by %: write it out, with {{ }} in it")
        if operator == "**" and not (isinstance(right, int) and abs(right) <= _EXPONENT_LIMIT):
            raise SecurityError(f"an exponent above {_EXPONENT_LIMIT}")
        if operator == "*" and not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            text, count = (right, left) if isinstance(left, int) else (left, right)
            _check(len(text) * count)
        if operator == "+" and not isinstance(left, (int, float)):
            _check(len(left) + len(right))
        result = super().call_binop(context, operator, left, right)
        if isinstance(result, int) and result.bit_length() > _BIT_LIMIT:
            raise SecurityError("a number of more than a thousand digits")
        return result


def bounded_filters() -> dict[str, Callable[..., Any]]:
    """Return the filters of a project's templates: Jinja's own as far as they can't make much of little."""
    return {
        **{name: FILTERS[name] for name in _FILTERS.split()},
        "join": _joined,
        "replace": _replaced,
        "indent": _indented,
        _ROUNDS: _rounds,
    }


@contextmanager
def step_budget() -> Iterator[None]:
    """Let what is rendered inside take STEP_LIMIT steps, then raise SecurityError. Each round of a loop and each call
    is a step.

    No time is looked at: what a template gives must not hang on how busy a machine is.
    """
    token = _STEPS.set([STEP_LIMIT])
    try:
        yield
    finally:
        _STEPS.reset(token)


_STEPS: ContextVar[list[int] | None] = ContextVar("steps", default=None)


def _take(steps: int) -> None:
    left = _STEPS.get()
    if left is None:
        return
    left[0] -= steps
    if left[0] < 0:
        raise SecurityError(f"more than {STEP_LIMIT:,} rounds and calls; is there a loop in a loop?")


def _rounds(iterable: Iterable[object]) -> list[object]:
    found = list(iterable)
    _take(len(found) + 1)
    return found


def _check(length: int) -> None:
    if length > LENGTH_LIMIT:
        raise SecurityError(f"a value longer than {LENGTH_LIMIT:,} characters")


def _joined(texts: Iterable[object], separator: str = "") -> str:
    parts = [str(one) for one in texts]
    _check(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def _replaced(text: str, old: str, new: str) -> str:
    _check(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def _indented(text: str, width: int = 4, first: bool = False, blank: bool = False) -> str:
    _check(len(text) + (text.count("\n") + 1) * width)
    return do_indent(text, width, first, blank)
