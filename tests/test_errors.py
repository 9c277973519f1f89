import inspect

import pytest

from molagent import errors


def test_every_error_is_exported_and_drawn_in_the_tree():
    classes = {
        name
        for name, item in vars(errors).items()
        if inspect.isclass(item) and issubclass(item, Exception)
    }
    assert classes == set(errors.__all__)
    for name in classes:
        assert name in (errors.__doc__ or "")


def test_a_message_has_value_place_and_remedy():
    error = errors.InputError("Ki '-3' is negative", place="jak.csv:12", remedy="correct the row")
    assert str(error) == "jak.csv:12: Ki '-3' is negative; correct the row"


def test_only_a_lock_and_a_silent_endpoint_may_be_retried():
    transient = {name for name in errors.__all__ if getattr(errors, name).transient}
    assert transient == {"DownloadError", "StoreLockedError", "EndpointUnreachableError"}


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(errors.NotFoundError, match="known: edits, graph"):
        raise errors.NotFoundError("generator", "vae", known=("graph", "edits"))
