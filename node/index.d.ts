/// <reference types="node" />

/**
 * otpkeep: Vault's TOTP secrets engine as a library. A keep is an encrypted SQLite file of TOTP keys. Keys are imported
 * or generated with a barcode, codes are read, and codes are validated exactly once.
 *
 * Every operation comes twice: as a promise, which is settled off the thread of JavaScript, and as a `…Sync` twin.
 * Wrong types of arguments and unknown options are a `TypeError`; all else that fails is an {@link OtpkeepError}. A
 * method that promises never throws.
 */

/** Text, or its UTF-8 bytes. The bytes are copied before the call returns, so they may be cleared right after it. */
export type Bytes = string | Uint8Array

/** The path of a file. */
export type Path = string | Uint8Array | URL

/**
 * A time: seconds, not milliseconds, since 1970-01-01T00:00:00Z, of which the whole ones count; or a `Date`. One that
 * no `Date` can hold, `NaN` too, is an `invalid-argument`.
 */
export type Time = number | Date

export type Algorithm = 'SHA1' | 'SHA256' | 'SHA512'

/** How a root key is given. Exactly one of `passphrase`, `rootKey` and `keyFile` must be. */
export interface RootKeyOptions {
  /** A passphrase of 1 to 1 024 bytes. */
  passphrase?: Bytes | undefined
  /** 32 random bytes; never a string. */
  rootKey?: Uint8Array | undefined
  /** A file with 32 bytes or 64 hexadecimal digits, which group and others cannot write. */
  keyFile?: Path | undefined
  /** Refuse a key file that group or others can read, which is otherwise a warning in the status. */
  strict?: boolean | undefined
}

/** The root key of a slot that is made. */
export interface SlotOptions extends RootKeyOptions {
  /** What a passphrase slot that is made costs to try: Argon2id memory, 19 456 to 1 048 576 KiB, and 1 to 10 passes. */
  passphraseCost?: { memoryKib?: number | undefined; passes?: number | undefined } | undefined
}

/** Options of a mount. What is left out keeps its value, or takes its default. */
export interface MountOptions {
  /** At most 1 024 bytes; empty by default. */
  description?: string | undefined
  /** Whether wrong codes lock and disable a key; false only where the host limits guesses itself. */
  throttle?: boolean | undefined
  /** Wrong codes that cost nothing, 0 to 1 000; 5 by default. */
  freeAttempts?: number | undefined
  /** Seconds of the first lock, 1 to 86 400; 1 by default. Each further one doubles. */
  lockSeconds?: number | undefined
  /** Seconds of the longest lock, from `lockSeconds` to 86 400; 300 by default. */
  maxLockSeconds?: number | undefined
  /** Wrong codes that disable a key, 1 to 1 000 000; 100 by default. */
  maxFailures?: number | undefined
}

/** How the file of a keep is dealt with. */
export interface FileOptions {
  /** How long a write waits for other writers, in milliseconds, 0 to 600 000; 5 000 by default. */
  busyTimeout?: number | undefined
  /** Open the keep even on a network file system, whose locks cannot be relied on. */
  allowNetworkFileSystem?: boolean | undefined
}

/**
 * How a keep is opened. The options of a mount and `passphraseCost` concern only a keep that is being made, whose first
 * mount and slot they are for. A mount that is there is changed with {@link Keep.tuneMount}.
 */
export interface OpenOptions extends SlotOptions, MountOptions, FileOptions {
  /** Make the keep when nothing is at the location. */
  create?: boolean | undefined
  /** The mount that the handle acts on, and that a new keep gets; `totp/` by default. */
  mount?: string | undefined
  /** Make a new keep without any mount. */
  bare?: boolean | undefined
  /** Let `at` lie ahead of the clock when validating; for tests. */
  manualClock?: boolean | undefined
}

/** How a backup is restored. */
export interface RestoreOptions extends RootKeyOptions, FileOptions {}

