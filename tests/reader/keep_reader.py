#!/usr/bin/env python3
"""An independent reader of otpkeep's keeps, written from docs/keep-format.md alone.

Prints the whole content of a keep, SECRETS INCLUDED, as JSON; with --check it compares the content with an expected
one instead. Needs Python 3.10 with SQLite 3.37, and `cryptography` and `argon2-cffi` from PyPI.

Exit status: 0 fine, 1 the keep (or the command line) is bad, 2 wrong root key, 3 not what --check expects.
"""
import argparse, base64, fcntl, hashlib, hmac, json, os, re, shutil, sqlite3, sys, tempfile
from pathlib import Path

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

APPLICATION_ID, USER_VERSION, MAX_SLOTS, MAX_TERMS = 0x4F54504B, 1, 8, 64
KINDS = {1: "raw", 2: "key-file", 3: "passphrase"}
ALGORITHMS = {1: "SHA1", 2: "SHA256", 3: "SHA512"}
UNSHOWN = {"secret", "codes"}  # fields whose values stay out of messages


class Bad(Exception):
    """The keep violates its format."""


class WrongRootKey(Exception):
    """No slot belongs to the root key given."""


def require(holds, message):
    """Raise Bad unless the condition holds."""
    if not holds:
        raise Bad(message)


# --- The encoding and the primitives ---

def encode(kind, *fields):
    """E(kind; fields...): numbers as 8 bytes (two's complement), bytes and text with their length before them."""
    def one(field):
        if isinstance(field, int):
            return (field & (2**64 - 1)).to_bytes(8, "big")
        raw = field.encode() if isinstance(field, str) else field
        return len(raw).to_bytes(4, "big") + raw
    return b"".join(map(one, (kind, *fields)))


class Decoder:
    """Takes an encoding apart; `what` names it in messages."""

    def __init__(self, data, what):
        self.rest, self.what = data, what

    def take(self, count):
        require(count <= len(self.rest), f"{self.what}: its encoding is cut short")
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def field(self, letter):
        """The next field: n is a number, b bytes, t text."""
        raw = self.take(8 if letter == "n" else int.from_bytes(self.take(4), "big"))
        try:
            return int.from_bytes(raw, "big") if letter == "n" else raw if letter == "b" else raw.decode()
        except UnicodeDecodeError:
            raise Bad(f"{self.what}: a text is not UTF-8") from None

    def fields(self, letters):
        return [self.field(letter) for letter in letters]

    def last(self, letters):
        """The next fields, which nothing may follow."""
        fields = self.fields(letters)
        require(not self.rest, f"{self.what}: something follows its encoding")
        return fields


def expand(key, info, size):
    """HKDF-SHA256-Expand."""
    return HKDFExpand(SHA256(), size, info).derive(key)


def gcm_open(key, aad, box, what):
    """Open nonce, ciphertext and tag."""
    require(len(box) >= 12 + 16, f"{what}: the sealed part is too short")
    try:
        return AESGCM(key).decrypt(box[:12], box[12:], aad)
    except InvalidTag:
        raise Bad(f"{what}: does not authenticate") from None


def blob_term(sealed, what):
    """The term in a sealed blob's header, the rest of which is checked."""
    require(len(sealed) >= 6, f"{what}: the sealed part is too short")
    require(sealed[0] == 1, f"{what}: unknown record format")
    require(sealed[1] == 1, f"{what}: unknown algorithm")
    return int.from_bytes(sealed[2:6], "big")


# --- The keep ---

def open_copy(path, directory):
    """Open a private copy of the keep and its log, so that SQLite leaves nothing beside the original.

    Writers and checkpoints hold the lock file's lock exclusively; a shared one, if the file exists, keeps them out."""
    copy, lock = os.path.join(directory, "keep"), None
    try:
        if os.path.exists(path + ".lock"):
            lock = os.open(path + ".lock", os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_SH)
        shutil.copyfile(path, copy)
        if os.path.exists(path + "-wal"):
            shutil.copyfile(path + "-wal", copy + "-wal")
    finally:
        if lock is not None:
            os.close(lock)
    db = sqlite3.connect(Path(copy).absolute().as_uri() + "?mode=ro", uri=True)
    db.execute("PRAGMA trusted_schema = OFF")
    for pragma, value in ("application_id", APPLICATION_ID), ("user_version", USER_VERSION), ("journal_mode", "wal"):
        require(db.execute(f"PRAGMA {pragma}").fetchone() == (value,), f"not a keep of this format: wrong {pragma}")
    require(db.execute("PRAGMA quick_check").fetchall() == [("ok",)], "the SQLite file is damaged")
    return db


