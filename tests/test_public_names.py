import molagent


def test_every_public_name_can_be_imported_from_the_package():
    for name in molagent.__all__:
        assert getattr(molagent, name) is not None


def test_completion_lists_the_public_names():
    assert dir(molagent) == sorted(molagent.__all__)
