from pathlib import Path

import pytest

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"


@pytest.fixture
def write(tmp_path: Path):
    """Write text as a file in some encoding and return its path."""

    def _write(text: str, name: str = "jak1_ki.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return _write


@pytest.fixture
def data() -> Path:
    return Path(__file__).parents[2] / "data" / "jak"