/** What to write or generate. What a URL states comes from the URL. */
export interface KeySpec {
  /** An otpauth URL of at most 4 KiB; only to write. */
  url?: Bytes | undefined
  /** A base32 secret of 1 to 128 bytes once decoded; only to write. */
  secret?: Bytes | undefined
  /** Who runs the service, at most 200 bytes; required to generate. */
  issuer?: string | undefined
  /** Whose key it is, at most 200 bytes; required to generate. */
  accountName?: string | undefined
  /** SHA1 by default. */
  algorithm?: Algorithm | undefined
  /** 6 by default. */
  digits?: 6 | 8 | undefined
  /** Seconds, 1 to 86 400; 30 by default. */
  period?: number | undefined
  /** Steps accepted on each side of the current one; 1 by default. */
  skew?: 0 | 1 | undefined
  /** Bytes of a generated secret, 16 to 64; 20 by default. */
  keySize?: number | undefined
  /** Side of the barcode in pixels, at most 4 096; 0 for none; 200 by default. */
  barcodeSize?: number | undefined
  /** Replace a key of the same name. */
  overwrite?: boolean | undefined
}

/** Something that is allowed but that the key's owner should know. */
export interface Warning {
  readonly name: 'issuer-mismatch' | 'short-secret'
  /** One sentence. */
  readonly message: string
}

/** The description of a key, without its secret. Inspecting it leaves out whose key it is. */
export interface Key {
  readonly name: string
  /** Who runs the service; may be empty. */
  readonly issuer: string
  /** Whose key it is; may be empty. */
  readonly accountName: string
  readonly algorithm: Algorithm
  readonly digits: 6 | 8
  /** Seconds that each code holds. */
  readonly period: number
  /** Steps accepted on each side of the current one. */
  readonly skew: 0 | 1
  /** When the name was first written. */
  readonly created: Date
  /** When the last accepted code began to hold; null when none was accepted. */
  readonly lastUsed: Date | null
  /** What was odd about the URL or secret that it was written from; empty when it was read. */
  readonly warnings: readonly Warning[]
}

/**
 * What generating a key returns, for an authenticator app to read. It holds the secret: show it once, keep it nowhere.
 * Neither inspecting nor serializing it shows anything.
 */
export interface Enrollment {
  /** The otpauth URL. */
  readonly url: string
  /** The barcode as a PNG image of the size asked, a new copy each time; null when the size was 0. */
  readonly barcode: Buffer | null
  /** The barcode as an SVG image. */
  svg(): string
  /** The barcode in Unicode half blocks, for a terminal. */
  terminal(): string
}

/** A code and how long it holds. Only `value` and turning it into a string give the code. */
export interface Code {
  /** Six or eight ASCII digits. */
  readonly value: string
  /** The time it was read for. */
  readonly generatedAt: Date
  /** The first second at which the next code holds. */
  readonly expiresAt: Date
  /** Seconds that each code holds. */
  readonly period: number
  /** Seconds from `generatedAt` to `expiresAt`. */
  readonly remaining: number
  /** The code. */
  toString(): string
}

export type Outcome = 'accepted' | 'wrong' | 'malformed' | 'replayed' | 'throttled' | 'disabled' | 'clock_behind'

/** The answer to validating a code. */
export interface Verdict {
  /** True only when the code was accepted, which is then stored durably. */
  readonly valid: boolean
  readonly outcome: Outcome
  /** Seconds until another attempt can succeed; 0 when at once, or when waiting does not help. */
  readonly retryAfter: number
  /** Wrong codes that remain before the key is disabled; null when throttling is off. */
  readonly attemptsLeft: number | null
  /** When accepted: 1 when the device's clock is a step ahead, -1 when it is behind, else 0. */
  readonly offset: number
}

