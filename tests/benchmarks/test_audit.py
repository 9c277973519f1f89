from benchmarks.audit import measure_audit


def test_a_small_measurement_has_every_step_and_verifies():
    frame = measure_audit(rows=200, repeats=1).set_index("step")
    assert set(frame.index) == {
        "insert, chained",
        "insert, plain trigger",
        "insert, no trigger",
        "verify",
        "chain time",
        "plain trigger time",
        "chained and verified",
    }
    assert (frame["rows"] == 200).all()
    assert frame.loc["insert, chained", "seconds"] > 0
    total = frame.loc[["insert, chained", "verify"], "seconds"].sum()
    assert frame.loc["chained and verified", "seconds"] == total
