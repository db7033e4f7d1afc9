"""Another copy of SQLite in the same process opens and closes the keep while codes are validated.

Python's `sqlite3` module is that copy; the library is called through ctypes. Closing the file, SQLite drops the locks of
the whole process and, finding itself alone, deletes the write-ahead log. Each code is offered by two processes at once:
one of them may accept it, or get a typed error; never both, and what was accepted stays spent.
"""
import collections
import ctypes
import multiprocessing
import pathlib
import sqlite3
import tempfile
import threading

ROUNDS = 4000
START = 1_800_000_000
ROOT_KEY = bytes(range(32))
SECRET = b"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

ok, busy, replaced_store, replayed = 0, 24, 30, 66


class Library:
    """What is needed of the C interface."""

    def __init__(self, path):
        root = pathlib.Path(__file__).resolve().parents[2]
        self.c = ctypes.CDLL(root / "target" / "release" / "libotpkeep.so")
        for name in "otpkeep_options_new", "otpkeep_key_spec_new":
            getattr(self.c, name).restype = ctypes.c_void_p
        self.options = ctypes.c_void_p(self.c.otpkeep_options_new())
        assert self.c.otpkeep_options_set_root_key(self.options, ROOT_KEY, ctypes.c_size_t(32)) == ok
        assert self.c.otpkeep_options_set_create(self.options, 1) == ok
        assert self.c.otpkeep_options_set_manual_clock(self.options, 1) == ok
        self.path = path
        self.keep = ctypes.c_void_p()
        assert self.c.otpkeep_open(path, self.options, ctypes.byref(self.keep), None) == ok

    def write_key(self):
        spec = ctypes.c_void_p(self.c.otpkeep_key_spec_new())
        assert self.c.otpkeep_key_spec_set_secret(spec, SECRET) == ok
        assert self.c.otpkeep_write_key(self.keep, b"alice", spec, None, None) == ok
        self.c.otpkeep_key_spec_free(spec)

    def read_code(self, at):
        code = ctypes.create_string_buffer(16)
        assert self.c.otpkeep_read_code_at(self.keep, b"alice", ctypes.c_int64(at), code, None) == ok
        return code.value

    def validate(self, code, at):
        return self.c.otpkeep_validate_code_at(self.keep, b"alice", code, ctypes.c_int64(at), None, None)

    def close(self):
        self.c.otpkeep_close(self.keep)
        self.c.otpkeep_options_free(self.options)


def open_and_close(path, stop, count):
    """What must not be done, and is done all the same."""
    while not stop.is_set():
        connection = sqlite3.connect(path)
        connection.execute("SELECT count(*) FROM keys").fetchone()
        connection.close()
        count[0] += 1


def offer(path, codes, barrier, results):
    """Offers each code at the same time as the other processes, beside a thread that opens and closes the file."""
    library = Library(path)
    stop, count = threading.Event(), [0]
    neighbour = threading.Thread(target=open_and_close, args=(path, stop, count))
    neighbour.start()
    answers = []
    for at, code in codes:
        barrier.wait()
        answers.append(library.validate(code, at))
    stop.set()
    neighbour.join()
    library.close()
    assert count[0] > 10, "the file was hardly opened"
    results.put(answers)


def main():
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "auth.keep").encode()
        library = Library(path)
        library.write_key()
        codes = [(at, library.read_code(at)) for at in range(START, START + 30 * ROUNDS, 30)]
        barrier, results = context.Barrier(2), context.Queue()
        processes = [context.Process(target=offer, args=(path, codes, barrier, results)) for _ in range(2)]
        for process in processes:
            process.start()
        answers = [results.get(timeout=300) for _ in processes]
        for process in processes:
            process.join()
            assert process.exitcode == 0
        library.close()

        tally = collections.Counter()
        for (at, _), pair in zip(codes, zip(*answers)):
            assert pair.count(ok) <= 1, f"a code was accepted twice, at {at}"
            assert set(pair) <= {ok, busy, replaced_store, replayed}, f"unexpected answers {pair}"
            tally.update(pair)
        assert tally[ok] >= ROUNDS // 2, f"hardly a code was accepted: {tally}"
        library = Library(path)
        for (at, code), pair in zip(codes, zip(*answers)):
            if ok in pair:
                assert library.validate(code, at) != ok, f"an accepted code was accepted again, at {at}"
        library.close()
        print(f"{ROUNDS} codes, each offered by 2 processes: {tally[ok]} accepted, {tally[replayed]} replayed, "
              f"{tally[busy]} busy, {tally[replaced_store]} store replaced")


if __name__ == "__main__":
    main()
