"""The plain values that operations return. They are immutable and comparable, and none of them holds a secret, but for
the dicts that operations by path return."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Literal, NamedTuple, TypedDict

from .errors import Error


class Outcome(str, Enum):
    """What became of a code. Each is also its text: `Outcome.WRONG == "wrong"`.

    - `ACCEPTED`: the code is right and is now spent, with all earlier ones.
    - `WRONG`: the code is not one of the window's.
    - `MALFORMED`: the text is not a code of the key's length; nothing was counted.
    - `REPLAYED`: the code is right but it, or a later one, was accepted before.
    - `THROTTLED`: the key is locked; the code was not looked at.
    - `DISABLED`: the key is disabled until `reset_attempts`; the code was not looked at.
    - `CLOCK_BEHIND`: a code ahead of the whole window was accepted before, so the clock went back. The code was not
      looked at.
    """

    ACCEPTED = "accepted"
    WRONG = "wrong"
    MALFORMED = "malformed"
    REPLAYED = "replayed"
    THROTTLED = "throttled"
    DISABLED = "disabled"
    CLOCK_BEHIND = "clock_behind"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to validating a code. It is true only when the code is accepted.

    - `outcome`: what became of the code.
    - `offset`: when accepted, 1 when the device's clock is a period ahead of ours and -1 when it is behind; else 0.
    - `retry_after`: seconds until another attempt can succeed; 0 when at once, or when waiting does not help. After
      `replayed` these are the seconds to the next code.
    - `attempts_left`: wrong codes that remain before the key is disabled; None when throttling is off.
    """

    outcome: Outcome
    offset: int
    retry_after: int
    attempts_left: int | None

    def __bool__(self) -> bool:
        return self.outcome is Outcome.ACCEPTED


@dataclass(frozen=True, slots=True)
class Failure:
    """An item of `Keep.validate_codes` that has no verdict. It is never true: nobody is let in.

    - `error`: why, the exception that `Keep.validate_code` would raise. After one that says so, the code may be spent.
    """

    error: Error

    def __bool__(self) -> Literal[False]:
        return False


class KeyWarning(NamedTuple):
    """Something about an imported key that is allowed but that its owner should know.

    - `name`: the stable name, `issuer-mismatch` or `short-secret`.
    - `message`: one sentence for people.
    """

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Key:
    """The description of a key: all but its secret. `repr` leaves out whose key it is.

    - `name`: the name within its mount.
    - `issuer`, `account_name`: who runs the service, and whose key it is; either may be empty.
    - `algorithm`: `SHA1`, `SHA256` or `SHA512`.
    - `digits`: digits of a code, 6 or 8.
    - `period`: seconds that a code lasts, 1 to 86400.
    - `skew`: periods that are accepted before and after the current one, 0 or 1.
    - `created`: when the name was first written, a datetime in UTC.
    - `last_used`: when the last accepted code began to hold, in UTC; None when none was accepted.
    - `warnings`: what was odd about the URL or secret it was written from; empty when it was read.
    """

    name: str
    issuer: str = field(repr=False)
    account_name: str = field(repr=False)
    algorithm: str
    digits: int
    period: int
    skew: int
    created: datetime
    last_used: datetime | None
    warnings: tuple[KeyWarning, ...]


@dataclass(frozen=True, slots=True)
class Attempts:
    """The failed attempts of a key.

    - `failures`: wrong codes since the last accepted one.
    - `locked_until`: the time until which the key is locked, a datetime in UTC; None when it is not.
    - `disabled`: whether the key is disabled until `reset_attempts`.
    - `attempts_left`: wrong codes that remain before the key is disabled; None when throttling is off.
    """

    failures: int
    locked_until: datetime | None
    disabled: bool
    attempts_left: int | None


