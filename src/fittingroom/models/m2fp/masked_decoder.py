"""The transformer decoder: queries that look only where their own mask of the moment says they are."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from fittingroom.models.m2fp.attention import MultiHeadAttention
from fittingroom.models.m2fp.pixel_decoder import LEVELS
from fittingroom.models.m2fp.positions import sine_positions


class CrossAttentionLayer(nn.Module):
    """Queries look at the picture's cells; added, then normalised."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.multihead_attn = MultiHeadAttention(width, heads)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, query_positions: Tensor, memory: Tensor, positions: Tensor, blocked: Tensor) -> Tensor:
        seen = self.multihead_attn(x + query_positions, memory + positions, memory, blocked)
        normalised: Tensor = self.norm(x + seen)
        return normalised


class SelfAttentionLayer(nn.Module):
    """Queries look at each other; added, then normalised."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.self_attn = MultiHeadAttention(width, heads)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, query_positions: Tensor) -> Tensor:
        placed = x + query_positions
        normalised: Tensor = self.norm(x + self.self_attn(placed, placed, x))
        return normalised


class FeedForwardLayer(nn.Module):
    """Every query on its own; added, then normalised."""

    def __init__(self, width: int, inner_width: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(width, inner_width)
        self.linear2 = nn.Linear(inner_width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        normalised: Tensor = self.norm(x + self.linear2(F.relu(self.linear1(x))))
        return normalised


class Mlp(nn.Module):
    """Three linear layers with ReLU between."""

    def __init__(self, width: int, out_width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, out_width)])

    def forward(self, x: Tensor) -> Tensor:
        first, second, third = self.layers
        out: Tensor = third(F.relu(second(F.relu(first(x)))))
        return out


class MaskedDecoder(nn.Module):
    """Features at strides 32, 16, 8 and mask features -> what each query is, and where.

    Args:
        resizes_features: what a query looks at next is its mask at the size of a level. Bilinear resizing is linear, so
            the mask features can be resized once for each level in place of the masks once for each layer: the same
            numbers for less work. False does it the long way, to measure the difference.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        width: int,
        mask_width: int,
        queries: int,
        layers: int,
        heads: int,
        feedforward_width: int,
        resizes_features: bool = True,
    ) -> None:
        super().__init__()
        self.transformer_self_attention_layers = nn.ModuleList(SelfAttentionLayer(width, heads) for _ in range(layers))
        self.transformer_cross_attention_layers = nn.ModuleList(
            CrossAttentionLayer(width, heads) for _ in range(layers)
        )
        self.transformer_ffn_layers = nn.ModuleList(FeedForwardLayer(width, feedforward_width) for _ in range(layers))
        self.decoder_norm = nn.LayerNorm(width)
        self.query_feat = nn.Embedding(queries, width)
        self.query_embed = nn.Embedding(queries, width)
        self.level_embed = nn.Embedding(LEVELS, width)
        self.class_embed = nn.Linear(width, num_classes + 1)  # the last class is "no object"
        self.mask_embed = Mlp(width, mask_width)
        self.resizes_features = resizes_features

    def forward(self, levels: list[Tensor], mask_features: Tensor) -> list[tuple[Tensor, Tensor]]:
        """(class logits (B, Q, classes + 1), mask logits (B, Q, H, W)), last of all the answer.

        In training the predictions before each layer come before it; in evaluation it is alone.
        """
        batch = mask_features.shape[0]
        memories = [
            level.flatten(2).transpose(1, 2) + embed  # (B, C, h, w) -> (B, h w, C)
            for level, embed in zip(levels, self.level_embed.weight, strict=True)
        ]
        positions = [sine_positions(level).flatten(2).transpose(1, 2) for level in levels]
        guides = [_resized(mask_features, level) for level in levels] if self.resizes_features else None
        query_positions = self.query_embed.weight[None]
        x = self.query_feat.weight[None].expand(batch, -1, -1)
        predictions = []
        for index, (cross, itself, feed_forward) in enumerate(
            zip(
                self.transformer_cross_attention_layers,
                self.transformer_self_attention_layers,
                self.transformer_ffn_layers,
                strict=True,
            )
        ):
            level = index % LEVELS
            embedding = self.mask_embed(self.decoder_norm(x))
            if self.training:
                predictions.append(self._prediction(x, mask_features))
            if guides is None:
                logits = _resized(_masks(embedding, mask_features), levels[level])
            else:
                logits = _masks(embedding, guides[level])
            x = cross(x, query_positions, memories[level], positions[level], _blocked(logits.detach()))
            x = itself(x, query_positions)
            x = feed_forward(x)
        predictions.append(self._prediction(x, mask_features))
        return predictions

    def _prediction(self, x: Tensor, mask_features: Tensor) -> tuple[Tensor, Tensor]:
        decoded = self.decoder_norm(x)
        return self.class_embed(decoded), _masks(self.mask_embed(decoded), mask_features)


def _masks(embedding: Tensor, features: Tensor) -> Tensor:
    """(B, Q, C) and (B, C, H, W) -> (B, Q, H, W)."""
    return (embedding @ features.flatten(2)).reshape(*embedding.shape[:2], *features.shape[2:])


def _resized(maps: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(maps, size=like.shape[2:], mode="bilinear", align_corners=False)


def _blocked(mask_logits: Tensor) -> Tensor:
    """bool (B, Q, H W): where a query must not look. A query whose mask is empty may look everywhere."""
    logits = mask_logits.flatten(2)
    return (logits < 0) & (logits.amax(2, keepdim=True) >= 0)