def rows(db, table, columns, types, tail=""):
    """The rows of a table, with every value of the type the format gives it."""
    found = db.execute(f"SELECT {columns} FROM {table} {tail}").fetchall()
    require(all(type(v) is t for row in found for v, t in zip(row, types)), f"{table}: a value of the wrong type")
    return found


def only_row(db, table, columns, types):
    """The row of a table that has one, with id 1."""
    found = rows(db, table, "id, " + columns, (int, *types))
    require(len(found) == 1 and found[0][0] == 1, f"{table}: not exactly one row, with id 1")
    return found[0][1:]


def read_slots(db, keep_id, root_key, passphrase):
    """The slots' ids and kinds, and the KEK out of the one that belongs to the root key or the passphrase."""
    slots, kek = [], None
    for id, slot in rows(db, "slots", "id, slot", (int, bytes), f"ORDER BY id LIMIT {MAX_SLOTS}"):
        what, fields, checksum = f"slot {id}", slot[:-16], slot[-16:]
        expected = hashlib.sha256(encode("otpkeep/slot-checksum", keep_id, id, fields)).digest()[:16]
        require(hmac.compare_digest(expected, checksum), f"{what}: wrong checksum")
        label, kind, created, memory_kib, passes, salt, key_check, wrapped = Decoder(fields, what).last("tnnnnbbb")
        require(label == "otpkeep/slot", f"{what}: its encoding is of another kind")
        require(kind in KINDS, f"{what}: unknown kind")
        bounded = 19_456 <= memory_kib <= 1_048_576 and 1 <= passes <= 10
        require(bounded if kind == 3 else memory_kib == passes == 0, f"{what}: costs out of range")
        require(len(key_check) == 16 and len(wrapped) == 12 + 32 + 16, f"{what}: a field has the wrong length")
        slots.append({"id": id, "kind": KINDS[kind]})
        if kek is not None or (passphrase if kind == 3 else root_key) is None:
            continue
        try:
            slot_key = root_key if kind != 3 else hash_secret_raw(
                passphrase, salt, passes, memory_kib, parallelism=1, hash_len=32, type=Type.ID, version=0x13)
        except HashingError:
            raise Bad(f"{what}: Argon2id refuses its salt or costs") from None
        if hmac.compare_digest(expand(slot_key, encode("otpkeep/slot-check", keep_id, id, salt), 16), key_check):
            wrap_key = expand(slot_key, encode("otpkeep/slot-wrap", keep_id, id, salt), 32)
            aad = encode("otpkeep/slot", kind, created, memory_kib, passes, salt, key_check, keep_id, id)
            kek = gcm_open(wrap_key, aad, wrapped, what)
    if kek is None:
        raise WrongRootKey
    return slots, kek


def read_keyring(db, keep_id, kek):
    """The keyring's epoch and creation time, its data keys by term, and the fixed key."""
    epoch, sealed = only_row(db, "keyring", "epoch, sealed", (int, bytes))
    require(blob_term(sealed, "keyring") == 0, "keyring: its term is not 0")
    key, aad = expand(kek, encode("otpkeep/keyring", keep_id), 32), encode("otpkeep/keyring", keep_id, epoch)
    decoder = Decoder(gcm_open(key, aad, sealed[6:], "keyring"), "keyring")
    created, fixed_key, count = decoder.fields("nbn")
    require(1 <= count <= MAX_TERMS, "keyring: the number of terms is out of range")
    fields = decoder.last("nnb" * count)
    terms, data_keys = fields[0::3], fields[2::3]
    require(all(a < b for a, b in zip([0, *terms], terms)), "keyring: terms do not ascend from 1")
    require(all(len(key) == 32 for key in (fixed_key, *data_keys)), "keyring: a key does not have 32 bytes")
    return epoch, created, dict(zip(terms, data_keys)), fixed_key


