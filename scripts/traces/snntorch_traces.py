"""snnTorch: Leaky with both resets that have a counterpart, with and without a delay, and its own NIR export."""

import nir
import snntorch
import torch
from recording import STEPS, fill, spikes, write
from snntorch.export_nir import export_to_nir
from torch import nn

MADE_BY = f"snnTorch {snntorch.__version__}"


class Run:
    """Runs modules step by step and keeps the spikes of every neuron layer."""

    def __init__(self, modules):
        self.modules = modules
        self.on_threshold = 0

    def __call__(self, inputs):
        neurons = [module for module in self.modules if isinstance(module, snntorch.Leaky)]
        kept = [[] for _ in neurons]
        memory = {module: module.reset_mem() for module in neurons}
        for x in inputs:
            for module in self.modules:
                if module not in memory:
                    x = module(x)
                    continue
                before = memory[module]
                x, memory[module] = module(x, before)
                kept[neurons.index(module)].append(x)
                # Without the delay the potential has been reset by then.
                self.on_threshold += int((memory[module] == module.threshold).sum())
        return [torch.stack(layer) for layer in kept]


def dense(neuron):
    return {"fc1": nn.Linear(20, 24), "lif1": neuron(), "fc2": nn.Linear(24, 5), "lif2": neuron()}


def convolutional(neuron):
    return {
        "conv1": nn.Conv2d(2, 6, 3, padding=1),
        "lif1": neuron(),
        "pool1": nn.AvgPool2d(2),
        "conv2": nn.Conv2d(6, 8, 3, stride=2, padding=1),
        "lif2": neuron(),
        "flatten": nn.Flatten(),
        "fc1": nn.Linear(32, 5),
        "lif3": neuron(),
    }


def described(modules, extra):
    """The layers file of a network: what its state dict does not say."""
    layers = []
    for name, module in modules.items():
        layer = {"type": type(module).__name__, "name": name}
        if isinstance(module, nn.Conv2d):
            layer |= {"stride": module.stride[0], "padding": module.padding[0]}
        if isinstance(module, nn.AvgPool2d):
            layer |= {"kernel_size": module.kernel_size}
        if isinstance(module, snntorch.Leaky):
            layer |= extra
        layers.append(layer)
    return layers


CASES = {
    "snntorch-fc-grid": (dense, (20,), True, {"beta": 0.5, "threshold": 1.0, "reset_mechanism": "zero"}, {}),
    "snntorch-fc": (dense, (20,), False, {"beta": 0.9, "threshold": 0.7, "reset_mechanism": "zero"}, {}),
    "snntorch-fc-no-delay": (dense, (20,), True, {"beta": 0.25, "threshold": 0.25, "reset_mechanism": "zero"}, {"reset_delay": False}),
    "snntorch-fc-soft": (dense, (20,), True, {"beta": 1.0, "threshold": 2.0, "reset_mechanism": "subtract"}, {}),
    "snntorch-conv-grid": (convolutional, (2, 8, 8), True, {"beta": 0.25, "threshold": 0.25, "reset_mechanism": "zero"}, {}),
}


def write_case(folder, name, build, shape, grid, neuron, extra):
    modules = build(lambda: snntorch.Leaky(**neuron, **extra))
    network = nn.ModuleDict(modules)
    fill(network, len(name), grid)
    inputs = spikes(1, shape)
    run = Run(list(modules.values()))
    with torch.no_grad():
        layers = run(inputs)
    torch.save(network.state_dict(), folder / f"{name}.pth")
    map_shape = list(shape) if len(shape) == 3 else [*shape, 1, 1]
    description = {
        "framework": "snntorch",
        "input": {"shape": map_shape, "encoding": "spikes", "steps": STEPS},
        "layers": described(modules, extra),
    }
    write(folder, name, made_by=MADE_BY, file=f"{name}.pth", options={"layers": description}, inputs=inputs, layers=layers, on_threshold=run.on_threshold)


def write_graph(folder):
    """What snnTorch writes as NIR, which says nothing of the reset."""
    # One number per neuron: NIR checks shapes.
    sizes = iter([24, 5])
    full = lambda size: snntorch.Leaky(beta=torch.full((size,), 0.5), threshold=torch.full((size,), 1.0), reset_mechanism="zero")
    modules = dense(lambda: full(next(sizes)))
    fill(nn.ModuleDict(modules), 3, True)
    inputs = spikes(2, (20,))
    run = Run(list(modules.values()))
    with torch.no_grad():
        layers = run(inputs)
    for module in modules.values():
        if isinstance(module, snntorch.Leaky):
            module.init_hidden = True
            module.reset_mem()
    graph = export_to_nir(nn.Sequential(*modules.values()), inputs[0], ignore_dims=[0])
    # Arrays are packed with gzip unless one says otherwise; the other graphs are not, to keep them small.
    nir.write(folder / "snntorch-graph.nir", graph)
    write(folder, "snntorch-graph", made_by=MADE_BY, file="snntorch-graph.nir", options={}, inputs=inputs, layers=layers, on_threshold=run.on_threshold)


def write_all(folder):
    for name, case in CASES.items():
        write_case(folder, name, *case)
    write_graph(folder)
    return len(CASES) + 1


