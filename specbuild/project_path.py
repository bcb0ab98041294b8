"""A path as a spec or a configuration writes it: confined to the project, with "/", and not a file that keeps secrets.

Text in, text out; nothing here looks at a disk. Symbolic links are the business of who opens the file.
"""

from collections.abc import Callable
from typing import NamedTuple


def project_path(written: str) -> str | None:
    """Return `written` as a path below the project's root without "." parts, or None if it may lead out of the project.

    The root itself is "". Refused are absolute paths, "..", a drive or stream (":" as in "C:"), "\\", "~" in front and
    control characters: each means another place on some system.
    """
    if written.startswith(("/", "~")) or "\\" in written or ":" in written:
        return None
    if any(ord(character) < 32 or ord(character) == 127 for character in written):
        return None
    parts = [part for part in written.split("/") if part not in ("", ".")]
    return None if ".." in parts or "/".join(parts[:1]).startswith("~") else "/".join(parts)


def join(folder: str, name: str) -> str:
    """Return `name` below `folder`, where "" and "." are the root."""
    return name if folder in ("", ".") else f"{folder}/{name}"


def private_file(path: str) -> str | None:
    """Return why the project file `path` is never shown to a model, or None if it may be shown.

    The rules go by name only: they hold back what people keep beside code by habit, they prove nothing about the
    content.
    """
    parts = path.casefold().split("/")
    for rule in PRIVATE:
        if any(rule.holds(part) for part in parts):
            return rule.reason
    return None


class PrivateName(NamedTuple):
    """One rule: does it hold for one part of a path (casefolded), and what such a file usually keeps."""

    holds: Callable[[str], bool]
    reason: str


_SHOWABLE = (".example", ".sample", ".template", ".dist", ".pub")
_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store"})
_KEY_FILES = frozenset({"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"})
_LOGINS = frozenset(
    {".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".htpasswd", ".git-credentials", "credentials"}
)
_KEY_ENDINGS = (".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk")
_SECRETS = ("secrets.json", "secrets.toml", "secrets.yaml", "secrets.yml", "credentials.json", "token.json")


def _environment_file(part: str) -> bool:
    return (part == ".env" or part.startswith(".env.") or part == ".envrc") and not part.endswith(_SHOWABLE)


PRIVATE: tuple[PrivateName, ...] = (
    PrivateName(lambda part: part == ".git", "it belongs to git, whose files hold history, remotes and logins"),
    PrivateName(_environment_file, "files of this name keep keys and passwords"),
    PrivateName(lambda part: part in _FOLDERS, "folders of this name keep keys and logins"),
    PrivateName(lambda part: part in _KEY_FILES or part.endswith(_KEY_ENDINGS), "files of this name hold private keys"),
    PrivateName(lambda part: part in _LOGINS or part in _SECRETS, "files of this name hold logins"),
)