def open_record(terms, kind, keep_id, place, columns, sealed, what):
    """Open a mount's or a key's sealed blob: its subkey depends on its place, its tag on the other columns too."""
    term = blob_term(sealed, what)
    require(term in terms, f"{what}: sealed under a term the keyring does not have")
    key = expand(terms[term], encode(kind, keep_id, *place), 32)
    return Decoder(gcm_open(key, encode(kind, keep_id, *place, *columns), sealed[6:], what), what)


def read_mounts(db, keep_id, terms):
    """The mounts by their ids."""
    mounts, names = {}, ("path", "description", "throttle", "free_attempts", "lock_seconds", "max_lock_seconds",
                         "max_failures", "created")
    for family, id, version, sealed in rows(db, "records", "family, id, version, sealed", (int, int, int, bytes)):
        what = f"mount {id}"
        require(family == 1, "records: unknown family")
        decoder = open_record(terms, "otpkeep/mount", keep_id, (id, ""), (version,), sealed, what)
        mounts[id] = mount = dict(zip(names, decoder.last("ttnnnnnn")))
        require(mount["path"].endswith("/"), f"{what}: its path does not end in /")
        require(mount["throttle"] in (0, 1), f"{what}: throttle is neither 0 nor 1")
        mount["throttle"] = mount["throttle"] == 1
    require(len({mount["path"] for mount in mounts.values()}) == len(mounts), "two mounts have the same path")
    return mounts


def read_state(row, state_key, keep_id, mount, name, version, what):
    """A key's state, once its version and tag are checked."""
    require(row is not None, f"{what}: its state is missing")
    *state, tag = row
    require(state[0] == version, f"{what}: its state is of another version")
    expected = hmac.digest(state_key, encode("otpkeep/state", keep_id, mount, name, *state), "sha256")[:16]
    require(hmac.compare_digest(expected, tag), f"{what}: its state does not authenticate")
    _version, last_step, failures, locked_until, flags = state
    require(flags in (0, 1), f"{what}: its state has unknown flags")
    return {"last_step": last_step, "failures": failures, "locked_until": locked_until, "disabled": flags == 1}


def read_keys(db, keep_id, terms, fixed_key, mounts):
    """All keys with their states, sorted."""
    state_key = expand(fixed_key, encode("otpkeep/state-key", keep_id), 32)
    columns = "id, version, last_step, failures, locked_until, flags, tag"
    states = {id: row for id, *row in rows(db, "states", columns, (int,) * 6 + (bytes,))}
    keys, types = [], (int, int, str, int, bytes)
    for id, mount, name, version, sealed in rows(db, "keys", "id, mount, name, version, sealed", types):
        what = f"key {name!r} of mount {mount}"
        require(mount in mounts, f"{what}: the mount is missing")
        decoder = open_record(terms, "otpkeep/key", keep_id, (mount, name), (version, id), sealed, what)
        secret, issuer, account_name, parameters, created = decoder.last("bttnn")
        algorithm, digits, skew = parameters >> 48, parameters >> 40 & 0xFF, parameters >> 32 & 0xFF
        period = parameters & 0xFFFF_FFFF
        require(algorithm in ALGORITHMS, f"{what}: unknown algorithm")
        require(digits in (6, 8) and skew in (0, 1) and 1 <= period <= 86_400, f"{what}: parameters out of range")
        keys.append({
            "mount": mounts[mount]["path"], "name": name, "secret": base64.b32encode(secret).decode().rstrip("="),
            "issuer": issuer, "account_name": account_name, "algorithm": ALGORITHMS[algorithm], "digits": digits,
            "period": period, "skew": skew, "created": created,
        } | read_state(states.pop(id, None), state_key, keep_id, mount, name, version, what))
    require(not states, "states: a row belongs to no key")
    return sorted(keys, key=lambda key: (key["mount"], key["name"]))


