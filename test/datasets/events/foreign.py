"""Small recordings as other programs write them, for foreign.test.mjs.

    pip install expelliarmus h5py zstandard lz4 numpy
    python foreign.py fixtures

writes the files and foreign.json, which says what is in them. EVT 2.0, EVT 3.0 and .dat are written by expelliarmus, HDF5 by
h5py, the compressed packets of AEDAT4 by the reference libraries of LZ4 and Zstandard; around them, AEDAT4 is put together here
from its description.
"""

import json
import pathlib
import struct
import sys

import h5py
import lz4.frame
import numpy as np
import zstandard
from expelliarmus import Wizard

draw = np.random.default_rng(5)
folder = pathlib.Path(sys.argv[1])
contents = {}


def camera_events(count, span, width, height):
    """Sorted events, some in rows next to each other, which EVT 3.0 writes as vectors."""
    dtype = np.dtype([("t", np.int64), ("x", np.int16), ("y", np.int16), ("p", np.uint8)])
    events = np.zeros(count, dtype)
    events["t"] = np.sort(draw.integers(0, span, count))
    events["x"] = draw.integers(0, width, count)
    events["y"] = draw.integers(0, height, count)
    events["p"] = draw.integers(0, 2, count)
    for start in range(0, count - 20, 50):
        run = events[start : start + 20]
        run["t"], run["y"], run["p"] = run["t"][0], run["y"][0], run["p"][0]
        run["x"] = run["x"][0] % (width - 40) + np.arange(20) * (1 + start % 3 // 2)
    return events


def listed(events):
    return {key: [int(value) for value in events[key]] for key in ("t", "x", "y", "p")}


def by_expelliarmus():
    # Its EVT 3.0 leaves out high bits of the time that change, so that file is short.
    for name, encoding, span in [("expelliarmus.dat", "dat", 2**31), ("evt2.raw", "evt2", 2**31), ("evt3.raw", "evt3", 4000)]:
        events = camera_events(300, span, 600, 400)
        Wizard(encoding=encoding).save(fpath=str(folder / name), arr=events)
        contents[name] = listed(events)


def by_h5py():
    for name, chunks, half, version in [
        ("shd-chunked.h5", (2,), True, None),
        ("shd-contiguous.h5", None, False, None),
        ("shd-v110.h5", (2,), True, ("v110", "v110")),
    ]:
        recordings = []
        with h5py.File(folder / name, "w", libver=version) as file:
            layout = {"maxshape": (None,), "chunks": chunks, "compression": "gzip"} if chunks else {}
            spikes = file.create_group("spikes")
            float_type = np.float16 if half else np.float32
            times = spikes.create_dataset("times", (3,), dtype=h5py.vlen_dtype(float_type), **layout)
            units = spikes.create_dataset("units", (3,), dtype=h5py.vlen_dtype(np.uint16), **layout)
            for index, count in enumerate([5, 0, 40]):
                seconds = np.sort(draw.random(count) * 1.3).astype(float_type)
                unit = draw.integers(0, 700, count).astype(np.uint16)
                times[index], units[index] = seconds, unit
                micros = np.floor(seconds.astype(np.float64) * 1e6)
                recordings.append({"t": [int(value) for value in micros], "x": [int(value) for value in unit]})
            file.create_dataset("labels", data=np.array([3, 0, 1], dtype=np.uint16))
            extra = file.create_group("extra")
            extra.create_dataset("keys", data=np.array([b"zero", b"one", b"two", b"three"]))
        contents[name] = recordings


def size_prefixed(identifier, fields):
    """A flatbuffer of one table. A field is (format, value), or bytes of a vector with its count of elements."""
    table, tail = bytearray(), []
    vtable = struct.pack("<HH", 4 + 2 * len(fields), 4 + 8 * len(fields))
    vtable += b"".join(struct.pack("<H", 4 + 8 * index) for index in range(len(fields)))
    vtable += b"\0" * (-len(vtable) % 8)
    for index, (kind, value) in enumerate(fields):
        at = len(table)
        table += b"\0" * 8
        if kind == "vector":
            tail.append((at, *value))
        else:
            struct.pack_into(kind, table, at, value)
    # Prefix of 4 bytes, root and identifier, the vtable, the table's offset to it, its fields, the vectors.
    root = 8 + len(vtable)
    body = bytearray(struct.pack("<I4s", root, identifier) + vtable + struct.pack("<i", len(vtable)) + table)
    for at, count, data in tail:
        field = root + 4 + at
        body += b"\0" * (-(len(body) + 4) % 8)
        struct.pack_into("<I", body, field, len(body) - field)
        body += struct.pack("<I", count) + data
    return struct.pack("<I", len(body)) + bytes(body)


def aedat4(name, compression, pack, described):
    events = camera_events(400, 5_000_000, 300, 200)
    events["t"] += 1_600_000_000_000_000
    node = '<node name="{0}" path="/mainloop/Recorder/outInfo/{0}/">{1}</node>'
    attr = '<attr key="{}" type="{}">{}</attr>'
    info = '<node name="info" path="/mainloop/Recorder/outInfo/{}/info/">{}</node>'
    sides = attr.format("sizeX", "int", 320) + attr.format("sizeY", "int", 240)
    streams = [node.format(0, attr.format("typeIdentifier", "string", "TRIG"))]
    streams.append(node.format(1, attr.format("typeIdentifier", "string", "EVTS") + info.format(1, sides)))
    xml = ('<dv version="2.0">' + "".join(streams) + "</dv>").encode() if described else b""
    packets = []
    for part in np.array_split(events, 3):
        data = b"".join(struct.pack("<qhhB3x", *(int(event[key]) for key in ("t", "x", "y", "p"))) for event in part)
        for stream, content in [(0, size_prefixed(b"TRIG", [])), (1, size_prefixed(b"EVTS", [("vector", (len(part), data))]))]:
            packed = pack(content)
            packets.append(struct.pack("<ii", stream, len(packed)) + packed)
    description = lambda end: size_prefixed(b"IOHE", [("<i", compression), ("<q", end), ("vector", (len(xml), xml))])
    start = b"#!AER-DAT4.0\r\n"
    end = len(start) + len(description(0)) + sum(map(len, packets))
    table = b"a table of the packets, which no one needs to read them"
    whole = start + description(end if described else -1) + b"".join(packets) + (table if described else b"")
    (folder / name).write_bytes(whole)
    contents[name] = {"sensor": [320, 240] if described else None, **listed(events)}


by_expelliarmus()
by_h5py()
aedat4("plain.aedat4", 0, lambda data: data, True)
aedat4("undescribed.aedat4", 0, lambda data: data, False)
aedat4("lz4.aedat4", 1, lz4.frame.compress, True)
aedat4("zstd.aedat4", 3, zstandard.ZstdCompressor(write_checksum=True).compress, True)
(folder / "foreign.json").write_text(json.dumps(contents, separators=(",", ":")) + "\n")
