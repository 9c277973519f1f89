"""Sixteen exports of six plate readers are read right, or refused by name."""

import pytest

from benchmarks.plate_forms import FORMS
from benchmarks.plates import read_form

NO_SINGLE_SIGNAL = {"gen5-kinetic", "softmax-spectrum"}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_an_export_gives_its_raw_signals_under_their_plates_and_nothing_else(form, tmp_path):
    found = read_form(form, tmp_path)
    wanted = "refused" if form.name in NO_SINGLE_SIGNAL else "right"
    assert (found.outcome, len(FORMS)) == (wanted, 16), found.said
