"""Attention of queries to a memory, with places that a query must not look at."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MultiHeadAttention(nn.Module):
    """Multi-head attention with the parameters, and their names, of `torch.nn.MultiheadAttention`.

    Written out, because it exports to ONNX as what it is: four matrix products and a softmax.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, blocked: Tensor | None = None) -> Tensor:
        """query (B, Q, C), key and value (B, K, C), blocked bool (B, Q, K) -> (B, Q, C)."""
        weights, biases = self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3)
        q, k, v = (
            # (B, N, C) -> (B, heads, N, C / heads)
            F.linear(x, weight, bias).reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)
            for x, weight, bias in zip((query, key, value), weights, biases, strict=True)
        )
        scores = (q / math.sqrt(q.shape[3])) @ k.transpose(2, 3)  # (B, heads, Q, K)
        if blocked is not None:
            scores = scores.masked_fill(blocked[:, None], -math.inf)
        mixed = scores.softmax(3) @ v
        projected: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return projected
