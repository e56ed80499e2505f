import pytest

from h2o_forensics.batch.look import look
from h2o_forensics.intake import bundle_of_texts

SOUGHT = "Swapping!  OOM"


@pytest.mark.parametrize("before", (0, 5, 2**20 - 7, 2**20, 2**20 + 3))
def test_a_literal_is_found_wherever_it_stands(before: int) -> None:
    bundle = bundle_of_texts({"a.log": "x" * before + SOUGHT + "\n" + "y" * 50})
    assert look(bundle, ["never there", SOUGHT])


def test_what_is_not_there_is_not_found() -> None:
    bundle = bundle_of_texts({"a.log": "swapping!  oom\n" * 1000, "b.log": "Swapping! OOM"})
    assert not look(bundle, [SOUGHT, "a.b"])
    assert not look(bundle, [])


def test_literals_are_no_patterns() -> None:
    assert not look(bundle_of_texts({"a.log": "axb\n"}), ["a.b"])
    assert look(bundle_of_texts({"a.log": "größer a.b\n"}), ["größer"])
