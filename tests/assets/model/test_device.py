import pytest
import torch

from assets.model.device import Compute, DeviceError, pinned, place


def test_takes_the_cpu_when_asked() -> None:
    at = place(Compute(device="cpu", threads=3))
    assert (at.device, at.name, at.threads, at.torch) == ("cpu", "cpu", 3, torch.__version__)


def test_takes_a_gpu_where_there_is_one() -> None:
    assert place(Compute()).device == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is there")
def test_refuses_a_gpu_that_is_not_there() -> None:
    with pytest.raises(DeviceError, match=r"compute\.device is not there: 'cuda' was asked for"):
        place(Compute(device="cuda"))


def test_pins_threads_and_determinism_and_puts_them_back() -> None:
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    inside: list[tuple[int, bool]] = []

    def fail() -> None:
        with pinned(place(Compute(device="cpu", threads=1))):
            inside.append((torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert inside == [(1, True)]
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before
