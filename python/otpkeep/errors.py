"""The exceptions of otpkeep: one class per kind of error, all of them `Error`.

Where Python has an exception of the same meaning, the class is that too: `KeyNotFound` is a `KeyError`, `KeepNotFound`
a `FileNotFoundError`, `InvalidArgument` a `ValueError`. No exception holds or shows a secret, a code, an otpauth URL or
a passphrase. Arguments of a wrong type are a plain `TypeError`.
"""

import errno
from typing import ClassVar, Final


KINDS: Final[dict[str, type["Error"]]] = {}
"""The class of each kind, by its name. The extension module does not load when it differs from the library's table."""


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

    def __init_subclass__(cls, kind: str | None = None, code: int = 0) -> None:
        super().__init_subclass__()
        if kind is not None:
            cls.kind, cls.code = kind, code
            KINDS[kind] = cls

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

    errno: int | None
    strerror: str | None
    _number: ClassVar[int]

    def __init_subclass__(cls, kind: str | None = None, code: int = 0, number: int = 0) -> None:
        super().__init_subclass__(kind, code)
        if kind is not None:
            cls._number = number

    def __init__(self, reason: str = "", argument: str | None = None) -> None:
        super().__init__(reason, argument)
        self.errno = self._number
        self.strerror = reason


class InvalidArgument(Error, ValueError, kind="invalid-argument", code=1):
    """An argument is out of its range or malformed; `argument` names it."""


class Forked(Error, kind="forked", code=2):
    """The handle was opened by the parent of this forked process: open the keep anew."""


class Closed(Error, ValueError, kind="closed", code=3):
    """The handle has been closed."""


class KeepNotFound(_SystemError, FileNotFoundError, kind="keep-not-found", code=20, number=errno.ENOENT):
    """Nothing is at the location and `create` was not asked for."""


class KeepExists(_SystemError, FileExistsError, kind="keep-exists", code=21, number=errno.EEXIST):
    """Something is already at the location."""


class NotAKeep(Error, kind="not-a-keep", code=22):
    """The file is not a keep."""


class NewerFormat(Error, kind="newer-format", code=23):
    """The keep was written by a newer version of the library."""


class Busy(_SystemError, TimeoutError, kind="busy", code=24, number=errno.ETIMEDOUT):
    """Another process held the keep's write lock until the deadline; nothing was changed."""


class DiskFull(_SystemError, kind="disk-full", code=25, number=errno.ENOSPC):
    """The disk is full."""


class ReadOnly(_SystemError, kind="read-only", code=26, number=errno.EROFS):
    """The keep or its folder cannot be written."""


class Io(_SystemError, kind="io", code=27, number=errno.EIO):
    """The operating system reported an input or output error."""


class PermissionsTooOpen(Error, kind="permissions-too-open", code=28):
    """A key file or keep is open to users who must not have it."""


class NetworkFileSystem(Error, kind="network-file-system", code=29):
    """The keep lies on a network file system, whose locks cannot be relied on."""


class StoreReplaced(Error, kind="store-replaced", code=30):
    """The keep's files were replaced while it was open; the operation may not be stored."""


class WrongRootKey(Error, kind="wrong-root-key", code=40):
    """The root key does not open this keep."""


class Corrupt(Error, kind="corrupt", code=41):
    """Stored data is damaged or was altered."""


class UnknownTerm(Error, kind="unknown-term", code=42):
    """A record is sealed under a term that the keyring does not hold."""


class KeyNotFound(Error, KeyError, kind="key-not-found", code=60):
    """There is no key of this name."""


class KeyExists(Error, kind="key-exists", code=61):
    """A key of this name exists and `overwrite` was not asked for."""


class MountNotFound(Error, KeyError, kind="mount-not-found", code=62):
    """There is no mount at this path."""


class MountInUse(Error, kind="mount-in-use", code=63):
    """The path overlaps with an existing mount."""


class WrongCode(Error, kind="wrong-code", code=64):
    """The code is not the key's code at this time. In Python this is a verdict."""


class MalformedCode(Error, kind="malformed-code", code=65):
    """The text is not a code of this key's length. In Python this is a verdict."""


class ReplayedCode(Error, kind="replayed-code", code=66):
    """The code, or a later one, was accepted before. A verdict, but when asked by path."""


class Throttled(Error, kind="throttled", code=67):
    """Too many wrong codes: the key is locked for some seconds. A verdict, but when asked by path."""


class KeyDisabled(Error, kind="key-disabled", code=68):
    """Too many wrong codes: the key is disabled until its attempts are reset. A verdict, but when asked by path."""


class ClockBehind(Error, kind="clock-behind", code=69):
    """A later code was accepted when the clock was ahead of what it says now. A verdict, but when asked by path."""


class PermissionDenied(Error, kind="permission-denied", code=70):
    """The authority of the handle does not allow the operation."""


class BadToken(Error, kind="bad-token", code=71):
    """The token is unknown, expired or revoked."""


class InvalidPolicy(Error, kind="invalid-policy", code=72):
    """The policy cannot be read."""


class AuditFailed(Error, kind="audit-failed", code=73):
    """The audit record could not be written, so the operation did not happen."""


class UnsupportedPath(Error, kind="unsupported-path", code=74):
    """No route answers at this path."""


class UnsupportedOperation(Error, kind="unsupported-operation", code=75):
    """The route does not answer this operation."""


class PolicyNotFound(Error, KeyError, kind="policy-not-found", code=76):
    """There is no policy of this name."""


class InternalError(Error, kind="internal", code=90):
    """A defect in the library."""


class Panic(InternalError, kind="panic", code=91):
    """A panic in the library, stopped at the language boundary."""
