"""The languages that specbuild knows: their names, the ends of their files, their comments, what must stand first.

A language is a row. Rows may be added to a released edition; nothing in a released row changes, for it decides the
names and bytes of outputs. In goes what a person wrote or a path; out comes the row, or None for the caller to explain.
"""

from functools import cache
from typing import Literal, NamedTuple

Opener = Literal[
    "none", "shebang", "coding", "rust", "php", "xml", "html", "css", "front-matter", "yaml", "dockerfile", "swift",
    "sed", "zsh", "lisp", "haskell", "erlang", "gherkin",
]  # fmt: skip


class Language(NamedTuple):
    """One language.

    `name` is lower case; `extension` has no dot and is that of a target's default output. `aliases` are further names
    and extensions, lower case; `file_names` whole names of files, lower case. `comment` is what stands before and after
    the text of a one-line comment, None if the language has no comments. `opener` names the rule for lines that must
    stay first (`header.OPENERS`).
    """

    name: str
    extension: str
    aliases: tuple[str, ...] = ()
    comment: tuple[str, str] | None = None
    opener: Opener = "none"
    file_names: tuple[str, ...] = ()


def language_of(name: str) -> Language | None:
    """Return the language that a person calls `name` (name, alias, extension, in any case), None if unknown."""
    return _by_name().get(name.strip().casefold().removeprefix("."))


def language_of_path(path: str, spoken: Language | None = None) -> Language | None:
    """Return the language of a file by its whole name or its last extension, in any case; None if neither is known.

    `spoken` is the language of the spec: where languages share an extension (`pl`, `m`, `v`) the file is in that one.
    """
    name = path.rsplit("/", 1)[-1].casefold()
    for language in LANGUAGES:
        if name in language.file_names:
            return language
    stem, _, extension = name.rpartition(".")
    if not stem:
        return None
    return spoken if spoken is not None and spoken.extension == extension else language_of(extension)


_HASH = ("# ", "")
_SLASHES = ("// ", "")
_DASHES = ("-- ", "")
_SEMICOLONS = (";; ", "")
_PERCENT = ("% ", "")
_MARKUP = ("<!-- ", " -->")
_STARS = ("/* ", " */")
_PARENS = ("(* ", " *)")

