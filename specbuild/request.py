"""A request: the complete logical body that the model would see, with the two labels that belong to its key."""

from collections.abc import Mapping
from dataclasses import dataclass

from specbuild.canonical_json import Json


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked.

    `body` holds `model`, `messages` (each with `role` and one string `content`) and only those parameters that somebody
    named; the output limit stands as `max_output_tokens`. `service` is the project's label, `sample` counts from 0.
    """

    body: Mapping[str, Json]
    service: str
    sample: int = 0

    @property
    def model(self) -> str:
        """The model's name as the body has it."""
        model = self.body["model"]
        assert isinstance(model, str)
        return model