/** What a new token should be. */
export interface TokenSpec {
  /**
   * Names of policies, at most 64, which need not exist yet; those of the parent when left out, and `root` with the
   * root key. A token's children have a subset of its own, unless it is root.
   */
  policies?: readonly string[] | undefined
  /** Seconds it lives, 1 to 315 360 000; 32 days by default. A root token lives without end unless this is given. */
  ttl?: number | undefined
  /** Whether it may be renewed; true by default. */
  renewable?: boolean | undefined
  /** Whom it is for, in words, at most 256 bytes. */
  displayName?: string | undefined
  /** What its owner notes about it, at most 64 entries of 512 bytes each for name and value. */
  metadata?: Readonly<Record<string, string | undefined>> | undefined
  /** Leave out the policy `default`, which a token has otherwise. */
  noDefaultPolicy?: boolean | undefined
}

/** What may be told of a token. It does not hold the token. Inspecting it leaves out whom it is for. */
export interface Token {
  /** Names the token without giving its authority. */
  readonly accessor: string
  /** Names of its policies, in their order. */
  readonly policies: readonly string[]
  /** Whom it is for. */
  readonly displayName: string
  /** What its owner noted about it. */
  readonly metadata: Readonly<Record<string, string>>
  readonly created: Date
  /** When it ends; null for a root token without end. */
  readonly expires: Date | null
  /** Seconds it was made for, and the most that a renewal gives; 0 when it has no end. */
  readonly ttl: number
  readonly renewable: boolean
  /** The accessor of the token that made it, with which it ends; null when that was the root key. */
  readonly parent: string | null
}

/** A token that was just made. Neither inspecting nor serializing it shows the token itself. */
export interface IssuedToken {
  /** The token itself, which is told only now: whoever has it has its authority. */
  readonly secret: string
  /** What may be told of it. */
  readonly token: Token
}

/** What a policy gives on a path; `root` and `deny` stand alone. */
export type Capability = 'create' | 'read' | 'update' | 'patch' | 'delete' | 'list' | 'sudo' | 'root' | 'deny'

/** A file that the audit log is written to. */
export interface AuditFile {
  name: string
  /** The absolute path. */
  path: string
  /** When it was enabled. */
  created: Date
}

/** A value that JSON has. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json | undefined }

/** What is sent to a path: fields by name, such as `{ generate: true }`. Those that are undefined count as left out. */
export type Data = { readonly [name: string]: Json | undefined }

/** What an operation on a path gives: a plain object, which shows what it holds, codes, URLs and tokens too. */
export interface Answer {
  /** Fields by name; null when there are only warnings or `auth`. */
  data: { [name: string]: Json } | null
  /** What was odd about the request. */
  warnings: string[]
  /** A token that was made or renewed, in Vault's words; null otherwise. */
  auth: { [name: string]: Json } | null
  /** What kind of mount answered. */
  mount_type: 'totp' | 'system' | 'token'
}

/** The failed attempts of a key. */
export interface Attempts {
  /** Wrong codes since the last accepted one. */
  failures: number
  /** The time until which the key is locked; null when it is not. */
  lockedUntil: Date | null
  /** Whether the key is disabled until its attempts are reset. */
  disabled: boolean
  /** Wrong codes that remain before the key is disabled; null when throttling is off. */
  attemptsLeft: number | null
}

/** A place where keys live, with its options. */
export interface Mount {
  /** The path, such as `totp/`. */
  path: string
  description: string
  throttle: boolean
  freeAttempts: number
  lockSeconds: number
  maxLockSeconds: number
  maxFailures: number
  created: Date
}

/** What may be told of a slot. */
export interface Slot {
  /** The number that removes it. */
  id: number
  /** How its root key is given; null when the slot is damaged. */
  kind: 'raw' | 'key-file' | 'passphrase' | null
  /** null when the slot is damaged. */
  created: Date | null
}

