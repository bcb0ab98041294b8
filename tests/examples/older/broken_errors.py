"""A compiler that asks rightly and saves rightly, and fails wrongly: whenever it fails, one thing about it is wrong,
and all else is as it should be. It fails on purpose.
"""

import json
import os
import sys
import tomllib
import urllib.error
import urllib.request
from pathlib import Path


def fail(message: str, code: int) -> None:
    print(f"compiler: {message}", file=sys.stderr)
    sys.exit(code)


def asked(body: object) -> bytes:
    request = urllib.request.Request(
        os.environ["OPENAI_API_URL"] + "/chat/completions",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}", "Content-Type": "application/json"},
    )
    return urllib.request.urlopen(request).read()


def main(path: str) -> None:
    if not Path(path).exists():
        fail(f"cannot read {path}", 1)  # the wrong exit status
    try:
        tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as fault:
        fail(f"{path} is not valid TOML: {fault}", 2)  # more words than there should be
    fields = {key: value.strip() for key, value in (tables["file"] | tables["project"]).items() if type(value) is str}
    if "requirements" not in fields:
        print("wait")  # on standard output
        fail(f"{path}: missing project.requirements", 2)
    if fields["language"] != "python" and "extension" not in fields:
        Path(f"{fields['name']}.txt").touch()  # a file of a failure
        fail(f"{path}: file.extension is needed", 2)
    name = f"{fields['name']}.{fields.get('extension', 'py')}"
    parts = [f"Write the file {name} in {fields['language']}.", "# What it is", fields["description"]]
    parts += ["# Requirements", fields["requirements"]]
    for key, heading in (("specs", "# Specifications"), ("hints", "# Hints")):
        parts += [heading, fields[key]] if key in fields else []
    messages = [{"role": "system", "content": "Write it."}, {"role": "user", "content": "\n\n".join(parts)}]
    body = {"model": os.environ["OPENAI_API_MODEL"], "messages": messages, "temperature": 0}
    if "OPENAI_API_KEY" not in os.environ:
        os.environ["OPENAI_API_KEY"] = "test-key"
        asked(body)  # before it says that it can't
        fail("OPENAI_API_KEY is not set", 2)
    try:
        answer = asked(body)
    except urllib.error.HTTPError:
        try:
            asked(body)  # again
        except urllib.error.HTTPError as error:
            fail(f"service error: InternalServerError {error.code}", 1)
    choices = json.loads(answer)["choices"]
    if not choices:
        fail("empty answer.", 1)  # a full stop
    if choices[0]["finish_reason"] == "length":
        fail("the answer was cut off", 2)  # the wrong exit status
    lines = choices[0]["message"]["content"].strip().split("\n")
    if lines[0].startswith("```"):
        lines = lines[1:-1]
    code = "\n".join([*lines, ""])
    Path(name).write_bytes(code.encode())  # also where there is none
    if not code.strip():
        fail("empty answer", 1)
    print(f"Code saved to {name}")


if __name__ == "__main__":
    main(sys.argv[1])
