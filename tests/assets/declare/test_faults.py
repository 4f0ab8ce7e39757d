from assets.declare.faults import DeclarationError, Fault, did_you_mean


def test_a_fault_names_its_place() -> None:
    assert str(Fault("defs.yaml", 3, 5, "is wrong")) == "defs.yaml:3:5: is wrong"
    assert str(Fault("defs.yaml", 0, 0, "is wrong")) == "defs.yaml: is wrong"


def test_an_error_tells_all_faults_once_and_in_the_order_of_the_file() -> None:
    late, early = Fault("defs.yaml", 10, 1, "late"), Fault("defs.yaml", 9, 1, "early")
    error = DeclarationError([late, early, late])
    assert error.faults == (early, late)
    assert str(error) == "defs.yaml:9:1: early\ndefs.yaml:10:1: late"


def test_suggests_the_nearest_word_else_all_of_them() -> None:
    assert did_you_mean("sorce", ["source", "split"]) == "did you mean 'source'?"
    assert did_you_mean("xyz", ["split", "source"]) == "choose from source, split"
    assert did_you_mean("xyz", []) == "remove it"
