"""snnTorch: a loop over the steps with `snn.Leaky`, as its tutorials have it.

With `reset_mechanism="zero"` and the paper's numbers its neuron fires when ours does: it resets one step later, before
the next current is added. Its reset has no derivative, and a spike's is that of an arc tangent.
"""

import snntorch as snn
import torch
from torch import nn

import modules
from workload import LEAK, THRESHOLD


class Network(nn.Module):
    def __init__(self, workload):
        super().__init__()
        pairs = modules.affine_modules(workload)
        self.steps = workload.steps
        self.affine = nn.ModuleList(module for module, _ in pairs)
        self.flattens = [flattens for _, flattens in pairs]
        self.neurons = nn.ModuleList(snn.Leaky(LEAK, threshold=THRESHOLD, reset_mechanism="zero") for _ in pairs)

    def forward(self, x):
        membranes = [neuron.init_leaky() for neuron in self.neurons]
        still = self.affine[0](x[0]) if len(x) == 1 else None
        told = []
        for t in range(self.steps):
            spikes = None if still is not None else x[t]
            for index, (affine, neuron) in enumerate(zip(self.affine, self.neurons)):
                if index == 0 and still is not None:
                    currents = still
                else:
                    currents = affine(spikes.flatten(1) if self.flattens[index] else spikes)
                spikes, membranes[index] = neuron(currents, membranes[index])
            told.append(spikes)
        return torch.stack(told)


def open_task(workload):
    return modules.Task(workload, Network(workload))
