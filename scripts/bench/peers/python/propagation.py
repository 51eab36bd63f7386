"""Forward passes: spikes, S-IBP, S-CROWN (Liang et al. 2022, with the rate readout)."""

from dataclasses import dataclass

import torch

from encoding import encoded, interval, middle
from lif import IntervalLif, Lif
from relaxation import Relaxed, lines


def rates(workload, layers, draws):
    """Mean spikes of the last layer [batch, classes]."""
    x = encoded(workload, draws)
    for layer in layers:
        currents = layer.forward(x)
        # Every step sees the same image, so its currents are computed once.
        x = Lif.apply(currents.expand(workload.steps, *currents.shape[1:]))
    return x.mean(0)


@dataclass
class Intervals:
    inputs: tuple
    """Centre and radius of the inputs, one step or all."""
    draws: torch.Tensor | None
    membranes: list
    """Lower and upper bound [steps, batch, neurons] per layer."""
    rates: tuple
    """Lower and upper bound of the rates."""


def intervals(workload, layers, draws, steps):
    """S-IBP over the first `steps` steps."""
    if draws is not None:
        draws = draws[:steps]
    centre, radius = inputs = interval(workload, draws)
    membranes = []
    for layer in layers:
        centre, radius = layer.forward(centre), layer.magnitude(radius)
        shape = steps, *centre.shape[1:]
        surely, maybe, *bounds = IntervalLif.apply((centre - radius).expand(shape), (centre + radius).expand(shape))
        membranes.append(bounds)
        centre, radius = middle(surely, maybe)
    return Intervals(inputs, draws, membranes, (surely.mean(0), maybe.mean(0)))


def rivals(labels, classes):
    """[batch, classes - 1]: the classes other than the label, ascending."""
    others = torch.arange(classes - 1).expand(len(labels), -1)
    return others + (others >= labels[:, None])


def interval_margins(bounds, labels):
    """S-IBP's lower bounds of rate(label) - rate(rival), [batch, classes - 1]."""
    lower, upper = bounds.rates
    return lower.gather(1, labels[:, None]) - upper.gather(1, rivals(labels, upper.shape[1]))


def linear_margins(workload, layers, bounds):
    """S-CROWN's, by the paper's relaxations, in one backward pass over [steps, batch, rivals, neurons]."""
    labels, (steps, _, classes) = workload.labels, bounds.membranes[-1][0].shape
    rows = torch.zeros(len(labels), classes - 1, classes)
    rows.scatter_(2, rivals(labels, classes)[..., None], -1.0)
    rows.scatter_(2, labels[:, None, None].expand(-1, classes - 1, 1), 1.0)
    coefficients, constant = rows.expand(steps, *rows.shape), 0
    for index, (layer, membranes) in reversed(list(enumerate(zip(layers, bounds.membranes)))):
        slopes, added = Relaxed.apply(coefficients, *lines(*membranes))
        # All steps see the same image: what its coefficients are in sum is all that counts.
        if index == 0 and workload.is_coupled and bounds.draws is None:
            slopes = slopes.sum(0, keepdim=True)
        constant = constant + added + layer.by_bias(slopes).sum(0)
        coefficients = layer.transposed(slopes)
    return (least(coefficients, bounds, workload.is_coupled) + constant) / steps


def least(coefficients, bounds, is_coupled):
    """Minimum over the inputs of the sum over coefficients times inputs, [batch, rivals]."""
    centre, radius = bounds.inputs
    if bounds.draws is None or not is_coupled:
        return (coefficients @ centre[..., None] - coefficients.abs() @ radius[..., None]).sum((0, 3))
    # As a pixel grows, its spikes switch on in the order of the draws; only open ones can: each is worth its coefficient.
    order = bounds.draws.argsort(0)
    gains = (coefficients * (2 * radius).unsqueeze(2)).gather(0, order.unsqueeze(2).expand_as(coefficients))
    best = gains.cumsum(0).amin(0).clamp(max=0).sum(2)
    return (coefficients @ (centre - radius)[..., None]).sum((0, 3)) + best