/** What may be told of a keep. */
export interface Status {
  /** The random identity of the keep, 32 hexadecimal digits. */
  keepId: string
  /** The version of the file format. */
  format: number
  /** The storage engine and its version. */
  storage: string
  /** Bytes of the keep's files. */
  bytes: number
  created: Date
  /** Keys in all mounts. */
  keys: number
  mounts: number
  /** The term that seals new records. */
  currentTerm: number
  /** Terms that the keyring holds. */
  terms: number
  slots: Slot[]
  /** Whether the pages that hold the keys are locked into memory. */
  memoryLocked: boolean
  /** Whether core dumps leave those pages out. */
  memoryNotDumped: boolean
  /** What the owner should know. */
  warnings: string[]
}

/** What went wrong, by its stable name. */
export type ErrorKind =
  | 'invalid-argument'
  | 'forked'
  | 'closed'
  | 'keep-not-found'
  | 'keep-exists'
  | 'not-a-keep'
  | 'newer-format'
  | 'busy'
  | 'disk-full'
  | 'read-only'
  | 'io'
  | 'permissions-too-open'
  | 'network-file-system'
  | 'store-replaced'
  | 'wrong-root-key'
  | 'corrupt'
  | 'unknown-term'
  | 'key-not-found'
  | 'key-exists'
  | 'mount-not-found'
  | 'mount-in-use'
  | 'wrong-code'
  | 'malformed-code'
  | 'replayed-code'
  | 'throttled'
  | 'key-disabled'
  | 'clock-behind'
  | 'permission-denied'
  | 'bad-token'
  | 'invalid-policy'
  | 'audit-failed'
  | 'unsupported-path'
  | 'unsupported-operation'
  | 'policy-not-found'
  | 'internal'
  | 'panic'

/**
 * Why an operation failed. Its message says kind, argument and reason; it never holds a secret, a code, a URL or a
 * passphrase.
 */
export class OtpkeepError extends Error {
  private constructor()
  readonly name: 'OtpkeepError'
  /** The kind in the manner of Node.js, such as `ERR_OTPKEEP_KEY_NOT_FOUND`. */
  readonly code: `ERR_OTPKEEP_${string}`
  readonly kind: ErrorKind
  /** The argument or option at fault, such as `accountName`; null when none is. */
  readonly argument: string | null
}

/**
 * An open keep, seen from one of its mounts and with one authority.
 *
 * Any operation may fail with kind `closed` once the handle is closed, and with `io` or `corrupt`; one that writes also
 * with `busy`, `read-only`, `disk-full` or `store-replaced`. A handle with the authority of a token fails with
 * `permission-denied` or `bad-token` before all others; where there is an audit log, any operation may fail with
 * `audit-failed`. Further kinds are named where they can occur.
 */
export class Keep {
  private constructor()

  /**
   * Opens the keep at `location`, the path of its file; with `create` it is made first when nothing is there.
   *
   * Fails with `invalid-argument` unless exactly one root key is given, `keep-not-found`, `not-a-keep`, `newer-format`,
   * `wrong-root-key`, `permissions-too-open`, `network-file-system`.
   */
  static open(location: Path, options?: OpenOptions): Promise<Keep>
  /** As {@link Keep.open}. With a passphrase it takes a large fraction of a second. */
  static openSync(location: Path, options?: OpenOptions): Keep

  /**
   * Imports a key from an otpauth URL or a base32 secret and describes it, with warnings about what was odd.
   *
   * Fails with `invalid-argument`, `key-exists` unless the spec says `overwrite`, `mount-not-found`.
   */
  writeKey(name: string, spec: KeySpec): Promise<Key>
  writeKeySync(name: string, spec: KeySpec): Key

  /**
   * Generates a key with a new random secret and returns what an authenticator app reads.
   *
   * Fails as {@link Keep.writeKey}; also when the barcode does not fit the size asked, and then nothing is stored.
   */
  generateKey(name: string, spec: KeySpec): Promise<Enrollment>
  generateKeySync(name: string, spec: KeySpec): Enrollment

