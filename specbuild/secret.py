"""A secret that can't print itself: keys of services travel in this and nowhere else."""


class Secret:
    """A text that no repr, str, format, traceback or pickle shows; `reveal` is the one way to it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret's text, for the one call that must send it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is never pickled")
