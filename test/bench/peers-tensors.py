"""Writes a safetensors file of the tensors {name: {type, shape, data}} on the standard input, as JSON."""

import json
import sys

import numpy as np
from safetensors.numpy import save_file

tensors = json.load(sys.stdin)
save_file({name: np.array(t["data"], t["type"]).reshape(t["shape"]) for name, t in tensors.items()}, sys.argv[1])
