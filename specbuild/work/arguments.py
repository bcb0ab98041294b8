"""What a program hands over in place of a command line's options, checked as the command line checks those."""

from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.sandbox import SANDBOXES
from specbuild.work.choice import BuildOptions

_MOST_JOBS = 1024


def checked(options: BuildOptions, *, sample: int = 0) -> BuildOptions:
    """Return `options` as they are; raises DiagnosticError (SB932) for one that can't be used."""
    _number("jobs", options.jobs, least=1, most=_MOST_JOBS)
    _number("max_calls", options.max_calls)
    _number("max_tokens", options.max_tokens)
    _number("max_cost", options.max_cost, whole=False)
    _number("sample", sample)
    known = ("auto", *SANDBOXES, "none")
    if options.sandbox not in known:
        raise _fault("sandbox", options.sandbox, "one of " + ", ".join(known))
    if not isinstance(options.model, str | None):
        raise _fault("model", options.model, "a model's name, or None")
    return options


def _number(name: str, given: object, *, least: int = 0, most: int | None = None, whole: bool = True) -> None:
    kind = int if whole else (int, float)
    # What is no number (NaN) is not at least 0 either.
    if given is None or (
        isinstance(given, kind) and not isinstance(given, bool) and given >= least and (most is None or given <= most)
    ):
        return
    bounds = f"from {least} to {most}" if most is not None else f"of {least} or more"
    raise _fault(name, given, f"a {'whole ' if whole else ''}number {bounds}")


def _fault(name: str, given: object, meant: str) -> DiagnosticError:
    return DiagnosticError(Diagnostic("SB932", f"`{name}` can't be {given!r}", hint=f"{meant} is meant"))
