"""How the tests run everywhere: property tests explore on a person's machine and are the same every time in CI."""

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, database=None, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("steady")
