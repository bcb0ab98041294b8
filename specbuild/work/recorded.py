"""A built stage as an iteration to be kept: what it was made from, what it measures, what it took. Reads only."""

from collections.abc import Mapping
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.canonical_json import Digest, bytes_digest
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.replies import Replies
from specbuild.iteration import Iteration, Parent, SecondStage, SuiteCounts
from specbuild.record import Record
from specbuild.shape import Shaped
from specbuild.share import package_share
from specbuild.stanza import Stanza
from specbuild.trial import Placed
from specbuild.work.history import settings_of
from specbuild.work.load import Project
from specbuild.work.measure import measure_of
from specbuild.work.opened import Opened

_NAMED = 3


class Built(NamedTuple):
    """What the first stage gave: the staged project, entry and outputs of each own target, every file of the package,
    and the files that requests and checks show."""

    project: Project
    stanzas: dict[str, Stanza]
    outputs: dict[str, tuple[Shaped, ...]]
    package: dict[str, Placed]
    sources: dict[str, bytes]

    @property
    def manifest(self) -> dict[str, Digest]:
        """The SHA-256 of each file of the package."""
        return {path: bytes_digest(file.data) for path, file in self.package.items()}


class _Usage(NamedTuple):
    calls: int
    input_tokens: int | None
    output_tokens: int | None


def iteration_of(
    built: Built,
    before: Mapping[str, Stanza],
    *,
    number: int,
    parent: Parent | None,
    what: str,
    tests: SuiteCounts | None,
    second: SecondStage,
) -> Iteration:
    """Return the iteration that `built` is; `before` are the entries of the one before, `what` its reason ("": made up
    from what changed). Raises DiagnosticError if a module can't be measured."""
    opened = Opened(built.project)
    try:
        generated = {one.path for outputs in built.outputs.values() for one in outputs}
        sources = {path: file.data.decode("utf-8") for path, file in built.package.items() if path.endswith(".py")}
        module_share, line_share = package_share(sources, generated)
        usage = _usage(opened.replies, built.stanzas, before)
        return Iteration(
            number=number,
            parent=parent,
            what=" ".join(what.split()) or _made_up(built.stanzas, before),
            tests=tests,
            settings=settings_of(built.project.configuration),
            inputs={path: bytes_digest(raw) for path, raw in built.sources.items()},
            package=built.manifest,
            modules={
                target_id: measure_of(stanza, built.outputs[target_id], replies=opened.replies)
                for target_id, stanza in built.stanzas.items()
            },
            module_share=module_share,
            line_share=line_share,
            calls=usage.calls,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            second_stage=second,
        )
    except ValueError as error:
        fault = Diagnostic("SB741", "a file of the package can't be measured", why=str(error))
        raise DiagnosticError(fault, exit_code=exit_codes.FINDING) from None
    finally:
        opened.replies.close()


def _usage(replies: Replies, stanzas: Mapping[str, Stanza], before: Mapping[str, Stanza]) -> _Usage:
    """Return what the conversations took that this iteration pins and the one before did not. From the records, so that
    it is the same in however many runs they came."""
    pinned_before = {stanza.reply.key for stanza in before.values() if stanza.reply}
    turns: list[Record] = []
    for pin in (stanza.reply for stanza in stanzas.values()):
        if pin is not None and pin.key not in pinned_before:
            turns += [one for one in replies.turns(pin.key) if one.turn <= pin.attempts]
    told = [one.source.usage if one.source else None for one in turns]
    inputs = [one.input if one else None for one in told]
    outputs = [one.output if one else None for one in told]
    return _Usage(len(turns), _sum(inputs), _sum(outputs))


def _sum(counts: list[int | None]) -> int | None:
    known = [one for one in counts if one is not None]
    return sum(known) if len(known) == len(counts) else None


def _made_up(stanzas: Mapping[str, Stanza], before: Mapping[str, Stanza]) -> str:
    changed = [one for one, stanza in sorted(stanzas.items()) if one not in before or before[one].trace != stanza.trace]
    gone = sorted(before.keys() - stanzas.keys())
    told = [*changed, *(f"{one} no more" for one in gone)]
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return ("first: " if not before else "") + ", ".join(told[:_NAMED]) + more
