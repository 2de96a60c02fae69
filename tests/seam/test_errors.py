from seam.errors import ManifestError, NotRunning, PlatformError, PlatformFailed, UserError


def test_a_manifest_error_is_one_sentence_of_file_object_and_field() -> None:
    assert str(ManifestError("a.yaml", "Service x", "spec.ports", "is wrong.")) == (
        "a.yaml: Service x: spec.ports: is wrong."
    )
    assert str(ManifestError("a.yaml", "file", "", "is wrong.")) == "a.yaml: file: is wrong."


def test_what_the_person_did_and_what_the_platform_did_are_told_apart() -> None:
    assert issubclass(ManifestError, UserError)
    assert issubclass(NotRunning, UserError)
    assert not issubclass(PlatformFailed, UserError)
    assert issubclass(UserError, PlatformError)
    assert issubclass(PlatformFailed, PlatformError)
