"""Which request a stale target asks: to write it anew, to revise what is locked, or the same once more.

A rewrite whose reply is known goes before a revision: it costs nothing. Reads only.
"""

import posixpath
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from specbuild.canonical_json import Json
from specbuild.components import Components, request_values
from specbuild.diagnostic import Diagnostic, Place
from specbuild.disk.replies import Replies
from specbuild.fitting import Fit
from specbuild.languages import language_of_path
from specbuild.prompt import ShownFile
from specbuild.record import Record
from specbuild.revision import Revision, is_small, task_changes
from specbuild.shape import locked_states
from specbuild.stanza import Origin, ReplyPin, Stanza
from specbuild.target import Target
from specbuild.work.conversation import Conversation, known_conversation, texts_of_stanza
from specbuild.work.load import Project
from specbuild.work.prompts import Prepared, prepared_again


class Lineage(NamedTuple):
    """What a target's text will be once the question is answered: whose it is, and how many revisions stand between
    it and a text that was written anew."""

    origin: Origin = "generated"
    revisions: int = 0


class Question(NamedTuple):
    """A request, what is known of the conversation that it begins, and what its answer will make of the target."""

    prepared: Prepared
    conversation: Conversation
    lineage: Lineage = Lineage()


class Asked(NamedTuple):
    """What a person asked for one target: `revise` what is locked, `again` (a sample that is not known), `rewrite`."""

    revise: bool = False
    again: bool = False
    rewrite: bool = False


class Prepare(Protocol):
    """Renders a target's request."""

    def __call__(
        self, target: Target, components: Components, *, sample: int = 0, revision: Revision | None = None
    ) -> Prepared | Diagnostic: ...


class Questions:
    """The questions of one run."""

    def __init__(self, project: Project, *, replies: Replies, prepare: Prepare) -> None:
        self._project = project
        self._replies = replies
        self._prepare = prepare

    def question(
        self, target: Target, components: Components, fit: Fit | None, *, asked: Asked
    ) -> Question | Diagnostic:
        """Return what to ask for `target`, whose stanza stands to it as `fit` says, or why nothing can be asked."""
        if asked.revise and fit is None:
            return _never_built(target)
        stanza = fit.stanza if fit else None
        equal = fit is not None and fit.request.answer == "equal"
        revised_before = equal and stanza is not None and stanza.origin == "generated" and stanza.revisions > 0
        if asked.again and not asked.rewrite and revised_before and stanza is not None:
            same = self._same_once_more(stanza)
            if same is not None:
                return same
        if fit is not None and asked.revise and not equal:
            return self._revised(target, components, fit, again=asked.again) or _text_lost(target, fit)
        revised_by_itself = fit is not None and not asked.rewrite and self._may_revise(target, fit)
        # A sample is a pin of the very request that it was taken for; a request that changed begins again at 0.
        pin = stanza.reply if stanza and equal and not stanza.revisions else None
        if not (asked.again and revised_by_itself):
            anew = self._rewritten(target, components, pin, again=asked.again)
            if isinstance(anew, Diagnostic) or anew.conversation.turns or not revised_by_itself:
                return anew
        assert fit is not None
        revised = self._revised(target, components, fit, again=asked.again)
        return revised or self._rewritten(target, components, pin, again=asked.again)

    def _may_revise(self, target: Target, fit: Fit) -> bool:
        """Tell whether a build revises a changed target by itself. An accepted text is never replaced by itself."""
        most = self._project.configuration.change_depth
        return (
            target.update == "revise"
            and (most is None or fit.stanza.revisions < most)
            and fit.stanza.origin != "accepted"
            and fit.request.answer == "differs"
            and is_small(fit.request.differences)
        )

    def _rewritten(
        self, target: Target, components: Components, pin: ReplyPin | None, *, again: bool
    ) -> Question | Diagnostic:
        sample = pin.sample if pin and not again else 0
        while True:
            found = self._prepare(target, components, sample=sample)
            if isinstance(found, Diagnostic):
                return found
            pinned = (pin.attempts, pin.sha256) if pin and not again else None
            known = known_conversation(self._replies, found, pinned)
            if not (again and known.turns):
                return Question(found, known)
            sample += 1

    def _revised(
        self, target: Target, components: Components, fit: Fit, *, again: bool
    ) -> Question | Diagnostic | None:
        """Return the request to revise the fitting stanza's text; None if that text can't be had."""
        texts = texts_of_stanza(fit.stanza, target, replies=self._replies, files=self._project.files)
        if texts is None:
            return None
        revision = Revision(
            tuple(ShownFile(name, texts[name], _info(name, target)) for name in target.names),
            task_changes(
                fit.request.differences,
                values=request_values(target.spec),
                old_values=earlier_values(fit.stanza, self._replies),
                paths=self._shown_paths(target),
            ),
        )
        origin: Origin = "accepted" if fit.stanza.origin == "accepted" else "generated"
        sample = 0
        while True:
            found = self._prepare(target, components, sample=sample, revision=revision)
            if isinstance(found, Diagnostic):
                return found
            known = known_conversation(self._replies, found)
            if not (again and known.turns):
                return Question(found, known, Lineage(origin, fit.stanza.revisions + 1))
            sample += 1

    def _same_once_more(self, stanza: Stanza) -> Question | None:
        """Return the request that a revised text answered, as a sample with no known reply."""
        root = next((one for one in _roots(stanza, self._replies) if one.body is not None), None)
        sample = 0
        while root is not None:
            found = prepared_again(root, sample)
            if found is None:
                break
            known = known_conversation(self._replies, found)
            if not known.turns:
                return Question(found, known, Lineage(stanza.origin, stanza.revisions))
            sample += 1
        return None

    def _shown_paths(self, target: Target) -> Mapping[str, tuple[str, ...]]:
        graph, folder = self._project.graph, target.directory or "."
        outputs = {need: graph.targets[need].outputs for need in graph.needs_of[target.id]}
        outputs.update({path: (path,) for path in graph.file_needs.get(target.id, ())})
        return {need: tuple(posixpath.relpath(path, folder) for path in paths) for need, paths in outputs.items()}


