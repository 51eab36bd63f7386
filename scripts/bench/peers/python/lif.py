"""The LIF layer over all steps, forward and backward, for exact inputs and for intervals.

    u[t] = current[t] + leak * r[t-1]        s[t] = 1 if u[t] > threshold else 0        r[t] = u[t] (1 - s[t])

Everything runs on floats: on CPU PyTorch's comparisons write floats at full speed, while masks of type bool and
`torch.where` are ten times slower. The derivative of a spike is 1 where |u - threshold| < 1/2, which is what the
derivative of a hard tanh gives.
"""

import torch

from workload import LEAK, THRESHOLD


def surrogate(gradient, membrane):
    """gradient where |membrane - threshold| < 1/2, else 0"""
    return torch.ops.aten.hardtanh_backward(gradient, membrane, THRESHOLD - 0.5, THRESHOLD + 0.5)


class Lif(torch.autograd.Function):
    """Currents [T, ...] -> spikes [T, ...]"""

    @staticmethod
    def forward(context, currents):
        membranes, spikes = torch.empty_like(currents), torch.empty_like(currents)
        kept = torch.zeros_like(currents[0])
        for current, u, s in zip(currents, membranes, spikes):
            torch.add(current, kept, alpha=LEAK, out=u)
            torch.gt(u, THRESHOLD, out=s)
            torch.addcmul(u, u, s, value=-1, out=kept)
        context.save_for_backward(membranes, spikes)
        return spikes

    @staticmethod
    def backward(context, by_spikes):
        membranes, spikes = context.saved_tensors
        by_currents = torch.empty_like(membranes)
        by_kept = None
        for t in reversed(range(len(membranes))):
            u, s, by_u = membranes[t], spikes[t], by_currents[t]
            if by_kept is None:
                by_u.copy_(surrogate(by_spikes[t], u))
            else:
                by_s = torch.addcmul(by_spikes[t], by_kept, u, value=-1)
                torch.addcmul(by_kept, by_kept, s, value=-1, out=by_u)
                by_u += surrogate(by_s, u)
            by_kept = by_u * LEAK
        return by_currents


class IntervalLif(torch.autograd.Function):
    """Bounds of the currents [T, ...], lower and upper -> bounds of the spikes, and of the membranes.

        silent (h <= th): r in [l, h]        firing (l > th): [0, 0]        open: [min(l, 0), th]

    The branch is constant in the derivative.
    """

    @staticmethod
    def forward(context, current_lower, current_upper):
        lower, upper = torch.empty_like(current_lower), torch.empty_like(current_upper)
        surely, maybe = torch.empty_like(lower), torch.empty_like(upper)
        kept_lower, kept_upper = torch.zeros_like(lower[0]), torch.zeros_like(upper[0])
        positive = torch.empty_like(kept_lower)
        for t in range(len(lower)):
            l, h = lower[t], upper[t]
            torch.add(current_lower[t], kept_lower, alpha=LEAK, out=l)
            torch.add(current_upper[t], kept_upper, alpha=LEAK, out=h)
            torch.gt(l, THRESHOLD, out=surely[t])
            torch.gt(h, THRESHOLD, out=maybe[t])
            # l where silent, min(l, 0) elsewhere; and h where silent, the threshold where open, 0 where firing.
            torch.clamp(l, min=0, out=positive)
            torch.addcmul(l, positive, maybe[t], value=-1, out=kept_lower)
            torch.clamp(h, max=THRESHOLD, out=kept_upper)
            kept_upper.sub_(surely[t], alpha=THRESHOLD)
        context.save_for_backward(lower, upper, maybe)
        context.set_materialize_grads(False)
        return surely, maybe, lower, upper

    @staticmethod
    def backward(context, by_surely, by_maybe, by_lower, by_upper):
        lower, upper, maybe = context.saved_tensors
        by_current_lower, by_current_upper = torch.empty_like(lower), torch.empty_like(upper)
        by_l = by_h = None
        for t in reversed(range(len(lower))):
            later_l, later_h = by_l, by_h
            by_l, by_h = by_current_lower[t], by_current_upper[t]
            by_l.copy_(surrogate(by_surely[t], lower[t]) if by_surely is not None else by_lower[t])
            by_h.copy_(surrogate(by_maybe[t], upper[t]) if by_maybe is not None else by_upper[t])
            if by_surely is not None and by_lower is not None:
                by_l += by_lower[t]
            if by_maybe is not None and by_upper is not None:
                by_h += by_upper[t]
            if later_l is not None:
                by_l.add_(later_l, alpha=LEAK)
                by_positive = torch.ops.aten.threshold_backward(later_l, lower[t], 0)
                by_l.addcmul_(by_positive, maybe[t], value=-LEAK)
                by_h.add_(later_h, alpha=LEAK).addcmul_(later_h, maybe[t], value=-LEAK)
        return by_current_lower, by_current_upper
