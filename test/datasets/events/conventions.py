"""Frames as Tonic and SpikingJelly make them, for frames.test.mjs and transforms.test.mjs.

    python conventions.py tonic > fixtures/tonic.json                 # pip install tonic
    python conventions.py spikingjelly > fixtures/spikingjelly.json   # pip install spikingjelly torch

The recordings are made here and written beside the results. A frame is a text of its counts, [P, H, W] flattened, a
hexadecimal digit each.
"""

import json
import random
import sys

import numpy as np

WIDTH, HEIGHT = 5, 4


def recordings():
    draw = random.Random(7)
    spans = {"dense": 1000, "round": 960, "gaps": 100_000, "short": 3, "instant": 0}
    for name, span in spans.items():
        count = 7 if name == "short" else 60
        t = sorted(draw.randint(0, span) + 5 for _ in range(count))
        if name == "round":
            # The last event ends the fourth window of 240 exactly.
            t[0], t[-1] = 5, 965
        yield name, t, *[[draw.randrange(n) for _ in t] for n in (WIDTH, HEIGHT, 2)]


def tonic_results(t, x, y, p):
    from tonic import transforms
    from tonic.io import make_structured_array

    dtype = np.dtype([("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", np.int8)])
    events = make_structured_array(np.array(x), np.array(y), np.array(t), np.array(p), dtype=dtype)
    slicings = [
        *[({"bins": n}, {"n_time_bins": n}, False) for n in (1, 4, 7)],
        *[({"eventBins": n}, {"n_event_bins": n}, False) for n in (1, 4, 7)],
        *[({"width": w}, {"time_window": w}, whole) for w in (1, 240, 333, 5000) for whole in (False, True)],
        *[({"count": c}, {"event_count": c}, whole) for c in (7, 10, 25, 100) for whole in (False, True)],
    ]
    for ours, theirs, incomplete in slicings:
        if t[-1] - t[0] > 60 * ours.get("width", 10**6):
            continue
        frames = transforms.ToFrame(sensor_size=(WIDTH, HEIGHT, 2), include_incomplete=incomplete, **theirs)(events)
        yield {**ours, "tail": "tonic-incomplete" if incomplete else "tonic"}, frames
    pick = lambda kept: [[int(event[key]) for event in kept] for key in ("t", "x", "y", "p")]
    kept = {}
    for time in (5, 20, 300):
        kept[f"denoise {time}"] = pick(transforms.Denoise(filter_time=time)(events))
        kept[f"refractory {time}"] = pick(transforms.RefractoryPeriod(delta=time)(events.copy()))
    kept["crop time"] = pick(transforms.CropTime(min=200, max=700)(events))
    kept["downsample"] = pick(transforms.Downsample(spatial_factor=0.5, time_factor=0.01)(events))
    kept["flip x"] = pick(transforms.RandomFlipLR(sensor_size=(WIDTH, HEIGHT, 2), p=1)(events))
    kept["flip y"] = pick(transforms.RandomFlipUD(sensor_size=(WIDTH, HEIGHT, 2), p=1)(events))
    kept["flip polarity"] = pick(transforms.RandomFlipPolarity(p=1)(events))
    kept["merge polarities"] = pick(transforms.MergePolarities()(events))
    yield kept, None


def spikingjelly_results(t, x, y, p):
    from spikingjelly.datasets import utils

    events = {"t": np.array(t), "x": np.array(x), "y": np.array(y), "p": np.array(p)}
    for ours, split, n in [
        *[({"bins": n}, "time", n) for n in (1, 4, 7)],
        *[({"eventBins": n}, "number", n) for n in (1, 4, 7)],
    ]:
        try:
            frames = utils.integrate_events_by_fixed_frames_number(events, split, n, HEIGHT, WIDTH)
        except IndexError:
            continue  # a slice without events
        yield {**ours, "tail": "spikingjelly"}, frames
    for width in (1, 240, 333, 5000):
        if t[-1] == t[0] or t[-1] - t[0] > 60 * width:
            continue
        yield (
            {"width": width, "tail": "spikingjelly"},
            utils.integrate_events_by_fixed_duration(events, width, HEIGHT, WIDTH),
        )


def main(framework):
    results = {"tonic": tonic_results, "spikingjelly": spikingjelly_results}[framework]
    cases = []
    for name, t, x, y, p in recordings():
        case = {"name": name, "t": t, "x": x, "y": y, "p": p, "frames": []}
        for options, frames in results(t, x, y, p):
            if frames is None:
                case["transforms"] = options
            else:
                data = ["".join(f"{int(count):x}" for count in frame.flat) for frame in frames]
                assert all(int(count) < 16 for frame in frames for count in frame.flat)
                case["frames"].append({"options": options, "data": data})
        cases.append(case)
    from importlib.metadata import version

    print(json.dumps({"version": version(framework), "width": WIDTH, "height": HEIGHT, "cases": cases}, separators=(",", ":")))


main(sys.argv[1])
