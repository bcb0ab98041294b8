"""From a target to its request: template texts, interfaces and context files are read here, `template` renders them.

Reads only. The template engine is imported at the first render: planning a fresh project never does.
"""

import json
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from specbuild.canonical_json import Json, text_digest
from specbuild.components import Components, request_values, shown_examples
from specbuild.configuration_keys import EDITIONS
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.files import ProjectFiles
from specbuild.keys import ReplyKey, reply_key
from specbuild.languages import language_of_path
from specbuild.output_patterns import patterns_of
from specbuild.prompt import PromptFields, ShownExample, ShownFile, included, marker_in, request_of
from specbuild.record import Record
from specbuild.request import Request
from specbuild.review import files_part
from specbuild.revision import Revision, changes_text, revision_part, with_part
from specbuild.target import Target
from specbuild.trajectory import start_text

if TYPE_CHECKING:
    # What cuts interfaces has patterns that take a fifth of a start: imported where one is cut.
    from specbuild.interface import Interface
    from specbuild.python_interface import InterfaceFault

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


class Prepared(NamedTuple):
    """A rendered request with its key, the marker that its reply uses, and the spec values that its record will
    keep."""

    request: Request
    key: ReplyKey
    marker: str
    spec_values: Mapping[str, Json]


def prepared_again(root: Record, sample: int) -> Prepared | None:
    """Return the request of a conversation's first turn, from its record alone, as `sample` of it; None if the record
    is no such turn."""
    marker = marker_of_record(root)
    if marker is None or root.body is None:
        return None
    request = Request(root.body, root.service, sample)
    return Prepared(request, reply_key(request), marker, root.spec)


def marker_of_record(root: Record) -> str | None:
    """Return the marker that a conversation's first request asked for, from its record alone; None if it asked for
    none."""
    messages = root.body.get("messages") if root.body else ()
    return marker_in([one for one in messages if isinstance(one, Mapping)]) if isinstance(messages, Sequence) else None


