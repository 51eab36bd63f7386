"""How images become what the first layer sees, and the interval of that."""

import torch


def draw(workload):
    """Uniform numbers [steps, batch, pixels] for a rate code, none for direct input."""
    if not workload.is_rate:
        return None
    return torch.rand(workload.steps, *workload.images.shape)


def encoded(workload, draws):
    """[steps, batch, pixels], or [1, batch, pixels] where every step sees the same."""
    if draws is None:
        return workload.images[None]
    return torch.gt(workload.images, draws, out=torch.empty_like(draws))


def interval(workload, draws):
    """Centre and radius of every input, in the form of `encoded`."""
    if draws is None:
        return workload.images[None], torch.full_like(workload.images[None], workload.epsilon)
    lower = torch.gt(workload.images - workload.epsilon, draws, out=torch.empty_like(draws))
    upper = torch.gt(workload.images + workload.epsilon, draws, out=torch.empty_like(draws))
    return middle(lower, upper)


def middle(lower, upper):
    """Centre and radius of an interval."""
    return (lower + upper).mul_(0.5), (upper - lower).mul_(0.5)
