"""Making models of M2FP: from published checkpoints, or by training."""
