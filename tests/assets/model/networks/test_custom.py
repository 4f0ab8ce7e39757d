import pytest
import torch

from assets.declaration import Declaration
from assets.model.networks import Custom, Shape, build
from assets.model.stages import Model
from data_checks.named_function import FunctionError
from tests.small_pipeline import attributes, declare

SHAPE = Shape(3, (4,), 1)
OWN = "tests.assets.model.networks.own"


def test_is_built_with_its_options_and_ready_to_be_trained():
    network = build(Custom(use=f"{OWN}:crossed", options={"width": 5}), SHAPE)
    assert network.network.first.out_features == 5
    assert all(module.training for module in network.modules())
    assert network(torch.zeros(7, 3), torch.zeros(7, 1, dtype=torch.int64)).shape == (7, 1)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a_number", {}, r"model\.use returns no network: .* gave a int; return a torch\.nn\.Module"),
        ("one_output_too_many", {}, r"model\.use returns a network of other outputs: \(2, 2\) .* must be \(2, 1\)"),
        (
            "of_numbers_alone",
            {},
            r"model\.use returns a network that fails on two rows: .* raised TypeError: .*, with number \(2, 3\) f",
        ),
        (
            "asserting",
            {},
            r"fails on two rows: '.*:asserting' raised AssertionError: no sum at own\.py:\d+, with .* int32; mend",
        ),
        ("crossed", {"widht": 5}, r"model\.use fails: .* TypeError: .* unexpected keyword argument 'widht'"),
        ("absent", {}, r"model\.use names a function that is not there"),
    ],
)
def test_refuses_what_is_no_network_of_this_shape(name, options, message):
    with pytest.raises(FunctionError, match=message):
        build(Custom(use=f"{OWN}:{name}", options=options), SHAPE)


def test_a_forward_that_fails_later_is_told_with_its_setting_function_and_line():
    network = build(Custom(use=f"{OWN}:of_few_rows"), SHAPE)
    message = r"model\.use fails in forward: '.*:of_few_rows' raised AssertionError: too many rows at own\.py:\d+, w"
    with pytest.raises(FunctionError, match=message):
        network(torch.zeros(7, 3), torch.zeros(7, 1, dtype=torch.int64))


def test_its_code_belongs_to_the_models_recipe(tmp_path):
    declared = declare({**attributes(tmp_path / "rows.parquet"), "model": {"kind": "custom", "use": f"{OWN}:crossed"}})
    assert isinstance(declared, Declaration)
    assert OWN in Model().terms(declared).modules