@dataclass(frozen=True, slots=True)
class Mount:
    """A place where keys live, and how guesses at its keys are throttled.

    - `path`: the path, such as `totp/`.
    - `description`: what its owner says of it; may be empty.
    - `throttle`: whether wrong codes lock and disable at all.
    - `free_attempts`: wrong codes in a row that cost nothing.
    - `lock_seconds`: seconds of the first lock; each further one lasts twice as long.
    - `max_lock_seconds`: seconds of the longest lock.
    - `max_failures`: wrong codes in a row that disable a key.
    - `created`: when it was made, a datetime in UTC.
    """

    path: str
    description: str
    throttle: bool
    free_attempts: int
    lock_seconds: int
    max_lock_seconds: int
    max_failures: int
    created: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """What may be told of a token. It does not hold the token. `repr` leaves out whom it is for.

    - `accessor`: names the token without giving its authority.
    - `policies`: names of its policies, in their order.
    - `display_name`: whom it is for; may be empty.
    - `metadata`: what its owner noted about it, texts by name.
    - `created`: when it was made, a datetime in UTC.
    - `expires`: when it ends, in UTC; None for a root token without end.
    - `ttl`: seconds it was made for, and the most that a renewal gives; 0 when it has no end.
    - `renewable`: whether it may be renewed.
    - `parent`: the accessor of the token that made it, with which it ends; None when that was the root key.
    """

    accessor: str
    policies: tuple[str, ...]
    display_name: str = field(repr=False)
    metadata: Mapping[str, str] = field(repr=False, hash=False)
    created: datetime
    expires: datetime | None
    ttl: int
    renewable: bool
    parent: str | None


@dataclass(frozen=True, slots=True)
class AuditFile:
    """A file that the audit log is written to.

    - `name`: what it is called.
    - `path`: its absolute path.
    - `created`: when it was enabled, a datetime in UTC.
    """

    name: str
    path: str
    created: datetime


class Answer(TypedDict):
    """What an operation on a path gave: a plain dict, which shows what it holds, codes, URLs and tokens too.

    - `data`: fields by name; None when there are only warnings or `auth`.
    - `warnings`: what was odd about the request.
    - `auth`: a token that was made or renewed, whose `client_token` is the token itself; None otherwise.
    - `mount_type`: what kind of mount answered, `totp`, `system` or `token`.
    """

    data: dict[str, Any] | None
    warnings: list[str]
    auth: dict[str, Any] | None
    mount_type: str


class PassphraseCost(NamedTuple):
    """What a passphrase costs to try: the parameters of Argon2id. Any sequence of two ints will do as well.

    - `memory_kib`: KiB of memory, 19456 to 1048576; 65536 by default.
    - `passes`: passes over it, 1 to 10; 3 by default.
    """

    memory_kib: int
    passes: int


@dataclass(frozen=True, slots=True)
class Slot:
    """What may be told of a slot: one of the root keys that open the keep.

    - `id`: the number that removes it.
    - `kind`: how its root key is given, `raw`, `key-file` or `passphrase`; None when the slot is damaged.
    - `created`: when it was made, a datetime in UTC; None when the slot is damaged.
    """

    id: int
    kind: str | None
    created: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """What may be told of a keep.

    - `keep_id`: the random identity of the keep, 32 hexadecimal digits.
    - `format`: the version of the file format.
    - `storage`: the storage engine and its version.
    - `bytes`: bytes of the keep's files.
    - `created`: when it was made, a datetime in UTC.
    - `keys`, `mounts`: how many there are, keys in all mounts.
    - `current_term`: the term that seals new records.
    - `terms`: how many terms the keyring holds.
    - `slots`: the slots.
    - `memory_locked`: whether the pages that hold the keys are locked into memory.
    - `memory_not_dumped`: whether core dumps leave those pages out.
    - `warnings`: what the owner should know, each a sentence.
    """

    keep_id: str
    format: int
    storage: str
    bytes: int
    created: datetime
    keys: int
    mounts: int
    current_term: int
    terms: int
    slots: tuple[Slot, ...]
    memory_locked: bool
    memory_not_dumped: bool
    warnings: tuple[str, ...]
