import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platforms.embedded.manifests.reading import Manifests, read
from seam.errors import ManifestError

Documents = dict[str, list[dict[str, Any]]]

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 70000),
    st.sampled_from(["", "x", "smiley", "30%", "{{args.x}}", "$(X)", "http", "-1s", "999999999999h", "1e400", "é\0"]),
    st.lists(st.sampled_from([None, 1, "x", {}]), max_size=2),
    st.dictionaries(st.sampled_from(["name", "value", "x"]), st.sampled_from([None, 1, "x", {}]), max_size=2),
)


@pytest.mark.timeout(60)
@given(data=st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_changed_document_is_read_or_refused_and_never_an_accident(shipped: Documents, data: st.DataObject) -> None:
    """Some place in the shipped documents gets another value, is taken away, doubled, or called otherwise."""
    documents: dict[str, list[Any]] = copy.deepcopy(shipped)
    del documents["kustomization.yaml"]
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(sorted(places(documents), key=str)))
        mutate(documents, place, data)
    found = [(file, document) for file, content in documents.items() for document in content if document is not None]
    refusal = None
    try:
        assert isinstance(read(found, "faces", lambda: "a-token"), Manifests)
    except ManifestError as error:
        refusal = error
    if refusal is not None:
        assert refusal.file in documents
        assert refusal.subject
        assert "\n" not in str(refusal)


Place = tuple[str | int, ...]


def places(value: Any, at: Place = ()) -> list[Place]:
    below: list[Place] = []
    if isinstance(value, dict):
        below = [place for key, part in value.items() for place in places(part, (*at, key))]
    elif isinstance(value, list):
        below = [place for index, part in enumerate(value) for place in places(part, (*at, index))]
    return below + ([at] if len(at) > 1 else [])


def mutate(documents: Any, place: tuple[Any, ...], data: st.DataObject) -> None:
    around = documents
    try:
        for key in place[:-1]:
            around = around[key]
        around[place[-1]]
    except (KeyError, IndexError, TypeError):
        return  # the change before took this place away
    how = data.draw(st.sampled_from(["replace", "remove", "double or rename"]))
    if how == "replace":
        around[place[-1]] = data.draw(VALUES)
    elif how == "remove":
        del around[place[-1]]
    elif isinstance(around, list):
        around.append(copy.deepcopy(around[place[-1]]))
    else:
        around[data.draw(st.sampled_from(["x", "namespace", "name"]))] = around.pop(place[-1])
