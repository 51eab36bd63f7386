"""Compares the coupled minimum over rate-coded pixels with trying every value of every pixel; prints the difference."""

import sys

import torch

sys.path.insert(0, sys.argv[1])
from propagation import Intervals, least

torch.manual_seed(3)
steps, batch, rows, pixels, epsilon = 4, 3, 2, 5, 0.3
a = torch.randn(steps, batch, rows, pixels, dtype=torch.float64)
x, draws = torch.rand(batch, pixels, dtype=a.dtype), torch.rand(steps, batch, pixels, dtype=a.dtype)
lower, upper = (x - epsilon > draws).to(a), (x + epsilon > draws).to(a)
bounds = Intervals(((lower + upper) / 2, (upper - lower) / 2), draws, None, None)

# What spikes changes at the draws alone: between two of them one value stands for all.
values = torch.cat([x[None] - epsilon, x[None] + epsilon, draws + 1e-9])
values = values.clamp(x - epsilon, x + epsilon)
spikes = (values[:, None] > draws).to(a)
tried = torch.einsum("tbrp,vtbp->vbrp", a, spikes).amin(0).sum(2)
print((least(a, bounds, True) - tried).abs().max().item())
