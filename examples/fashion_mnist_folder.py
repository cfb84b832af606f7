#!/usr/bin/env python3
"""fashion_mnist_folder.py FOLDER COUNT: COUNT pictures of Fashion-MNIST as PNG files, in a folder for each class.

Stands in for a folder of one's own photographs. Needs Debian's package dataset-fashion-mnist and nothing else.
"""
import gzip
import os
import struct
import sys
import zlib

SOURCE = "/usr/share/datasets/fashion-mnist/train-"
CLASSES = ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"]


def png(pixels, side):
    """A grey picture (PNG specification, colour type 0)."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + pixels[i : i + side] for i in range(0, side * side, side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    with gzip.open(SOURCE + "images-idx3-ubyte.gz") as file:
        images = file.read(16 + count * 784)[16:]
    with gzip.open(SOURCE + "labels-idx1-ubyte.gz") as file:
        labels = file.read(8 + count)[8:]
    for i, label in enumerate(labels):
        place = os.path.join(folder, CLASSES[label])
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, f"{i:05}.png"), "wb") as file:
            file.write(png(images[i * 784 : (i + 1) * 784], 28))


if __name__ == "__main__":
    main()
