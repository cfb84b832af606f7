#!/usr/bin/env python3
"""Writes pickles as CPython writes them, beside what is in them:

  expected_pickles.json   small values, as the hexadecimal of their pickle and as JSON
  ../table/nats_tiny/     three made-up cells in files like NATS-Bench's, and expected_cells.json
  ../../fuzz/corpus/      some of both, unpacked

Needs nothing but Python 3.8 or later: what numpy's numbers look like in a pickle is imitated here.
"""
import bz2
import collections
import json
import pathlib
import pickle
import random
import struct
import sys
import types

here = pathlib.Path(__file__).parent


def fake(name):
    module = types.ModuleType(name)
    sys.modules[name] = module
    return module


numpy, core, multiarray = fake("numpy"), fake("numpy.core"), fake("numpy.core.multiarray")
numpy.core, core.multiarray = core, multiarray
core2, multiarray2 = fake("numpy._core"), fake("numpy._core.multiarray")
numpy._core, core2.multiarray = core2, multiarray2


class dtype:
    def __init__(self, code):
        self.code = code

    def __reduce_ex__(self, protocol):
        order = "|" if self.code == "u1" else "<"
        return dtype, (self.code, False, True), (3, order, None, None, None, -1, -1, 0)


def scalar(kind, data):
    raise NotImplementedError


dtype.__module__, dtype.__qualname__, numpy.dtype = "numpy", "dtype", dtype
scalar.__module__, scalar.__qualname__, multiarray.scalar = "numpy.core.multiarray", "scalar", scalar


def scalar2(kind, data):
    raise NotImplementedError


scalar2.__module__, scalar2.__qualname__, multiarray2.scalar = "numpy._core.multiarray", "scalar", scalar2
TYPES = {code: (dtype(code), form) for code, form in (("f8", "<d"), ("f4", "<f"), ("i8", "<q"), ("i4", "<i"), ("u1", "<B"))}


class ndarray:
    pass


def _reconstruct(kind, shape, typecode):
    raise NotImplementedError


def _reconstruct2(kind, shape, typecode):
    raise NotImplementedError


ndarray.__module__, ndarray.__qualname__, numpy.ndarray = "numpy", "ndarray", ndarray
for where, function in ((multiarray, _reconstruct), (multiarray2, _reconstruct2)):
    function.__module__, function.__qualname__, where._reconstruct = where.__name__, "_reconstruct", function


class Scalar:
    def __init__(self, code, value):
        self.code, self.value = code, value

    def __reduce_ex__(self, protocol):
        kind, form = TYPES[self.code]
        return scalar, (kind, struct.pack(form, self.value))


class Scalar2(Scalar):
    """As NumPy 2 pickles it."""

    def __reduce_ex__(self, protocol):
        return scalar2, super().__reduce_ex__(protocol)[1]


class Array:
    """`state` replaces parts of what NumPy writes, for arrays that are none."""

    make = staticmethod(_reconstruct)

    def __init__(self, code, shape, values, **state):
        self.code, self.shape, self.values, self.state = code, shape, values, state

    def __reduce_ex__(self, protocol):
        kind, form = TYPES[self.code]
        data = b"".join(struct.pack(form, value) for value in self.values)
        state = {"shape": self.shape, "kind": kind, "fortran": False, "data": data, **self.state}
        return self.make, (ndarray, (0,), b"b"), (1, *state.values())


class Array2(Array):
    """As NumPy 2 pickles it."""

    make = staticmethod(_reconstruct2)


def as_json(value):
    if isinstance(value, Scalar):
        return value.value
    if isinstance(value, Array):
        data = b"".join(struct.pack(TYPES[value.code][1], number) for number in value.values)
        return {"array": {"type": value.code, "shape": list(value.shape), "bytes": data.hex()}}
    if isinstance(value, dict):
        return {"dict": [[as_json(k), as_json(v)] for k, v in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [as_json(v) for v in value]}
    if isinstance(value, (set, frozenset)):
        return {"set": [as_json(v) for v in value]}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, list):
        return [as_json(v) for v in value]
    return value


