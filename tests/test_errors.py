"""The exception tree."""

import inspect

import pytest

from fittingroom import errors


def test_every_error_is_a_fittingroom_error_and_is_drawn_in_the_tree() -> None:
    for name, error in inspect.getmembers(errors, inspect.isclass):
        assert issubclass(error, errors.FittingroomError)
        assert name in (errors.__doc__ or "")


@pytest.mark.parametrize("error", [errors.ShapeError, errors.LabelError])
def test_errors_of_values_are_also_value_errors(error: type[Exception]) -> None:
    assert issubclass(error, ValueError)