class Prompts:
    """Renders the requests of one run; texts of templates and interfaces are read once."""

    def __init__(self, files: ProjectFiles, *, templates: Path = TEMPLATES, wording: str = "") -> None:
        """`wording` is the folder of templates, an edition each, whose texts stand in for the edition's own ones."""
        self._files = files
        self._wording = wording
        self._templates = templates
        self._edition_texts: dict[int, Mapping[str, str]] = {}
        self._project_templates: dict[str, Mapping[str, str] | Diagnostic] = {}
        self._interfaces: dict[str, Interface | Diagnostic] = {}

    def template_component(self, template: str) -> str | Mapping[str, str]:
        """Return how a template stands in a stanza: "default", or a map of its files, includes too, to their hashes."""
        if template == "default":
            return "default"
        texts = self._project_template(template)
        if isinstance(texts, Diagnostic):
            return {template: f"unreadable:{texts.code}"}
        return {path: text_digest(text)[:16] for path, text in texts.items()}

    def file_interface(self, path: str) -> "Interface | Diagnostic":
        """Return the interface of a project file that a spec needs."""
        if path not in self._interfaces:
            text = self._files.text(path)
            self._interfaces[path] = text if isinstance(text, Diagnostic) else self._interface(path, text)
        return self._interfaces[path]

    def interface(self, texts: Mapping[str, str], target: Target) -> "Interface":
        """Return the interface of a target whose texts before the shape are `texts`. Raises DiagnosticError."""
        from specbuild.interface import Interface, interface_of

        declared = target.spec.values.get("interface.text")
        found = interface_of(
            texts,
            language=target.language.name if target.language else "",
            declared=declared if isinstance(declared, str) else None,
        )
        if not isinstance(found, Interface):
            raise DiagnosticError(_no_interface(target.id, found), exit_code=1)
        return found

    def label_of(self, texts: Mapping[str, str], target: Target) -> str:
        """Return the label of that interface."""
        return self.interface(texts, target).label

    def prepare(
        self,
        target: Target,
        components: Components,
        *,
        need_texts: Mapping[str, Mapping[str, str]],
        targets: Mapping[str, Target],
        file_needs: Sequence[str],
        sample: int,
        revision: Revision | None = None,
        reviewed: Mapping[str, str] | None = None,
    ) -> Prepared | Diagnostic:
        """Return the rendered request of `target`, or why there is none: to write it anew, a `revision` of it, or a
        review of what was written (`reviewed`: declared name → text).

        `need_texts` has the texts (before the shape) of each need; a need whose spec declares its interface may have
        none.
        """
        from specbuild.template import render  # the template engine: only where something is stale

        model = components.inputs["model"]
        if not isinstance(model, str):
            return _no_model(target)
        edition = components.inputs["edition"]
        edition = edition if isinstance(edition, int) else target.edition
        if edition not in EDITIONS:
            return _unknown_edition(target, edition)
        sources = dict(self._edition(edition))
        if target.template != "default":
            texts = self._project_template(target.template)
            if isinstance(texts, Diagnostic):
                return texts
            sources.update(texts)
        try:
            fields = self._fields(target, need_texts, targets, file_needs)
            if reviewed is not None:
                sources.update(self._texts("review", edition))
            elif target.mode == "agent":
                sources.update(self._texts("agent", edition))
            rendered = render(sources, name=target.template, fields=fields)
            if isinstance(rendered, Diagnostic):
                return rendered
            if reviewed is not None:
                wording = (self._templates / "review" / str(edition) / "files.txt").read_text(encoding="utf-8")
                rendered = with_part(rendered, files_part(wording, reviewed))
            elif revision is not None and target.mode == "single":
                rendered = with_part(rendered, revision_part(self._revise_wording(edition), revision))
            service = components.inputs["service"]
            request = request_of(
                rendered, model=model, service=str(service), parameters=target.parameters, sample=sample
            )
            if target.mode == "agent" and reviewed is None:
                request = replace(request, body=self._agent_body(request.body, edition, revision))
        except DiagnosticError as error:
            return error.diagnostics[0]
        return Prepared(request, reply_key(request), rendered.marker, request_values(target.spec))

    def _fields(
        self,
        target: Target,
        need_texts: Mapping[str, Mapping[str, str]],
        targets: Mapping[str, Target],
        file_needs: Sequence[str],
    ) -> PromptFields:
        spec = target.spec
        shown: list[ShownFile] = []
        for need, texts in need_texts.items():
            interface = self.interface(texts, targets[need])
            shown += _shown(interface, dict(zip(targets[need].names, targets[need].outputs, strict=True)), target)
        for path in file_needs:
            found = self.file_interface(path)
            if isinstance(found, Diagnostic):
                raise DiagnosticError(found)
            shown += _shown(found, {posixpath.basename(path): path}, target)
        context = []
        for path in target.context:
            text = self._files.text(path)
            if isinstance(text, Diagnostic):
                raise DiagnosticError(text)
            context.append(ShownFile(path, text, _info(path)))
        dependencies = spec.texts("build.dependencies") if "build.dependencies" in spec.values else None
        return PromptFields(
            name=spec.text("file.name"),
            language=spec.text("file.language"),
            description=spec.text("file.description"),
            requirements=spec.text("project.requirements"),
            outputs=patterns_of(target) or target.names,
            specs=spec.text("project.specs") or None,
            hints=spec.text("project.hints") or None,
            dependencies=dependencies,
            interface=spec.text("interface.text") or None,
            # By path, not in the order or under the ids of the spec: renaming a need changes no request.
            needs=tuple(sorted(shown, key=lambda one: one.path)),
            context=tuple(context),
            examples=tuple(_example(one) for one in shown_examples(spec)),
        )

    def _edition(self, edition: int) -> Mapping[str, str]:
        if edition not in self._edition_texts:
            folders = [self._templates / str(edition)]
            folders += [self._templates / self._wording / str(edition)] if self._wording else []
            self._edition_texts[edition] = {
                f"specbuild:{part.stem}": part.read_text(encoding="utf-8")
                for folder in folders
                for part in sorted(folder.glob("*.jinja"))
            }
        return self._edition_texts[edition]

    def _revise_wording(self, edition: int) -> str:
        return (self._templates / "revise" / f"{edition}.txt").read_text(encoding="utf-8")

    def _texts(self, kind: str, edition: int) -> Mapping[str, str]:
        """Return the texts that stand in for the edition's own ones where an agent writes, or somebody reviews."""
        folder = self._templates / kind / str(edition)
        return {f"specbuild:{part}": (folder / f"{part}.jinja").read_text("utf-8") for part in ("system", "answer")}

    def _agent_body(self, body: Mapping[str, Json], edition: int, revision: Revision | None) -> dict[str, Json]:
        """Return the body of an agent's first request: with the tools, and the files that it begins with."""
        changes = None if revision is None else changes_text(revision)
        files = {one.path: one.text for one in revision.files} if revision is not None else {}
        tools = json.loads((self._templates / "agent" / str(edition) / "tools.json").read_text("utf-8"))
        messages = body["messages"]
        assert isinstance(messages, Sequence) and isinstance(messages[-1], Mapping)
        last = {**messages[-1], "content": f"{messages[-1]['content']}{start_text(files, changes)}"}
        return {**body, "messages": [*messages[:-1], last], "tools": tools}

    def _project_template(self, template: str) -> Mapping[str, str] | Diagnostic:
        if template not in self._project_templates:
            self._project_templates[template] = self._read_template(template)
        return self._project_templates[template]

    def _read_template(self, template: str) -> Mapping[str, str] | Diagnostic:
        texts: dict[str, str] = {}
        waiting = [template]
        while waiting:
            path = waiting.pop()
            if path in texts or path.startswith("specbuild:"):
                continue
            text = self._files.text(path)
            if isinstance(text, Diagnostic):
                return text
            texts[path] = text
            waiting += included(text)
        return texts

    def _interface(self, path: str, text: str) -> "Interface | Diagnostic":
        from specbuild.interface import Interface, interface_of

        language = language_of_path(path)
        found = interface_of(
            {posixpath.basename(path): text}, language=language.name if language else "", declared=None
        )
        return found if isinstance(found, Interface) else _no_interface(path, found)


