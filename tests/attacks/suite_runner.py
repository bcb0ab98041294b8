"""Runs one test suite, as the user who starts this: in and out as JSON. argv: the package's folder."""

import importlib
import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    suite = importlib.import_module("specbuild.sandboxes.suite")
    asked = json.load(sys.stdin)
    log, bare = Path(asked.pop("log")), asked.pop("bare", False)
    asked["argv"] = tuple(asked["argv"])
    result = suite.run_suite(suite.Suite(**asked), log, bare=bare)
    told = {"code": result.code, "why": result.why} if hasattr(result, "code") else result._asdict()
    print(json.dumps({**told, "log": log.read_text() if log.exists() else ""}))
