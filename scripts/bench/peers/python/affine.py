"""Affine layers on flat maps.

A map is kept flat and channels-last, [..., height * width * channels], so that neurons need not know about shapes and
the flattening before a linear layer costs nothing: its weight is reordered instead.
"""

import torch
import torch.nn.functional as F


class Linear:
    def __init__(self, weight, bias, shape):
        channels, height, width = shape
        if height * width > 1:
            maps = weight.view(-1, channels, height, width)
            weight = maps.permute(0, 2, 3, 1).reshape(weight.shape)
        self.weight = weight
        self.bias = bias
        self.output = (weight.shape[0], 1, 1)

    def forward(self, x):
        return F.linear(x, self.weight, self.bias)

    def magnitude(self, radius):
        """|W| radius"""
        return F.linear(radius, self.weight.abs())

    def transposed(self, rows):
        """rows W"""
        return rows @ self.weight

    def by_bias(self, rows):
        """rows b"""
        return rows @ self.bias


class Conv:
    def __init__(self, weight, bias, shape, stride, padding):
        self.input = shape
        side = [(size + 2 * padding - weight.shape[2]) // stride + 1 for size in shape[1:]]
        self.output = (weight.shape[0], *side)
        self.weight = weight.contiguous(memory_format=torch.channels_last)
        self.bias = bias
        self.geometry = {"stride": stride, "padding": padding}
        # What is left of the input beyond the last window.
        self.rest = [
            size + 2 * padding - weight.shape[2] - (out - 1) * stride for size, out in zip(shape[1:], side)
        ]

    def forward(self, x):
        return self._convolved(x, self.weight, self.bias)

    def magnitude(self, radius):
        return self._convolved(radius, self.weight.abs(), None)

    def transposed(self, rows):
        if self.input[0] == 1:
            return self._folded(rows)
        y = F.conv_transpose2d(maps(rows, self.output), self.weight, output_padding=self.rest, **self.geometry)
        return flat(y, rows.shape[:-1])

    def by_bias(self, rows):
        return rows @ self.bias.repeat(self.output[1] * self.output[2])

    def _convolved(self, x, weight, bias):
        if self.input[0] == 1:
            return self._unfolded(x, weight, bias)
        return flat(F.conv2d(maps(x, self.input), weight, bias, **self.geometry), x.shape[:-1])

    # With one input channel a product with the windows is faster than the convolutions PyTorch has.
    def _unfolded(self, x, weight, bias):
        size, stride, padding = weight.shape[2], self.geometry["stride"], self.geometry["padding"]
        padded = F.pad(x.reshape(-1, *self.input[1:]), [padding] * 4)
        windows = padded.unfold(1, size, stride).unfold(2, size, stride).flatten(3)
        return F.linear(windows, weight.flatten(1), bias).view(*x.shape[:-1], -1)

    def _folded(self, rows):
        channels, height, width = self.output
        windows = rows.reshape(-1, height * width, channels) @ self.weight.flatten(1)
        y = F.fold(windows.transpose(1, 2), self.input[1:], self.weight.shape[2:], **self.geometry)
        return y.view(*rows.shape[:-1], -1)


def maps(x, shape):
    """[..., height * width * channels] as a batch of maps, for PyTorch's convolutions."""
    channels, height, width = shape
    return x.reshape(-1, height, width, channels).permute(0, 3, 1, 2)


def flat(y, leading):
    return y.permute(0, 2, 3, 1).reshape(*leading, -1)


def layers(workload, parameters):
    """The layers with these parameters: what is computed from the weights alone is computed here, once per run."""
    shape, made = workload.shape, []
    for index, (weight, bias) in enumerate(parameters):
        if index < len(workload.geometry):
            layer = Conv(weight, bias, shape, *workload.geometry[index])
        else:
            layer = Linear(weight, bias, shape)
        made.append(layer)
        shape = layer.output
    return made
