"""What scenarios change in the manifests, one sentence each; every document of the platform is passed through."""

from collections.abc import Callable, Mapping

from e2e.manifests import Change, Document, analyses, canary, steps

# In the steps of the shipped Rollouts: setWeight 30, pause, setWeight 50, pause, gate, setWeight 70, pause, gate.
FIRST_PAUSE = 1
# Somewhere on the machine (or in the pod) that asks, where nobody listens.
NOBODY = "http://127.0.0.1:9"


def wait_at_30_percent(document: Document) -> None:
    """The first pause ends when a person says so."""
    if steps(document):
        steps(document)[FIRST_PAUSE] = {"pause": {}}


def only_to_30_percent(document: Document) -> None:
    """The canary gets 30 % and keeps it; nobody judges it."""
    if steps(document):
        canary(document)["steps"] = [{"setWeight": 30}, {"pause": {}}]
        del canary(document)["analysis"]


def pause_for(seconds: int) -> Change:
    def change(document: Document) -> None:
        for step in steps(document):
            if "pause" in step:
                step["pause"]["duration"] = f"{seconds}s"

    return change


def pause_at_30_percent_for(seconds: int) -> Change:
    def change(document: Document) -> None:
        if steps(document):
            steps(document)[FIRST_PAUSE] = {"pause": {"duration": f"{seconds}s"}}

    return change


def measure_over(seconds: int) -> Change:
    """Every analysis looks back that far, and begins when nothing from before the release is in sight."""

    def change(document: Document) -> None:
        given = {"window": f"{seconds}s", "initial-delay": f"{seconds + 1}s"}
        for analysis in analyses(document):
            others = [argument for argument in analysis["args"] if argument["name"] not in given]
            analysis["args"] = [*others, *({"name": name, "value": value} for name, value in given.items())]

    return change


def measure_after(seconds: int) -> Change:
    """The background analysis lets some time pass before it measures at all."""

    def change(document: Document) -> None:
        for analysis in analyses(document):
            for argument in analysis["args"]:
                if argument["name"] == "initial-delay":
                    argument["value"] = f"{seconds}s"

    return change


def expect_progress_within(seconds: int) -> Change:
    def change(document: Document) -> None:
        if document["kind"] == "Rollout" and document["metadata"]["name"] == "smiley":
            document["spec"]["progressDeadlineSeconds"] = seconds

    return change


def ask_a_prometheus_that_is_away(document: Document) -> None:
    for analysis in analyses(document):
        others = [argument for argument in analysis["args"] if argument["name"] != "prometheus"]
        analysis["args"] = [*others, {"name": "prometheus", "value": NOBODY}]


def annotate(services: Mapping[str, Mapping[str, str]]) -> Change:
    """Annotations that Services get, by the Service's name."""

    def change(document: Document) -> None:
        if document["kind"] == "Service" and document["metadata"]["name"] in services:
            given = services[document["metadata"]["name"]]
            document["metadata"].setdefault("annotations", {}).update(given)

    return change


def all_of(*changes: Callable[[Document], None]) -> Change:
    def change(document: Document) -> None:
        for one in changes:
            one(document)

    return change
