import pytest

from molagent.config import load_config
from molagent.errors import ConfigError, FileFormatError
from molagent.ingest.layouts import load_layout
from molagent.patents.markush.claims import read_claim
from molagent.patents.publications import read_collection
from molagent.toml_texts import read_toml

BROKEN = {
    "deep": ("a = " + "[" * 5_000 + "]" * 5_000, "nested too deeply"),
    "wide integer": ("name = " + "9" * 5_000, "not TOML"),
    "no day": ("day = 2026-02-31", "not TOML"),
    "open": ("[project\n", "not TOML"),
}


@pytest.mark.parametrize("text", BROKEN)
def test_toml_that_python_cannot_hold_is_one_sentence_everywhere(tmp_path, text):
    content, words = BROKEN[text]
    path = tmp_path / "publications.toml"
    path.write_text(content)
    for read, error, given in (
        (read_toml, FileFormatError, path),
        (load_config, ConfigError, path),
        (load_layout, ConfigError, path),
        (read_claim, FileFormatError, path),
        (read_collection, FileFormatError, tmp_path),
    ):
        with pytest.raises(error, match=words):
            read(given)


@pytest.mark.parametrize("read", [load_config, load_layout, read_claim])
def test_toml_that_is_not_utf_8_says_so(tmp_path, read):
    path = tmp_path / "l.toml"
    path.write_bytes('[layout]\nname = "Résumé"\n'.encode("latin-1"))
    with pytest.raises((ConfigError, FileFormatError), match="UTF-8"):
        read(path)


def test_a_publication_number_that_is_no_text_is_named(tmp_path):
    (tmp_path / "publications.toml").write_text(
        '[collection]\nrelease = "1"\nscope = "x"\nlicence = "y"\n\n[[publication]]\n'
        "publication_number = 1.5\n"
    )
    with pytest.raises(FileFormatError, match=r"publications\.toml"):
        read_collection(tmp_path)
