"""What must not be found in memory: secrets, and what they become inside the algorithms that use them.

Nothing here comes from the library: the keys are derived from the keep's file by the independent reader, and the inner
forms of HMAC and AES are computed from their standards (FIPS 198-1, FIPS 180-4, FIPS 197).
"""
import base64
import hashlib
import pathlib
import re
import struct
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "reader"))
import keep_reader as reader  # noqa: E402

# Shorter pieces would be found by chance; longer ones would miss what a register held.
PIECE = 8
BLOCKS = {"sha1": 64, "sha256": 64, "sha512": 128}


def pieces(name, value):
    """The parts of a value that fill a register, each with its name. Parts of one repeated byte tell nothing."""
    for start in range(0, len(value) - PIECE + 1, PIECE):
        piece = value[start:start + PIECE]
        if len(set(piece)) > 2:
            yield piece, f"{name}, bytes {start} to {start + PIECE - 1}"


def swapped(value):
    """The value as hashes load it: words of 4 and 8 bytes and registers of 16 turned around."""
    for size in (4, 8, 16):
        whole = value[:len(value) // size * size]
        yield b"".join(whole[at:at + size][::-1] for at in range(0, len(whole), size)), f"words of {size} bytes"


def hmac_forms(name, key, algorithm):
    """A key of HMAC: its pads (as bytes and as words) and the states after them, which are as good as the key."""
    block = BLOCKS[algorithm]
    short = hashlib.new(algorithm, key).digest() if len(key) > block else key
    for byte, pad in ((0x36, "inner pad"), (0x5C, "outer pad")):
        padded = bytes(part ^ byte for part in short)
        yield f"{name}, {pad}", padded
        for form, how in swapped(padded):
            yield f"{name}, {pad}, {how}", form
        state = compress(algorithm, padded + bytes([byte]) * (block - len(padded)))
        for order, end in (("<", "little-endian"), (">", "big-endian")):
            letter = "Q" if algorithm == "sha512" else "I"
            yield f"{name}, {pad} state, {end}", struct.pack(f"{order}{len(state)}{letter}", *state)
        # SHA extensions keep the state of SHA-256 in the order CDGH, ABEF, and the A to D of SHA-1 backwards.
        if algorithm == "sha256":
            a, b, c, d, e, f, g, h = state
            yield f"{name}, {pad} state, in registers", struct.pack("<8I", f, e, b, a, h, g, d, c)
        if algorithm == "sha1":
            yield f"{name}, {pad} state, in registers", struct.pack("<4I", *state[3::-1])


def key_forms(name, key, uses):
    """All forms of a key: itself, its texts, and what its uses make of it."""
    yield name, key
    yield f"{name}, hex", key.hex().encode()
    yield f"{name}, HEX", key.hex().upper().encode()
    for form, how in swapped(key):
        yield f"{name}, {how}", form
    for use in uses:
        if use == "aes":
            # The first two are the key itself.
            for number, part in list(enumerate(round_keys(key)))[2:]:
                yield f"{name}, round key {number}", part
        else:
            yield from hmac_forms(name, key, use)


def secret_forms(name, secret):
    """All forms of a key's secret."""
    text = base64.b32encode(secret).rstrip(b"=")
    yield f"{name}, base32", text
    yield f"{name}, base32 in lower case", text.lower()
    # In the data of a QR symbol the bytes begin at half a byte, whatever the length of the count before them.
    yield f"{name}, base32 in a QR symbol", (int.from_bytes(text, "big") << 4).to_bytes(len(text) + 1, "big")[1:-1]
    yield from key_forms(name, secret, BLOCKS)


def text_forms(name, text):
    yield name, text
    yield f"{name}, hex", text.hex().encode()


def keys_of(location, root_key=None, passphrase=None):
    """The keys of a keep by name, each with the algorithms that use it, and the secrets in it by their keys' names."""
    with tempfile.TemporaryDirectory() as folder:
        db = reader.open_copy(location, folder)
        (keep_id,) = reader.only_row(db, "keep", "keep_id", (bytes,))
        _, kek = reader.read_slots(db, keep_id, root_key, passphrase)
        _, _, terms, fixed = reader.read_keyring(db, keep_id, kek)
        keys = {"KEK": (kek, ["sha256"]), "fixed key": (fixed, ["sha256"])}
        keys["keyring key"] = (reader.expand(kek, reader.encode("otpkeep/keyring", keep_id), 32), ["aes"])
        keys["state key"] = (reader.expand(fixed, reader.encode("otpkeep/state-key", keep_id), 32), ["sha256"])
        for purpose in ("policy-row", "token-accessor", "token-row", "audit-row", "audit-value"):
            info = reader.encode(f"otpkeep/{purpose}-key", keep_id)
            keys[f"{purpose} key"] = (reader.expand(fixed, info, 32), ["sha256"])
        for term, key in terms.items():
            keys[f"data key {term}"] = (key, ["sha256"])
        for slot_id, slot in db.execute("SELECT id, slot FROM slots"):
            _, kind, _, memory_kib, passes, salt, _, _ = reader.Decoder(slot[:-16], "slot").last("tnnnnbbb")
            slot_key = root_key if kind != 3 else reader.hash_secret_raw(
                passphrase, salt, passes, memory_kib, parallelism=1, hash_len=32, type=reader.Type.ID, version=0x13)
            keys[f"slot key {slot_id}"] = (slot_key, ["sha256"])
            wrap_key = reader.expand(slot_key, reader.encode("otpkeep/slot-wrap", keep_id, slot_id, salt), 32)
            keys[f"wrap key {slot_id}"] = (wrap_key, ["aes"])
        for mount, name, sealed in db.execute("SELECT mount, name, sealed FROM keys"):
            term = reader.blob_term(sealed, name)
            record_key = reader.expand(terms[term], reader.encode("otpkeep/key", keep_id, mount, name), 32)
            keys[f"record key of {name}"] = (record_key, ["aes"])
        mounts = {mount: {"path": str(mount)} for (mount,) in db.execute("SELECT id FROM records WHERE family = 1")}
        found = reader.read_keys(db, keep_id, terms, fixed, mounts)
        secrets = {key["name"]: base64.b32decode(key["secret"] + "=" * (-len(key["secret"]) % 8)) for key in found}
        db.close()
    return keys, secrets


# -- the compression functions of the hashes, and the key schedule of AES-256 --------------------------------------------


def primes(count):
    found = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def root_bits(prime, power, bits):
    """The first bits of the fraction of a prime's root."""
    low, high = 0, prime << bits
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**power <= prime << power * bits else (low, middle - 1)
    return low & (1 << bits) - 1


def compress(algorithm, block):
    """The state of a hash after its first block."""
    return compress_sha1(block) if algorithm == "sha1" else compress_sha2(block, 32 if algorithm == "sha256" else 64)


def compress_sha1(block):
    mask = 0xFFFFFFFF

    def turn(word, by):
        return (word << by | word >> 32 - by) & mask

    start = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)
    words = list(struct.unpack(">16I", block))
    for at in range(16, 80):
        words.append(turn(words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16], 1))
    a, b, c, d, e = start
    for at, word in enumerate(words):
        mixed, constant = [(b & c | ~b & d, 0x5A827999), (b ^ c ^ d, 0x6ED9EBA1),
                           (b & c | b & d | c & d, 0x8F1BBCDC), (b ^ c ^ d, 0xCA62C1D6)][at // 20]
        a, b, c, d, e = (turn(a, 5) + (mixed & mask) + e + word + constant) & mask, a, turn(b, 30), c, d
    return [(one + two) & mask for one, two in zip(start, (a, b, c, d, e))]


def compress_sha2(block, bits):
    mask = (1 << bits) - 1
    rounds, s0, s1, e0, e1 = {
        32: (64, (7, 18, 3), (17, 19, 10), (2, 13, 22), (6, 11, 25)),
        64: (80, (1, 8, 7), (19, 61, 6), (28, 34, 39), (14, 18, 41)),
    }[bits]

    def turn(word, by):
        return (word >> by | word << bits - by) & mask

    def small(word, by):
        return turn(word, by[0]) ^ turn(word, by[1]) ^ word >> by[2]

    def big(word, by):
        return turn(word, by[0]) ^ turn(word, by[1]) ^ turn(word, by[2])

    start = [root_bits(prime, 2, bits) for prime in primes(8)]
    constants = [root_bits(prime, 3, bits) for prime in primes(rounds)]
    words = list(struct.unpack(">16I" if bits == 32 else ">16Q", block))
    for at in range(16, rounds):
        words.append((small(words[at - 2], s1) + words[at - 7] + small(words[at - 15], s0) + words[at - 16]) & mask)
    a, b, c, d, e, f, g, h = start
    for word, constant in zip(words, constants):
        one = h + big(e, e1) + (e & f ^ ~e & mask & g) + constant + word
        two = big(a, e0) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (one + two) & mask, a, b, c, (d + one) & mask, e, f, g
    return [(one + two) & mask for one, two in zip(start, (a, b, c, d, e, f, g, h))]


def aes_box():
    """The substitution box of AES (FIPS 197, 5.1.1)."""
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= (p << 1 & 0xFF) ^ (0x1B if p & 0x80 else 0)
        for shift in (1, 2, 4):
            q ^= q << shift & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        box[p] = 0x63
        for shift in range(5):
            box[p] ^= (q << shift | q >> 8 - shift) & 0xFF
        if p == 1:
            box[0] = 0x63
            return box


def round_keys(key):
    """The 15 round keys of AES-256."""
    box, words, constant = aes_box(), [key[at:at + 4] for at in range(0, 32, 4)], 1
    for at in range(8, 60):
        word = words[-1]
        if at % 8 == 0:
            word = bytes(box[byte] for byte in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant <<= 1
        elif at % 8 == 4:
            word = bytes(box[byte] for byte in word)
        words.append(bytes(one ^ two for one, two in zip(words[at - 8], word)))
    return [b"".join(words[at:at + 4]) for at in range(0, 60, 4)]


def check_the_standards():
    """The forms are right: they give the hashes of the standard library, and the key schedule of FIPS 197, A.3."""
    for algorithm, block in BLOCKS.items():
        length_bytes = 16 if block == 128 else 8
        message = b"abc"
        padded = message + b"\x80" + bytes(block - len(message) - 1 - length_bytes) + (24).to_bytes(length_bytes, "big")
        state = compress(algorithm, padded)
        size = 8 if algorithm == "sha512" else 4
        assert b"".join(word.to_bytes(size, "big") for word in state) == hashlib.new(algorithm, message).digest()
    example = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    assert round_keys(example)[14].hex() == "fe4890d1e6188d0b046df344706c631e"
