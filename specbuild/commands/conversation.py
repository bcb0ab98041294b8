"""What `agent` and `new` do with a goal: a draft of its spec is asked for and shown, and a person takes, edits or
refuses it, or says what is to be different."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, agreed
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.plan import Plan
from specbuild.styled_text import Span

if TYPE_CHECKING:
    from specbuild.work.choice import BuildOptions
    from specbuild.work.goal_drafts import GoalDrafts

MOST_WORDS = 20
"""So many times one run asks for a draft to be changed."""
_SHORTEST_WORD = 4
"""What is shorter is a slip of a finger: it is not sent to a model, which costs money."""
_TAKES, _EDITS, _LEAVES = ("y", "yes"), ("e", "edit"), ("n", "no", "q", "quit")


class Taken(NamedTuple):
    """How it ended: the spec that was written, if one was, with the exit code else; the options with what is left of
    their limits."""

    is_written: bool
    exit_code: int
    options: BuildOptions


def converse(
    invocation: Invocation,
    drafts: GoalDrafts,
    options: BuildOptions,
    *,
    yes: bool,
    edit: bool,
    is_built: bool,
    is_quiet: bool = False,
) -> Taken:
    """Ask for a draft and talk about it until it is written or left. `is_built`: it is built next, and what that takes
    is told with each draft; `is_quiet`: nothing is shown on stdout. Raises DiagnosticError, and EOFError if nobody
    answers."""
    return _Conversation(invocation, drafts, options, is_built=is_built, is_quiet=is_quiet).held(yes=yes, edit=edit)


def offered(invocation: Invocation, description: str, *, name: str, language: str) -> int | None:
    """Offer to draft a spec from its `description`; return the exit code, or None if nobody wants that, or can be
    asked. Raises DiagnosticError, and EOFError if nobody answers."""
    from specbuild.work.choice import BuildOptions

    options = BuildOptions()
    drafts = drafts_of(invocation, description, options, name=name, mode="single", language=language)
    price = drafts.price(options)
    if price is None or not agreed(f"Let a model draft the spec from that ({price})?"):
        return None
    taken = converse(invocation, drafts, options, yes=False, edit=False, is_built=False)
    if taken.is_written:
        invocation.console().message(f"next: specbuild build {drafts.goal.select}\n")
    return taken.exit_code


class _Conversation:
    def __init__(
        self, invocation: Invocation, drafts: GoalDrafts, options: BuildOptions, *, is_built: bool, is_quiet: bool
    ) -> None:
        self._invocation = invocation
        self._console = invocation.console()
        self._drafts = drafts
        self._options = options
        self._is_built = is_built
        self._is_quiet = is_quiet
        self._kept = drafts.kept_draft()
        self._words = 0
        self._shown_before: str | None = None
        self._is_interrupted = False

    def held(self, *, yes: bool, edit: bool) -> Taken:
        text = None if self._options.regenerate else self._kept.read()
        if text is not None:
            self._console.message(f"your draft from before is taken up: {self._kept.path}\n")
        else:
            text, code = self._asked("", "")
            if text is None:
                return Taken(False, code, self._options)
        if edit:
            text = self._edited(text)
        while True:
            faults = self._shown(text)
            if yes:
                if faults:
                    raise DiagnosticError(*faults)
                break
            answer = self._answer(can_take=not faults)
            if answer == "take":
                break
            if answer == "leave":
                self._kept.forget()
                self._console.message("nothing was written; the draft is kept and costs nothing a second time\n")
                return Taken(False, exit_codes.SUCCESS, self._options)
            text = self._edited(text) if answer == "edit" else self._changed(text, answer)
            if self._is_interrupted:
                return Taken(False, exit_codes.INTERRUPTED, self._options)
        self._drafts.write(text)
        self._kept.forget()
        self._console.message(f"{self._drafts.goal.path}: made\n")
        return Taken(True, exit_codes.SUCCESS, self._options)

    def _asked(self, draft: str, word: str) -> tuple[str | None, int]:
        from specbuild.formats.text import diagnostics_text
        from specbuild.terminal.live import progress_for

        with progress_for(self._console, diagnostics_text=diagnostics_text, clock=time.monotonic) as progress:
            found = self._drafts.ask(self._options, progress, draft=draft, word=word)
        spent, options = found.spent, self._options
        tokens = spent.input_tokens + spent.output_tokens
        self._options = replace(
            options,
            max_calls=None if options.max_calls is None else max(0, options.max_calls - spent.calls),
            max_tokens=None if options.max_tokens is None else max(0, options.max_tokens - tokens),
            max_cost=None if options.max_cost is None else max(0.0, options.max_cost - (spent.cost or 0.0)),
            regenerate=False,
        )
        return found.text, found.exit_code

    def _changed(self, text: str, word: str) -> str:
        """Return the draft as the model changes it, or as it is if nothing came of that."""
        if self._words >= MOST_WORDS:
            what = f"{MOST_WORDS} changes were asked for in this run: e edits the draft by hand\n"
            self._console.message(what, level=-1)
            return text
        self._words += 1
        try:
            changed, code = self._asked(text, word)
            self._is_interrupted = code == exit_codes.INTERRUPTED
        except DiagnosticError as error:
            self._tell(error.diagnostics)
            changed = None
        if changed is None:
            return text
        self._kept.write(changed)
        return changed

    def _edited(self, text: str) -> str:
        """Return the draft as the person's editor leaves it."""
        self._kept.write(text)
        try:
            click.edit(filename=str(self._kept.path))
        except click.ClickException as fault:
            self._console.message(f"{fault.format_message()}; the variable EDITOR names another one\n", level=-1)
            return text
        return self._kept.read() or text

    def _shown(self, text: str) -> tuple[Diagnostic, ...]:
        """Show the draft and what building it takes; return what is wrong with it."""
        if not self._is_quiet:
            self._show(text)
        found = self._drafts.plan_of_build(text, self._options)
        if not isinstance(found, Plan):
            self._tell(found)
            return found
        if self._is_built and not self._is_quiet:
            from specbuild.formats.plan_text import plan_text

            self._console.message(plan_text(found))
        return ()

    def _show(self, text: str) -> None:
        """Show the draft: whole at first, then what has changed of it."""
        from specbuild.formats.action_text import difference_text

        path, before = self._drafts.goal.path, self._shown_before
        self._shown_before = text
        if before is None:
            self._console.result([Span(path, "strong"), Span(":\n\n"), Span(f"{text}\n")])
        elif before == text:
            self._console.message("the draft is as it was\n")
        else:
            self._console.result([*difference_text({path: before}, {path: text}), Span("\n")])

    def _answer(self, *, can_take: bool) -> str:
        """Return "take", "edit", "leave", or what is to be different. Raises EOFError."""
        takes = f"y {'writes and builds' if self._is_built else 'writes'} it, " if can_take else ""
        while True:
            self._console.prompt(f"{takes}e edits it, n leaves it; or say what is to be different: ")
            line = sys.stdin.readline()
            if not line:
                raise EOFError
            word = line.strip()
            key = word.casefold()
            if key in _TAKES and can_take:
                return "take"
            if key in _EDITS:
                return "edit"
            if key in _LEAVES:
                return "leave"
            if len(word) >= _SHORTEST_WORD:
                return word

    def _tell(self, found: tuple[Diagnostic, ...]) -> None:
        from specbuild.formats.text import diagnostics_text

        self._console.message(diagnostics_text(found), level=-1)


def drafts_of(
    invocation: Invocation, goal: str, options: BuildOptions, *, name: str, mode: str, language: str
) -> GoalDrafts:
    """Return what asks for drafts of a goal in the working folder. Raises DiagnosticError."""
    import os

    from specbuild.languages import language_of
    from specbuild.work.goal_drafts import GoalDrafts
    from specbuild.work.scaffold import near_language

    known = language_of(language) if language else None
    if language and known is None:
        near = near_language(language)
        hint = f"did you mean `{near}`?" if near else "the draft says which one, if the option is left out"
        raise click.BadParameter(f"the language {language!r} is not in the table: {hint}", param_hint="--language")
    return GoalDrafts(
        goal,
        Path(invocation.directory),
        os.environ,
        options,
        name=name,
        mode="agent" if mode == "agent" else "single",
        language=known.name if known else "",
    )
