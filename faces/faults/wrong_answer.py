"""wrong_answer: a share of the answers is wrong, and well-formed.

Status, latency, size and connection are those of a good answer. No signal of the network shows it: only a visitor who
knows what the answer should be can tell.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import Percent, ShareFault
from faces.faults.plan import Change, Plan, Values

# What no version shows on purpose; as long as what they replace, so that not even the size differs much.
WRONG: Values = {"smiley": "&#x1F921;", "color": "#FF00FF"}


class WrongAnswer(ShareFault):
    """Answers `fraction` percent of the requests with status 200, well-formed and wrong: a clown, or magenta.

    A network cannot see it.
    """

    kind: ClassVar[str] = "wrong_answer"
    example: ClassVar[str] = '{"wrong_answer": {"fraction": 20}}'

    fraction: Annotated[Percent, Field(description="The share of the answers that are wrong.")]

    def strike(self, draft: Plan) -> Plan:
        return draft.changed(Change(self.kind, wrong))


def wrong(values: Values) -> Values:
    return {name: WRONG.get(name, value) for name, value in values.items()}
