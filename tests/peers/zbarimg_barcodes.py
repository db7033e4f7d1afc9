"""Reads the barcodes of the example `emit_barcodes` with zbarimg: the folder is the argument."""
import struct
import subprocess
import sys
from pathlib import Path

images = sorted(Path(sys.argv[1]).glob("*.png"))
assert len(images) >= 40, f"only {len(images)} images"
for image in images:
    header = image.read_bytes()[16:26]
    width, height, depth, colour = struct.unpack(">IIBB", header)
    size = int(image.stem.split("-")[1])
    assert (width, height, depth, colour) == (size, size, 8, 0), f"{image.name}: not {size} px square in 8-bit grey"
    command = ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(image)]
    read = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    assert read == image.with_suffix(".url").read_text(), f"{image.name}: zbarimg reads {read!r}"
print(f"{len(images)} barcodes read by zbarimg")
