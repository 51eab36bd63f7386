"""The plain PyTorch implementation: every workload, from `propagation`."""

from dataclasses import replace

import torch
import torch.nn.functional as F

from affine import layers
from encoding import draw
from propagation import interval_margins, intervals, linear_margins, rates

# Numbers of one layer's map over steps, rows and examples that are computed on at a time: a batch runs in parts of as
# many examples, so that what one operation writes is in the cache when the next one reads it. By trial.
PART = 2_600_000


class Task:
    """A workload ready to run."""

    def __init__(self, workload):
        self.workload = workload
        self.parameters = [tuple(torch.nn.Parameter(x) for x in pair) for pair in workload.parameters]
        flat = [x for pair in self.parameters for x in pair]
        self.optimiser = torch.optim.Adam(flat, lr=workload.learning_rate, fused=True)
        self.is_step = workload.name.endswith("-step")
        self.with_intervals = workload.name not in ("inference", "natural-step")
        self.with_lines = workload.name.startswith("s-crown")
        self.parts = workload.parts(self._size())

    def run(self):
        """All of it once, as fast as it goes: for rate input that is each step on its own, for direct input coupled."""
        parts = [replace(part, is_coupled=part.is_coupled and not part.is_rate) for part in self.parts]
        draws = [draw(part) for part in parts]
        if self.is_step:
            self.optimiser.zero_grad()
            self._backpropagate(parts, draws)
            self.optimiser.step()
        else:
            self._evaluate(parts, draws)

    def check(self):
        """The numbers for the draws given, for comparison: of a step that something else stands for, the bounds alone."""
        draws = [part.given_draws() for part in self.parts]
        if not self.is_step:
            return joined(self._evaluate(self.parts, draws))
        self.optimiser.zero_grad()
        losses, answers = zip(*self._backpropagate(self.parts, draws))
        if self.workload.name == "s-crown-fused-step":
            return joined(answers)
        gradients = [x.grad.flatten() for pair in self.parameters for x in pair]
        return joined(answers) | {"loss": sum(losses), "gradientNorm": torch.cat(gradients).norm()}

    @torch.inference_mode()
    def _evaluate(self, parts, draws):
        made = layers(self.workload, self.parameters)
        return [self._bounded(part, made, drawn, part.steps) for part, drawn in zip(parts, draws)]

    def _backpropagate(self, parts, draws):
        """Adds up the gradients of all parts; their shares of the mean loss, and what they were made from."""
        told = []
        for part, drawn in zip(parts, draws):
            answer = self._bounded(part, layers(part, self.parameters), drawn, part.certified_steps)
            loss = self._loss(part, answer) / len(self.workload.labels)
            loss.backward()
            told.append((loss.detach(), answer))
        return told

    def _bounded(self, part, made, draws, steps):
        """Scores, and margins over the first `steps` steps by the bounds of the workload."""
        answer = {"scores": rates(part, made, draws)}
        if self.with_intervals:
            bounds = intervals(part, made, draws, steps)
            answer["sIbp"] = interval_margins(bounds, part.labels)
            if self.with_lines:
                answer["sCrown"] = linear_margins(part, made, bounds)
        return answer

    def _loss(self, part, answer):
        """Summed over the part."""
        natural = F.cross_entropy(part.scale * answer["scores"], part.labels, reduction="sum")
        if not self.with_intervals:
            return natural
        margins = answer["sIbp"]
        if self.with_lines:
            margins = part.beta * answer["sCrown"] + (1 - part.beta) * margins
        logits = F.pad(-part.scale * margins, (1, 0))
        certified = F.cross_entropy(logits, torch.zeros_like(part.labels), reduction="sum")
        return part.kappa * natural + (1 - part.kappa) * certified

    def _size(self):
        """Examples of a part; all parts are about as large."""
        workload = self.workload
        rivals = len(workload.parameters[-1][1]) - 1
        steps = workload.certified_steps if self.is_step else workload.steps
        rows = steps * rivals if self.with_lines else workload.steps
        maps = [layer.output for layer in layers(workload, workload.parameters)] + [workload.shape]
        widest = max(channels * height * width for channels, height, width in maps)
        examples = len(workload.labels)
        parts = -(-examples * rows * widest // PART)
        return -(-examples // min(parts, examples))


def joined(answers):
    return {name: torch.cat([answer[name] for answer in answers]).detach() for name in answers[0]}


def open_task(workload):
    return Task(workload)
