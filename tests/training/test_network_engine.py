import numpy as np
import torch

from fittingroom.models.parsing_net import ParsingNet
from fittingroom.training.network_engine import NetworkEngine


def test_a_network_answers_as_an_engine_does() -> None:
    torch.manual_seed(0)
    engine = NetworkEngine(ParsingNet(5).train())
    pictures = np.random.default_rng(0).integers(0, 256, (2, 32, 48, 3), dtype=np.uint8)
    output = engine.run(pictures, finer=True)
    assert output.detail_logits is not None
    assert output.point_heat is not None
    assert output.class_logits.shape == (2, 5, 8, 12)
    assert output.centre_heat.shape == (2, 8, 12)
    assert output.centre_offsets_px.shape == (2, 2, 8, 12)
    assert all(values.dtype == np.float32 for values in vars(output).values())
    assert 0 <= output.centre_heat.min() <= output.centre_heat.max() <= 1
    # evaluation mode: the second picture does not change the answer to the first
    alone = engine.run(pictures[:1])
    np.testing.assert_allclose(alone.class_logits[0], output.class_logits[0], atol=1e-4)
