"""Runs what a user of node-vault does, and reads its barcode."""

import json
import pathlib
import subprocess
import sys
import tempfile

import support

script = pathlib.Path(__file__).with_name("node_vault_client.mjs")
with support.server(sys.argv[1]) as address, tempfile.TemporaryDirectory() as folder:
    made = pathlib.Path(folder) / "made.json"
    values = [address, support.TOKEN, support.URL, support.SECRET, support.USED, support.VERIFIER, str(made)]
    subprocess.run(["node", str(script), *values], check=True, timeout=120)
    enrollment = json.loads(made.read_text())
    assert support.decode_barcode(enrollment["barcode"]) == enrollment["url"]
