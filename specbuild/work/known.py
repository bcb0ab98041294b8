"""What one run knows of its targets: interfaces, outputs and texts of needs, digests of files. Each is read once.

The walk tells what became of a target; its dependents' components are made from that. Reads only.
"""

import posixpath
from collections.abc import Mapping

from specbuild.canonical_json import text_digest
from specbuild.components import Components, Surroundings, components_of, runs_something
from specbuild.diagnostic import Diagnostic
from specbuild.disk.replies import Replies
from specbuild.knowledge import Knowledge
from specbuild.stanza import Stanza
from specbuild.target import Target
from specbuild.work.conversation import texts_of_stanza
from specbuild.work.load import Project
from specbuild.work.prompts import Prompts


class Known:
    """What is known so far. Targets are asked for in the order of needs; taking in may happen on other threads."""

    def __init__(self, project: Project, *, replies: Replies, prompts: Prompts) -> None:
        self._project = project
        self.targets: dict[str, Target] = dict(project.graph.targets)
        """All targets; of patterns, with the outputs that they have in this run."""
        self._replies = replies
        self._prompts = prompts
        self._knowledge: dict[str, Knowledge] = {}
        self._stanzas: dict[str, Stanza] = {}
        self._texts: dict[str, Mapping[str, str]] = {}
        self._digests: dict[str, str] = {}

    def take(
        self,
        target_id: str,
        knowledge: Knowledge,
        *,
        stanza: Stanza | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        """Take in what is known of a target; it replaces all that was known of it.

        `stanza` is the one whose texts dependents see, `texts` are those texts (before the shape) if they are at hand.
        """
        self._texts.pop(target_id, None)
        self._stanzas.pop(target_id, None)
        if texts is not None:
            self._texts[target_id] = texts
        if stanza is not None:
            self._stanzas[target_id] = stanza
        self._knowledge[target_id] = knowledge

    def take_target(self, target: Target) -> None:
        """Take in which files a target of patterns has."""
        self.targets[target.id] = target

    def components(self, target: Target, *, model: str | None, service: str, edition: int) -> Components:
        """Return the components of a target whose needs are known."""
        return components_of(
            target,
            Surroundings(
                model=model,
                service=service,
                edition=edition,
                template=self._prompts.template_component(target.template),
                context={path: self._digest(path) for path in target.context},
                verify_files={path: self._digest(path) for path in target.spec.texts("verify.files")},
                needs=self._need_labels(target),
                need_outputs=self.need_outputs(target) if runs_something(target.spec) else {},
            ),
        )

    def need_outputs(self, target: Target) -> dict[str, str | None]:
        """Return the digest of the outputs of each need of `target`, near and far; None if it is not known yet."""
        graph = self._project.graph
        outputs: dict[str, str | None] = {need: self._knowledge[need].outputs for need in graph.needs_of[target.id]}
        outputs.update({path: self._digest(path) for path in graph.file_needs.get(target.id, ())})
        return outputs

    def unknown_needs(self, target: Target) -> list[tuple[str, Knowledge]]:
        """Return the needs of which something is unknown that decides `target`."""
        runs = runs_something(target.spec)
        needs = [(need, self._knowledge[need]) for need in self._project.graph.needs_of[target.id]]
        return [(need, one) for need, one in needs if one.label is None or (runs and one.outputs is None)]

    def need_texts(self, target: Target) -> Mapping[str, Mapping[str, str]] | Diagnostic:
        """Return the texts (before the shape) of each need by declared name; none for a need that declares its
        interface."""
        found: dict[str, Mapping[str, str]] = {}
        for need in self._project.graph.needs_of[target.id]:
            texts = {} if self._declares(need) else self._texts_of(need)
            if texts is None:
                return Diagnostic(
                    "SB509",
                    f"the text of the need {need} can't be had",
                    target.spec.place("build.needs"),
                    hint=f"build {need} first: specbuild build {need}",
                )
            found[need] = texts
        return found

    def stanza(self, target_id: str) -> Stanza | None:
        """Return the stanza whose outputs a target has in this run, None if none is known."""
        return self._stanzas.get(target_id)

    def declared_label(self, target: Target) -> str | None:
        """Return the label of the interface that the spec itself declares, if it does."""
        return self._prompts.label_of({}, target) if self._declares(target.id) else None

    def _declares(self, target_id: str) -> bool:
        return isinstance(self._project.graph.targets[target_id].spec.values.get("interface.text"), str)

    def _texts_of(self, need: str) -> Mapping[str, str] | None:
        texts = self._texts.get(need)
        stanza = self._stanzas.get(need)
        if texts is None and stanza is not None:
            target = self.targets[need]
            texts = texts_of_stanza(stanza, target, replies=self._replies, files=self._project.files)
            if texts is not None:
                self._texts[need] = texts
        return texts

    def _need_labels(self, target: Target) -> dict[str, str | None]:
        graph = self._project.graph
        labels: dict[str, str | None] = {}
        if not graph.needs_of[target.id] and not graph.file_needs.get(target.id):
            return labels
        from specbuild.interface import need_label  # its patterns take a fifth of a start

        for need in graph.needs_of[target.id]:
            label = self._knowledge[need].label
            paths = [_relative(path, target) for path in self.targets[need].outputs]
            labels[need] = need_label(label, paths) if label else None
        for path in graph.file_needs.get(target.id, ()):
            interface = self._prompts.file_interface(path)
            # A file whose interface can't be cut has a label of its own kind: rendering the request tells why.
            label = f"unreadable:{interface.code}" if isinstance(interface, Diagnostic) else interface.label
            labels[path] = need_label(label, [_relative(path, target)])
        return labels

    def _digest(self, path: str) -> str:
        if path not in self._digests:
            text = self._project.files.text(path)
            # An unreadable file has a digest of its own kind; the error itself was told at load time.
            self._digests[path] = text_digest(text)[:16] if isinstance(text, str) else f"unreadable:{text.code}"
        return self._digests[path]


def _relative(path: str, target: Target) -> str:
    return posixpath.relpath(path, target.directory or ".")
