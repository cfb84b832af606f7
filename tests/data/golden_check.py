"""Checks the golden texts of the real data sets without any of the project's code: counts, labels, means, deviations and
digests, computed from the files by numpy. The digest is SHA-256 over five sizes, the class names with their lengths, the
labels in two bytes each and the pixels.

Needs Debian's python3-numpy. Run in tests/data: python3 golden_check.py DIR, where DIR has cifar10/ and cifar100-small/.
"""
import gzip
import hashlib
import lzma
import pathlib
import struct
import sys

import numpy


def describe(name, images, labels, names):
    sizes = struct.pack("<5Q", len(images), *images.shape[1:], len(names))
    texts = b"".join(struct.pack("<Q", len(n)) + n.encode() for n in names)
    digest = hashlib.sha256(sizes + texts + labels.astype("<u2").tobytes() + images.tobytes()).hexdigest()
    counts = numpy.bincount(labels, minlength=len(names))
    values = images.astype(numpy.float64)
    join = lambda numbers: " ".join("%.4f" % v for v in numbers)
    return (
        "%s: %d images of %s\n" % (name, len(images), "x".join(map(str, images.shape[1:])))
        + "  first labels: %s\n" % " ".join(map(str, labels[:12]))
        + "  images per class: %d to %d\n" % (counts.min(), counts.max())
        + "  mean: %s\n" % join(values.mean(axis=(0, 2, 3)))
        + "  deviation: %s\n" % join(values.std(axis=(0, 2, 3)))
        + "  digest: %s\n" % digest
    )


def check(name, sets, names):
    golden = pathlib.Path("golden_%s.txt" % name).read_text()
    wanted = "classes: %s\n" % ", ".join(names)
    for part, (images, labels) in sets.items():
        wanted += describe(part, images, labels, names)
    print(name, "agrees" if golden.startswith(wanted) else "DIFFERS:\n" + wanted)


def idx(path, header):
    return numpy.frombuffer(gzip.open(path).read()[header:], numpy.uint8)


def cifar(files, label_bytes):
    raw = b"".join(lzma.open(f).read() for f in files)
    records = numpy.frombuffer(raw, numpy.uint8).reshape(-1, label_bytes + 3072)
    return records[:, label_bytes:].reshape(-1, 3, 32, 32), records[:, label_bytes - 1].astype(numpy.int64)


fashion = pathlib.Path("/usr/share/datasets/fashion-mnist")
part = lambda p: (
    idx(fashion / f"{p}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28),
    idx(fashion / f"{p}-labels-idx1-ubyte.gz", 8).astype(numpy.int64),
)
names = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
check("fashion-mnist", {"train": part("train"), "test": part("t10k")}, names)
ten = pathlib.Path(sys.argv[1]) / "cifar10"
check(
    "cifar10",
    {"train": cifar([ten / f"data_batch_{i}.bin.xz" for i in range(1, 6)], 1), "test": cifar([ten / "test_batch.bin.xz"], 1)},
    (ten / "batches.meta.txt").read_text().split(),
)
hundred = pathlib.Path(sys.argv[1]) / "cifar100-small"
check(
    "cifar100",
    {"train": cifar([hundred / "train.bin.xz"], 2), "test": cifar([hundred / "test.bin.xz"], 2)},
    (hundred / "fine_label_names.txt").read_text().split(),
)
