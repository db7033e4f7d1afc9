"""The main job of otpkeep in Python, on the keep that demo.c made: make demo, or python demo.py FOLDER."""
import pathlib
import sys

import otpkeep

folder = pathlib.Path(sys.argv[1])
# A real program asks for it, or reads a key file.
PASSPHRASE = "correct horse battery staple"

print("\n8. Opening the keep in Python.")
with otpkeep.open(folder / "auth.keep", passphrase=PASSPHRASE) as keep:
    print(f"   keys: {', '.join(keep.list_keys())}")

    print("\n9. Validating alice's code of now: C used it up.")
    verdict = keep.validate_code("alice", keep.read_code("alice").value)
    # A new period may have begun meanwhile, and with it a code that nobody has used.
    print(f"   {verdict.outcome}")
    if verdict.outcome not in ("replayed", "accepted"):
        sys.exit("demo: not what it should be")

    print("\n10. Generating a key for bob, and validating his code twice.")
    enrollment = keep.generate_key("bob", issuer="Acme", account_name="bob@acme.com", overwrite=True)
    enrollment.save(folder / "bob.png")
    code = str(keep.read_code("bob"))
    first, second = keep.validate_code("bob", code), keep.validate_code("bob", code)
    print(f"   {first.outcome}, then {second.outcome}")
    if not first or second:
        sys.exit("demo: not what it should be")