  /** Describes a key, without its secret. Fails with `key-not-found`, `mount-not-found`. */
  readKey(name: string): Promise<Key>
  readKeySync(name: string): Key

  /**
   * Names of keys in byte order, after `after`, which need not exist; at most `limit` of them, 1 to 1 000, and 1 000 by
   * default. Fails with `invalid-argument`, `mount-not-found`.
   */
  listKeys(options?: { after?: string | undefined; limit?: number | undefined }): Promise<string[]>
  listKeysSync(options?: { after?: string | undefined; limit?: number | undefined }): string[]

  /** Deletes a key and forgets which of its codes were used. Fails with `key-not-found`, `mount-not-found`. */
  deleteKey(name: string): Promise<void>
  deleteKeySync(name: string): void

  /**
   * The code of a key, now or at a time, past or future. Reading a code does not use it up.
   *
   * Fails with `key-not-found`, `mount-not-found`, `unknown-term`.
   */
  readCode(name: string, options?: { at?: Time | undefined }): Promise<Code>
  readCodeSync(name: string, options?: { at?: Time | undefined }): Code

  /**
   * Validates a code, exactly once: a verdict is `valid` for one caller only, across threads, processes, crashes and
   * restarts, and only when that is stored durably.
   *
   * `code` is what a person typed: ASCII digits, with white space anywhere and dashes between digits. Any other text is
   * `malformed`, which is a verdict and no error. Validate only after the first factor: whoever can validate can lock
   * the key. `at` drives the window and the throttle alike; it may not lie after the window of the clock, unless the
   * keep was opened with `manualClock`.
   *
   * Validations that wait travel together, so any number may be under way.
   *
   * Fails with `key-not-found`, `mount-not-found`, `invalid-argument`. After an error that says so the code may be
   * spent; no error ever means that it is wrong, or right.
   */
  validateCode(name: string, code: string, options?: { at?: Time | undefined }): Promise<Verdict>
  validateCodeSync(name: string, code: string, options?: { at?: Time | undefined }): Verdict

  /**
   * Validates up to 4 096 pairs of name and code with one durable commit. The results come in the order of the items;
   * what went wrong with one (`key-not-found`, say, or `busy` when it had to be stored) stands in its place and leaves
   * the others alone.
   */
  validateCodes(
    items: readonly (readonly [name: string, code: string])[],
    options?: { at?: Time | undefined }
  ): Promise<(Verdict | OtpkeepError)[]>
  validateCodesSync(
    items: readonly (readonly [name: string, code: string])[],
    options?: { at?: Time | undefined }
  ): (Verdict | OtpkeepError)[]

  /** The failed attempts of a key. Fails with `key-not-found`, `mount-not-found`. */
  readAttempts(name: string): Promise<Attempts>
  readAttemptsSync(name: string): Attempts

  /**
   * Clears a key's failures, lock and disabling, and ends `clock_behind`.
   *
   * Fails with `key-not-found`, `mount-not-found`.
   */
  resetAttempts(name: string): Promise<void>
  resetAttemptsSync(name: string): void

  /**
   * Makes a mount at a path such as `bots/`: a place for keys of its own.
   *
   * Fails with `invalid-argument`, `mount-in-use` when it overlaps with another.
   */
  mount(mount: string, options?: MountOptions): Promise<Mount>
  mountSync(mount: string, options?: MountOptions): Mount

  /** Changes the options that are given. Fails with `invalid-argument`, `mount-not-found`. */
  tuneMount(mount: string, options: MountOptions): Promise<Mount>
  tuneMountSync(mount: string, options: MountOptions): Mount

  /** Removes a mount and deletes all its keys, as a whole. Fails with `mount-not-found`. */
  unmount(mount: string): Promise<void>
  unmountSync(mount: string): void

  /** All mounts in the order of their paths. */
  listMounts(): Promise<Mount[]>
  listMountsSync(): Mount[]

