"""A compiler that asks for the wrong thing: it leaves hints away and puts one field into another. Else it is good
enough for the cases of a test script that look at answers only. It fails on purpose.
"""

import json
import os
import sys
import tomllib
import urllib.request
from pathlib import Path

if __name__ == "__main__":
    tables = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    fields = tables["file"] | tables["project"]
    name = f"{fields['name']}.{fields.get('extension', 'py')}"
    asked = f"Write the file {name} in {{language}}.\n\n# What it is\n\n{{description}}\n\n"
    asked += "# Requirements\n\n{requirements}"
    if "specs" in fields:
        asked += "\n\n# Specifications\n\n{specs}"
    for key, value in fields.items():
        asked = asked.replace(f"{{{key}}}", str(value).strip())
    messages = [{"role": "system", "content": "Write it."}, {"role": "user", "content": asked}]
    body = {"model": os.environ["OPENAI_API_MODEL"], "messages": messages, "temperature": 0}
    request = urllib.request.Request(
        os.environ["OPENAI_API_URL"] + "/chat/completions",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        content = json.load(answer)["choices"][0]["message"]["content"]
    lines = content.strip().split("\n")
    if lines[0].startswith("```"):
        lines = lines[1:-1]
    Path(name).write_bytes("\n".join([*lines, ""]).encode())
    print(f"Code saved to {name}")
