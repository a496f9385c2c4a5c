"""The network being trained, as an engine: evaluated by exactly the code that users run."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from fittingroom.engine.protocol import NetworkOutput
from fittingroom.models.parsing_net import OFFSET_UNIT_PX, ParsingNet


class NetworkEngine:
    """Runs a :class:`ParsingNet` in evaluation mode on the CPU."""

    def __init__(self, net: ParsingNet) -> None:
        self.net = net.eval().cpu().to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.no_grad()
    def run(self, images_rgb: NDArray[np.uint8], *, finer: bool = False) -> NetworkOutput:
        """See :class:`fittingroom.engine.protocol.Engine`."""
        images = torch.from_numpy(images_rgb).permute(0, 3, 1, 2).float() / 127.5 - 1  # (B, H, W, 3) -> (B, 3, H, W)
        output = self.net(images)
        return NetworkOutput(
            class_logits=output.class_logits.numpy(),
            centre_heat=output.centre_logits.sigmoid()[:, 0].numpy(),
            centre_offsets_px=(output.centre_offsets * OFFSET_UNIT_PX).numpy(),
            detail_logits=output.detail_logits.numpy() if finer else None,
            point_heat=output.point_logits.sigmoid().numpy() if finer else None,
        )
