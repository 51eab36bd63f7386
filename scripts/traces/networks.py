"""The networks that are run, and their descriptions: what their state dicts do not say."""

from torch import nn


def dense(prefix, neuron):
    """20 - 24 - 5 neurons; `neuron` takes how many there are."""
    return {"fc1": nn.Linear(20, 24), f"{prefix}1": neuron(24), "fc2": nn.Linear(24, 5), f"{prefix}2": neuron(5)}


def convolutional(prefix, neuron, layer=nn):
    """Two convolutions with a mean over windows between them, for maps of 2 x 8 x 8."""
    return {
        "conv1": layer.Conv2d(2, 6, 3, padding=1),
        f"{prefix}1": neuron(6),
        "pool1": layer.AvgPool2d(2),
        "conv2": layer.Conv2d(6, 8, 3, stride=2, padding=1),
        f"{prefix}2": neuron(8),
        "flatten": layer.Flatten(),
        "fc1": layer.Linear(32, 5),
        f"{prefix}3": neuron(5),
    }


def described(framework, shape, steps, modules, is_neuron, arguments):
    """The layers file of a network; `arguments`: those of its neurons that are to be told."""
    layers = []
    for name, module in modules.items():
        layer = {"type": type(module).__name__, "name": name}
        if isinstance(module, nn.Conv2d):
            layer |= {"stride": module.stride[0], "padding": module.padding[0]}
        if isinstance(module, nn.AvgPool2d):
            layer |= {"kernel_size": module.kernel_size}
        if is_neuron(module):
            layer |= arguments
        layers.append(layer)
    shape = list(shape) if len(shape) == 3 else [*shape, 1, 1]
    return {"framework": framework, "input": {"shape": shape, "encoding": "spikes", "steps": steps}, "layers": layers}