def values():
    shared = [1, 2]
    many = {("key", i): "text %d" % i for i in range(300)}
    yield "none", None
    yield "flags", [True, False, True]
    yield "integers", [0, 1, 255, 256, 65535, 65536, -1, -2**31, 2**31 - 1]
    yield "reals", [0.0, -0.0, 1.5, 1e300, 5e-324, 0.1]
    yield "texts", ["", "a", "naïve ☃", "x" * 300]
    yield "bytes", [b"", b"\x00\xff", b"z" * 300]
    yield "tuples", [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)]
    yield "nested", {"a": {"b": [{"c": ({},)}]}, 5: [[], [[]]]}
    yield "ordered", collections.OrderedDict([("z", 1), ("a", collections.OrderedDict())])
    yield "set", set()
    yield "a set of one", {"one"}
    yield "shared", [shared, shared, {"again": shared}]
    yield "more than one batch", many
    yield "numpy", [Scalar("f8", 0.129306), Scalar("f8", -2.5), Scalar("f4", 0.5), Scalar("i8", 2**40), Scalar("i4", -7), Scalar("u1", 200)]
    yield "numpy 2", [Scalar2("f8", 0.129306), Scalar2("i4", -7)]
    yield "arrays", [Array("u1", (2, 3), range(250, 256)), Array("f8", (2,), (0.5, -1e9)), Array2("i4", (1, 2, 1), (5, -6))]
    yield "long integers", [2**31, -2**31 - 1, 2**40, -2**40, 2**63 - 1, -2**63]
    yield "a frozen set", frozenset(["one"])


def refused():
    frame = lambda body: b"\x80\x04" + body
    yield "a call of os.system", pickle.dumps(Call("os", "system", ("true",)), 4), "'os.system'"
    yield "an object", pickle.dumps(types.SimpleNamespace(a=1), 4), "'types.SimpleNamespace'"
    yield "protocol 1", pickle.dumps([1], 1), "protocol 2 to 5; got none"
    yield "protocol 6", b"\x80\x06N.", "protocol 6"
    yield "nothing", b"", "protocol 2 to 5; got none"
    yield "no pickle", b"hello", "protocol 2 to 5; got none"
    yield "an integer of nine bytes", pickle.dumps(2**64, 4), "8 bytes; got 9"
    yield "another encoding", pickle.dumps(Call("_codecs", "encode", ("a", "utf-8")), 4), "latin1"
    yield "a character past latin1", pickle.dumps(Call("_codecs", "encode", ("\u0100", "latin1")), 4), "latin1"
    yield "more after it", pickle.dumps([1], 4) + b"x", "1 more bytes"
    yield "an opcode that is none", frame(b"\xfe."), "0xfe"
    yield "the old way to name things", frame(b"cos\nsystem\n."), "'os.system'"
    yield "a name without an end", frame(b"cos\nsystem"), "ends with its line"
    yield "a memo past the next", frame(b"Nq\x05."), "expected a memo in [0, 0]; got 5"
    yield "a persistent name", frame(b"NQ."), "0x51"
    yield "a number in digits", frame(b"I42\n."), "0x49"
    yield "a value too few", frame(b"."), "one value"
    yield "a value too many", frame(b"NN."), "one value"
    yield "an open mark", frame(b"N(."), "one value"
    yield "a mark too few", frame(b"]Ke."), "expected a mark"
    yield "a value below the mark", frame(b"](Na."), "expected a list"
    yield "an item without a list", frame(b"}K\x01a."), "expected a list; got a dict"
    yield "a key without a value", frame(b"}(K\x01u."), "a value for each key"
    yield "a memo that is not there", frame(b"N\x94h\x01."), "expected a memo in [0, 1)"
    yield "a text longer than the rest", frame(b"X\xff\xff\xff\xffab."), "4294967295 more bytes"
    yield "a frame longer than the rest", frame(b"\x95\xff\xff\xff\xff\xff\xff\xff\x7fN."), "are left"
    yield "half a number", frame(b"G\x00\x00."), "8 more bytes"
    yield "an OrderedDict of something", pickle.dumps(Call("collections", "OrderedDict", ([("a", 1)],)), 4), "without arguments"
    yield "a dtype of objects", pickle.dumps(Call("numpy", "dtype", ("O8", False, True)), 4), "'O8'"
    yield "a scalar of no dtype", pickle.dumps(Call("numpy.core.multiarray", "scalar", ("f8", b"12345678")), 4), "scalar of a dtype"
    yield "a scalar too short", pickle.dumps(Call("numpy.core.multiarray", "scalar", (TYPES["f8"][0], b"1234")), 4), "8 bytes; got 4"
    yield "a name called that is none", pickle.dumps(Call("numpy", "ndarray", ((2,),)), 4), "got that of an array"
    yield "an array of something else", pickle.dumps(Call("numpy.core.multiarray", "_reconstruct", (0, (0,), b"b")), 4), "of numpy.ndarray"
    yield "an array in the other order", pickle.dumps(Array("u1", (2, 2), range(4), fortran=True), 4), "got Fortran's"
    yield "an array too short", pickle.dumps(Array("f4", (2, 2), range(3)), 4), "product fits 12 bytes"
    yield "an array too long", pickle.dumps(Array("f4", (2, 2), range(5)), 4), "expected 16 bytes of an array of this shape; got 20"
    yield "an array of a product past all bounds", pickle.dumps(Array("u1", (2**32, 2**32, 5), range(5)), 4), "product fits 5 bytes"
    yield "an array of a size below nothing", pickle.dumps(Array("u1", (-1, -5), range(5)), 4), "product fits 5 bytes"
    yield "an array of many axes", pickle.dumps(Array("u1", (1,) * 33, [7]), 4), "at most 32 axes; got 33"
    yield "an array of texts", pickle.dumps(Array("u1", (2,), [], data=["a", "b"]), 4), "got another"
    yield "an array of no dtype", pickle.dumps(Array("u1", (2,), [], kind=5), 4), "got another"


