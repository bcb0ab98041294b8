"""Judge a compiler of requirement files: `python check_compiler.py COMPILER.py`. The exit status is 0 if all is well.

It runs the program on small requirement files, against an endpoint of its own that answers only requests whose whole
body it knows by its hash, and anything else with 404. What is compared: the requests, the saved files, both streams
and the exit status. Every expected text is written out here; nothing is made by a rule that the program could share.

The package that the program imports takes a second or more to load. So most cases run in forks of a process that has
loaded it; each is still a process of its own, with its own folder, environment, arguments and streams.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

KEY = "sk-check-5501"
SYSTEM = (
    "You are a compiler from descriptions to source code. The user describes one program; you write it as one source"
    " file.\nDo all that the description says and nothing else. The file is complete and works as it stands.\nAnswer"
    " with that file in one fenced Markdown code block and with nothing before or behind it. Fence it with four"
    " backticks, or with more if a line of the file begins with four or more."
)
FORKS = """
import gc, json, os, runpy, sys, traceback
import openai
openai.OpenAI(api_key="k", base_url="http://127.0.0.1:9").chat.completions
gc.freeze()
for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environment"])
        for stream, path in enumerate((os.devnull, order["stdout"], order["stderr"])):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), stream)
        sys.argv[:] = order["argv"]
        sys.path[0] = os.path.dirname(sys.argv[0])
        code = 0
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
        except BaseException:
            code = 1
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # to take all that was loaded apart costs more than the run
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""A process with the package loaded: one order a line in, one exit status a line out."""


@dataclass(frozen=True)
class Sent:
    """One answer of the endpoint: a status, a type and a body."""

    body: str
    status: int = 200
    kind: str = "application/json"


@dataclass(frozen=True)
class Case:
    """One run: what is given, and what must come of it. `name` is the model's name too, so a request tells its case.

    `user` is the user message that must be sent, None if none may be; `saved` are all files that must lie there
    afterwards, beside the given ones.
    """

    name: str
    files: Mapping[str, bytes]
    stdout: str = ""
    stderr: str = ""
    code: int = 0
    user: str | None = None
    sent: Sent = Sent("")
    saved: Mapping[str, bytes] = field(default_factory=dict)
    arguments: tuple[str, ...] = ("a.toml",)
    environment: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    folder: str | None = None
    fresh: bool = False
    """A new interpreter runs it, not a fork."""

    @property
    def body(self) -> Mapping[str, Any]:
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": self.user}]
        return {"model": self.name, "messages": messages, "temperature": 0}


def digest_of(body: object) -> str:
    """Return the SHA-256 of the canonical form of a body: sorted keys, no blanks, UTF-8. 0 is not 0.0."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def answer(content: object, finish: str | None = "stop") -> Sent:
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    whole = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return Sent(json.dumps(whole))


PLAIN = b'[file]\nname = "a"\nlanguage = "python"\ndescription = "One"\n[project]\nrequirements = "Two"\n'
PLAIN_USER = "Write the file a.py in python.\n\n# What it is\n\nOne\n\n# Requirements\n\nTwo"

FULL = '''\
title = "more than the compiler knows"

[file]
author = ["nobody"]
description = """
  Counts {name} in texts.

Also <specs> and
tabs\\t.  """
name = "word-count_2.x"
language = " JavaScript "

[project]
hints = """

    Indented, after an empty line: the blanks in front go too.
# What it is
<requirements> {requirements} {0} %s \\\\1 $hints
"""
specs = "{hints}\\n\\n<hints> Größe 日本 \\U0001F600 \\u2028 end"
requirements = """\\
  Lines end

  here.{specs}
"""
budget = { hours = 3 }

[build]
dependencies = []

[[example]]
args = ["x"]

[verify]
command = ["false"]
'''
FULL_USER = (
    "Write the file word-count_2.x.js in JavaScript.\n\n# What it is\n\nCounts {name} in texts.\n\nAlso <specs> and\n"
    "tabs\t.\n\n# Requirements\n\nLines end\n\n  here.{specs}\n\n# Specifications\n\n{hints}\n\n<hints> Größe 日本 "
    "\U0001f600 \u2028 end\n\n# Hints\n\nIndented, after an empty line: the blanks in front go too.\n# What it is\n"
    "<requirements> {requirements} {0} %s \\1 $hints"
)


def saving(name: str, content: str, code: str, **more: Any) -> Case:
    """A case in which an answer becomes the file a.py."""
    return Case(
        name,
        {"a.toml": PLAIN},
        stdout="Code saved to a.py\n",
        user=PLAIN_USER,
        sent=answer(content),
        saved={"a.py": code.encode()},
        **more,
    )