LANGUAGES: tuple[Language, ...] = (
    Language("python", "py", ("python3", "py3", "cpython", "pyw", "pyi"), _HASH, "coding"),
    Language("javascript", "js", ("node", "nodejs", "node.js", "ecmascript", "es6", "mjs", "cjs"), _SLASHES, "shebang"),
    Language("typescript", "ts", ("mts", "cts", "deno"), _SLASHES, "shebang"),
    Language("jsx", "jsx", ("react",), _SLASHES, "shebang"),
    Language("tsx", "tsx", (), _SLASHES, "shebang"),
    Language("java", "java", (), _SLASHES),
    Language("c", "c", ("ansi c", "c99", "c11", "c17", "c23", "h"), _SLASHES),
    Language("c++", "cpp", ("cplusplus", "cxx", "cc", "hpp", "hh", "hxx"), _SLASHES),
    Language("c#", "cs", ("csharp", "c-sharp", "c sharp", "dotnet"), _SLASHES),
    # A blank line keeps the header out of the package's documentation, which is the comment right above `package`.
    Language("go", "go", ("golang",), ("// ", "\n")),
    Language("rust", "rs", (), _SLASHES, "rust"),
    Language("shell", "sh", ("bash", "posix shell", "bourne shell", "shell script", "dash", "ksh"), _HASH, "shebang"),
    Language("zsh", "zsh", (), _HASH, "zsh"),
    Language("fish", "fish", (), _HASH, "shebang"),
    Language("powershell", "ps1", ("pwsh", "psm1"), _HASH, "shebang"),
    Language("batch", "bat", ("cmd", "batchfile", "dos batch"), ("@rem ", "")),
    Language("php", "php", (), _SLASHES, "php"),
    Language("ruby", "rb", (), _HASH, "coding", ("gemfile", "rakefile")),
    Language("swift", "swift", (), _SLASHES, "swift"),
    Language("kotlin", "kt", ("kts",), _SLASHES, "shebang"),
    Language("scala", "scala", ("sc",), _SLASHES, "shebang"),
    Language("groovy", "groovy", ("gradle",), _SLASHES, "shebang", ("jenkinsfile",)),
    Language("dart", "dart", ("flutter",), _SLASHES, "shebang"),
    Language("objective-c", "m", ("objc", "objective c", "objectivec"), _SLASHES),
    Language("perl", "pl", ("perl5", "pm"), _HASH, "shebang"),
    Language("raku", "raku", ("perl6", "perl 6"), _HASH, "shebang"),
    Language("lua", "lua", ("luajit",), _DASHES, "shebang"),
    Language("r", "r", ("rlang", "rscript"), _HASH, "shebang"),
    Language("julia", "jl", (), _HASH, "shebang"),
    Language("matlab", "m", (), _PERCENT),
    Language("octave", "m", ("gnu octave",), _PERCENT, "shebang"),
    Language("haskell", "hs", (), _DASHES, "haskell"),
    Language("elm", "elm", (), _DASHES),
    Language("purescript", "purs", (), _DASHES),
    Language("ocaml", "ml", ("mli",), _PARENS),
    Language("standard ml", "sml", ("sml/nj",), _PARENS),
    Language("f#", "fs", ("fsharp", "f-sharp", "fsx"), _SLASHES, "shebang"),
    Language("elixir", "ex", ("exs",), _HASH, "shebang"),
    Language("erlang", "erl", ("escript", "hrl"), _PERCENT, "erlang"),
    Language("gleam", "gleam", (), _SLASHES),
    Language("clojure", "clj", ("clojurescript", "cljs", "cljc", "babashka"), _SEMICOLONS, "shebang"),
    Language("common lisp", "lisp", ("common-lisp", "cl", "sbcl"), _SEMICOLONS, "lisp"),
    Language("emacs lisp", "el", ("elisp", "emacs-lisp"), _SEMICOLONS, "lisp"),
    Language("scheme", "scm", ("guile", "chicken"), _SEMICOLONS, "shebang"),
    Language("racket", "rkt", (), _SEMICOLONS, "shebang"),
    Language("prolog", "pl", ("swi-prolog", "swipl"), _PERCENT, "shebang"),
    Language("zig", "zig", (), _SLASHES),
    Language("nim", "nim", (), _HASH, "shebang"),
    Language("crystal", "cr", (), _HASH, "shebang"),
    Language("d", "d", ("dlang",), _SLASHES, "shebang"),
    Language("v", "v", ("vlang",), _SLASHES, "shebang"),
    Language("ada", "adb", ("ads",), _DASHES),
    Language("pascal", "pas", ("delphi", "object pascal", "free pascal"), _SLASHES),
    Language("fortran", "f90", ("f95", "f03", "f08", "fortran 90"), ("! ", "")),
    Language("cobol", "cob", ("cbl",), ("      *> ", "")),  # column 7: a comment in fixed and in free form
    Language("visual basic", "vb", ("vb.net", "visualbasic", "basic"), ("' ", "")),
    Language("assembly", "s", ("assembler", "gas"), _HASH),
    Language("nasm", "asm", ("masm", "yasm"), ("; ", "")),
    Language("tcl", "tcl", (), _HASH, "shebang"),
    Language("awk", "awk", ("gawk",), _HASH, "shebang"),
    Language("sed", "sed", (), _HASH, "sed"),
    Language("solidity", "sol", (), _SLASHES),
    Language("vhdl", "vhd", (), _DASHES),
    Language("verilog", "v", (), _SLASHES),
    Language("systemverilog", "sv", (), _SLASHES),
    Language("cuda", "cu", (), _SLASHES),
    Language("glsl", "glsl", (), _SLASHES),
    Language("wgsl", "wgsl", (), _SLASHES),
    Language("sql", "sql", ("postgresql", "postgres", "mysql", "sqlite", "plsql", "t-sql"), _DASHES),
    Language("graphql", "graphql", ("gql",), _HASH),
    Language("protobuf", "proto", ("protocol buffers", "proto3"), _SLASHES),
    Language("html", "html", ("htm", "html5"), _MARKUP, "html"),
    Language("css", "css", ("css3",), _STARS, "css"),
    Language("scss", "scss", ("sass",), _SLASHES),
    Language("less", "less", (), _SLASHES),
    Language("vue", "vue", (), _MARKUP),
    Language("svelte", "svelte", (), _MARKUP),
    Language("xml", "xml", ("xsd", "xsl", "xslt"), _MARKUP, "xml"),
    Language("svg", "svg", (), _MARKUP, "xml"),
    Language("markdown", "md", ("commonmark", "gfm"), _MARKUP, "front-matter"),
    Language("restructuredtext", "rst", ("rest",), (".. ", "\n")),  # explicit markup ends with a blank line
    Language("asciidoc", "adoc", (), _SLASHES),
    Language("latex", "tex", ("xelatex", "lualatex"), _PERCENT),
    Language("typst", "typ", (), _SLASHES),
    Language("json", "json"),
    Language("jsonc", "jsonc", ("json5",), _SLASHES),
    Language("csv", "csv"),
    Language("text", "txt", ("plain text", "plaintext", "plain")),
    Language("toml", "toml", (), _HASH),
    Language("yaml", "yaml", ("yml",), _HASH, "yaml"),
    Language("ini", "ini", (), ("; ", "")),
    Language(
        "dockerfile", "dockerfile", ("docker", "containerfile"), _HASH, "dockerfile", ("dockerfile", "containerfile")
    ),
    Language("makefile", "mk", ("make", "gnu make"), _HASH, "shebang", ("makefile", "gnumakefile")),
    Language("cmake", "cmake", (), _HASH, "none", ("cmakelists.txt",)),
    Language("just", "just", ("justfile",), _HASH, "shebang", ("justfile",)),
    Language("terraform", "tf", ("hcl", "opentofu"), _HASH),
    Language("nix", "nix", (), _HASH, "shebang"),
    Language("starlark", "bzl", ("bazel",), _HASH, "none", ("build.bazel",)),
    Language("vim script", "vim", ("vimscript", "viml"), ('" ', "")),
    Language("gherkin", "feature", ("cucumber",), _HASH, "gherkin"),
)


@cache
def _by_name() -> dict[str, Language]:
    """All ways to name a language. A name wins over an alias, that over an extension, an earlier row over a later."""
    rows: dict[str, Language] = {language.name: language for language in LANGUAGES}
    for language in LANGUAGES:
        for alias in language.aliases:
            rows.setdefault(alias, language)
    for language in LANGUAGES:
        rows.setdefault(language.extension, language)
    return rows
