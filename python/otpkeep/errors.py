"""The exceptions of otpkeep: one class per kind of error, all of them `Error`.

Where Python has an exception of the same meaning, the class is that too: `KeyNotFound` is a `KeyError`, `KeepNotFound` a
`FileNotFoundError`, `InvalidArgument` a `ValueError`. No exception holds or shows a secret, a code, an otpauth URL or a
passphrase. Arguments of a wrong type are a plain `TypeError`.
"""

import errno
from typing import ClassVar, Final


class Error(Exception):
    """What otpkeep raises. `kind` and `code` are the same in every language; `argument` names the argument at fault."""

    kind: ClassVar[str]
    """The stable name of the kind, such as `key-not-found`."""
    code: ClassVar[int]
    """The stable number of the kind."""
    argument: str | None
    """The name of the argument at fault, when there is one."""
    reason: str
    """The reason, in words."""

    def __init__(self, reason: str = "", argument: str | None = None) -> None:
        super().__init__(reason if argument is None else f"{argument}: {reason}")
        self.reason = reason
        self.argument = argument

    def __str__(self) -> str:
        # KeyError would quote it, and OSError show its number.
        return str(self.args[0])

    def __reduce__(self) -> tuple[type["Error"], tuple[str, str | None]]:
        return type(self), (self.reason, self.argument)


class _SystemError(Error, OSError):
    """An error that is also an `OSError`, with the number it has there."""

    _errno: ClassVar[int]

    def __init__(self, reason: str = "", argument: str | None = None) -> None:
        super().__init__(reason, argument)
        self.errno = self._errno
        self.strerror = reason


class InvalidArgument(Error, ValueError):
    """An argument is out of its range or malformed; `argument` names it."""

    kind, code = "invalid-argument", 1


class Forked(Error):
    """The handle was opened by the parent of this forked process: open the keep anew."""

    kind, code = "forked", 2


class Closed(Error, ValueError):
    """The handle has been closed."""

    kind, code = "closed", 3


class KeepNotFound(_SystemError, FileNotFoundError):
    """Nothing is at the location and `create` was not asked for."""

    kind, code, _errno = "keep-not-found", 20, errno.ENOENT


class KeepExists(_SystemError, FileExistsError):
    """Something is already at the location."""

    kind, code, _errno = "keep-exists", 21, errno.EEXIST


class NotAKeep(Error):
    """The file is not a keep."""

    kind, code = "not-a-keep", 22


class NewerFormat(Error):
    """The keep was written by a newer version of the library."""

    kind, code = "newer-format", 23


class Busy(_SystemError, TimeoutError):
    """Another process held the keep's write lock until the deadline; nothing was changed."""

    kind, code, _errno = "busy", 24, errno.ETIMEDOUT


class DiskFull(_SystemError):
    """The disk is full."""

    kind, code, _errno = "disk-full", 25, errno.ENOSPC


class ReadOnly(_SystemError):
    """The keep or its folder cannot be written."""

    kind, code, _errno = "read-only", 26, errno.EROFS


class Io(_SystemError):
    """The operating system reported an input or output error."""

    kind, code, _errno = "io", 27, errno.EIO


class PermissionsTooOpen(Error):
    """A key file or keep is open to users who must not have it."""

    kind, code = "permissions-too-open", 28


class NetworkFileSystem(Error):
    """The keep lies on a network file system, whose locks cannot be relied on."""

    kind, code = "network-file-system", 29


class StoreReplaced(Error):
    """The keep's files were replaced while it was open; the operation may not be stored."""

    kind, code = "store-replaced", 30


class WrongRootKey(Error):
    """The root key does not open this keep."""

    kind, code = "wrong-root-key", 40


class Corrupt(Error):
    """Stored data is damaged or was altered."""

    kind, code = "corrupt", 41


class UnknownTerm(Error):
    """A record is sealed under a term that the keyring does not hold."""

    kind, code = "unknown-term", 42


class KeyNotFound(Error, KeyError):
    """There is no key of this name."""

    kind, code = "key-not-found", 60


class KeyExists(Error):
    """A key of this name exists and `overwrite` was not asked for."""

    kind, code = "key-exists", 61


class MountNotFound(Error, KeyError):
    """There is no mount at this path."""

    kind, code = "mount-not-found", 62


class MountInUse(Error):
    """The path overlaps with an existing mount."""

    kind, code = "mount-in-use", 63


class WrongCode(Error):
    """The code is not the key's code at this time. In Python this is a verdict."""

    kind, code = "wrong-code", 64


class MalformedCode(Error):
    """The text is not a code of this key's length. In Python this is a verdict."""

    kind, code = "malformed-code", 65


class ReplayedCode(Error):
    """The code, or a later one, was accepted before. In Python this is a verdict."""

    kind, code = "replayed-code", 66


class Throttled(Error):
    """Too many wrong codes: the key is locked for some seconds. In Python this is a verdict."""

    kind, code = "throttled", 67


class KeyDisabled(Error):
    """Too many wrong codes: the key is disabled until its attempts are reset. In Python this is a verdict."""

    kind, code = "key-disabled", 68


class ClockBehind(Error):
    """A later code was accepted when the clock was ahead of what it says now. In Python this is a verdict."""

    kind, code = "clock-behind", 69


class PermissionDenied(Error):
    """The authority of the handle does not allow the operation."""

    kind, code = "permission-denied", 70


class BadToken(Error):
    """The token is unknown, expired or revoked."""

    kind, code = "bad-token", 71


class InvalidPolicy(Error):
    """The policy cannot be read."""

    kind, code = "invalid-policy", 72


class AuditFailed(Error):
    """The audit record could not be written, so the operation did not happen."""

    kind, code = "audit-failed", 73


class UnsupportedPath(Error):
    """No route answers at this path."""

    kind, code = "unsupported-path", 74


class UnsupportedOperation(Error):
    """The route does not answer this operation."""

    kind, code = "unsupported-operation", 75


class InternalError(Error):
    """A defect in the library."""

    kind, code = "internal", 90


class Panic(InternalError):
    """A panic in the library, stopped at the language boundary."""

    kind, code = "panic", 91


_CLASSES: Final[tuple[type[Error], ...]] = (
    InvalidArgument,
    Forked,
    Closed,
    KeepNotFound,
    KeepExists,
    NotAKeep,
    NewerFormat,
    Busy,
    DiskFull,
    ReadOnly,
    Io,
    PermissionsTooOpen,
    NetworkFileSystem,
    StoreReplaced,
    WrongRootKey,
    Corrupt,
    UnknownTerm,
    KeyNotFound,
    KeyExists,
    MountNotFound,
    MountInUse,
    WrongCode,
    MalformedCode,
    ReplayedCode,
    Throttled,
    KeyDisabled,
    ClockBehind,
    PermissionDenied,
    BadToken,
    InvalidPolicy,
    AuditFailed,
    UnsupportedPath,
    UnsupportedOperation,
    InternalError,
    Panic,
)

KINDS: Final[dict[str, type[Error]]] = {leaf.kind: leaf for leaf in _CLASSES}
"""The class of each kind, by its name. The extension module refuses to load when it does not match the library's table."""