class Call:
    """Pickles as a call of a name."""

    def __init__(self, module, name, arguments):
        self.module, self.name, self.arguments = module, name, arguments

    def __reduce_ex__(self, protocol):
        return getattr(sys.modules[self.module], self.name), self.arguments


def curve(draw, count, low, high):
    return {epoch: draw.uniform(low, high) for epoch in range(count)}


def training(draw, arch, dataset, seed, epochs, short):
    """As NATS-Bench's files have it; `short` is the longer recipe, which keeps fewer evaluations."""
    splits = {"cifar10-valid": ["x-valid", "ori-test"], "cifar10": ["ori-test"]}.get(dataset, ["x-valid", "x-test", "ori-test"])
    whole = "x-valid" if dataset == "cifar10-valid" else "ori-test"
    keys = [s + "@%d" % e for s in splits for e in range(epochs) if not short or s == whole or e == epochs - 1]
    seconds = draw.uniform(1, 9)
    return {
        "name": dataset,
        "train_acc1es": curve(draw, epochs, 10, 90),
        "train_acc5es": None if short else curve(draw, epochs, 50, 99),
        "train_losses": curve(draw, epochs, 0.1, 2.5),
        "train_times": collections.OrderedDict((e, seconds) for e in range(epochs)),
        "arch_config": {"channel": 16, "num_cells": 5, "arch_str": arch, "class_num": 10},
        "params": Scalar("f8", draw.randrange(10**5, 10**6) / 1e6),
        "flop": draw.randrange(10**6, 10**8) / 1e6,
        "seed": "%04d" % seed,
        "epochs": epochs,
        "latency": [Scalar("f8", draw.uniform(0.01, 0.02)) for _ in range(draw.randrange(3))],
        "eval_names": splits,
        "eval_acc1es": {key: draw.uniform(10, 90) for key in keys},
        "eval_times": {key: 1.0 for key in keys},
        "eval_losses": {key: draw.uniform(0.5, 3) for key in keys},
        "net_state_dict": None,
    }


