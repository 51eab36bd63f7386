"""What the machine gives: the rate of PyTorch's f32 matrix product."""

import time

import torch

SIZE = 2048


def rate(threads):
    """GFLOP/s of a product of two square matrices with so many threads: the best of several."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    a, b, product = torch.rand(SIZE, SIZE), torch.rand(SIZE, SIZE), torch.empty(SIZE, SIZE)
    best = float("inf")
    for _ in range(8):
        start = time.perf_counter()
        torch.mm(a, b, out=product)
        best = min(best, time.perf_counter() - start)
    torch.set_num_threads(before)
    return 2 * SIZE**3 / best / 1e9
