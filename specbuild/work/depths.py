"""How many revisions in a row the locked texts have, counted since each was written anew."""

import re

from specbuild.lock import Lock

_REVISED = re.compile(r'\n   "revisions": [1-9]')


def depths(lock: Lock, text: str) -> dict[str, int]:
    """Return the number of revisions by target id, without the targets that have none; `text` is the lock's."""
    # Reading every entry of a large lock takes longer than all else that `status` does: most locks have none of it.
    if not _REVISED.search(text):
        return {}
    return {one: stanza.revisions for one, stanza in lock.targets.items() if stanza.revisions}
