"""What the peers with neurons of their own share: a network of modules, its inference and its natural step."""

import torch
import torch.nn.functional as F
from torch import nn

from encoding import draw, encoded


def affine_modules(workload):
    """Pairs of an nn.Conv2d or nn.Linear with the workload's weights, and whether it flattens a map first."""
    made = []
    for index, (weight, bias) in enumerate(workload.parameters):
        if index < len(workload.geometry):
            stride, padding = workload.geometry[index]
            module = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2], stride=stride, padding=padding)
        else:
            module = nn.Linear(weight.shape[1], weight.shape[0])
        with torch.no_grad():
            module.weight.copy_(weight)
            module.bias.copy_(bias)
        made.append((module, index > 0 and index == len(workload.geometry)))
    # As PyTorch's own guide to performance advises for convolutions on CPU.
    return [(module.to(memory_format=torch.channels_last), flattens) for module, flattens in made]


class Task:
    """Inference or a natural step of `network`: inputs [steps or 1, batch, ...] -> spikes [steps, batch, classes]."""

    def __init__(self, workload, network):
        self.workload = workload
        self.network = network
        self.is_step = workload.name == "natural-step"
        self.optimiser = torch.optim.Adam(network.parameters(), lr=workload.learning_rate, fused=True)

    def run(self):
        draws = draw(self.workload)
        if self.is_step:
            self.optimiser.zero_grad()
            self._loss(self._scores(draws)).backward()
            self.optimiser.step()
        else:
            with torch.inference_mode():
                self._scores(draws)

    def check(self):
        """The numbers for the draws given. No gradient: libraries define the derivative of a spike in their own ways."""
        with torch.inference_mode():
            scores = self._scores(self.workload.given_draws())
            return {"scores": scores, "loss": self._loss(scores)} if self.is_step else {"scores": scores}

    def _loss(self, scores):
        return F.cross_entropy(self.workload.scale * scores, self.workload.labels)

    def _scores(self, draws):
        x = encoded(self.workload, draws)
        if self.workload.geometry:
            channels, height, width = self.workload.shape
            x = x.unflatten(2, (height, width, channels)).permute(0, 1, 4, 2, 3)
        return self.network(x).mean(0)