  /**
   * A handle to the same keep that acts on another mount; the two may be closed in any order. Whether there is such a
   * mount is seen by each operation. Fails with `invalid-argument` for a malformed path.
   */
  withMount(mount: string): Promise<Keep>
  withMountSync(mount: string): Keep

  /**
   * A handle to the same keep that may do what the policies of a token allow at the moment of each call: a token that
   * expires or is revoked, and a policy that is changed, take effect at once and in every process.
   *
   * In one process this guards against one's own mistakes only: whoever can run code in it can read its memory.
   *
   * Fails with `bad-token` when the token is unknown, expired or revoked.
   */
  withToken(token: string): Promise<Keep>
  withTokenSync(token: string): Keep

  /**
   * Writes a policy in place of the one of its name, in HCL or JSON, in Vault's language. The name becomes lower case.
   *
   * Fails with `invalid-policy`, which says the line and the reason, and then nothing is stored; `invalid-argument` for
   * a malformed name and for `root`.
   */
  writePolicy(name: string, text: string): Promise<void>
  writePolicySync(name: string, text: string): void

  /** The text of a policy as it was written; that of `root` is empty. Fails with `policy-not-found`. */
  readPolicy(name: string): Promise<string>
  readPolicySync(name: string): string

  /** The names of all policies in their order, with `default` and `root`. */
  listPolicies(): Promise<string[]>
  listPoliciesSync(): string[]

  /**
   * Deletes a policy. Tokens that have it lose what it allowed. One that does not exist is no error.
   *
   * Fails with `invalid-argument` for `default` and `root`.
   */
  deletePolicy(name: string): Promise<void>
  deletePolicySync(name: string): void

  /**
   * Makes a token. Made with the root key it has no parent; made with a token it is that token's child, has a subset of
   * its policies, and ends with it.
   *
   * Fails with `invalid-argument`; `permission-denied` also for a policy that the parent does not have.
   */
  createToken(spec?: TokenSpec): Promise<IssuedToken>
  createTokenSync(spec?: TokenSpec): IssuedToken

  /**
   * Describes a token, given itself or its accessor; the handle's own when left out.
   *
   * Fails with `bad-token` when it is unknown, expired or revoked; `invalid-argument` when it is left out and the
   * handle has none.
   */
  lookupToken(token?: string): Promise<Token>
  lookupTokenSync(token?: string): Token

  /**
   * Renews a token by `increment` seconds from now, at most by the ttl it was made for, which is also the default.
   *
   * Fails as {@link Keep.lookupToken}; with `invalid-argument` when it is not renewable.
   */
  renewToken(token?: string, options?: { increment?: number | undefined }): Promise<Token>
  renewTokenSync(token?: string, options?: { increment?: number | undefined }): Token

  /** Ends a token and its children, at once and in every process. One that does not live is no error. */
  revokeToken(token?: string): Promise<void>
  revokeTokenSync(token?: string): void

  /** The accessors of all living tokens, in their order. */
  listTokens(): Promise<string[]>
  listTokensSync(): string[]

  /** What the handle may do at a path: `['root']`, `['deny']`, or names of capabilities in their order. */
  capabilities(path: string): Promise<Capability[]>
  capabilitiesSync(path: string): Capability[]

  /**
   * Writes the audit log to one more file, from now on and in every process: a line of JSON for each request before
   * anything is done, and one for what became of it. Sensitive values appear as their hashes. An operation whose line
   * cannot be written fails with `audit-failed` and does not happen.
   *
   * Fails with `invalid-argument` for a name in use and a path that is not absolute; `audit-failed`.
   */
  enableAudit(name: string, path: Path): Promise<void>
  enableAuditSync(name: string, path: Path): void

  /** Ends writing to an audit file, which stays. One that is not enabled is no error. */
  disableAudit(name: string): Promise<void>
  disableAuditSync(name: string): void

