"""Checks codes against oathtool: reads the JSON lines of the example `emit_codes` from standard input."""
import json
import subprocess
import sys

checked = 0
for line in sys.stdin:
    key = json.loads(line)
    # oathtool takes the time as a date, of which it knows those that the C library can convert.
    command = ["oathtool", "--base32", f"--totp={key['algorithm'].lower()}", f"--digits={key['digits']}",
               f"--time-step-size={key['period']}s", f"--now=@{key['at']}", "-"]
    code = subprocess.run(command, input=key["secret"], capture_output=True, text=True, check=True).stdout.strip()
    assert code == key["code"], f"oathtool says {code}, the keep {key['code']}: {key}"
    checked += 1
assert checked >= 100, f"only {checked} codes were given"
print(f"{checked} codes agree with oathtool")
