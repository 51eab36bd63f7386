"""SpikingJelly: its neurons with and without decay of the input, a reset that is not zero, and its own NIR export."""

import importlib.metadata
from functools import partial

import nir
import torch
from networks import convolutional, dense, described
from recording import STEPS, fill, run, spikes, write
from spikingjelly.activation_based import functional, layer, neuron
from spikingjelly.activation_based.nir_exchange import export_to_nir
from torch import nn

MADE_BY = f"SpikingJelly {importlib.metadata.version('spikingjelly')}"

maps = partial(convolutional, layer=layer)
LIF = neuron.LIFNode

# Network, shape of the input, whether weights lie on a grid, neurons and their arguments.
CASES = {
    "spikingjelly-fc-grid": (dense, (20,), True, LIF, {"tau": 2.0, "decay_input": False, "v_threshold": 1.0}),
    "spikingjelly-fc-decay": (dense, (20,), True, LIF, {"tau": 4.0, "decay_input": True, "v_threshold": 0.25}),
    "spikingjelly-fc": (dense, (20,), False, LIF, {"tau": 4.0 / 3.0, "decay_input": False, "v_threshold": 0.7}),
    "spikingjelly-fc-reset": (dense, (20,), True, LIF, {"tau": 2.0, "decay_input": False, "v_reset": -0.5}),
    "spikingjelly-fc-parametric": (dense, (20,), True, neuron.ParametricLIFNode, {"init_tau": 2.0, "decay_input": False}),
    "spikingjelly-conv-grid": (maps, (2, 8, 8), True, neuron.IFNode, {"v_threshold": 2.0}),
}

# Integrators give themselves away by r = 1 / dt, leaky neurons do not.
GRAPHS = {
    "spikingjelly-graph-if": (maps, (2, 8, 8), neuron.IFNode, {"v_threshold": 2.0}, {}),
    "spikingjelly-graph-lif": (dense, (20,), LIF, {"v_threshold": 0.5}, {"convention": "spikingjelly"}),
}


def is_neuron(module):
    return isinstance(module, neuron.BaseNode)


def reached(module, x):
    """How many potentials are exactly the threshold before they fire."""
    from_rest = module.v - module.v_reset
    share = 0
    if isinstance(module, neuron.LIFNode):
        share = 1 / module.tau
    elif isinstance(module, neuron.ParametricLIFNode):
        share = module.w.sigmoid()
    decays = getattr(module, "decay_input", False)
    potential = module.v + (x - from_rest) * share if decays else module.v - from_rest * share + x
    return int((potential == module.v_threshold).sum())


def recorded(modules, inputs):
    for module in filter(is_neuron, modules.values()):
        functional.reset_net(module)

    def step(module, x):
        count = reached(module, x)
        return module(x), count

    return run(modules, is_neuron, inputs, step)


def write_case(folder, name, build, shape, grid, node, arguments):
    modules = build("sn", lambda _: node(**arguments))
    network = nn.ModuleDict(modules)
    fill(network, len(name), grid)
    inputs = spikes(1, shape)
    trace = recorded(modules, inputs)
    torch.save(network.state_dict(), folder / f"{name}.pth")
    layers = described("spikingjelly", shape, STEPS, modules, is_neuron, arguments)
    write(folder, name, made_by=MADE_BY, file=f"{name}.pth", options={"layers": layers}, inputs=inputs, trace=trace)


def write_graph(folder, name, build, shape, node, arguments, options):
    """What SpikingJelly writes as NIR."""
    modules = build("sn", lambda _: node(**arguments))
    network = nn.Sequential(*modules.values())
    fill(network, 4, True)
    inputs = spikes(2, shape)
    trace = recorded(modules, inputs)
    with torch.no_grad():
        functional.reset_net(network)
        graph = export_to_nir(network, inputs[0])
    nir.write(folder / f"{name}.nir", graph, compression=None)
    write(folder, name, made_by=MADE_BY, file=f"{name}.nir", options=options, inputs=inputs, trace=trace)


def write_all(folder):
    for name, case in CASES.items():
        write_case(folder, name, *case)
    for name, graph in GRAPHS.items():
        write_graph(folder, name, *graph)
    return len(CASES) + len(GRAPHS)