def failing(name: str, sent: Sent, message: str) -> Case:
    """A case in which the service gives nothing that can be used; an old file stays."""
    return Case(
        name,
        {"a.toml": PLAIN, "a.py": b"old\r\n"},
        stderr=f"compiler: {message}\n",
        code=1,
        user=PLAIN_USER,
        sent=sent,
        fresh=name == "status 500",
    )


def refused(name: str, text: bytes, message: str, **more: Any) -> Case:
    """A case that ends before a request is sent."""
    return Case(name, {"a.toml": text}, stderr=f"compiler: {message}\n", code=2, **more)


def fields(**changes: str | None) -> bytes:
    """A requirement file with other values (as TOML), or without a field (None)."""
    values: dict[str, str | None] = {
        "name": '"a"',
        "language": '"python"',
        "description": '"One"',
        "extension": None,
        "requirements": '"Two"',
        "specs": None,
        "hints": None,
        **changes,
    }
    lines = {key: f"{key} = {value}\n" for key, value in values.items() if value is not None}
    file, project = ("name", "language", "description", "extension"), ("requirements", "specs", "hints")
    table = "".join(lines.get(key, "") for key in file)
    return f"[file]\n{table}[project]\n{''.join(lines.get(key, '') for key in project)}".encode()


def cases() -> Iterator[Case]:
    """Yield every case."""
    # Requests.
    yield Case(
        "full",
        {"some file.toml": FULL.encode()},
        arguments=("some file.toml",),
        stdout="Code saved to word-count_2.x.js\n",
        user=FULL_USER,
        sent=answer("````js\nlet größe = '日本 \U0001f600';\n````\n"),
        saved={"word-count_2.x.js": "let größe = '日本 \U0001f600';\n".encode()},
        environment={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        fresh=True,
    )
    yield Case(
        "windows",
        {"in/a.toml": fields(language='"ABAP"', extension='" abap "', specs='"""\nS1\nS2\n"""', hints='" \\n"').replace(
            b"\n", b"\r\n"
        )},
        arguments=("in/a.toml",),
        stdout="Code saved to a.abap\n",
        user="Write the file a.abap in ABAP.\n\n# What it is\n\nOne\n\n# Requirements\n\nTwo\n\n"
        "# Specifications\n\nS1\nS2",
        sent=answer("WRITE 1."),
        saved={"a.abap": b"WRITE 1.\n"},
    )  # fmt: skip
    for language, extension in (("C++", "cpp"), ("shell", "sh"), ("Bash", "sh"), ("c#", "cs"), ("HTML", "html")):
        yield Case(
            f"language {language}",
            {"a.toml": fields(language=f'"{language}"', hints='"Short."', extension='""')},
            stdout=f"Code saved to a.{extension}\n",
            user=f"Write the file a.{extension} in {language}.\n\n# What it is\n\nOne\n\n# Requirements\n\nTwo\n\n"
            "# Hints\n\nShort.",
            sent=answer("```\nx\n```"),
            saved={f"a.{extension}": b"x\n"},
        )
    # Answers.
    yield saving("one fence", "```python\nprint(1)\n```", "print(1)\n")
    yield saving("words behind it", "\n \t\n```python\nprint(1)\n```\nIt prints:\n```\n1\n```\n", "print(1)\n")
    yield saving(
        "fences in a fence",
        '````python\nTEXT = """\n```\ncode\n```\n~~~~\n````` x\n ````\n````python\n"""\n`````\t \nBye.\n',
        'TEXT = """\n```\ncode\n```\n~~~~\n````` x\n ````\n````python\n"""\n',
    )
    yield saving("tildes", "~~~ `py`\nno\n~~~\n", "~~~ `py`\nno\n~~~\n")
    yield saving("tildes that open", "~~~py ~\nyes\n```\n~~\n~~~~\nno", "yes\n```\n~~\n")
    yield saving(
        "no fence", "\r\n  # first\r\nx = 1  \r\n\r\n```\r\ny\r\n```\r\n\t\r\n", "  # first\nx = 1  \n\n```\ny\n```\n"
    )
    yield saving("inline code", "```print(1)```\n", "```print(1)```\n")
    yield saving("two backticks", "``\nx\n``", "``\nx\n``\n")
    yield saving("an indented fence", " ```\nx\n ```", " ```\nx\n ```\n")
    yield saving("not closed", "```python\n\n\nprint(1)\n  print(2)\n\n", "print(1)\n  print(2)\n")
    yield saving("other line ends", "```\na\x0cb\u2028c\x85d\rprint(1)\n\n```\r\n", "a\x0cb\u2028c\x85d\rprint(1)\n")
    yield Case(
        "replaced",
        {"a.toml": PLAIN, "a.py": b"much longer than what comes after it\n"},
        stdout="Code saved to a.py\n",
        user=PLAIN_USER,
        sent=answer("````\nnew\n````", finish=None),
        saved={"a.py": b"new\n"},
    )
    # Services.
    error = json.dumps({"error": {"message": "no\nno", "type": "x", "code": 1}})
    yield failing("status 500", Sent(error, 500), "service error: InternalServerError 500")
    yield failing("status 429", Sent("busy", 429, "text/plain"), "service error: RateLimitError 429")
    yield failing("status 401", Sent(error, 401), "service error: AuthenticationError 401")
    yield failing("half an answer", Sent('{"choices": [{"ind'), "service error: JSONDecodeError")
    yield failing("a page", Sent("<p>Sign in", kind="text/html"), "empty answer")
    yield failing("null", Sent("null"), "empty answer")
    yield failing("a list", Sent("[1]"), "empty answer")
    yield failing("choices null", Sent('{"choices": null}'), "empty answer")
    yield failing("no choices", Sent('{"choices": []}'), "empty answer")
    yield failing("message null", Sent('{"choices": [{"index": 0, "message": null}]}'), "empty answer")
    yield failing("content null", answer(None), "empty answer")
    yield failing("content list", answer([{"type": "text", "text": "x"}]), "empty answer")
    yield failing("content empty", answer(""), "empty answer")
    yield failing("content blank", answer(" \r\n\t\n"), "empty answer")
    yield failing("fence around nothing", answer("```python\n \n\n```\nprint(1)\n"), "empty answer")
    yield failing("cut off", answer("````python\nprint(1)\n````", "length"), "the answer was cut off")
    yield failing("cut off at once", answer(None, "length"), "empty answer")
    yield Case(
        "a folder in the way",
        {"a.toml": PLAIN},
        folder="a.py",
        stderr="compiler: cannot write a.py\n",
        code=1,
        user=PLAIN_USER,
        sent=answer("x"),
    )
    yield Case(
        "nobody listens",
        {"a.toml": PLAIN},
        stderr="compiler: service error: APIConnectionError\n",
        code=1,
        environment={"OPENAI_API_URL": "http://127.0.0.1:9/v1"},
    )
    # What is wrong before a request.
    yield refused("no argument", PLAIN, "usage: compiler.py FILE", arguments=(), fresh=True)
    yield refused("two arguments", PLAIN, "usage: compiler.py FILE", arguments=("a.toml", "a.toml"))
    yield refused("no file", PLAIN, "cannot read in/b.toml", arguments=("in/b.toml",))
    yield refused("a folder", PLAIN, "cannot read d.toml", arguments=("d.toml",), folder="d.toml")
    yield refused("no TOML", b"[file\n", "a.toml is not valid TOML")
    yield refused("key twice", PLAIN + b'requirements = "Three"\n', "a.toml is not valid TOML")
    yield refused("Latin-1", PLAIN.replace(b"One", b"\xfcber"), "a.toml is not valid TOML")
    yield refused("empty", b"", "a.toml: missing file.name")
    yield refused("tables that are none", b'file = "a"\nproject = [1]\n', "a.toml: missing file.name")
    yield refused("no language", fields(language=None, description=None), "a.toml: missing file.language")
    yield refused("blank", fields(description='"\\n \\t"', extension="7"), "a.toml: missing file.description")
    yield refused("a number", fields(name="7", language=None), "a.toml: file.name is not text")
    yield refused("hints", fields(hints='["x"]', extension='"../x"'), "a.toml: project.hints is not text")
    yield refused("extension", fields(extension="true", requirements=None), "a.toml: file.extension is not text")
    yield refused("no requirements", fields(requirements=None, specs="1"), "a.toml: missing project.requirements")
    for number, name in enumerate(("../a", "a b", ".a", "-a", "a\\\\b", "ä", "a\\nb", "/a", "C:a")):
        told = "a.toml: file.name is not a plain name"
        yield refused(f"name {number}", fields(name=f'"{name}"', language='"Klingon"'), told)
    for number, name in enumerate((".py", "py/x", "p y")):
        told = "a.toml: file.extension is not a plain name"
        yield refused(f"extension {number}", fields(extension=f'"{name}"'), told)
    yield refused(
        "language", fields(language='"Klingon"'), "a.toml: file.extension is needed", without=("OPENAI_API_KEY",)
    )
    yield refused("no key", PLAIN, "OPENAI_API_KEY is not set", without=("OPENAI_API_KEY", "OPENAI_API_MODEL"))
    yield refused("no URL", PLAIN, "OPENAI_API_URL is not set", without=("OPENAI_API_URL",))
    yield refused("no model", PLAIN, "OPENAI_API_MODEL is not set", environment={"OPENAI_API_MODEL": ""})


class Endpoint:
    """A service on a thread of its own. It holds answers by the hash of the whole body and notes what arrived."""

    def __init__(self, answers: Mapping[str, Sent]) -> None:
        self.arrived: list[tuple[str, str, object]] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                try:
                    body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                except ValueError:
                    body = None
                endpoint.arrived.append((self.path, self.headers.get("Authorization", ""), body))
                unknown = Sent('{"error": {"message": "unknown request"}}', 404)
                sent = answers.get(digest_of(body), unknown)
                payload = sent.body.encode()
                self.send_response(sent.status)
                self.send_header("Content-Type", sent.kind)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def of(self, model: str) -> list[tuple[str, str, object]]:
        """Return what arrived for a model."""
        return [one for one in self.arrived if isinstance(one[2], dict) and one[2].get("model") == model]


def problems_of(case: Case, compiler: Path, endpoint: Endpoint, forks: subprocess.Popen[str]) -> list[str]:
    """Run one case in a folder of its own and say what is wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder, streams = Path(name, "work"), [Path(name, "stdout"), Path(name, "stderr")]
        folder.mkdir()
        for path, data in case.files.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(data)
        if case.folder:
            (folder / case.folder).mkdir()
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OPENAI_API_KEY": KEY,
            "OPENAI_API_URL": endpoint.base_url,
            "OPENAI_API_MODEL": case.name,
            # Not the variables of this program: whoever follows them meets nobody.
            "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
            "OPENAI_MODEL": "another",
            **case.environment,
        }
        environment = {key: value for key, value in environment.items() if key not in case.without}
        argv = [str(compiler), *case.arguments]
        if case.fresh:
            with streams[0].open("wb") as out, streams[1].open("wb") as errors:
                python = [sys.executable, *argv]
                code = subprocess.call(
                    python, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=errors
                )
        else:
            order = {"folder": str(folder), "environment": environment, "argv": argv}
            order |= {"stdout": str(streams[0]), "stderr": str(streams[1])}
            assert forks.stdin and forks.stdout
            print(json.dumps(order), file=forks.stdin, flush=True)
            code = int(forks.stdout.readline())
        stdout, stderr = (stream.read_bytes().replace(b"\r\n", b"\n") for stream in streams)
        left = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    problems = [
        f"{what} is {got!r}, not {wanted!r}"
        for what, got, wanted in (
            ("the exit status", code, case.code),
            ("standard output", stdout, case.stdout.encode()),
            ("standard error", stderr, case.stderr.encode()),
            ("what lies in the folder", left, {**case.files, **case.saved}),
        )
        if got != wanted
    ]
    requests = endpoint.of(case.name)
    wanted = 1 if case.user is not None and case.name != "nobody listens" else 0
    if len(requests) != wanted:
        problems.append(f"it sent {len(requests)} requests, not {wanted}")
    for path, authorization, body in requests:
        if (path, authorization) != ("/v1/chat/completions", f"Bearer {KEY}"):
            problems.append(f"the request went to {path} with {authorization!r}")
        if digest_of(body) != digest_of(case.body):
            problems.append(f"the request's body is {json.dumps(body)}, not {json.dumps(case.body)}")
    return problems


def main(compiler: str) -> int:
    """Return the exit status for the program `compiler`."""
    all_cases = list(cases())
    endpoint = Endpoint({digest_of(case.body): case.sent for case in all_cases if case.user is not None})
    path = Path(compiler).resolve()
    python = [sys.executable, "-c", FORKS]
    with subprocess.Popen(python, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forks:
        found = [problems_of(case, path, endpoint, forks) for case in all_cases]
    for case, problems in zip(all_cases, found, strict=True):
        for problem in problems:
            print(f"{case.name}: {problem}")
    stray = len(endpoint.arrived) - sum(len(endpoint.of(case.name)) for case in all_cases)
    if stray:
        print(f"{stray} requests name no model that the environment gave")
    return 1 if stray or any(found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
