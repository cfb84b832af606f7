#!/usr/bin/env python3
"""Writes small data sets in the formats of the published ones, small_sets/NAME/, and what is in them,
expected_small_sets.json: the labels, and the SHA-256 of the pixels as (N,C,H,W). Smaller ones still go to
../../fuzz/corpus/.

Run with Debian's python3-scipy.
"""
import hashlib
import json
import pathlib
import pickle

import numpy as np
import scipy.io

here = pathlib.Path(__file__).parent
root = here / "small_sets"


def images(first, count, side):
    n, c, h, w = np.ogrid[first : first + count, :3, :side, :side]
    return ((n * 37 + c * 11 + h * 7 + w * 3) % 251).astype(np.uint8)  # (N,C,H,W)


def described(pixels, labels):
    return {"labels": [int(label) for label in labels], "pixels": hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()}


def imagenet16(folder):
    """Ten batches and the validation set, as the authors' script pickles them: labels from 1 to 1000."""
    mean = images(0, 40, 16).reshape(40, -1).mean(axis=0)
    kept = {"train": [], "test": []}
    for i in range(1, 12):
        pixels = images(10 * i, 13 if i == 11 else 3, 16)
        labels = [1 + (i * 17) % 120, 120, 121] if i < 11 else [1, 2, 1000, 3, 4, 121, 5, 120, 6, 7, 500, 8, 9]
        batch = {"data": pixels.reshape(len(labels), -1), "labels": labels}
        if i < 11:
            batch["mean"] = mean
        with open(folder / ("val_data" if i == 11 else "train_data_batch_%d" % i), "wb") as file:
            pickle.dump(batch, file, protocol=3)
        few = np.array(labels) <= 120
        kept["test" if i == 11 else "train"].append((pixels[few], np.array(labels)[few] - 1))
    return {side: described(np.concatenate([p for p, _ in parts]), np.concatenate([l for _, l in parts])) for side, parts in kept.items()}


def svhn(folder):
    """Images as (height, width, channel, image), the digit zero as ten."""
    expected = {}
    for side, count in (("train", 20), ("test", 10)):
        pixels = images(len(side), count, 32)
        labels = np.arange(count) % 10
        written = np.where(labels == 0, 10, labels).astype(np.uint8)[:, None]
        scipy.io.savemat(folder / (side + "_32x32.mat"), {"X": pixels.transpose(2, 3, 1, 0), "y": written}, do_compression=True)
        expected[side] = described(pixels, labels)
    return expected


def flowers102(folder):
    """Labels from 1 of 40 images, and which are for what; the images themselves are put beside by the tests."""
    draw = np.random.RandomState(2)
    labels = draw.randint(1, 103, 40).astype(np.uint8)
    order = draw.permutation(40).astype(np.uint16) + np.uint16(1)
    train, valid, test = np.sort(order[:12]), np.sort(order[12:24]), np.sort(order[24:36])
    scipy.io.savemat(folder / "imagelabels.mat", {"labels": labels[None]})
    scipy.io.savemat(folder / "setid.mat", {"trnid": train[None], "valid": valid[None], "tstid": test[None]})
    lists = {"train": train, "valid": valid, "test": test}
    return {side: {"ids": ids.tolist(), "labels": (labels[ids - 1] - 1).tolist()} for side, ids in lists.items()}


def main():
    expected = {}
    for name, make in (("imagenet16-120", imagenet16), ("svhn", svhn), ("flowers102", flowers102)):
        (root / name).mkdir(parents=True, exist_ok=True)
        expected[name] = make(root / name)
    corpus = here.parent.parent / "fuzz" / "corpus"
    batch = {"data": images(0, 4, 2).reshape(4, -1), "labels": [1, 2, 3, 1000], "mean": np.zeros(12)}
    (corpus / "imagenet").mkdir(exist_ok=True)
    (corpus / "imagenet" / "batch").write_bytes(pickle.dumps(batch, protocol=3))
    for name in ("imagelabels.mat", "setid.mat"):
        (corpus / "mat" / name).write_bytes((root / "flowers102" / name).read_bytes())
    scipy.io.savemat(corpus / "mat" / "both.mat", {**scipy.io.loadmat(root / "flowers102" / "imagelabels.mat"), **scipy.io.loadmat(root / "flowers102" / "setid.mat")})
    scipy.io.savemat(corpus / "mat" / "digits.mat", {"X": images(0, 2, 32).transpose(2, 3, 1, 0), "y": np.array([[10], [3]], np.uint8)})
    (here / "expected_small_sets.json").write_text(json.dumps(expected, indent=0) + "\n")


main()
