"""The Python worker of the scenarios, beside a thread that opens and closes the same file with another copy of SQLite.

usage: beside_sqlite.py FOLDER
"""
import os
import pathlib
import runpy
import sqlite3
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent


def open_and_close(path):
    """What must not be done, and is done all the same; a file beside the keep grows by a byte each time."""
    count = open(path.with_name(f"opened-{os.getpid()}"), "ab", buffering=0)
    while True:
        if path.exists():
            connection = sqlite3.connect(path)
            try:
                connection.execute("SELECT count(*) FROM keys").fetchone()
            except sqlite3.OperationalError:
                pass  # Locked, or not made yet.
            connection.close()
            count.write(b".")


if __name__ == "__main__":
    threading.Thread(target=open_and_close, args=(pathlib.Path(sys.argv[1]) / "a.keep",), daemon=True).start()
    runpy.run_path(str(HERE.parent / "scenarios/worker.py"), run_name="__main__")
