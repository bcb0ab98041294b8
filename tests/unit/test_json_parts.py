"""Parts of JSON from outside have the type they must have, or are refused."""

import pytest

from specbuild.json_parts import as_array, as_count, as_object, as_text, no_constant


@pytest.mark.parametrize(
    ("part", "good", "bad"),
    [
        (as_text, "", 1),
        (as_count, 0, True),
        (as_count, 10**30, -1),
        (as_count, 7, 7.0),
        (as_object, {}, []),
        (as_array, [], "text"),
        (as_array, (1,), {}),
    ],
)
def test_a_part_is_given_back_or_refused(part, good, bad):
    assert part(good) is good
    with pytest.raises(ValueError, match="stands where"):
        part(bad)
    with pytest.raises(ValueError, match="NaN is no JSON"):
        no_constant("NaN")
