"""What a run is made of: the network's shape, its weights, and the batch it sees."""

from dataclasses import dataclass, replace

import torch
from safetensors.torch import load_file

THRESHOLD = 0.25
LEAK = 0.25

# Input (channels, height, width), and stride and padding of the convolutions before the linear layers.
PAPER = {
    "fc": ((1, 28, 28), []),
    "conv": ((1, 28, 28), [(2, 1), (2, 1)]),
}


@dataclass
class Workload:
    name: str
    is_rate: bool
    is_coupled: bool
    """Whether the minimum over the input knows that all steps see the same pixels, or takes each step alone."""
    shape: tuple
    geometry: list
    """Stride and padding of the leading layers that are convolutions."""
    parameters: list
    """Weight and bias of every layer, in PyTorch's order."""
    images: torch.Tensor
    """[batch, pixels], in [0, 1]"""
    labels: torch.Tensor
    draws: torch.Tensor | None
    """[steps, batch, pixels] for a rate code, where they are given"""
    steps: int
    certified_steps: int
    epsilon: float
    kappa: float
    beta: float
    scale: float
    learning_rate: float

    def given_draws(self):
        """The draws to check with, none for direct input."""
        wanted = (self.steps, *self.images.shape)
        if self.is_rate and (self.draws is None or self.draws.shape != wanted):
            raise ValueError(f"the batch has no draws of shape {list(wanted)} to check with")
        return self.draws

    def parts(self, size):
        """The same for `size` examples of the batch at a time."""
        labels, images = self.labels.split(size), self.images.split(size)
        draws = [None] * len(labels) if self.draws is None else self.draws.split(size, 1)
        return [replace(self, labels=y, images=x, draws=d) for y, x, d in zip(labels, images, draws)]

    @staticmethod
    def read(told):
        """A workload as the benchmark describes it, with its files loaded."""
        if "geometry" in told:
            shape, geometry = told["geometry"]["shape"], told["geometry"]["convolutions"]
        else:
            shape, geometry = PAPER[told["network"]]
        batch = load_file(told["batch"])
        is_rate = told["input"] == "rate"
        images = channels_last(batch["images"], shape)
        draws = channels_last(batch["draws"], shape) if is_rate and "draws" in batch else None
        return Workload(
            name=told["name"],
            is_rate=is_rate,
            is_coupled=told.get("coupling") != "per-step",
            shape=tuple(shape),
            geometry=[tuple(pair) for pair in geometry],
            parameters=layers_of(told["model"]),
            images=images,
            labels=batch["labels"].long(),
            draws=draws,
            steps=told["steps"],
            certified_steps=told.get("certifiedSteps", told["steps"]),
            epsilon=told.get("epsilon", 0.0),
            kappa=told.get("kappa", 1.0),
            beta=told.get("beta", 1.0),
            scale=told.get("scale", 1.0),
            learning_rate=told.get("learningRate", 0.0),
        )


def channels_last(pixels, shape):
    """[..., channels * height * width] -> [..., height * width * channels]"""
    if shape[0] == 1:
        return pixels
    leading = pixels.shape[:-1]
    return pixels.reshape(-1, shape[0], shape[1] * shape[2]).transpose(1, 2).reshape(*leading, -1)


def layers_of(path):
    """Pairs (weight, bias) from the tensors layers.N.weight and layers.N.bias of a safetensors file."""
    tensors = load_file(path)
    count = sum(name.endswith(".weight") for name in tensors)
    return [(tensors[f"layers.{n}.weight"], tensors[f"layers.{n}.bias"]) for n in range(count)]
