"""PyTorch: a state dict with numbers of many types, views and shared storages, as `torch.save` writes them."""

import json

import torch


def write_all(folder):
    generator = torch.Generator().manual_seed(5)
    wide = torch.randn((7, 30), generator=generator)
    shared = torch.randn(40, generator=generator)
    tensors = {
        # A transposed view of float64.
        "fc1.weight": torch.randn((12, 8), generator=generator, dtype=torch.float64).float().double().t(),
        "fc1.bias": torch.randn(8, generator=generator).half(),
        # Every third column from the second on, of one row less than there are.
        "fc2.weight": wide[1:, 1:25:3],
        # The middle of a storage, which the next one shares.
        "fc2.bias": shared[3:9],
        "fc3.weight": shared[9:33].view(4, 6),
        "fc3.bias": torch.randn(4, generator=generator).bfloat16(),
        "fc1.num_batches_tracked": torch.tensor(17),
    }
    expected = {name: tensor.float().reshape(-1).tolist() for name, tensor in tensors.items()}
    torch.save({"epoch": 3, "best": 0.5, "state_dict": tensors, "names": ["a", ("b", None, True)]}, folder / "pytorch-types.pth")
    (folder / "pytorch-types.json").write_text(json.dumps({"made_by": f"PyTorch {torch.__version__}", "expected": expected}) + "\n")
    print("pytorch-types: written")
    return 1
