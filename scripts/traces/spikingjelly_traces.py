"""SpikingJelly: its neurons with and without decay of the input, a reset that is not zero, and its own NIR export."""

import importlib.metadata

import nir
import torch
from recording import STEPS, fill, spikes, write
from spikingjelly.activation_based import functional, layer, neuron
from spikingjelly.activation_based.nir_exchange import export_to_nir
from torch import nn

MADE_BY = f"SpikingJelly {importlib.metadata.version('spikingjelly')}"


class Run:
    """Runs modules step by step and keeps the spikes of every neuron layer."""

    def __init__(self, modules):
        self.modules = modules
        self.on_threshold = 0

    def __call__(self, inputs):
        neurons = [module for module in self.modules if isinstance(module, neuron.BaseNode)]
        kept = [[] for _ in neurons]
        for module in neurons:
            functional.reset_net(module)
        for x in inputs:
            for module in self.modules:
                if module in neurons:
                    self.on_threshold += self.reached(module, x)
                    x = module(x)
                    kept[neurons.index(module)].append(x)
                else:
                    x = module(x)
        return [torch.stack(spiking) for spiking in kept]

    @staticmethod
    def reached(module, x):
        """How many potentials are exactly the threshold before they fire."""
        v, rest = module.v, module.v_reset
        if isinstance(module, neuron.LIFNode):
            h = v + (x - (v - rest)) / module.tau if module.decay_input else v - (v - rest) / module.tau + x
        elif isinstance(module, neuron.ParametricLIFNode):
            share = module.w.sigmoid()
            h = v + (x - (v - rest)) * share if module.decay_input else v - (v - rest) * share + x
        else:
            h = v + x
        return int((h == module.v_threshold).sum())


def dense(node):
    return {"fc1": nn.Linear(20, 24), "sn1": node(), "fc2": nn.Linear(24, 5), "sn2": node()}


def convolutional(node):
    return {
        "conv1": layer.Conv2d(2, 6, 3, padding=1),
        "sn1": node(),
        "pool1": layer.AvgPool2d(2),
        "conv2": layer.Conv2d(6, 8, 3, stride=2, padding=1),
        "sn2": node(),
        "flatten": layer.Flatten(),
        "fc1": layer.Linear(32, 5),
        "sn3": node(),
    }


def described(modules, arguments):
    """The layers file of a network: what its state dict does not say."""
    layers = []
    for name, module in modules.items():
        one = {"type": type(module).__name__, "name": name}
        if isinstance(module, nn.Conv2d):
            one |= {"stride": module.stride[0], "padding": module.padding[0]}
        if isinstance(module, nn.AvgPool2d):
            one |= {"kernel_size": module.kernel_size}
        if isinstance(module, neuron.BaseNode):
            one |= arguments
        layers.append(one)
    return layers


CASES = {
    "spikingjelly-fc-grid": (dense, (20,), True, neuron.LIFNode, {"tau": 2.0, "decay_input": False, "v_threshold": 1.0}),
    "spikingjelly-fc-decay": (dense, (20,), True, neuron.LIFNode, {"tau": 4.0, "decay_input": True, "v_threshold": 0.25}),
    "spikingjelly-fc": (dense, (20,), False, neuron.LIFNode, {"tau": 4.0 / 3.0, "decay_input": False, "v_threshold": 0.7}),
    "spikingjelly-fc-reset": (dense, (20,), True, neuron.LIFNode, {"tau": 2.0, "decay_input": False, "v_threshold": 1.0, "v_reset": -0.5}),
    "spikingjelly-fc-parametric": (dense, (20,), True, neuron.ParametricLIFNode, {"init_tau": 2.0, "decay_input": False}),
    "spikingjelly-conv-grid": (convolutional, (2, 8, 8), True, neuron.IFNode, {"v_threshold": 2.0}),
}


def write_case(folder, name, build, shape, grid, node, arguments):
    modules = build(lambda: node(**arguments))
    network = nn.ModuleDict(modules)
    fill(network, len(name), grid)
    inputs = spikes(1, shape)
    run = Run(list(modules.values()))
    with torch.no_grad():
        layers = run(inputs)
    torch.save(network.state_dict(), folder / f"{name}.pth")
    description = {
        "framework": "spikingjelly",
        "input": {"shape": list(shape) if len(shape) == 3 else [*shape, 1, 1], "encoding": "spikes", "steps": STEPS},
        "layers": described(modules, arguments),
    }
    write(folder, name, made_by=MADE_BY, file=f"{name}.pth", options={"layers": description}, inputs=inputs, layers=layers, on_threshold=run.on_threshold)


def write_graph(folder, name, build, shape, node, arguments, options):
    """What SpikingJelly writes as NIR."""
    modules = build(lambda: node(**arguments))
    network = nn.Sequential(*modules.values())
    fill(network, 4, True)
    inputs = spikes(2, shape)
    run = Run(list(modules.values()))
    with torch.no_grad():
        layers = run(inputs)
        functional.reset_net(network)
        graph = export_to_nir(network, inputs[0])
    nir.write(folder / f"{name}.nir", graph, compression=None)
    write(folder, name, made_by=MADE_BY, file=f"{name}.nir", options=options, inputs=inputs, layers=layers, on_threshold=run.on_threshold)


def write_all(folder):
    for name, case in CASES.items():
        write_case(folder, name, *case)
    # Integrators give themselves away by r = 1 / dt, leaky neurons do not.
    write_graph(folder, "spikingjelly-graph-if", convolutional, (2, 8, 8), neuron.IFNode, {"v_threshold": 2.0}, {})
    leaky = {"tau": 2.0, "decay_input": True, "v_threshold": 0.5}
    write_graph(folder, "spikingjelly-graph-lif", dense, (20,), neuron.LIFNode, leaky, {"convention": "spikingjelly"})
    return len(CASES) + 2
