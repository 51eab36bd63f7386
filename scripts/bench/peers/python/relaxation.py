"""S-CROWN through a LIF layer: from coefficients on its spikes to coefficients on its currents."""

import torch

from workload import LEAK, THRESHOLD


def lines(lower, upper):
    """The paper's lines for membranes within [lower, upper], [steps, batch, neurons].

    They bound c s + d r from below. Returned are, [steps, batch, 1, neurons] each: slope and constant that stand for s
    where c < 0, and what must be added to them where c > 0; the same constants for r (leak included) by the sign of d;
    and the slope that stands for r of a silent neuron.
    """
    with torch.no_grad():
        maybe = torch.gt(upper, THRESHOLD, out=torch.empty_like(upper))
        surely = torch.gt(lower, THRESHOLD, out=torch.empty_like(lower))
        is_open = maybe - surely
        # s >= (u - th) / (h - th) where the interval reaches further up, s <= (u - l) / (th - l) where it does not.
        above = is_open * torch.ge(upper - THRESHOLD, THRESHOLD - lower, out=torch.empty_like(upper))
        below = is_open - above
        silent = LEAK * (1 - maybe)
        kept = is_open * (LEAK * THRESHOLD)
    # Where a line is not used, its denominator is 1.
    rising = above / (above * (upper - THRESHOLD) + (1 - above))
    falling = below / (below * (THRESHOLD - lower) + (1 - below))
    constant = surely + above - falling * lower
    constant_beyond = surely - THRESHOLD * rising - constant
    kept_beyond = LEAK * is_open * lower - kept
    made = falling, rising - falling, constant, constant_beyond, kept, kept_beyond, silent
    return [line.unsqueeze(2) for line in made]


class Relaxed(torch.autograd.Function):
    """Coefficients on the spikes [steps, batch, rows, neurons] -> on the currents, and constants [batch, rows].

    With z = 1 - s an open neuron keeps l z <= r <= th z, so that what is kept adds to the coefficient on s. The kinds of
    neurons and the signs of the coefficients are constant in the derivative.
    """

    @staticmethod
    def forward(context, coefficients, *lines):
        slope, slope_beyond, constant, constant_beyond, kept, kept_beyond, silent = lines
        own, slopes = torch.empty(coefficients.shape), torch.empty(coefficients.shape)
        positive = torch.empty(coefficients.shape[1:])
        sums = 0
        for t in reversed(range(len(slopes))):
            c, lam = own[t], slopes[t]
            if t + 1 == len(slopes):
                c.copy_(coefficients[t])
            else:
                later = slopes[t + 1]
                torch.clamp(later, min=0, out=positive)
                sums = sums + dot(later, kept[t]) + dot(positive, kept_beyond[t])
                torch.addcmul(coefficients[t], later, kept[t], value=-1, out=c)
                c.addcmul_(positive, kept_beyond[t], value=-1)
            torch.clamp(c, min=0, out=positive)
            sums = sums + dot(c, constant[t]) + dot(positive, constant_beyond[t])
            torch.mul(c, slope[t], out=lam).addcmul_(positive, slope_beyond[t])
            if t + 1 < len(slopes):
                lam.addcmul_(later, silent[t])
        context.save_for_backward(own, slopes, *lines)
        return slopes, sums

    @staticmethod
    def backward(context, by_slopes, by_sums):
        own, slopes, *lines = context.saved_tensors
        slope, slope_beyond, constant, constant_beyond, kept, kept_beyond, silent = lines
        by_coefficients = torch.empty_like(own)
        by_slope, by_slope_beyond, by_constant, by_constant_beyond, by_kept_beyond = (
            torch.zeros_like(slope) for _ in range(5)
        )
        by_sums = by_sums.unsqueeze(2)
        by_lam, positive, product = (torch.empty_like(own[0]) for _ in range(3))
        by_later = torch.zeros_like(own[0])
        for t in range(len(slopes)):
            c, by_c = own[t], by_coefficients[t]
            torch.add(by_slopes[t], by_later, out=by_lam)
            torch.clamp(c, min=0, out=positive)
            by_slope[t] = torch.mul(by_lam, c, out=product).sum(1, keepdim=True)
            by_slope_beyond[t] = torch.mul(by_lam, positive, out=product).sum(1, keepdim=True)
            by_constant[t] = by_sums.transpose(1, 2) @ c
            by_constant_beyond[t] = by_sums.transpose(1, 2) @ positive
            torch.mul(by_lam, slope_beyond[t], out=product).addcmul_(by_sums, constant_beyond[t])
            torch.ops.aten.threshold_backward(product, c, 0, grad_input=by_c)
            by_c.addcmul_(by_lam, slope[t]).addcmul_(by_sums, constant[t])
            if t + 1 == len(slopes):
                break
            later = slopes[t + 1]
            by_added = torch.sub(by_sums, by_c, out=positive)
            torch.mul(by_added, kept_beyond[t], out=product)
            torch.ops.aten.threshold_backward(product, later, 0, grad_input=by_later)
            by_later.addcmul_(by_added, kept[t]).addcmul_(by_lam, silent[t])
            torch.ops.aten.threshold_backward(by_added, later, 0, grad_input=product)
            by_kept_beyond[t] = product.mul_(later).sum(1, keepdim=True)
        return by_coefficients, by_slope, by_slope_beyond, by_constant, by_constant_beyond, None, by_kept_beyond, None


def dot(rows, vector):
    """[batch, rows, neurons] by [batch, 1, neurons] -> [batch, rows]"""
    return (rows @ vector.transpose(1, 2)).squeeze(2)
