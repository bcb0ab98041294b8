"""Import all of specbuild, for the server process that starts are forked from (`started`)."""

import importlib
import pkgutil

import specbuild

for _, name, _ in pkgutil.walk_packages(specbuild.__path__, "specbuild."):
    if not name.endswith("__main__"):
        importlib.import_module(name)
importlib.import_module("specbuild.__main__")
importlib.import_module("openai")
