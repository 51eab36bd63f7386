"""snnTorch: Leaky with both resets that have a counterpart, with and without a delay, and its own NIR export."""

import nir
import snntorch
import torch
from networks import convolutional, dense, described
from recording import STEPS, fill, run, spikes, write
from snntorch.export_nir import export_to_nir
from torch import nn

MADE_BY = f"snnTorch {snntorch.__version__}"

ZERO = {"reset_mechanism": "zero"}

# Network, shape of the input, whether weights lie on a grid, what the state dict keeps of neurons, and what it does not.
CASES = {
    "snntorch-fc-grid": (dense, (20,), True, {"beta": 0.5, "threshold": 1.0, **ZERO}, {}),
    "snntorch-fc": (dense, (20,), False, {"beta": 0.9, "threshold": 0.7, **ZERO}, {}),
    "snntorch-fc-no-delay": (dense, (20,), True, {"beta": 0.25, "threshold": 0.25, **ZERO}, {"reset_delay": False}),
    "snntorch-fc-soft": (dense, (20,), True, {"beta": 1.0, "threshold": 2.0, "reset_mechanism": "subtract"}, {}),
    "snntorch-conv-grid": (convolutional, (2, 8, 8), True, {"beta": 0.25, "threshold": 0.25, **ZERO}, {}),
}


def is_neuron(module):
    return isinstance(module, snntorch.Leaky)


def recorded(modules, inputs):
    memory = {module: module.reset_mem() for module in modules.values() if is_neuron(module)}

    def step(module, x):
        fired, memory[module] = module(x, memory[module])
        # Without the delay the potential has been reset by now.
        return fired, int((memory[module] == module.threshold).sum())

    return run(modules, is_neuron, inputs, step)


def write_case(folder, name, build, shape, grid, stored, told):
    modules = build("lif", lambda _: snntorch.Leaky(**stored, **told))
    network = nn.ModuleDict(modules)
    fill(network, len(name), grid)
    inputs = spikes(1, shape)
    trace = recorded(modules, inputs)
    torch.save(network.state_dict(), folder / f"{name}.pth")
    layers = described("snntorch", shape, STEPS, modules, is_neuron, told)
    write(folder, name, made_by=MADE_BY, file=f"{name}.pth", options={"layers": layers}, inputs=inputs, trace=trace)


def write_graph(folder, name):
    """What snnTorch writes as NIR, which says nothing of the reset. NIR checks shapes, so neurons have a number each."""
    full = lambda size: snntorch.Leaky(beta=torch.full((size,), 0.5), threshold=torch.full((size,), 1.0), **ZERO)
    modules = dense("lif", full)
    fill(nn.ModuleDict(modules), 3, True)
    inputs = spikes(2, (20,))
    trace = recorded(modules, inputs)
    for module in filter(is_neuron, modules.values()):
        module.init_hidden = True
        module.reset_mem()
    graph = export_to_nir(nn.Sequential(*modules.values()), inputs[0], ignore_dims=[0])
    # Arrays are packed with gzip unless one says otherwise; the other graphs are not, to keep them small.
    nir.write(folder / f"{name}.nir", graph)
    write(folder, name, made_by=MADE_BY, file=f"{name}.nir", options={}, inputs=inputs, trace=trace)


def write_all(folder):
    for name, case in CASES.items():
        write_case(folder, name, *case)
    write_graph(folder, "snntorch-graph")
    return len(CASES) + 1
