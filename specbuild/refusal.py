"""What the Python interface raises: one family of exceptions, a class for each exit code that says something else.

`api` hands them to other programs under its own name. Each carries diagnostics; its text says what and where, its notes
(which a traceback shows) why and what to do.
"""

from collections.abc import Mapping, Sequence

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic


class SpecbuildError(Exception):
    """Everything that these functions raise on purpose. `diagnostics` say what, where, why and what to do; `exit_code`
    is the one that the command line would end with."""

    def __init__(self, diagnostics: Sequence[Diagnostic], exit_code: int) -> None:
        texts = [f"{f'{one.place}: ' if one.place else ''}{one.code} {one.message}" for one in diagnostics]
        super().__init__("; ".join(texts) or exit_codes.EXIT_CODES.get(exit_code, f"exit code {exit_code}"))
        self.diagnostics = tuple(diagnostics)
        self.exit_code = exit_code
        for one in diagnostics:
            for label, text in (("why", one.why), ("hint", one.hint)):
                if text:
                    self.add_note(f"  {label}: {text}")

    def __reduce__(self) -> tuple[object, ...]:
        # The default hands over the text alone, and a pool of processes breaks where it can't make it an exception.
        return type(self), (self.diagnostics, self.exit_code), self.__dict__


class InvalidProject(SpecbuildError):
    """A fault of a spec, a configuration or an argument, found before any work (exit code 2)."""


class BuildFailed(SpecbuildError):
    """A target failed: its attempts are used up, a check or the service does not work (exit code 1)."""


class ReplyMissing(SpecbuildError):
    """`offline` was asked for, and a reply is not known (exit code 4)."""


class LimitStopped(SpecbuildError):
    """A limit, or `stop`, came first (exit codes 5 and 130). What was finished is kept."""


class ReplyAwaited(SpecbuildError):
    """A request lies in the inbox and waits for its answer (exit code 6)."""


class NoSandbox(SpecbuildError):
    """Generated code has to run, and no sandbox starts here (exit code 69)."""


def refusal(diagnostics: Sequence[Diagnostic], exit_code: int) -> SpecbuildError:
    """Return the exception of the family that is meant by the exit code."""
    return _KINDS.get(exit_code, SpecbuildError)(diagnostics, exit_code)


_KINDS: Mapping[int, type[SpecbuildError]] = {
    exit_codes.FINDING: BuildFailed,
    exit_codes.USAGE: InvalidProject,
    exit_codes.MISSING_REPLY: ReplyMissing,
    exit_codes.LIMIT: LimitStopped,
    exit_codes.INTERRUPTED: LimitStopped,
    exit_codes.INBOX: ReplyAwaited,
    exit_codes.NO_SANDBOX: NoSandbox,
}
