"""Norse: LIFBox, whose inputs go through the time constant, beside the NIR graph that says the same."""

import importlib.metadata

import nir
import norse.torch as norse
import numpy as np
import torch
from networks import dense
from recording import fill, run, spikes, write
from torch import nn

DT = 0.001
TAU = 0.004
THRESHOLD = 0.25


def version():
    try:
        return importlib.metadata.version("norse")
    except importlib.metadata.PackageNotFoundError:
        return "1.1.0"


def is_neuron(module):
    return isinstance(module, norse.LIFBoxCell)


def recorded(modules, inputs):
    states = {}

    def step(cell, current):
        v = states[cell].v if cell in states else torch.zeros_like(current)
        potential = v + DT * cell.p.tau_mem_inv * (current - v)
        fired, states[cell] = cell(current, states.get(cell))
        return fired, int((potential == THRESHOLD).sum())

    return run(modules, is_neuron, inputs, step)


def node(module):
    if isinstance(module, nn.Linear):
        return nir.Affine(module.weight.detach().numpy(), module.bias.detach().numpy())
    full = lambda value: np.full(module.size, value, dtype=np.float32)
    return nir.LIF(tau=full(TAU), r=full(1), v_leak=full(0), v_threshold=full(THRESHOLD), v_reset=full(0))


def cell(size):
    parameters = norse.LIFBoxParameters(tau_mem_inv=torch.as_tensor(1 / TAU), v_th=torch.as_tensor(THRESHOLD))
    made = norse.LIFBoxCell(parameters, dt=DT)
    made.size = size
    return made


def write_all(folder):
    modules = dense("lif", cell)
    fill(nn.ModuleDict(modules), 6, True)
    inputs = spikes(3, (20,))
    trace = recorded(modules, inputs)
    ends = {"input": nir.Input({"input": np.array([20])}), "output": nir.Output({"output": np.array([5])})}
    names = ["input", *modules, "output"]
    graph = nir.NIRGraph({**ends, **{name: node(module) for name, module in modules.items()}}, list(zip(names, names[1:])))
    nir.write(folder / "norse-graph.nir", graph, compression=None)
    made_by = f"Norse {version()}"
    options = {"convention": "norse"}
    write(folder, "norse-graph", made_by=made_by, file="norse-graph.nir", options=options, inputs=inputs, trace=trace)
    return 1
