from collections import namedtuple

import pytest
import torch

from pytimer import PlanError
from pytimer.workload import prepared


def test_the_subject_describes_model_inputs_and_device():
    inputs = {"x": torch.ones(2, 3), "scale": torch.tensor(1.0), "flag": True}
    with prepared(lambda **_: None, inputs, None, name="net") as workload:
        subject = workload.subject
    assert subject.model == "net"
    assert subject.inputs == ("2×3 float32", "scalar float32")
    assert (subject.device, subject.call) == ("cpu", "eager")


def test_a_model_is_named_after_its_class_or_function():
    def my_function(x):
        return x

    with prepared(torch.nn.ReLU(), torch.ones(1), None) as workload:
        assert workload.subject.model == "ReLU"
    with prepared(my_function, torch.ones(1), None) as workload:
        assert workload.subject.model.endswith("my_function")


def test_a_named_tuple_is_one_argument():
    Pair = namedtuple("Pair", "x y")
    with prepared(print, Pair(torch.ones(1), 2), None) as workload:
        assert workload.sets[0][0][0].y == 2


def test_resized_inputs_are_ordinary_tensors():
    with prepared(print, torch.ones(1, 2), None) as workload:
        resized = workload.with_batch_size(3).sets[0][0][0]
    assert not resized.is_inference()
    assert resized.shape == (3, 2)


def test_an_expanded_view_is_given_memory_of_its_own():
    with prepared(print, torch.ones(1, 2).expand(4, 2), None) as workload:
        resized = workload.with_batch_size(4).sets[0][0][0]
    assert resized.is_contiguous()
    assert resized.untyped_storage().nbytes() == 4 * 2 * 4


def test_integer_and_boolean_inputs_are_resized_too():
    inputs = (torch.tensor([[1, 2]]), torch.tensor([True]))
    with prepared(print, inputs, None) as workload:
        ids, flags = workload.with_batch_size(2).sets[0][0]
    assert ids.tolist() == [[1, 2], [1, 2]]
    assert flags.tolist() == [True, True]


def test_scalars_only_have_no_batch_size():
    with prepared(print, torch.tensor(1.0), None) as workload, pytest.raises(PlanError):
        _ = workload.batch_size
