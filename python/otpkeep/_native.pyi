from collections.abc import Iterable
from datetime import datetime
from os import PathLike
from types import TracebackType
from typing import Final, NoReturn, TypeAlias, final

from typing_extensions import Buffer, Self

from .errors import Error
from .values import Attempts, Key, Mount, Status, Verdict

__all__ = ["Code", "Enrollment", "Keep", "__version__", "open", "restore"]

__version__: Final[str]

_Path: TypeAlias = str | PathLike[str]
_Time: TypeAlias = int | float | datetime

@final
class Code:
    @property
    def value(self) -> str: ...
    @property
    def generated_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def period(self) -> int: ...
    @property
    def remaining(self) -> int: ...
    def __reduce__(self) -> NoReturn: ...

@final
class Enrollment:
    @property
    def url(self) -> str: ...
    @property
    def barcode(self) -> bytes | None: ...
    def svg(self) -> str: ...
    def terminal(self) -> str: ...
    def save(self, path: _Path) -> None: ...
    def _repr_png_(self) -> bytes | None: ...
    def __reduce__(self) -> NoReturn: ...

@final
class Keep:
    @property
    def closed(self) -> bool: ...
    @property
    def forked(self) -> bool: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...
    def write_key(
        self,
        name: str,
        *,
        url: str | None = None,
        secret: str | None = None,
        issuer: str | None = None,
        account_name: str | None = None,
        algorithm: str | None = None,
        digits: int | None = None,
        period: int | None = None,
        skew: int | None = None,
        key_size: int | None = None,
        barcode_size: int | None = None,
        overwrite: bool = False,
    ) -> Key: ...
    def generate_key(
        self,
        name: str,
        *,
        url: str | None = None,
        secret: str | None = None,
        issuer: str | None = None,
        account_name: str | None = None,
        algorithm: str | None = None,
        digits: int | None = None,
        period: int | None = None,
        skew: int | None = None,
        key_size: int | None = None,
        barcode_size: int | None = None,
        overwrite: bool = False,
    ) -> Enrollment: ...
    def read_key(self, name: str) -> Key: ...
    def list_keys(self, after: str = "", limit: int = 1000) -> list[str]: ...
    def delete_key(self, name: str) -> None: ...
    def read_code(self, name: str, at: _Time | None = None) -> Code: ...
    def validate_code(self, name: str, code: str, at: _Time | None = None) -> Verdict: ...
    def validate_codes(self, items: Iterable[tuple[str, str]], at: _Time | None = None) -> list[Verdict | Error]: ...
    def read_attempts(self, name: str) -> Attempts: ...
    def reset_attempts(self, name: str) -> None: ...
    def with_mount(self, path: str) -> Keep: ...
    def mount(
        self,
        path: str,
        *,
        description: str | None = None,
        throttle: bool | None = None,
        free_attempts: int | None = None,
        lock_seconds: int | None = None,
        max_lock_seconds: int | None = None,
        max_failures: int | None = None,
    ) -> Mount: ...
    def tune_mount(
        self,
        path: str,
        *,
        description: str | None = None,
        throttle: bool | None = None,
        free_attempts: int | None = None,
        lock_seconds: int | None = None,
        max_lock_seconds: int | None = None,
        max_failures: int | None = None,
    ) -> Mount: ...
    def unmount(self, path: str) -> None: ...
    def list_mounts(self) -> list[Mount]: ...
    def rotate(self) -> int: ...
    def rewrap(self) -> int: ...
    def add_slot(
        self,
        *,
        passphrase: str | Buffer | None = None,
        root_key: Buffer | None = None,
        key_file: _Path | None = None,
        strict: bool = False,
        passphrase_cost: tuple[int, int] | None = None,
    ) -> int: ...
    def remove_slot(self, slot: int) -> None: ...
    def backup(self, destination: _Path) -> None: ...
    def status(self) -> Status: ...
    def __reduce__(self) -> NoReturn: ...

def open(
    location: _Path,
    *,
    passphrase: str | Buffer | None = None,
    root_key: Buffer | None = None,
    key_file: _Path | None = None,
    strict: bool = False,
    create: bool = False,
    passphrase_cost: tuple[int, int] | None = None,
    mount: str | None = None,
    bare: bool = False,
    description: str | None = None,
    throttle: bool | None = None,
    free_attempts: int | None = None,
    lock_seconds: int | None = None,
    max_lock_seconds: int | None = None,
    max_failures: int | None = None,
    busy_timeout: float | None = None,
    allow_network_file_system: bool = False,
    manual_clock: bool = False,
) -> Keep: ...
def restore(
    backup: _Path,
    location: _Path,
    *,
    passphrase: str | Buffer | None = None,
    root_key: Buffer | None = None,
    key_file: _Path | None = None,
    strict: bool = False,
    busy_timeout: float | None = None,
    allow_network_file_system: bool = False,
) -> None: ...