def _shown(interface: "Interface", paths: Mapping[str, str], target: Target) -> list[ShownFile]:
    first = next(iter(paths.values()))
    return [
        ShownFile(
            posixpath.relpath(paths.get(name, first), target.directory or "."), text, _info(paths.get(name, first))
        )
        for name, text in interface.texts.items()
    ]


def _info(path: str) -> str:
    language = language_of_path(path)
    return language.name if language else ""


def _example(one: Mapping[str, Json]) -> ShownExample:
    values = {
        key: tuple(value) if key == "args" and isinstance(value, list | tuple) else value for key, value in one.items()
    }
    values.pop("timeout_s", None)
    return ShownExample(**values)  # type: ignore[arg-type]  # validate.py has checked names and types


def _no_interface(of: str, fault: "InterfaceFault") -> Diagnostic:
    return Diagnostic(
        "SB508",
        f"the interface of {of} can't be cut out: {fault.name or of}:{fault.line}:{fault.column} is not read as Python",
        why="its interface is what dependents' prompts show",
        hint='mend it, or declare the interface: text = "…" under [interface]',
    )


def _no_model(target: Target) -> Diagnostic:
    return Diagnostic(
        "SB510",
        f"no model is named for {target.id}",
        target.spec.place("build.model"),
        why="there is no default model: which one answers decides what is built and what it costs",
        hint="one of: build --model NAME; model = \"NAME\" in specbuild.toml or under [tool.specbuild]; "
        "export OPENAI_API_MODEL=NAME",
    )  # fmt: skip


def _unknown_edition(target: Target, edition: int) -> Diagnostic:
    return Diagnostic(
        "SB511",
        f"{target.id} was built under edition {edition}, which this release of specbuild does not have",
        Place("specbuild.lock"),
        f"it has edition {', '.join(map(str, EDITIONS))}",
        "install the release that built it, or a newer one",
    )
