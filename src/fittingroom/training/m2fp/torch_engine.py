"""The network in training as an engine: evaluated by exactly the code that users run."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from fittingroom.m2fp.engine import M2fpNetworkOutput
from fittingroom.models.m2fp import M2FP


class M2fpTorchEngine:
    """Runs a network where its weights are."""

    def __init__(self, net: M2FP) -> None:
        self.net = net

    @torch.no_grad()
    def run(self, pixels: NDArray[np.float32]) -> M2fpNetworkOutput:
        """See :class:`fittingroom.m2fp.engine.M2fpEngine`. The network is left in the mode that it was in."""
        was_training = self.net.training
        self.net.eval()
        try:
            device = next(self.net.parameters()).device
            output = self.net(torch.from_numpy(pixels).to(device))
        finally:
            self.net.train(was_training)
        return M2fpNetworkOutput(
            output.pred_logits[0].float().cpu().numpy(), output.pred_masks[0].float().cpu().numpy()
        )
