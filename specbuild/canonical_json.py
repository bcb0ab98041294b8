"""One JSON text for one value, on every Python: what keys and hashes are computed over (FORMATS: Reply key)."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import NewType, Union

Json = Union[None, bool, int, float, str, Sequence["Json"], Mapping[str, "Json"]]
Digest = NewType("Digest", str)
"""64 lower-case hex digits of a SHA-256."""
ShortDigest = NewType("ShortDigest", str)
"""The first 16 hex digits of a SHA-256."""