  /** The audit files, in the order of their names. */
  listAudits(): Promise<AuditFile[]>
  listAuditsSync(): AuditFile[]

  /** What stands in the audit log for a sensitive value, so that a known one can be looked for. */
  auditHash(value: string): Promise<string>
  auditHashSync(value: string): string

  /**
   * Reads a path such as `totp/code/alice`, in Vault's words. What there is says {@link Keep.help}. Null when there is
   * nothing.
   *
   * An operation on a path fails with the same kinds as the method that does the same, and says Vault's sentence; with
   * `unsupported-path` and `unsupported-operation` where nothing answers. A field may be typed weakly, as on a command
   * line: `'8'` for 8, `'1m'` for 60 seconds.
   */
  read(path: string, data?: Data): Promise<Answer | null>
  readSync(path: string, data?: Data): Answer | null

  /** Writes to a path, as {@link Keep.read}. A key or policy of the same name is replaced. */
  write(path: string, data?: Data): Promise<Answer | null>
  writeSync(path: string, data?: Data): Answer | null

  /** Lists what lies below a path, as {@link Keep.read}: names in `data.keys`, or null when there are none. */
  list(path: string, data?: Data): Promise<Answer | null>
  listSync(path: string, data?: Data): Answer | null

  /** Deletes what lies at a path, as {@link Keep.read}. */
  delete(path: string, data?: Data): Promise<Answer | null>
  deleteSync(path: string, data?: Data): Answer | null

  /**
   * What a path is for, in words: its fields, operations and examples; that of a mount lists what lies below.
   *
   * Fails with `unsupported-path`.
   */
  help(path: string): Promise<string>
  helpSync(path: string): string

  /**
   * Adds a data key to the keyring and seals from now on under it. Returns the number of its term.
   *
   * Fails with `invalid-argument` when the keyring is full: rewrapping prunes it.
   */
  rotate(): Promise<number>
  rotateSync(): number

  /**
   * Seals all records anew under the newest term, in batches beside other work, and prunes the terms that nothing uses
   * any more. Returns how many records were sealed. It may be stopped and begun again at any time.
   */
  rewrap(): Promise<number>
  rewrapSync(): number

  /**
   * Adds a slot, so that another root key opens the keep too. Returns its number.
   *
   * Fails with `invalid-argument` unless exactly one root key is given, or when the keep has 8 slots.
   */
  addSlot(options: SlotOptions): Promise<number>
  addSlotSync(options: SlotOptions): number

  /**
   * Removes a slot. It takes effect for opening only: whoever opened the keep with it before may have kept the keys,
   * and copies of the file still have the slot.
   *
   * Fails with `invalid-argument` when there is no such slot or it is the last.
   */
  removeSlot(slot: number): Promise<void>
  removeSlotSync(slot: number): void

  /**
   * Copies the keep to a new file while work goes on. The copy opens with the same root keys; {@link restore} makes it
   * a keep in use again; merely opening it would accept codes that were used since.
   *
   * Fails with `keep-exists` when something is at the destination.
   */
  backup(destination: Path): Promise<void>
  backupSync(destination: Path): void

  /** What may be told of the keep. */
  status(): Promise<Status>
  statusSync(): Status

  /** Whether the handle was closed. */
  readonly closed: boolean

  /** Closes the handle once what is under way has finished. A second time does nothing. */
  close(): Promise<void>
  /** Closes the handle. What is under way finishes, and the files close with it. A second time does nothing. */
  closeSync(): void

  [Symbol.dispose](): void
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Copies a backup, or a keep that nobody has open, to a new location and makes every code that may have been accepted
 * since the backup unusable, which costs up to two periods of refusals. The options give the root key.
 *
 * Fails with `keep-exists` when something is at the location; otherwise as {@link Keep.open} of the backup.
 */
export function restore(backup: Path, location: Path, options?: RestoreOptions): Promise<void>
export function restoreSync(backup: Path, location: Path, options?: RestoreOptions): void
