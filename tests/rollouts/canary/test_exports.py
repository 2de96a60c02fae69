from __future__ import annotations

import types

import rollouts


def test_all_names_what_is_exported_and_nothing_else() -> None:
    public = {
        name
        for name, value in vars(rollouts).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert set(rollouts.__all__) == public
    assert list(rollouts.__all__) == sorted(rollouts.__all__)
