#!/usr/bin/env python3
"""Writes MAT-files as SciPy writes them, and what is in them: mats.json, beside this script, and fuzz/corpus/mat/.

Run with Debian's python3-scipy.
"""
import io
import json
import pathlib
import struct
import zlib

import numpy as np
import scipy.io

here = pathlib.Path(__file__).parent
corpus = here.parent.parent / "fuzz" / "corpus" / "mat"
draw = np.random.RandomState(1)


def arrays():
    kinds = [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.uint64, np.int64]
    yield "integers", {k.__name__: draw.randint(0, 100, (2, 3)).astype(k) - k(50 if np.iinfo(k).min else 0) for k in kinds}
    yield "reals", {"double": draw.randn(3, 1), "single": draw.randn(1, 4).astype(np.float32), "one": np.array([[0.5]])}
    yield "axes", {"X": draw.randint(0, 256, (4, 4, 3, 5)).astype(np.uint8), "y": np.arange(1, 6, dtype=np.uint8)[:, None]}
    yield "empty", {"nothing": np.zeros((0, 3)), "after": np.array([[1.0, 2.0]])}
    yield "others", {
        "cell": np.array([[1, "a"]], dtype=object),
        "record": {"q": 1, "z": np.ones((2, 2))},
        "text": "hello",
        "complex": np.array([[1 + 2j]]),
        "kept": np.array([[7.0]]),
    }
    yield "none", {}


def as_json(array):
    array = np.asarray(array)
    return {"sizes": list(array.shape), "values": [float(v) for v in array.flatten("F")]}


def big_endian():
    """A file with the highest byte first, which SciPy reads and does not write."""
    element = lambda code, data: struct.pack(">II", code, len(data)) + data + bytes(-len(data) % 8)
    small = lambda code, data: struct.pack(">HH", len(data), code) + data + bytes(4 - len(data))
    body = element(6, struct.pack(">BBBBI", 0, 0, 0, 11, 0)) + element(5, struct.pack(">ii", 1, 3)) + small(1, b"id")
    body += element(4, struct.pack(">HHH", 1, 258, 65535))
    return b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(">HH", 0x0100, 0x4D49) + element(14, body)


def main():
    corpus.mkdir(exist_ok=True)
    files = []
    for name, content in arrays():
        for compress in (False, True):
            file = io.BytesIO()
            scipy.io.savemat(file, content, do_compression=compress)
            files.append((name + (" compressed" if compress else ""), file.getvalue()))
    files.append(("big endian", big_endian()))
    out = []
    for name, data in files:
        # what SciPy reads: real numeric arrays alone
        read = {k: v for k, v in scipy.io.loadmat(io.BytesIO(data)).items() if not k.startswith("__")}
        read = {k: v for k, v in read.items() if v.dtype.kind in "iuf" and v.dtype.names is None}
        out.append({"name": name, "file": data.hex(), "arrays": {k: as_json(v) for k, v in read.items()}})
        (corpus / name.replace(" ", "-")).write_bytes(data)
    (here / "expected_mats.json").write_text(json.dumps(out, indent=0) + "\n")


main()
