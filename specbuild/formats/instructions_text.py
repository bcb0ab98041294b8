"""The primer for a coding assistant: this project's folders, how its targets stand, which commands there are."""

from specbuild.configuration import ProjectConfiguration
from specbuild.decision import STATES
from specbuild.plan import Plan

MOST_SHOWN = 8


def instructions_text(configuration: ProjectConfiguration, plan: Plan | None, *, errors: int = 0) -> str:
    """Return less than a page of plain text for a model to read. `plan` is None where `errors` stand in its way."""
    specs = "`*.toml` at the root" if configuration.specs == "." else f"`{configuration.specs}/**/*.toml`"
    outputs = "the root, beside other files" if configuration.outputs == "." else f"`{configuration.outputs}/`"
    return f"""\
# This project is built by specbuild: specs are its sources, code is build output

Specs are {specs}; their outputs go to {outputs} unless a spec says otherwise.
To change what generated code does, edit its spec, never the code; nor `specbuild.lock` or `{configuration.cache}/`.

## How it stands

{_state(plan, errors)}
## Commands

- `specbuild status output:PATH` names the spec of a generated file; `specbuild guard PATH` says if a file is generated.
- `specbuild new NAME --description "..."` writes a new spec; `specbuild lint` checks specs alone.
- `specbuild plan [SELECT]` says what is stale, why, and what a build would cost; `specbuild why TARGET` says more.
- `specbuild build [SELECT] --max-calls N` builds. It asks a model and may cost money: ask your user first.
- `specbuild verify TARGET` runs a target's checks; `specbuild check` must exit with 0 before a commit.
- `specbuild explain CODE` explains an error such as SB203; `specbuild COMMAND --help` has the options.

SELECT is an id, a path, a glob, `tag:T`, `status:stale`, `since:HEAD`; `+x` adds what x needs, `x+` what needs x.
A spec has [file] name, language, description and [project] requirements; optional [build] needs = ["other/spec"],
[[example]] args, stdin, stdout (run and compared exactly), [verify] command. `specbuild schema spec` has every field.
"""


def _state(plan: Plan | None, errors: int) -> str:
    if plan is None:
        return f"{errors} error{'' if errors == 1 else 's'} in specs or configuration: `specbuild lint` shows them.\n"
    counts = ", ".join(f"{len(lines)} {state} ({STATES[state]})" for state, lines in plan.by_state())
    stale = [line for line in plan.lines if line.state != "fresh"]
    rows = [f"- {line.state}: {line.id}: {line.reason}\n" for line in stale[:MOST_SHOWN]]
    more = f"- and {len(stale) - MOST_SHOWN} more: `specbuild status status:stale`\n" if len(stale) > MOST_SHOWN else ""
    return f"Targets: {counts or 'none yet'}.\n" + "".join(rows) + more
