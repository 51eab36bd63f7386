"""SpikingJelly in its multi-step mode: layers see all steps at once, `neuron.LIFNode` loops inside.

With `decay_input=False` its neuron is ours but for rounding and for a membrane of exactly the threshold, which fires.
"""

import torch
from spikingjelly.activation_based import functional, layer, neuron
from torch import nn

import modules
from workload import LEAK, THRESHOLD


def node():
    return neuron.LIFNode(1 / (1 - LEAK), decay_input=False, v_threshold=THRESHOLD, v_reset=0.0, step_mode="m")


class Network(nn.Module):
    def __init__(self, workload):
        super().__init__()
        pairs = modules.affine_modules(workload)
        self.steps = workload.steps
        self.first, _ = pairs[0]
        parts = [node()]
        for module, flattens in pairs[1:]:
            if flattens:
                parts.append(layer.Flatten(step_mode="m"))
            parts += [layer.SeqToANNContainer(module), node()]
        self.rest = nn.Sequential(*parts)

    def forward(self, x):
        # Every step of a still image has the same currents.
        currents = functional.seq_to_ann_forward(x, self.first)
        spikes = self.rest(currents.expand(self.steps, *currents.shape[1:]))
        functional.reset_net(self)
        return spikes


def open_task(workload):
    return modules.Task(workload, Network(workload))
