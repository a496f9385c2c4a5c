import torch
from torch import nn

from fittingroom.models.m2fp.attention import MultiHeadAttention


def test_it_is_the_attention_of_torch_with_the_same_parameters() -> None:
    torch.manual_seed(0)
    theirs = nn.MultiheadAttention(16, 4, batch_first=True)
    ours = MultiHeadAttention(16, 4)
    ours.load_state_dict(theirs.state_dict())
    query, key, value = torch.randn(2, 3, 16), torch.randn(2, 5, 16), torch.randn(2, 5, 16)
    blocked = torch.tensor([[False, True, False, True, False]]).expand(2, 3, 5)
    expected, _ = theirs(query, key, value, attn_mask=blocked.repeat_interleave(4, 0))
    assert torch.allclose(ours(query, key, value, blocked), expected, atol=1e-6)


def test_what_is_blocked_changes_nothing() -> None:
    torch.manual_seed(0)
    attention = MultiHeadAttention(8, 2)
    query, memory = torch.randn(1, 2, 8), torch.randn(1, 4, 8)
    blocked = torch.tensor([[[False, False, False, True]] * 2])
    altered = memory.clone()
    altered[:, 3] += 10
    assert torch.equal(attention(query, memory, memory, blocked), attention(query, altered, altered, blocked))
