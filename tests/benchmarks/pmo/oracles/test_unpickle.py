import pickle

import numpy as np
import pytest

from benchmarks.pmo.oracles.unpickle import Shell, read_shell
from molagent.errors import FileFormatError


class Intruder:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def pickled_svc(state):
    """Return the pickle that scikit-learn 0.23 on numpy 1 would have written."""
    body = pickle.dumps(state, protocol=3)[2:-1].replace(b"numpy._core.", b"numpy.core.")
    return b"\x80\x03csklearn.svm._classes\nSVC\n)\x81" + body + b"b."


def test_arrays_come_back_as_they_were_stored():
    matrix = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    nodes = np.array([(1, 0.5), (-1, -2.0)], dtype=[("left_child", "<i8"), ("threshold", "<f8")])
    shell = read_shell(pickled_svc({"matrix": matrix, "nodes": nodes, "gamma": 0.25}), place="svc")
    assert shell.array("matrix").tolist() == matrix.tolist()
    assert shell.array("nodes")["threshold"].tolist() == [0.5, -2.0]
    assert shell.number("gamma") == 0.25


def test_a_pickle_that_calls_a_function_is_refused_and_calls_nothing(tmp_path):
    target = tmp_path / "written"
    with pytest.raises(FileFormatError, match=r"model\.pkl: not a model file \(it asks for _?io"):
        read_shell(pickle.dumps(Intruder(target)), place="model.pkl")
    with pytest.raises(FileFormatError, match="it asks for"):
        read_shell(pickled_svc({"gamma": Intruder(target)}), place="model.pkl")
    assert not target.exists()


def test_an_array_of_objects_is_refused():
    with pytest.raises(FileFormatError, match="an array of objects"):
        read_shell(pickled_svc({"a": np.array([None, {}], dtype=object)}), place="model.pkl")


@pytest.mark.parametrize("length", [0, 1, 30, 60, 200])
def test_a_damaged_file_is_named(length):
    whole = pickled_svc({"matrix": np.arange(100.0)})
    with pytest.raises(FileFormatError, match=r"^model\.pkl: not a model file"):
        read_shell(whole[:length], place="model.pkl")


def test_a_plain_list_is_not_a_model():
    with pytest.raises(FileFormatError, match="not a model file"):
        read_shell(pickle.dumps([1, 2, 3]), place="model.pkl")


def test_a_missing_or_different_attribute_is_named():
    shell = Shell()
    shell.__setstate__({"_gamma": "auto"})
    with pytest.raises(FileFormatError, match="'_gamma' is of type str"):
        shell.number("_gamma")
    with pytest.raises(FileFormatError, match="'nodes' is of type NoneType"):
        shell.array("nodes")
    with pytest.raises(FileFormatError, match="'tree_'"):
        shell.shell("tree_")
    with pytest.raises(FileFormatError, match="'estimators_'"):
        shell.shells("estimators_")
