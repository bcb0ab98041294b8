import re

import pytest

from specbuild.hooks import REWRITERS, Guarded, exclusion, rewriting_hooks

HEAD = "repos:\n  - repo: https://example.org/hooks\n    rev: v1.0\n    hooks:\n"
BUILT = Guarded("build/a.py")
LAID_OUT = Guarded("build/a.py", "ruff")
RECORD = Guarded("cache/replies/00/x.json", "specbuild")


def found(text: str, *files: Guarded) -> list[tuple[str, int]]:
    return [(one.id, one.line) for one in rewriting_hooks(text, files or (BUILT,))]


def test_hooks_that_rewrite_are_found_with_their_lines() -> None:
    ids = ("- id: ruff-format", "- id: check-toml", "# - id: black", "- id: end-of-file-fixer")
    text = HEAD + "".join(f"      {one}\n" for one in ids)
    assert found(text) == [("ruff-format", 5), ("end-of-file-fixer", 8)]
    assert found(text.replace("\n", "\r\n")) == [("ruff-format", 5), ("end-of-file-fixer", 8)]
    assert found("") == found("repos: []\n") == found("no: [yaml\n\t: :") == []


@pytest.mark.parametrize(
    "text",
    [
        "exclude: ^build/\n" + HEAD + "      - id: black\n",
        HEAD + "      - id: black\n        exclude: ^build/\n",
        HEAD + "      - exclude: '^build/'   # ours\n        id: black\n",
        HEAD + '      - id: black\n        exclude: "^build\\\\/"\n',
        HEAD + "      - id: black\n        exclude: |\n          (?x)^(\n            docs/|build/\n          )",
        HEAD + "      - id: black\n        files: ^src/\n",
        "files: ^src/\n" + HEAD + "      - id: black\n",
        HEAD + "      - id: prettier\n",
        HEAD + "      - id: ruff\n",
        HEAD + "      - id: pretty-format-json\n        args: [--autofix]\n",
        HEAD + "      - id: unheard-of\n",
    ],
)
def test_a_hook_that_does_not_see_the_outputs_or_rewrites_nothing_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "exclude: ^docs/build/\n" + HEAD + "      - id: black\n",
        "exclude: '('\n" + HEAD + "      - id: black\n",
        HEAD + "      - id: other\n        exclude: ^build/\n      - id: black\n",
        HEAD + "      - id: ruff\n        args: [--fix, --exit-non-zero-on-fix]\n",
        HEAD + "      - id: ruff\n        args:\n          - --fix\n",
        HEAD + "    - id: isort\n      files: \\.py$\n",
    ],
)
def test_a_hook_that_sees_them_is_one(text: str) -> None:
    assert len(found(text)) == 1


def test_what_a_formatter_laid_out_stands_the_same_formatter_and_hooks_that_trim() -> None:
    text = HEAD + "".join(f"      - id: {one}\n" for one in ("ruff-format", "black", "end-of-file-fixer", "codespell"))
    assert [one for one, _ in found(text + "        args: [-w]\n", LAID_OUT)] == ["black", "codespell"]
    assert [one for one, _ in found(text, BUILT)] == ["ruff-format", "black", "end-of-file-fixer"], "the control"


def test_records_stand_what_trims_and_nothing_that_rewrites_json() -> None:
    text = HEAD + "      - id: trailing-whitespace\n      - id: prettier\n"
    assert found(text, RECORD) == [("prettier", 6)]


def test_the_line_to_add_keeps_the_hooks_off() -> None:
    hook = HEAD + "      - id: black\n"
    paths = ["build/a.py", "build/it's.py", "tools/b.py"]
    told = exclusion(hook, paths, folders=["build"])
    assert told == "add the line `exclude: '^(build/|tools/b\\.py$)'` to .pre-commit-config.yaml, before `repos:`"
    assert exclusion(hook, ["build/a.py"], folders=["build"]).startswith("add the line `exclude: '^build/'`")
    for before in ("", "exclude: ^docs/\n", "exclude: 'it''s'\n"):
        told = exclusion(before + hook, paths, folders=["build"])
        line = re.findall(r"`(exclude: .*?)`", told)[-1]
        assert found(f"{line}\n{hook}", *map(Guarded, paths)) == [], told
        assert found(before + hook, *map(Guarded, paths)) != [], "the control"
    verbose = "exclude: |\n  (?x)^(\n  docs/\n  )\n" + hook
    assert exclusion(verbose, paths, folders=["build"]).startswith("add `|^(build/")
    assert exclusion(hook, ["a.py"], folders=["."]).startswith("add the line `exclude: '^a\\.py$'`")


def test_every_rewriter_rewrites_something() -> None:
    for name, row in REWRITERS.items():
        names = [f"build/a{suffix}" for suffix in row.suffixes or (".txt",)]
        text = HEAD + f"      - id: {name}\n        args: [{row.only_with}]\n"
        assert rewriting_hooks(text, [Guarded(one) for one in names])[0].paths == tuple(names)


def test_keys_of_the_whole_configuration_are_those_without_blanks() -> None:
    hook = HEAD + "      - id: black\n"
    assert found("exclude: build  # ours\n" + hook) == [] and found("exclude: it # build\n" + hook) != []
    assert found(hook + "exclude: >-\n  ^build/\n") == [], "behind the hooks too"
    assert found(hook + "        files: |\n          ^src/\n        exclude: ''\n") == []
    assert found(HEAD.replace("    rev", "    exclude: ^build/\n    rev") + "      - id: black\n") == [("black", 6)]
    assert len(found(HEAD + "      - id: black\n" * 2)) == 2


def test_paths_are_those_of_the_hook_in_the_order_of_the_files() -> None:
    files = [Guarded("b.py"), Guarded("a.json"), Guarded("a.py"), Guarded("build/c.py", "black")]
    [black, json] = rewriting_hooks(HEAD + "      - id: black\n      - id: biome-check\n", files)
    assert black == ("black", 5, ("b.py", "a.py")) and json == ("biome-check", 6, ("a.json",))


def test_the_words_of_each_exclusion() -> None:
    hook = HEAD + "      - id: black\n"
    where = ".pre-commit-config.yaml"
    assert exclusion("exclude: 'a''b'\n" + hook, ["x's.py", "x's.py"], folders=[]) == (
        f"change the line `exclude:` of {where} to `exclude: 'a''b|^x''s\\.py$'`"
    )
    assert exclusion("exclude: |\n  a|\n  b\n" + hook, ["x's", "b/y", "a-b/z"], folders=["b", "a-b"]) == (
        f"add `|^(a\\-b/|b/|x's$)` to the pattern of `exclude:` in {where}"
    )
    assert exclusion(hook, ["builder/a"], folders=["build"]) == (
        f"add the line `exclude: '^builder/a$'` to {where}, before `repos:`"
    )
    assert exclusion("exclude: a\x1b\n" + hook, ["x"], folders=[]).endswith("`exclude: 'a\\x1b|^x$'`")