def read_keep(path, root_key, passphrase):
    """The whole content of a keep."""
    with tempfile.TemporaryDirectory() as directory:
        db = open_copy(path, directory)
        (keep_id,) = only_row(db, "keep", "keep_id", (bytes,))
        require(len(keep_id) == 16, "keep: keep_id does not have 16 bytes")
        slots, kek = read_slots(db, keep_id, root_key, passphrase)
        epoch, created, terms, fixed_key = read_keyring(db, keep_id, kek)
        mounts = read_mounts(db, keep_id, terms)
        keys = read_keys(db, keep_id, terms, fixed_key, mounts)
        db.close()
    return {"format": USER_VERSION, "created": created, "epoch": epoch, "terms": list(terms), "slots": slots,
            "mounts": sorted(mounts.values(), key=lambda mount: mount["path"]), "keys": keys}


# --- The comparison and the command line ---

def totp(key, time):
    """The code of RFC 6238 (T0 = 0) at a time."""
    secret = base64.b32decode(key["secret"] + "=" * (-len(key["secret"]) % 8))
    mac = hmac.digest(secret, (time // key["period"]).to_bytes(8, "big"), key["algorithm"].lower())
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset:offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10 ** key["digits"]).zfill(key["digits"])


def differences(expected, found, where=""):
    """One line for each place where `found` is not as `expected`; what `expected` does not mention may be anything."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name, value in expected.items():
            yield from differences(value, found.get(name), f"{where}.{name}".lstrip("."))
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{where}: {len(expected)} expected, {len(found)} found"
        for index, pair in enumerate(zip(expected, found)):
            yield from differences(*pair, f"{where}[{index}]")
    elif type(expected) is not type(found) or expected != found:
        shown = UNSHOWN.isdisjoint(where.split("."))
        yield f"{where}: expected {expected!r}, found {found!r}" if shown else f"{where}: differs"


def check(content, expected):
    """Compare the content, and its keys' codes, with what is expected; the exit status."""
    expected = {name: value for name, value in expected.items() if name not in ("root_key", "passphrase")}
    for wanted, key in zip(expected["keys"], content["keys"]):
        key["codes"] = {time: totp(key, int(time)) for time in wanted.get("codes", ())}
    lines = list(differences(expected, content))
    print("\n".join(lines) if lines else "as expected", file=sys.stderr)
    return 3 if lines else 0


class Arguments(argparse.ArgumentParser):
    """A parser that does not quote arguments in its errors, for one may be the root key."""

    def error(self, message):
        self.print_usage(sys.stderr)
        sys.exit(1)


def main():
    parser = Arguments(description="Read a keep of otpkeep and print its content, secrets included, as JSON.")
    parser.add_argument("keep")
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--root-key", metavar="HEX")
    given.add_argument("--passphrase-file", metavar="FILE", help="a line end at the file's end is not part of it")
    parser.add_argument("--check", metavar="EXPECTED.json", type=Path, help="compare instead of printing")
    arguments, root_key, passphrase = parser.parse_args(), None, None
    try:
        if arguments.root_key is not None:
            require(re.fullmatch("[0-9a-fA-F]{64}", arguments.root_key), "the root key is not 64 hexadecimal digits")
            root_key = bytes.fromhex(arguments.root_key)
        else:
            passphrase = re.sub(rb"\r?\n\Z", b"", Path(arguments.passphrase_file).read_bytes())
        content = read_keep(arguments.keep, root_key, passphrase)
        if arguments.check is not None:
            return check(content, json.loads(arguments.check.read_text(encoding="utf-8")))
        print(json.dumps(content, indent=4))
        return 0
    except WrongRootKey:
        print("error: wrong root key: no slot belongs to it", file=sys.stderr)
        return 2
    except Bad as error:
        print(f"error: {error}", file=sys.stderr)
    except sqlite3.Error:
        print("error: SQLite cannot read the file as a keep", file=sys.stderr)
    except OSError as error:
        print(f"error: cannot read a file: {error.strerror}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
