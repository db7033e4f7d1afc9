"""The plain values that operations return. They are immutable and comparable, and none of them holds a secret, but for
the dicts that operations by path return."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple, TypedDict


class Outcome(str, Enum):
    """What became of a code. Each is also its text: `Outcome.WRONG == "wrong"`."""

    ACCEPTED = "accepted"
    """The code is right and is now spent, with all earlier ones."""
    WRONG = "wrong"
    """The code is not one of the window's."""
    MALFORMED = "malformed"
    """The text is not a code of the key's length; nothing was counted."""
    REPLAYED = "replayed"
    """The code is right but it, or a later one, was accepted before."""
    THROTTLED = "throttled"
    """The key is locked; the code was not looked at."""
    DISABLED = "disabled"
    """The key is disabled; the code was not looked at."""
    CLOCK_BEHIND = "clock_behind"
    """A code ahead of the whole window was accepted before: the clock went back. The code was not looked at."""

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to validating a code. It is true only when the code is accepted."""

    outcome: Outcome
    """What became of the code."""
    offset: int
    """When accepted: 1 when the device's clock is a period ahead of ours, -1 when it is behind, else 0."""
    retry_after: int
    """Seconds until another attempt can succeed; 0 when at once, or when waiting does not help. After `replayed` these
    are the seconds to the next code."""
    attempts_left: int | None
    """Wrong codes that remain before the key is disabled; None when throttling is off."""

    def __bool__(self) -> bool:
        return self.outcome is Outcome.ACCEPTED


class KeyWarning(NamedTuple):
    """Something about an imported key that is allowed but that its owner should know."""

    name: str
    """The stable name: `issuer-mismatch` or `short-secret`."""
    message: str
    """One sentence for people."""


@dataclass(frozen=True, slots=True)
class Key:
    """The description of a key: all but its secret. `repr` leaves out whose key it is."""

    name: str
    """The name within its mount."""
    issuer: str = field(repr=False)
    """Who runs the service; may be empty."""
    account_name: str = field(repr=False)
    """Whose key it is; may be empty."""
    algorithm: str
    """`SHA1`, `SHA256` or `SHA512`."""
    digits: int
    """Digits of a code, 6 or 8."""
    period: int
    """Seconds that a code lasts, 1 to 86400."""
    skew: int
    """Periods that are accepted before and after the current one, 0 or 1."""
    created: datetime
    """When the name was first written; UTC."""
    last_used: datetime | None
    """When the last accepted code began to hold, in UTC; None when none was accepted."""
    warnings: tuple[KeyWarning, ...]
    """What was odd about the URL or secret it was written from; empty when it was read."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """The failed attempts of a key."""

    failures: int
    """Wrong codes since the last accepted one."""
    locked_until: datetime | None
    """The time until which the key is locked, in UTC; None when it is not."""
    disabled: bool
    """Whether the key is disabled until `reset_attempts`."""
    attempts_left: int | None
    """Wrong codes that remain before the key is disabled; None when throttling is off."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A place where keys live: its path, and how guesses at its keys are throttled."""

    path: str
    """The path, such as `totp/`."""
    description: str
    """What its owner says of it."""
    throttle: bool
    """Whether wrong codes lock and disable at all."""
    free_attempts: int
    """Wrong codes that cost nothing."""
    lock_seconds: int
    """Seconds of the first lock."""
    max_lock_seconds: int
    """Seconds of the longest lock."""
    max_failures: int
    """Wrong codes that disable a key."""
    created: datetime
    """When it was made; UTC."""


@dataclass(frozen=True, slots=True)
class Token:
    """What may be told of a token. It does not hold the token. `repr` leaves out whom it is for."""

    accessor: str
    """Names the token without giving its authority."""
    policies: tuple[str, ...]
    """Names of its policies, in their order."""
    display_name: str = field(repr=False)
    """Whom it is for."""
    metadata: Mapping[str, str] = field(repr=False, hash=False)
    """What its owner noted about it."""
    created: datetime
    """When it was made; UTC."""
    expires: datetime | None
    """When it ends, in UTC; None for a root token without end."""
    ttl: int
    """Seconds it was made for, and the most that a renewal gives; 0 when it has no end."""
    renewable: bool
    """Whether it may be renewed."""
    parent: str | None
    """The accessor of the token that made it, with which it ends; None when that was the root key."""


@dataclass(frozen=True, slots=True)
class AuditFile:
    """A file that the audit log is written to."""

    name: str
    """What it is called."""
    path: str
    """Its absolute path."""
    created: datetime
    """When it was enabled; UTC."""


class Answer(TypedDict):
    """What an operation on a path gave: a plain dict, which shows what it holds, codes, URLs and tokens too."""

    data: dict[str, Any] | None
    """Fields by name; None when there are only warnings or `auth`."""
    warnings: list[str]
    """What was odd about the request."""
    auth: dict[str, Any] | None
    """A token that was made or renewed: `client_token` is the token itself. None otherwise."""
    mount_type: str
    """What kind of mount answered: `totp`, `system` or `token`."""


class PassphraseCost(NamedTuple):
    """What a passphrase costs to try: the parameters of Argon2id. Any tuple of two ints will do as well."""

    memory_kib: int
    """KiB of memory, 19456 to 1048576; 65536 by default."""
    passes: int
    """Passes over it, 1 to 10; 3 by default."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What may be told of a slot: one of the root keys that open the keep."""

    id: int
    """The number that removes it."""
    kind: str | None
    """How its root key is given: `raw`, `key-file` or `passphrase`; None when the slot is damaged."""
    created: datetime | None
    """When it was made, in UTC; None when the slot is damaged."""


@dataclass(frozen=True, slots=True)
class Status:
    """What may be told of a keep."""

    keep_id: str
    """The random identity of the keep, 32 hexadecimal digits."""
    format: int
    """The version of the file format."""
    storage: str
    """The storage engine and its version."""
    bytes: int
    """Bytes of the keep's files."""
    created: datetime
    """When it was made; UTC."""
    keys: int
    """Keys in all mounts."""
    mounts: int
    """Mounts."""
    current_term: int
    """The term that seals new records."""
    terms: int
    """Terms that the keyring holds."""
    slots: tuple[Slot, ...]
    """The slots."""
    memory_locked: bool
    """Whether the pages that hold the keys are locked into memory."""
    memory_not_dumped: bool
    """Whether core dumps leave those pages out."""
    warnings: tuple[str, ...]
    """What the owner should know."""
