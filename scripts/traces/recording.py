"""Networks with weights on a grid or off it, inputs, and how traces are written."""

import base64
import json

import numpy as np
import torch

STEPS = 12
SAMPLES = 6


def numbers(generator, shape, grid):
    """Weights: multiples of 1/16 up to 1, or normal ones."""
    if grid:
        return torch.randint(-16, 17, shape, generator=generator).float() / 16
    return torch.randn(shape, generator=generator) / 2


def fill(network, seed, grid):
    """Gives every weight and bias of a network new numbers."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith(("weight", "bias")):
                parameter.copy_(numbers(generator, parameter.shape, grid))


def spikes(seed, shape):
    """`[STEPS, SAMPLES, *shape]` zeros and ones."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand((STEPS, SAMPLES, *shape), generator=generator) < 0.4).float()


def run(modules, is_neuron, inputs, step):
    """
    Runs modules step by step; the spikes of every layer of neurons `[STEPS, SAMPLES, ...]`, and how many potentials
    were exactly the threshold. `step(module, x)` gives the spikes of neurons and that count.
    """
    kept = {name: [] for name, module in modules.items() if is_neuron(module)}
    on_threshold = 0
    with torch.no_grad():
        for x in inputs:
            for name, module in modules.items():
                if name not in kept:
                    x = module(x)
                    continue
                x, reached = step(module, x)
                on_threshold += reached
                kept[name].append(x)
    return [torch.stack(layer) for layer in kept.values()], on_threshold


def bits(tensor):
    """Zeros and ones `[STEPS, SAMPLES, ...]` as base64 of bits, sample by sample."""
    array = tensor.detach().transpose(0, 1).reshape(-1).numpy()
    assert set(np.unique(array)) <= {0.0, 1.0}, "expected spikes"
    return base64.b64encode(np.packbits(array.astype(np.uint8), bitorder="little").tobytes()).decode()


def write(folder, name, *, made_by, file, options, inputs, trace):
    """`trace`: what `run` gives; `options`: how the file is to be converted."""
    layers, on_threshold = trace
    record = {
        "made_by": made_by,
        "file": file,
        "options": options,
        "steps": STEPS,
        "samples": SAMPLES,
        "input": {"shape": list(inputs.shape[2:]), "bits": bits(inputs)},
        "layers": [{"neurons": layer[0, 0].numel(), "spikes": int(layer.sum()), "bits": bits(layer)} for layer in layers],
        "on_threshold": on_threshold,
    }
    for index, layer in enumerate(layers):
        share = layer.mean().item()
        assert 0.02 < share < 0.98, f"{name}: layer {index} is dull, {share:.3f} of its neurons fire"
    (folder / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
    print(f"{name}: {on_threshold} potentials on the threshold")