def earlier_values(stanza: Stanza, replies: Replies) -> tuple[Mapping[str, Json], ...]:
    """Return the spec values that the records of a stanza's reply keep: what its spec said, if their hashes fit."""
    return tuple(one.spec for one in _roots(stanza, replies))


def _roots(stanza: Stanza, replies: Replies) -> tuple[Record, ...]:
    turns = replies.turns(stanza.reply.key) if stanza.reply else ()
    return tuple(one for one in turns if one.parent is None)


def _info(name: str, target: Target) -> str:
    language = language_of_path(name, target.language)
    return language.name if language else ""


def _never_built(target: Target) -> Diagnostic:
    return Diagnostic(
        "SB845",
        f"{target.id} was never built, so there is nothing to revise",
        target.spec.place("file.name"),
        hint=f"specbuild build {target.id}",
    )


def _text_lost(target: Target, fit: Fit) -> Diagnostic:
    if locked_states(fit.stanza.outputs, target) is None:
        return Diagnostic(
            "SB846",
            f"{target.id} can't be revised: it declares other outputs than it was built with",
            target.spec.place("build.outputs"),
            why="a revision shows the model the text as it is",
            hint=f"have it written anew: specbuild build {target.id}",
        )
    pin = fit.stanza.reply
    assert pin is not None
    name = f"cache/replies/{pin.key[:2]}/{pin.key}.{pin.attempts}.{pin.sha256[:16]}.json"
    return Diagnostic(
        "SB846",
        f"{target.id} can't be revised: the text that is locked is not at hand",
        Place(name),
        why="a revision shows the model the text as it is",
        hint=f"bring the record back from the history; or have it written anew: specbuild regenerate {target.id}",
    )