def cell(index, arch, seeds):
    draw = random.Random(index)
    results = collections.OrderedDict()
    for hp, epochs in (("12", 3), ("200", 5)):
        runs = {}
        for dataset in ("cifar10-valid", "cifar10", "cifar100", "ImageNet16-120"):
            for seed in seeds:
                runs[dataset, seed] = training(draw, arch, dataset, seed, epochs, hp == "200")
        results[hp] = {
            "arch_index": index,
            "arch_str": arch,
            "all_results": runs,
            "dataset_seed": {"cifar10-valid": list(seeds)},
            "clear_net_done": True,
        }
    return results


def expected(results):
    for hp, body in results.items():
        for (dataset, seed), run in body["all_results"].items():
            latency = [one.value for one in run["latency"]]
            splits = {}
            for what, group in (("loss", "eval_losses"), ("accuracy", "eval_acc1es")):
                for key, value in run[group].items():
                    split, epoch = key.split("@")
                    both = splits.setdefault(split, {w: [None] * run["epochs"] for w in ("loss", "accuracy")})
                    both[what][int(epoch)] = value
            yield {
                "index": body["arch_index"],
                "arch": body["arch_str"],
                "hp": hp,
                "dataset": dataset,
                "seed": seed,
                "epochs": run["epochs"],
                "params": round(run["params"].value * 1e6),
                "macs": round(run["flop"] * 1e6),
                "latency_seconds": sum(latency) / len(latency) if latency else None,
                "train_seconds": sum(run["train_times"].values()),
                "train_loss": list(run["train_losses"].values()),
                "train_accuracy": list(run["train_acc1es"].values()),
                "splits": splits,
            }


def main():
    corpus = here.parent.parent / "fuzz" / "corpus"
    import os  # noqa: F401  to be named by a pickle, and refused

    good = [
        {"name": name if protocol == 4 else "%s in protocol %d" % (name, protocol), "pickle": pickle.dumps(value, protocol).hex(), "value": as_json(value)}
        for name, value in values()
        for protocol in (2, 3, 4, 5)
    ]
    good.append({"name": "a byte array", "pickle": pickle.dumps(bytearray(b"ab"), 5).hex(), "value": as_json(b"ab")})
    bad = [{"name": name, "pickle": data.hex(), "words": words} for name, data, words in refused()]
    (here / "expected_pickles.json").write_text(json.dumps({"good": good, "bad": bad}, indent=0) + "\n")
    for entry in good:
        if len(entry["pickle"]) < 20000:
            (corpus / "pickle" / entry["name"].replace(" ", "-")).write_bytes(bytes.fromhex(entry["pickle"]))

    cells = [
        (0, "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|", (777, 888, 999)),
        (3, "|skip_connect~0|+|none~0|nor_conv_1x1~1|+|none~0|nor_conv_3x3~1|none~2|", (777,)),
        (5, "|nor_conv_1x1~0|+|none~0|none~1|+|none~0|skip_connect~1|nor_conv_1x1~2|", (888, 999)),
    ]
    folder = here.parent / "table" / "nats_tiny"
    folder.mkdir(exist_ok=True)
    meta = ["cell %d" % i for i in range(8)]
    everything = []
    for index, arch, seeds in cells:
        results = cell(index, arch, seeds)
        meta[index] = arch
        everything.extend(expected(results))
        data = pickle.dumps(results, 4)
        (folder / ("%06d.pickle.pbz2" % index)).write_bytes(bz2.compress(data))
        if len(seeds) == 1:
            (corpus / "nats" / "cell").write_bytes(data)
    data = pickle.dumps({"meta_archs": meta, "total_archs": 8, "arch2infos": None, "evaluated_indexes": set()}, 4)
    (folder / "meta.pickle.pbz2").write_bytes(bz2.compress(data))
    (folder / "expected_cells.json").write_text(json.dumps(everything) + "\n")


main()
