"""Runs one job in a sandbox, as the user who starts this: in and out as JSON. argv: the package's folder, the sandbox.

It stands for specbuild where the tests need another user, or a supervisor that can be killed.
"""

import base64
import importlib
import json
import sys

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    values = importlib.import_module("specbuild.sandbox")
    sandbox = importlib.import_module(f"specbuild.sandboxes.{sys.argv[2]}")
    asked = json.load(sys.stdin)
    reason = sandbox.available() if asked.pop("available", False) else None
    asked["limits"] = values.Limits(**asked.get("limits", {}))
    asked["stdin"] = asked.get("stdin", "").encode()
    asked["readonly"] = tuple(values.Mount(*pair) for pair in asked.get("readonly", ()))
    result = values.NotStarted(reason) if reason else sandbox.run(values.Job(**asked))
    told = {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in result._asdict().items()
    }
    print(json.dumps(told))
