from __future__ import annotations

import pytest

from rollouts.conditions import ConditionError, evaluate


class Ask:
    """A condition's answer, or the text of its error: what the tables expect."""

    def __call__(self, expression: str, result: object) -> bool | str:
        try:
            return evaluate(expression, result)
        except ConditionError as error:
            return str(error)


@pytest.fixture(scope="session")
def ask() -> Ask:
    return Ask()
