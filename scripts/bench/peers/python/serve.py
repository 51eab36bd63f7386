"""A peer as a process: one JSON object per line in, one out, until the input ends.

    python serve.py <module of the peer> <threads>

    {"command": "open"}                          versions, and the rate of matrix products where "gemm" is true
    {"command": "prepare", "workload": {...}}    reads its files
    {"command": "run", "count": 3}               milliseconds of each of some runs
    {"command": "check"}                         its numbers for the draws in the batch's file

The answer is {"result": ...} or {"error": "one line"}.
"""

import gc
import importlib
import json
import os
import sys
import time
from importlib.metadata import version

# What libraries print must not come between the answers.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

import torch

import gemm
from workload import Workload

# Seconds before an answer: threads of OpenMP that have nothing to do spin for about 10 ms, and nobody is timed meanwhile.
REST = 0.03

LIBRARIES = {"snntorch_peer": ["snntorch"], "spikingjelly_peer": ["spikingjelly"]}


class Server:
    def __init__(self, module, threads):
        self.module = module
        self.threads = threads
        self.peer = importlib.import_module(module)
        self.task = None
        self.commands = {"open": self.open, "prepare": self.prepare, "run": self.run, "check": self.check}

    def open(self, told):
        packages = ["torch", *LIBRARIES.get(self.module, [])]
        versions = {"python": sys.version.split()[0]} | {name: version(name) for name in packages}
        rates = {"gemm": gemm.rate(1), "gemmAll": gemm.rate(self.threads)} if told.get("gemm") else {}
        return {"versions": versions, **rates}

    def prepare(self, told):
        self.task = None
        self.task = self.peer.open_task(Workload.read(told["workload"]))

    def run(self, told):
        # What collects garbage does so before the runs.
        gc.collect()
        times = []
        for _ in range(told["count"]):
            start = time.perf_counter()
            self.prepared.run()
            times.append(1000 * (time.perf_counter() - start))
        time.sleep(REST)
        return times

    def check(self, _):
        return {name: value.tolist() for name, value in self.prepared.check().items()}

    @property
    def prepared(self):
        if self.task is None:
            raise RuntimeError("nothing is prepared")
        return self.task

    def answer(self, line):
        """One line for one line, whatever goes wrong."""
        try:
            told = json.loads(line)
            return json.dumps({"result": self.commands[told["command"]](told)}, allow_nan=False)
        except Exception as error:
            return json.dumps({"error": " ".join(f"{type(error).__name__}: {error}".split())})


def main(module, threads):
    torch.set_num_threads(threads)
    server = Server(module, threads)
    gc.disable()
    gc.freeze()
    for line in sys.stdin:
        answers.write(server.answer(line) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
