"""Norse: LIFBox, whose inputs go through the time constant, beside the NIR graph that says the same."""

import importlib.metadata

import nir
import norse.torch as norse
import numpy as np
import torch
from recording import fill, spikes, write
from torch import nn

DT = 0.001
TAU = 0.004
THRESHOLD = 0.25


def version():
    try:
        return importlib.metadata.version("norse")
    except importlib.metadata.PackageNotFoundError:
        return "1.1.0, from source"


def write_all(folder):
    sizes = [20, 24, 5]
    dense = [nn.Linear(inputs, outputs) for inputs, outputs in zip(sizes, sizes[1:])]
    fill(nn.ModuleList(dense), 6, True)
    parameters = norse.LIFBoxParameters(tau_mem_inv=torch.as_tensor(1 / TAU), v_th=torch.as_tensor(THRESHOLD))
    cells = [norse.LIFBoxCell(parameters, dt=DT) for _ in dense]
    inputs = spikes(3, (20,))
    kept = [[] for _ in cells]
    states = [None for _ in cells]
    reached = 0
    with torch.no_grad():
        for x in inputs:
            for index, (linear, cell) in enumerate(zip(dense, cells)):
                current = linear(x)
                v = states[index].v if states[index] is not None else torch.zeros_like(current)
                reached += int((v + DT * parameters.tau_mem_inv * (current - v) == THRESHOLD).sum())
                x, states[index] = cell(current, states[index])
                kept[index].append(x)
    nodes = {"input": nir.Input({"input": np.array([20])}), "output": nir.Output({"output": np.array([5])})}
    edges = []
    before = "input"
    for index, linear in enumerate(dense):
        size = linear.out_features
        nodes[f"{index}"] = nir.Affine(linear.weight.detach().numpy(), linear.bias.detach().numpy())
        full = lambda value: np.full(size, value, dtype=np.float32)
        nodes[f"{index}.lif"] = nir.LIF(tau=full(TAU), r=full(1), v_leak=full(0), v_threshold=full(THRESHOLD), v_reset=full(0))
        edges += [(before, f"{index}"), (f"{index}", f"{index}.lif")]
        before = f"{index}.lif"
    nir.write(folder / "norse-graph.nir", nir.NIRGraph(nodes, [*edges, (before, "output")]), compression=None)
    layers = [torch.stack(layer) for layer in kept]
    write(folder, "norse-graph", made_by=f"Norse {version()}", file="norse-graph.nir", options={"convention": "norse"}, inputs=inputs, layers=layers, on_threshold=reached)
    return 1
