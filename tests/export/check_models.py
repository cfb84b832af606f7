#!/usr/bin/python3
"""check_models.py [--without RUNTIME]... [--fashion-mnist] FOLDER...: runs exported networks where people run them.

Each folder has model.pt, model.onnx, model.py with model.safetensors, and sample.safetensors: images and the logits of
our own network. What differs by more than 1e-4 of the largest logit is said, and the exit code is 1. The versions of all
that ran are the last line; a runtime that is not installed is not run. Exit code 77 where there is no PyTorch.
"""

import argparse
import gzip
import importlib.util
import json
import os
import struct
import sys

try:
    import numpy
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

MOST = 1e-4


def optional(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


cv2, onnx, onnxruntime = optional("cv2"), optional("onnx"), optional("onnxruntime")


def source_of(folder):
    spec = importlib.util.spec_from_file_location("exported", os.path.join(folder, "model.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_torchscript(folder, images):
    network = torch.jit.load(os.path.join(folder, "model.pt"))
    return network(torch.from_numpy(images)).numpy(), list(network.class_names)


def run_source(folder, images):
    module = source_of(folder)
    with torch.no_grad():
        return module.load()(torch.from_numpy(images)).numpy(), module.CLASS_NAMES


def run_opencv(folder, images):
    network = cv2.dnn.readNetFromONNX(os.path.join(folder, "model.onnx"))
    network.setInput(images)
    return network.forward(), None


def run_onnxruntime(folder, images):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(os.path.join(folder, "model.onnx"), options, ["CPUExecutionProvider"])
    names = json.loads(session.get_modelmeta().custom_metadata_map["class_names"])
    return session.run(["logits"], {"images": images})[0], names


def check_onnx(folder):
    model = onnx.load(os.path.join(folder, "model.onnx"))
    onnx.checker.check_model(model, full_check=True)
    return json.loads({entry.key: entry.value for entry in model.metadata_props}["class_names"])


def runtimes(without):
    all_of_them = {
        "PyTorch": (torch.__version__, [run_torchscript, run_source]),
        "OpenCV": (cv2 and cv2.__version__, [run_opencv]),
        "ONNX Runtime": (onnxruntime and onnxruntime.__version__, [run_onnxruntime]),
    }
    return {name: found for name, found in all_of_them.items() if found[0] and name not in without}


def difference(theirs, ours):
    if theirs.shape != ours.shape:
        return float("nan")
    return float(numpy.abs(theirs.astype(float) - ours).max() / max(numpy.abs(ours).max(), 1e-30))


def check(folder, present):
    wrong = []
    module = source_of(folder)
    sample = module.read_safetensors(os.path.join(folder, "sample.safetensors"))
    images, ours = sample["images"].numpy(), sample["logits"].numpy().astype(float)
    if onnx and check_onnx(folder) != module.CLASS_NAMES:
        wrong.append(f"{folder}: onnx: other names of classes")
    for version, runs in present.values():
        for run in runs:
            try:
                theirs, names = run(folder, images)
            except Exception as error:  # whatever a runtime throws is a finding
                wrong.append(f"{folder}: {run.__name__}: {error}")
                continue
            apart = difference(theirs, ours)
            largest[run.__name__] = max(largest.get(run.__name__, 0.0), apart)
            if not apart <= MOST:
                wrong.append(f"{folder}: {run.__name__}: logits differ by {apart} of the largest")
            if names is not None and names != module.CLASS_NAMES:
                wrong.append(f"{folder}: {run.__name__}: other names of classes: {names}")
    return wrong


def fashion_mnist(count):
    """The first test images, (N,1,28,28) in [0,1], and their labels."""
    folder = "/usr/share/datasets/fashion-mnist/t10k-"
    with gzip.open(folder + "images-idx3-ubyte.gz") as file:
        images = numpy.frombuffer(file.read(16 + count * 784), numpy.uint8, offset=16).reshape(count, 1, 28, 28)
    with gzip.open(folder + "labels-idx1-ubyte.gz") as file:
        return images.astype(numpy.float32) / 255, numpy.frombuffer(file.read(8 + count), numpy.uint8, offset=8)


def check_accuracy(folder, present):
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        facts = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))["__metadata__"]
    count = int(facts["data"].split("test=")[1].split(",")[0])
    images, labels = fashion_mnist(count)
    allowed = 0.005 if facts["precision"] == "fp32" else 0.03  # bf16 was measured with rounded activations
    wrong = []
    for _, runs in present.values():
        for run in runs:
            accuracy = float((run(folder, images)[0].argmax(1) == labels).mean())
            if abs(accuracy - float(facts["test_accuracy"])) > allowed:
                wrong.append(f"{folder}: {run.__name__}: accuracy {accuracy}; trained to {facts['test_accuracy']}")
    return wrong


largest = {}
parser = argparse.ArgumentParser()
parser.add_argument("--without", action="append", default=[])
parser.add_argument("--fashion-mnist", action="store_true")
parser.add_argument("folders", nargs="+")
arguments = parser.parse_args()
sys.dont_write_bytecode = True
torch.set_num_threads(1)
present = runtimes(arguments.without)
findings = [line for folder in arguments.folders for line in check(folder, present)]
if arguments.fashion_mnist:
    findings += [line for folder in arguments.folders for line in check_accuracy(folder, present)]
print("".join(line + "\n" for line in findings), end="")
print(", ".join(f"{name}: at most {apart:.1e}" for name, apart in largest.items()))
print(", ".join(f"{name} {version}" for name, (version, _) in present.items()) + (f", onnx {onnx.__version__}" if onnx else ""))
sys.exit(1 if findings else 0)
