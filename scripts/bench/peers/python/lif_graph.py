"""The dense network as an ONNX file for onnxruntime-web, and its batch as plain numbers.

    python lif_graph.py '<workload as JSON>' <folder>

writes network.onnx, with input `x` [steps * batch, pixels] for a rate code, [batch, pixels] where all steps see the same,
and output `scores` [batch, classes]; images.f32, and draws.f32 for a rate code. Prints the sizes as JSON.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

THRESHOLD = 0.25
LEAK = 0.25


class Builder:
    def __init__(self):
        self.nodes = []
        self.constants = []

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype=np.float32), name))
        return name

    def node(self, kind, inputs, outputs, **attributes):
        """Returns the name of the first output."""
        outputs = [outputs] if isinstance(outputs, str) else outputs
        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))
        return outputs[0]


def network(layers, steps, batch, is_still):
    """The steps are unrolled: affine parts over all steps at once, then neurons step by step."""
    graph = Builder()
    threshold, leak = graph.constant("threshold", THRESHOLD), graph.constant("leak", LEAK)
    nothing, count = graph.constant("nothing", 0), graph.constant("steps", steps)
    x = "x"
    for index, (weight, bias) in enumerate(layers):
        inputs = [x, graph.constant(f"weight{index}", weight), graph.constant(f"bias{index}", bias)]
        currents = [graph.node("Gemm", inputs, f"currents{index}", transB=1)] * steps
        if index > 0 or not is_still:
            split = [f"current{index}.{t}" for t in range(steps)]
            graph.node("Split", currents[:1], split, axis=0, num_outputs=steps)
            currents = split
        spikes, kept = [], None
        for t, u in enumerate(currents):
            if kept is not None:
                carried = graph.node("Mul", [kept, leak], f"carried{index}.{t}")
                u = graph.node("Add", [u, carried], f"membrane{index}.{t}")
            fires = graph.node("Greater", [u, threshold], f"fires{index}.{t}")
            spikes.append(graph.node("Cast", [fires], f"spike{index}.{t}", to=TensorProto.FLOAT))
            if t + 1 < steps:
                kept = graph.node("Where", [fires, nothing, u], f"kept{index}.{t}")
        if index + 1 < len(layers):
            x = graph.node("Concat", spikes, f"spikes{index}", axis=0)
    graph.node("Div", [graph.node("Sum", spikes, "sum"), count], "scores")
    rows = batch if is_still else steps * batch
    entry = helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, layers[0][0].shape[1]])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [batch, len(layers[-1][1])])
    made = helper.make_graph(graph.nodes, "network", [entry], [scores], graph.constants)
    # Versions that onnxruntime-web reads for years already.
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def main(told, folder):
    tensors, batch = load_file(told["model"]), load_file(told["batch"])
    count = sum(name.endswith(".weight") for name in tensors)
    layers = [(tensors[f"layers.{n}.weight"], tensors[f"layers.{n}.bias"]) for n in range(count)]
    images, is_still = batch["images"], told["input"] == "direct"
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(network(layers, told["steps"], len(images), is_still), folder / "network.onnx")
    images.astype("<f4").tofile(folder / "images.f32")
    draws = np.zeros(0) if is_still else batch.get("draws", np.zeros(0))
    draws.astype("<f4").tofile(folder / "draws.f32")
    print(json.dumps({"pixels": images.shape[1], "steps": told["steps"]}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]))
