"""Is this the URL of a service that a key may be sent to? Text in, a reason against it out; nothing is looked up."""


def url_fault(url: str, *, allow_http: bool = False) -> str | None:
    """Return why `url` is no base URL of a service, or None. The reason never repeats the URL, which may hold a
    password.

    Wanted is http or https, a host, perhaps a port and a path. A login, a query or a fragment is refused: each may be a
    secret, and what is sent there is configured apart. Plain http is for this machine only, unless `allow_http`.
    """
    if not url.isascii() or any(character <= " " or character in '\x7f\\<>"^`{|}' for character in url):
        return "it holds a space, a control character or another sign that no URL has"
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        return "it does not begin with https:// (or http://)"
    if "?" in rest or "#" in rest:
        return 'it has a query or a fragment ("?" or "#"), which a base URL has not'
    authority = rest.partition("/")[0]
    if "@" in authority:
        return "it holds a user name or password; a key is named by key_env"
    host, port = _host_and_port(authority)
    if not host:
        return "it names no host"
    if port is None or (port and not (port.isdigit() and 0 < int(port) < 65536)):
        return "its port is no number from 1 to 65535"
    if scheme.lower() == "http" and not allow_http and not is_loopback(host):
        return (
            "plain http would show the key and all texts to the network; use https, or set allow_http = true yourself"
        )
    return None


def is_loopback(host: str) -> bool:
    """Say whether a host, as a URL writes it, can only mean this machine (RFC 6761 section 6.3, RFC 1122, RFC 4291)."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost") or name == "[::1]":
        return True
    parts = name.split(".")
    return (
        len(parts) == 4
        and parts[0] == "127"
        and all(len(part) <= 3 and part.isdigit() and int(part) < 256 for part in parts)
    )


def _host_and_port(authority: str) -> tuple[str, str | None]:
    """Return host and port ("" where there is none, None where what follows the host is no port)."""
    if authority.startswith("["):
        inside, bracket, after = authority.partition("]")
        if not bracket or (after and not after.startswith(":")):
            return "", None
        return inside + bracket, after.removeprefix(":")
    host, _, port = authority.partition(":")
    return host, None if ":" in port else port
