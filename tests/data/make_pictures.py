"""Makes tests/data/pictures/ and tests/data/expected_pictures.json: small image files of every kind that the decoder
takes or refuses, their pixels as PIL decodes them, and resized pixels as torch computes them.

Needs Debian's python3-pil, python3-numpy and python3-torch. Run in tests/data: python3 make_pictures.py
"""
import json
import pathlib
import struct
import zlib

import numpy
import torch
from PIL import Image

folder = pathlib.Path("pictures")
folder.mkdir(exist_ok=True)
width, height = 21, 14
y, x = numpy.mgrid[0:height, 0:width]
rgb = numpy.stack([x * 12, y * 18, 255 - x * 6 - y * 8], axis=2).astype(numpy.uint8)
rgb[3:6, 4:9] = [250, 20, 30]
colour = Image.fromarray(rgb)
grey = colour.convert("L")
expected = {}


def keep(name, image, pixels=None, **options):
    image.save(folder / name, **options)
    pixels = numpy.asarray(Image.open(folder / name).convert("RGB")) if pixels is None else pixels
    expected[name] = {"width": pixels.shape[1], "height": pixels.shape[0], "rgb": pixels.reshape(-1).tolist()}


keep("colour.jpg", colour, quality=90)
keep("progressive.jpg", colour, quality=80, progressive=True)
keep("grey.jpg", grey, quality=90)
keep("colour.png", colour)
keep("grey.png", grey)
keep("palette.png", colour.quantize(16))
keep("bits1.png", grey.convert("1"))
alpha = numpy.dstack([rgb, (x * 12).astype(numpy.uint8)])
keep("alpha.png", Image.fromarray(alpha), pixels=rgb)  # the colours under transparent pixels are kept
deep = (grey := numpy.asarray(grey)).astype(numpy.uint16) * 257
keep("grey16.png", Image.fromarray(deep), pixels=numpy.repeat(grey[:, :, None], 3, axis=2))


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


# refused
colour.convert("CMYK").save(folder / "cmyk.jpg")
colour.save(folder / "still.gif")
colour.save(folder / "still.webp")
colour.save(folder / "still.bmp")
colour.save(folder / "still.tiff")
png = (folder / "colour.png").read_bytes()
head = 8 + 25  # signature and IHDR
(folder / "animated.png").write_bytes(png[:head] + chunk(b"acTL", struct.pack(">II", 1, 0)) + png[head:])
for name, side in [("huge.png", 100_000), ("hollow.png", 8_000)]:
    size = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    (folder / name).write_bytes(png[:8] + size + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))

resized = []
planes = torch.from_numpy(rgb.astype(numpy.float64)).permute(2, 0, 1)[None]
for w, h in [(8, 8), (5, 3), (26, 17), (21, 7), (1, 1), (40, 14)]:
    out = torch.nn.functional.interpolate(planes, size=(h, w), mode="bilinear", antialias=True, align_corners=False)
    resized.append({"width": w, "height": h, "rgb": [round(v, 6) for v in out[0].permute(1, 2, 0).reshape(-1).tolist()]})

with open("expected_pictures.json", "w") as out:
    json.dump({"decoded": expected, "resized": {"of": "colour.png", "to": resized}}, out, separators=(",", ":"))
    out.write("\n")
