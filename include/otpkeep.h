/*
 * otpkeep: TOTP keys in an encrypted keep, their codes validated exactly once.
 *
 * This file is written by `cargo run -p otpkeep-header` from the sources of the library in bindings/c/src.
 *
 * How every function behaves
 * --------------------------
 * Arguments.  The object that a function acts on comes first, inputs next, outputs after them, and the error last.
 * Inputs are only read, and never kept after the call. Texts are UTF-8 and end with NUL. NULL is refused with
 * OTPKEEP_INVALID_ARGUMENT in every place whose description does not allow it.
 *
 * Results.  A function that can fail returns an otpkeep_status: OTPKEEP_OK (0), or why not. Outputs are cleared when the
 * call begins and set only when it succeeds. Accessors cannot fail: for NULL they return 0 or NULL.
 *
 * Errors.  `error` may be NULL. If it is not, `*error` is set to NULL by a success, and by a failure to an object that is
 * yours: free it with otpkeep_error_free before you use the variable again. Setters have no `error`: they fail only for a
 * value that is NULL, of a wrong size or not UTF-8. There is no global "last error".
 *
 * Ownership.  Each type of object has one `_free` (the handle has otpkeep_close), which takes NULL too. What an accessor
 * returns belongs to the object and is valid until the object is freed. No function consumes what you pass to it. All
 * secrets that the library holds are zeroed when they are freed; the buffers that you pass are yours to clear.
 *
 * Threads.  A handle may be used by any number of threads at once. An object of any other type may be read by many
 * threads at once, but changed or freed only while no other thread uses it.
 *
 * Processes.  Any number of processes may have a keep open. After `fork` the child gets OTPKEEP_FORKED from a handle that
 * it inherited: it closes that and opens the keep anew. Do not open the file with another copy of SQLite.
 *
 * Times are Unix seconds: whole seconds since 1970-01-01T00:00:00Z.
 */

#ifndef OTPKEEP_H
#define OTPKEEP_H

#include <stddef.h>
#include <stdint.h>

/** The version of this header. */
#define OTPKEEP_VERSION "0.1.0"

/* Before a function whose result must not be ignored. */
#if defined(__GNUC__) || defined(__clang__)
#define OTPKEEP_CHECK_RESULT __attribute__((warn_unused_result))
#else
#define OTPKEEP_CHECK_RESULT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* -- Types ----------------------------------------------------------------------------------------------------------- */

/**
 * The files that the audit log is written to, in the order of their names.
 *
 * The caller owns it and frees it with `otpkeep_audits_free`. The texts it gives are borrowed until then.
 */
typedef struct otpkeep_audits otpkeep_audits;

/**
 * What an authenticator app reads of a generated key. It holds the secret: show it once, keep it nowhere.
 *
 * The caller owns it and frees it with `otpkeep_enrollment_free`, which zeroes it. What it gives is borrowed until
 * then.
 */
typedef struct otpkeep_enrollment otpkeep_enrollment;

/**
 * Why a call failed: its status, the argument at fault when there is one, and the reason in words. It never holds a
 * secret, a code, a URL or a passphrase; only that a stored key is damaged is told with the key's name.
 *
 * The caller owns it and frees it with `otpkeep_error_free`.
 */
typedef struct otpkeep_error otpkeep_error;

/**
 * An open keep, seen from one of its mounts.
 *
 * Any number of threads may use one handle at once. The caller owns it and closes it with `otpkeep_close`, after the
 * last call that uses it has returned.
 */
typedef struct otpkeep_keep otpkeep_keep;

/**
 * The description of a key: all but its secret.
 *
 * The caller owns it and frees it with `otpkeep_key_free`. The texts it gives are borrowed until then.
 */
typedef struct otpkeep_key otpkeep_key;

/**
 * What to write or generate. What is not set takes its default; what a URL states comes from the URL.
 *
 * The caller owns it and frees it with `otpkeep_key_spec_free`. No call keeps or consumes it. The setters copy what
 * they are given and refuse only what is NULL, too long or not UTF-8; the operation checks the rest and names the
 * field at fault.
 */
typedef struct otpkeep_key_spec otpkeep_key_spec;

/**
 * Options of a mount, to make it or to tune it. What is not set takes its default, or keeps its value.
 *
 * A mount throttles the guesses at its keys: the first `free_attempts` consecutive wrong codes cost nothing; the n-th
 * after that locks the key for `lock_seconds * 2^(n-1)`, at most `max_lock_seconds`; at `max_failures` the key is
 * disabled until `otpkeep_reset_attempts`.
 *
 * The caller owns it and frees it with `otpkeep_mount_spec_free`. No call keeps or consumes it.
 */
typedef struct otpkeep_mount_spec otpkeep_mount_spec;

/**
 * The mounts of a keep, in the order of their paths. Indices begin at 0; for an index beyond the last the accessors
 * return 0 or NULL, as they do for NULL.
 *
 * The caller owns it and frees it with `otpkeep_mounts_free`. The texts it gives are borrowed until then.
 */
typedef struct otpkeep_mounts otpkeep_mounts;

/**
 * A list of names, in byte order unless its function says otherwise.
 *
 * The caller owns it and frees it with `otpkeep_names_free`. The names it gives are borrowed until then.
 */
typedef struct otpkeep_names otpkeep_names;

/**
 * How a keep is opened. Exactly one of passphrase, root key and key file is to be set.
 *
 * The caller owns it and frees it with `otpkeep_options_free`. No call keeps or consumes it: the same options open as
 * many keeps as you like, and may be freed right after the call. What was given is copied, and the copies of secrets
 * are zeroed when the options are freed.
 */
typedef struct otpkeep_options otpkeep_options;

/**
 * What may be told of a keep. Indices begin at 0; for an index beyond the last the accessors return 0 or NULL, as they
 * do for NULL.
 *
 * The caller owns it and frees it with `otpkeep_report_free`. The texts it gives are borrowed until then.
 */
typedef struct otpkeep_report otpkeep_report;

/**
 * A text that an operation gave.
 *
 * The caller owns it and frees it with `otpkeep_text_free`, which zeroes it.
 */
typedef struct otpkeep_text otpkeep_text;

/**
 * What may be told of a token, and the token itself when it was just made.
 *
 * The caller owns it and frees it with `otpkeep_token_free`, which zeroes the token. The texts it gives are borrowed
 * until then.
 */
typedef struct otpkeep_token otpkeep_token;

/**
 * What a new token should be. What is not set takes its default.
 *
 * The caller owns it and frees it with `otpkeep_token_spec_free`. No call keeps or consumes it.
 */
typedef struct otpkeep_token_spec otpkeep_token_spec;

/** What a call came to: `OTPKEEP_OK`, or the number of an error. The numbers never change their meaning. */
typedef int32_t otpkeep_status;

/* -- Options: how a keep is opened ----------------------------------------------------------------------------------- */

/** New options, without a root key. Never NULL. */
otpkeep_options *otpkeep_options_new(void);

/** Frees options and zeroes the secrets they hold. NULL is fine. */
void otpkeep_options_free(otpkeep_options *options);

/** Sets a passphrase of 1 to 1 024 bytes as the root key: any bytes, NUL among them. */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_options_set_passphrase(otpkeep_options *options,
                                              const uint8_t *data,
                                              size_t length);

/** Sets the root key itself: exactly 32 bytes from a random source. */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_options_set_root_key(otpkeep_options *options,
                                            const uint8_t *data,
                                            size_t length);

/**
 * Sets the path of a key file as the root key: it holds 32 bytes or 64 hexadecimal digits, and is read when the keep
 * is opened. A file that others can write is refused.
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_options_set_key_file(otpkeep_options *options, const char *path);

/** Non-zero: makes the keep when nothing is at the location. 0 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_options_set_create(otpkeep_options *options, int32_t create);

/** Sets the mount that the handle acts on, and that a new keep gets; `totp/` by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_options_set_mount(otpkeep_options *options, const char *mount);

/** Non-zero: a new keep gets no mount. 0 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_options_set_bare(otpkeep_options *options, int32_t bare);

/** Sets the options of the mount that a new keep gets. The spec is copied. */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_options_set_first_mount(otpkeep_options *options,
                                               const otpkeep_mount_spec *spec);

/**
 * Sets what a passphrase slot made with these options costs to try: Argon2id memory in KiB, 19 456 to 1 048 576
 * (65 536 by default), and passes, 1 to 10 (3 by default).
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_options_set_passphrase_cost(otpkeep_options *options,
                                                   uint32_t memory_kib,
                                                   uint32_t passes);

/** Sets how long a write waits for other writers, in milliseconds, 0 to 600 000; 5 000 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_options_set_busy_timeout(otpkeep_options *options, uint32_t milliseconds);

/** Non-zero: refuses a key file that others can read, which is otherwise a warning of the report. 0 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_options_set_strict(otpkeep_options *options, int32_t strict);

/** Non-zero: opens the keep even on a network file system, whose locks cannot be relied on. 0 by default. */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_options_set_allow_network_file_system(otpkeep_options *options,
                                                             int32_t allow);

/** Non-zero: `at` may lie ahead of the clock when a code is validated. For tests only; 0 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_options_set_manual_clock(otpkeep_options *options, int32_t manual);

/* -- The keep -------------------------------------------------------------------------------------------------------- */

/**
 * Opens the keep at `location`, the path of its file; with `otpkeep_options_set_create` it is made first when nothing
 * is there.
 *
 * `*keep` is the caller's, to be closed with `otpkeep_close`.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT` unless exactly one root key is set, `OTPKEEP_KEEP_NOT_FOUND`,
 * `OTPKEEP_NOT_A_KEEP`, `OTPKEEP_NEWER_FORMAT`, `OTPKEEP_WRONG_ROOT_KEY`, `OTPKEEP_CORRUPT`,
 * `OTPKEEP_PERMISSIONS_TOO_OPEN`, `OTPKEEP_NETWORK_FILE_SYSTEM`, `OTPKEEP_BUSY`, `OTPKEEP_READ_ONLY`,
 * `OTPKEEP_DISK_FULL`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_open(const char *location,
                            const otpkeep_options *options,
                            otpkeep_keep **keep,
                            otpkeep_error **error);

/**
 * Closes a handle. The files close with the last handle that shares them. NULL is fine. After `fork` the child may
 * close its copy of a handle; that leaves the parent's alone.
 */
void otpkeep_close(otpkeep_keep *keep);

/**
 * Makes a second handle to the same open keep that acts on another mount. Whether there is such a mount is seen by
 * each operation.
 *
 * `*sibling` is the caller's, to be closed with `otpkeep_close`; the two may be closed in any order.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT` for a malformed path.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_with_mount(otpkeep_keep *keep,
                                  const char *mount,
                                  otpkeep_keep **sibling,
                                  otpkeep_error **error);

/**
 * Makes a second handle to the same open keep that may do what the policies of a token allow, at the moment of each
 * call: a token that expires or is revoked, and a policy that is changed, take effect at once and in every process. In
 * one process this guards against one's own mistakes only.
 *
 * `*sibling` is the caller's, to be closed with `otpkeep_close`; the two may be closed in any order.
 *
 * Errors: `OTPKEEP_BAD_TOKEN` when the token is unknown, expired or revoked; `OTPKEEP_CORRUPT`, `OTPKEEP_FORKED`,
 * `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_with_token(otpkeep_keep *keep,
                                  const char *token,
                                  otpkeep_keep **sibling,
                                  otpkeep_error **error);

/* -- Key specs: what to write or generate ---------------------------------------------------------------------------- */

/** A new spec in which nothing is set. Never NULL. */
otpkeep_key_spec *otpkeep_key_spec_new(void);

/** Frees a spec and zeroes the secrets it holds. NULL is fine. */
void otpkeep_key_spec_free(otpkeep_key_spec *spec);

/** Sets the otpauth URL to import, at most 4 096 bytes. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_key_spec_set_url(otpkeep_key_spec *spec, const char *value);

/**
 * Sets the secret to import in base32, 1 to 128 bytes once decoded: any case, with spaces and dashes, with or without
 * padding.
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_key_spec_set_secret(otpkeep_key_spec *spec, const char *value);

/** Sets who runs the service, at most 200 bytes. Required to generate a key. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_key_spec_set_issuer(otpkeep_key_spec *spec, const char *value);

/** Sets whose key it is, at most 200 bytes. Required to generate a key. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_key_spec_set_account_name(otpkeep_key_spec *spec, const char *value);

/** Sets the hash: `SHA1`, `SHA256` or `SHA512`; `SHA1` by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_key_spec_set_algorithm(otpkeep_key_spec *spec, const char *value);

/** Sets how many seconds a code lasts, 1 to 86 400; 30 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_key_spec_set_period(otpkeep_key_spec *spec, uint32_t value);

/** Sets how many digits a code has, 6 or 8; 6 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_key_spec_set_digits(otpkeep_key_spec *spec, uint32_t value);

/** Sets how many periods before and after the current one are accepted as well, 0 or 1; 1 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_key_spec_set_skew(otpkeep_key_spec *spec, uint32_t value);

/** Sets how many bytes a generated secret has, 16 to 64; 20 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_key_spec_set_key_size(otpkeep_key_spec *spec, uint32_t value);

/** Sets the side of the barcode in pixels, at most 4 096; 0 for no image; 200 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_key_spec_set_barcode_size(otpkeep_key_spec *spec, uint32_t value);

/** Non-zero: replaces a key of the same name. 0 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_key_spec_set_overwrite(otpkeep_key_spec *spec, int32_t overwrite);

/* -- Keys ------------------------------------------------------------------------------------------------------------ */

/**
 * Imports a key from the spec's URL or secret.
 *
 * `name` is 1 to 512 bytes: ASCII letters, digits and `_`, with `-`, `.`, `@` and `+` allowed inside. It is visible in
 * the file. `*key` describes what was stored, with warnings about what was odd; it is the caller's, to be freed with
 * `otpkeep_key_free`; `key` may be NULL.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT` naming the field, `OTPKEEP_KEY_EXISTS` unless the spec overwrites,
 * `OTPKEEP_MOUNT_NOT_FOUND`, and those of every write: `OTPKEEP_BUSY`, `OTPKEEP_READ_ONLY`, `OTPKEEP_DISK_FULL`,
 * `OTPKEEP_STORE_REPLACED`, `OTPKEEP_CORRUPT`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_write_key(otpkeep_keep *keep,
                                 const char *name,
                                 const otpkeep_key_spec *spec,
                                 otpkeep_key **key,
                                 otpkeep_error **error);

/**
 * Describes a key. `*key` is the caller's, to be freed with `otpkeep_key_free`.
 *
 * Errors: `OTPKEEP_KEY_NOT_FOUND`, `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_CORRUPT`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_read_key(otpkeep_keep *keep,
                                const char *name,
                                otpkeep_key **key,
                                otpkeep_error **error);

/**
 * Deletes a key and forgets which of its codes were used.
 *
 * Errors: `OTPKEEP_KEY_NOT_FOUND`, `OTPKEEP_MOUNT_NOT_FOUND`, and those of every write (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_delete_key(otpkeep_keep *keep, const char *name, otpkeep_error **error);

/** The name within its mount; NULL when `key` is NULL. */
const char *otpkeep_key_name(const otpkeep_key *key);

/** Who runs the service, which may be empty; NULL when `key` is NULL. */
const char *otpkeep_key_issuer(const otpkeep_key *key);

/** Whose key it is, which may be empty; NULL when `key` is NULL. */
const char *otpkeep_key_account_name(const otpkeep_key *key);

/** The hash: `SHA1`, `SHA256` or `SHA512`; NULL when `key` is NULL. */
const char *otpkeep_key_algorithm(const otpkeep_key *key);

/** How many digits a code has; 0 when `key` is NULL. */
uint32_t otpkeep_key_digits(const otpkeep_key *key);

/** How many seconds a code lasts; 0 when `key` is NULL. */
uint32_t otpkeep_key_period(const otpkeep_key *key);

/** How many periods before and after the current one are accepted as well; 0 when `key` is NULL. */
uint32_t otpkeep_key_skew(const otpkeep_key *key);

/** When the name was first written, in Unix seconds; 0 when `key` is NULL. */
int64_t otpkeep_key_created(const otpkeep_key *key);

/** When the last accepted code began to hold, in Unix seconds; -1 when none was accepted, 0 when `key` is NULL. */
int64_t otpkeep_key_last_used(const otpkeep_key *key);

/** How many warnings writing the key gave; 0 when it was read, or `key` is NULL. */
size_t otpkeep_key_warning_count(const otpkeep_key *key);

/** The stable name of a warning, `issuer-mismatch` or `short-secret`; NULL when there is none of this index. */
const char *otpkeep_key_warning_name(const otpkeep_key *key, size_t index);

/** A warning in words; NULL when there is none of this index. */
const char *otpkeep_key_warning_message(const otpkeep_key *key, size_t index);

/** Frees a description. NULL is fine. */
void otpkeep_key_free(otpkeep_key *key);

/** Names that one listing returns at most. */
#define OTPKEEP_LIST_LIMIT 1000

/**
 * Lists the names of keys in byte order: those after `after`, at most `limit`, 1 to `OTPKEEP_LIST_LIMIT`.
 *
 * `after` NULL or `""` begins at the first name; give the last name of a listing to go on. `*names` is the caller's,
 * to be freed with `otpkeep_names_free`.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT`, `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_list_keys(otpkeep_keep *keep,
                                 const char *after,
                                 uint32_t limit,
                                 otpkeep_names **names,
                                 otpkeep_error **error);

/** How many names there are; 0 when `names` is NULL. */
size_t otpkeep_names_count(const otpkeep_names *names);

/** The name of this index, from 0; NULL when there is none. */
const char *otpkeep_names_at(const otpkeep_names *names, size_t index);

/** Frees a list of names. NULL is fine. */
void otpkeep_names_free(otpkeep_names *names);

/* -- Enrollment: a new key and its barcode --------------------------------------------------------------------------- */

/**
 * Generates a key with a new random secret, for the spec's issuer and account name.
 *
 * `name` is as for `otpkeep_write_key`. `*enrollment` is the caller's, to be freed with `otpkeep_enrollment_free`; it
 * is the only way to learn the secret, so `enrollment` must not be NULL.
 *
 * Errors: as `otpkeep_write_key`; also `OTPKEEP_INVALID_ARGUMENT` when the barcode does not fit the size asked, and
 * then nothing is stored.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_generate_key(otpkeep_keep *keep,
                                    const char *name,
                                    const otpkeep_key_spec *spec,
                                    otpkeep_enrollment **enrollment,
                                    otpkeep_error **error);

/** The otpauth URL; NULL when `enrollment` is NULL. */
const char *otpkeep_enrollment_url(const otpkeep_enrollment *enrollment);

/**
 * The barcode as a PNG image of `*length` bytes, as many pixels wide and high as the spec asked. NULL, with `*length`
 * 0, when the spec asked for none or `enrollment` is NULL; NULL when `length` is NULL.
 */
const uint8_t *otpkeep_enrollment_barcode(const otpkeep_enrollment *enrollment, size_t *length);

/** The barcode as an SVG image; NULL when `enrollment` is NULL. */
const char *otpkeep_enrollment_svg(const otpkeep_enrollment *enrollment);

/** The barcode in Unicode half blocks, to be printed on a terminal; NULL when `enrollment` is NULL. */
const char *otpkeep_enrollment_terminal(const otpkeep_enrollment *enrollment);

/** Frees an enrollment and zeroes it. NULL is fine. */
void otpkeep_enrollment_free(otpkeep_enrollment *enrollment);

/* -- Codes ----------------------------------------------------------------------------------------------------------- */

/** Bytes of a buffer that takes a code with its final NUL: more than any code has, and for ever the same. */
#define OTPKEEP_CODE_SIZE 16

/**
 * Reads the code of a key now, six or eight digits, into `code`. Reading a code does not use it up.
 *
 * `code` has `OTPKEEP_CODE_SIZE` bytes; they are all cleared first, so that it is `""` after an error.
 *
 * Errors: `OTPKEEP_KEY_NOT_FOUND`, `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_CORRUPT`, `OTPKEEP_UNKNOWN_TERM`,
 * `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 *
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_read_code(otpkeep_keep *keep,
                                 const char *name,
                                 char code[OTPKEEP_CODE_SIZE],
                                 otpkeep_error **error);

/**
 * Reads the code of a key at a time in Unix seconds, past or future. Otherwise as `otpkeep_read_code`.
 *
 * Errors: also `OTPKEEP_INVALID_ARGUMENT` when `at` is negative.
 *
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_read_code_at(otpkeep_keep *keep,
                                    const char *name,
                                    int64_t at,
                                    char code[OTPKEEP_CODE_SIZE],
                                    otpkeep_error **error);

/** Codes that one call of `otpkeep_validate_codes` takes at most. */
#define OTPKEEP_BATCH_LIMIT 4096

/** `attempts_left` of a mount that does not throttle. */
#define OTPKEEP_UNLIMITED UINT32_MAX

/** The answer to validating a code. Only `outcome == OTPKEEP_OK` means that the code is accepted. */
typedef struct otpkeep_verdict {
    /** What the call came to: always the status it returned; in a batch the status of the item. */
    int32_t outcome;
    /** When accepted: 1 when the device's clock is a period ahead of ours, -1 when it is behind, else 0. */
    int32_t offset;
    /**
     * Seconds until another attempt can succeed; 0 when at once, or when waiting does not help. After
     * `OTPKEEP_REPLAYED_CODE` these are the seconds to the next code.
     */
    uint64_t retry_after;
    /**
     * Wrong codes that remain before the key is disabled; `OTPKEEP_UNLIMITED` when throttling is off; 0 after an
     * error.
     */
    uint32_t attempts_left;
    /** Zeros. */
    uint32_t reserved[3];
} otpkeep_verdict;

/**
 * Validates a code, exactly once: of all callers in all threads and processes one gets `OTPKEEP_OK`, and only when that
 * is stored durably.
 *
 * Returns `OTPKEEP_OK` only when the code is accepted. Else `OTPKEEP_WRONG_CODE`, `OTPKEEP_MALFORMED_CODE`,
 * `OTPKEEP_REPLAYED_CODE`, `OTPKEEP_THROTTLED`, `OTPKEEP_KEY_DISABLED`, `OTPKEEP_CLOCK_BEHIND`, or the status of an
 * error, which never means that the code is right or wrong.
 *
 * `code` is what a person typed: ASCII digits, with white space anywhere and dashes between digits. Any other bytes are
 * malformed. `verdict` may be NULL. Validate only after the first factor: whoever can validate can lock the key.
 *
 * Errors: `OTPKEEP_KEY_NOT_FOUND`, `OTPKEEP_MOUNT_NOT_FOUND`, and those of every write (see `otpkeep_write_key`). After
 * an error that says so the code may be spent.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_validate_code(otpkeep_keep *keep,
                                     const char *name,
                                     const char *code,
                                     otpkeep_verdict *verdict,
                                     otpkeep_error **error);

/**
 * Validates a code as of a time in Unix seconds, which drives the window and the throttle alike. Otherwise as
 * `otpkeep_validate_code`.
 *
 * Errors: also `OTPKEEP_INVALID_ARGUMENT` when `at` is negative, or later than the window of the clock (unless the keep
 * was opened with `otpkeep_options_set_manual_clock`).
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_validate_code_at(otpkeep_keep *keep,
                                        const char *name,
                                        const char *code,
                                        int64_t at,
                                        otpkeep_verdict *verdict,
                                        otpkeep_error **error);

/**
 * Validates `count` codes, at most `OTPKEEP_BATCH_LIMIT`, with one durable commit: `codes[i]` for the key `names[i]`.
 *
 * READ EVERY VERDICT. `OTPKEEP_OK` means that the batch was judged, NOT that any code is accepted: `codes[i]` is
 * accepted only when `verdicts[i].outcome == OTPKEEP_OK`. What is wrong with one item (a name that is NULL, malformed
 * or unknown, say) is the outcome of that item and leaves the others alone; what is wrong with a commit,
 * `OTPKEEP_BUSY` say, is that of the items which waited for it. After any other status nothing is accepted, and every
 * outcome is that status.
 *
 * `names` and `codes` have `count` texts; `verdicts` has room for `count` and must not be NULL. With `count` 0 all
 * three may be.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT`, `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_validate_codes(otpkeep_keep *keep,
                                      const char *const *names,
                                      const char *const *codes,
                                      size_t count,
                                      otpkeep_verdict *verdicts,
                                      otpkeep_error **error);

/**
 * Validates many codes as of a time in Unix seconds, which drives the windows and the throttle alike. Otherwise as
 * `otpkeep_validate_codes`.
 *
 * Errors: also `OTPKEEP_INVALID_ARGUMENT` when `at` is negative; an item whose window `at` leaves behind, as in
 * `otpkeep_validate_code_at`, has that status as its outcome.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_validate_codes_at(otpkeep_keep *keep,
                                         const char *const *names,
                                         const char *const *codes,
                                         size_t count,
                                         int64_t at,
                                         otpkeep_verdict *verdicts,
                                         otpkeep_error **error);

/* -- Attempts: failed validations ------------------------------------------------------------------------------------ */

/** The failed attempts of a key. */
typedef struct otpkeep_attempts {
    /** The time until which the key is locked, in Unix seconds; 0 when it is not. */
    int64_t locked_until;
    /** Wrong codes since the last accepted one. */
    uint32_t failures;
    /** Wrong codes that remain before the key is disabled; `OTPKEEP_UNLIMITED` when throttling is off. */
    uint32_t attempts_left;
    /** 1 when the key is disabled until `otpkeep_reset_attempts`, else 0. */
    int32_t disabled;
    /** Zeros. */
    uint32_t reserved[3];
} otpkeep_attempts;

/**
 * Reads the failed attempts of a key into `*attempts`, which is zeroed first.
 *
 * Errors: `OTPKEEP_KEY_NOT_FOUND`, `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_CORRUPT`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_read_attempts(otpkeep_keep *keep,
                                     const char *name,
                                     otpkeep_attempts *attempts,
                                     otpkeep_error **error);

/**
 * Clears a key's failures, lock and disabling. It also ends `OTPKEEP_CLOCK_BEHIND`.
 *
 * Errors: `OTPKEEP_KEY_NOT_FOUND`, `OTPKEEP_MOUNT_NOT_FOUND`, and those of every write (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_reset_attempts(otpkeep_keep *keep, const char *name, otpkeep_error **error);

/* -- Mounts ---------------------------------------------------------------------------------------------------------- */

/** A new spec in which nothing is set. Never NULL. */
otpkeep_mount_spec *otpkeep_mount_spec_new(void);

/** Frees a spec. NULL is fine. */
void otpkeep_mount_spec_free(otpkeep_mount_spec *spec);

/** Sets what the owner says of the mount, at most 1 024 bytes; empty by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_mount_spec_set_description(otpkeep_mount_spec *spec, const char *value);

/** 0: wrong codes neither lock nor disable, for a host that limits guesses itself. Non-zero by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_mount_spec_set_throttle(otpkeep_mount_spec *spec, int32_t throttle);

/** Sets how many wrong codes cost nothing, 0 to 1 000; 5 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_mount_spec_set_free_attempts(otpkeep_mount_spec *spec, uint32_t value);

/** Sets the seconds of the first lock, 1 to 86 400; 1 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_mount_spec_set_lock_seconds(otpkeep_mount_spec *spec, uint32_t value);

/** Sets the seconds of the longest lock, from those of the first to 86 400; 300 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_mount_spec_set_max_lock_seconds(otpkeep_mount_spec *spec, uint32_t value);

/** Sets how many consecutive wrong codes disable a key, 1 to 1 000 000; 100 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_mount_spec_set_max_failures(otpkeep_mount_spec *spec, uint32_t value);

/**
 * Makes a mount, a place for keys of its own, at a path such as `staff/` (the final `/` may be left out).
 * `spec` NULL stands for the defaults. A handle that acts on it comes from `otpkeep_with_mount`.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT` for a malformed path or an option out of its range, `OTPKEEP_MOUNT_IN_USE` when the
 * path overlaps with another mount's, and those of every write (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_mount(otpkeep_keep *keep,
                             const char *mount,
                             const otpkeep_mount_spec *spec,
                             otpkeep_error **error);

/**
 * Removes a mount and deletes all its keys, as a whole.
 *
 * Errors: `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_INVALID_ARGUMENT` for a malformed path, and those of every write (see
 * `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_unmount(otpkeep_keep *keep, const char *mount, otpkeep_error **error);

/**
 * Changes the options of a mount that the spec sets.
 *
 * Errors: `OTPKEEP_MOUNT_NOT_FOUND`, `OTPKEEP_INVALID_ARGUMENT` for an option out of its range, and those of every write
 * (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_tune_mount(otpkeep_keep *keep,
                                  const char *mount,
                                  const otpkeep_mount_spec *spec,
                                  otpkeep_error **error);

/**
 * Lists all mounts. `*mounts` is the caller's, to be freed with `otpkeep_mounts_free`.
 *
 * Errors: `OTPKEEP_CORRUPT`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_list_mounts(otpkeep_keep *keep,
                                   otpkeep_mounts **mounts,
                                   otpkeep_error **error);

/** How many mounts there are; 0 when `mounts` is NULL. */
size_t otpkeep_mounts_count(const otpkeep_mounts *mounts);

/** The path of a mount, with its final `/`. */
const char *otpkeep_mounts_path(const otpkeep_mounts *mounts, size_t index);

/** What the owner says of a mount. */
const char *otpkeep_mounts_description(const otpkeep_mounts *mounts, size_t index);

/** When a mount was made, in Unix seconds. */
int64_t otpkeep_mounts_created(const otpkeep_mounts *mounts, size_t index);

/** 1 when wrong codes lock and disable the keys of a mount, else 0. */
int32_t otpkeep_mounts_throttle(const otpkeep_mounts *mounts, size_t index);

/** How many wrong codes cost nothing. */
uint32_t otpkeep_mounts_free_attempts(const otpkeep_mounts *mounts, size_t index);

/** The seconds of the first lock. */
uint32_t otpkeep_mounts_lock_seconds(const otpkeep_mounts *mounts, size_t index);

/** The seconds of the longest lock. */
uint32_t otpkeep_mounts_max_lock_seconds(const otpkeep_mounts *mounts, size_t index);

/** How many consecutive wrong codes disable a key. */
uint32_t otpkeep_mounts_max_failures(const otpkeep_mounts *mounts, size_t index);

/** Frees a list of mounts. NULL is fine. */
void otpkeep_mounts_free(otpkeep_mounts *mounts);

/* -- Policies -------------------------------------------------------------------------------------------------------- */

/**
 * Writes a policy in place of the one of its name, in Vault's language, HCL or JSON. The name becomes lower case.
 *
 * Errors: `OTPKEEP_INVALID_POLICY` with line and reason, and then nothing is stored; `OTPKEEP_INVALID_ARGUMENT` for a
 * malformed name and for `root`; `OTPKEEP_PERMISSION_DENIED`, and those of every write (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_write_policy(otpkeep_keep *keep,
                                    const char *name,
                                    const char *policy,
                                    otpkeep_error **error);

/**
 * Reads the text of a policy, which is empty for `root`. `*policy` is the caller's, to be freed with
 * `otpkeep_text_free`.
 *
 * Errors: `OTPKEEP_POLICY_NOT_FOUND`, `OTPKEEP_INVALID_ARGUMENT`, `OTPKEEP_PERMISSION_DENIED`, `OTPKEEP_FORKED`,
 * `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_read_policy(otpkeep_keep *keep,
                                   const char *name,
                                   otpkeep_text **policy,
                                   otpkeep_error **error);

/**
 * Lists the names of all policies, with `default` and `root`. `*names` is the caller's, to be freed with
 * `otpkeep_names_free`.
 *
 * Errors: `OTPKEEP_PERMISSION_DENIED`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_list_policies(otpkeep_keep *keep,
                                     otpkeep_names **names,
                                     otpkeep_error **error);

/**
 * Deletes a policy; one that does not exist is no error.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT` for `default` and `root`; `OTPKEEP_PERMISSION_DENIED`, and those of every write
 * (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_delete_policy(otpkeep_keep *keep, const char *name, otpkeep_error **error);

/* -- Tokens ---------------------------------------------------------------------------------------------------------- */

/** A new spec in which nothing is set. Never NULL. */
otpkeep_token_spec *otpkeep_token_spec_new(void);

/** Frees a spec. NULL is fine. */
void otpkeep_token_spec_free(otpkeep_token_spec *spec);

/** Adds a policy, at most 64 of them. With none the token has those of its parent; made with the root key it is root. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_token_spec_add_policy(otpkeep_token_spec *spec, const char *name);

/** Non-zero: leaves out the policy `default`, which a token has otherwise. 0 by default. */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_token_spec_set_no_default_policy(otpkeep_token_spec *spec,
                                                        int32_t leave_out);

/**
 * Sets how many seconds the token lives, 1 to ten years; 32 days by default. A root token lives without end unless this
 * is set.
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_token_spec_set_ttl(otpkeep_token_spec *spec, uint64_t seconds);

/** Zero: the token cannot be renewed. 1 by default. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_token_spec_set_renewable(otpkeep_token_spec *spec, int32_t renewable);

/** Sets whom the token is for, in words, at most 256 bytes. */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_token_spec_set_display_name(otpkeep_token_spec *spec, const char *value);

/**
 * Notes something about the token: at most 64 entries of 512 bytes each for name and value. A name given again replaces
 * its value.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_token_spec_add_metadata(otpkeep_token_spec *spec,
                                               const char *name,
                                               const char *value);

/**
 * Makes a token. Made with the root key it has no parent; made with a token it is that token's child, has a subset of
 * its policies, and ends with it. `spec` may be NULL.
 *
 * `*token` is the caller's, to be freed with `otpkeep_token_free`. `otpkeep_token_secret` gives the token itself, now
 * and never again.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT` naming the field; `OTPKEEP_PERMISSION_DENIED`, also for a policy that the parent
 * does not have; `OTPKEEP_BAD_TOKEN`, and those of every write (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_create_token(otpkeep_keep *keep,
                                    const otpkeep_token_spec *spec,
                                    otpkeep_token **token,
                                    otpkeep_error **error);

/**
 * Tells what may be told of a token: `token` is a token, an accessor, or NULL for the one whose authority the handle
 * has. `*found` is the caller's, to be freed with `otpkeep_token_free`; it has no secret.
 *
 * Errors: `OTPKEEP_BAD_TOKEN` when it is unknown, expired or revoked; `OTPKEEP_PERMISSION_DENIED`,
 * `OTPKEEP_INVALID_ARGUMENT` for NULL on a handle without a token; `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_lookup_token(otpkeep_keep *keep,
                                    const char *token,
                                    otpkeep_token **found,
                                    otpkeep_error **error);

/**
 * Renews a token (as for `otpkeep_lookup_token`) by `increment` seconds from now, at most by the ttl it was made for;
 * 0 means that ttl. `*renewed` is the caller's, to be freed with `otpkeep_token_free`.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT` when it is not renewable; `OTPKEEP_BAD_TOKEN`, `OTPKEEP_PERMISSION_DENIED`, and
 * those of every write (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_renew_token(otpkeep_keep *keep,
                                   const char *token,
                                   uint64_t increment,
                                   otpkeep_token **renewed,
                                   otpkeep_error **error);

/**
 * Ends a token (as for `otpkeep_lookup_token`) and its children, at once and in every process. One that does not live
 * is no error.
 *
 * Errors: `OTPKEEP_PERMISSION_DENIED`, and those of every write (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_revoke_token(otpkeep_keep *keep, const char *token, otpkeep_error **error);

/**
 * Lists the accessors of all living tokens. `*names` is the caller's, to be freed with `otpkeep_names_free`.
 *
 * Errors: `OTPKEEP_PERMISSION_DENIED` without `sudo` on `auth/token/accessors`; `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_list_tokens(otpkeep_keep *keep,
                                   otpkeep_names **names,
                                   otpkeep_error **error);

/**
 * Lists what the handle may do at a path: `root`, `deny`, or names of capabilities. `*names` is the caller's, to be
 * freed with `otpkeep_names_free`.
 *
 * Errors: `OTPKEEP_BAD_TOKEN`, `OTPKEEP_PERMISSION_DENIED`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_capabilities(otpkeep_keep *keep,
                                    const char *path,
                                    otpkeep_names **names,
                                    otpkeep_error **error);

/** The token itself, of one that was just made: whoever has it has its authority. NULL otherwise. */
const char *otpkeep_token_secret(const otpkeep_token *token);

/** What names the token without giving its authority; NULL when `token` is NULL. */
const char *otpkeep_token_accessor(const otpkeep_token *token);

/** The accessor of the token that made it; NULL when that was the root key, or `token` is NULL. */
const char *otpkeep_token_parent(const otpkeep_token *token);

/** Whom it is for; NULL when `token` is NULL. */
const char *otpkeep_token_display_name(const otpkeep_token *token);

/** How many policies it has; 0 when `token` is NULL. */
size_t otpkeep_token_policy_count(const otpkeep_token *token);

/** The name of a policy; NULL when there is none of this index. */
const char *otpkeep_token_policy(const otpkeep_token *token, size_t index);

/** How many notes it has; 0 when `token` is NULL. */
size_t otpkeep_token_metadata_count(const otpkeep_token *token);

/** The name of a note; NULL when there is none of this index. */
const char *otpkeep_token_metadata_name(const otpkeep_token *token, size_t index);

/** The value of a note; NULL when there is none of this index. */
const char *otpkeep_token_metadata_value(const otpkeep_token *token, size_t index);

/** When it was made, in Unix seconds; 0 when `token` is NULL. */
int64_t otpkeep_token_created(const otpkeep_token *token);

/** When it ends, in Unix seconds; 0 when it has no end, or `token` is NULL. */
int64_t otpkeep_token_expires(const otpkeep_token *token);

/** How many seconds it was made for; 0 when it has no end, or `token` is NULL. */
uint64_t otpkeep_token_ttl(const otpkeep_token *token);

/** 1 when it may be renewed, else 0. */
int32_t otpkeep_token_renewable(const otpkeep_token *token);

/** Frees what is told of a token and zeroes it. NULL is fine. */
void otpkeep_token_free(otpkeep_token *token);

/* -- The audit log --------------------------------------------------------------------------------------------------- */

/**
 * Writes the audit log to one more file, from now on and in every process: each request before anything is done, and
 * what became of it, one JSON line each, with hashes for sensitive values. An operation whose line cannot be written
 * fails with `OTPKEEP_AUDIT_FAILED` and does not happen. `path` must be absolute.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT`, `OTPKEEP_AUDIT_FAILED` when the file cannot be written,
 * `OTPKEEP_PERMISSION_DENIED` without `sudo`, and those of every write (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_enable_audit(otpkeep_keep *keep,
                                    const char *name,
                                    const char *path,
                                    otpkeep_error **error);

/**
 * Ends writing to an audit file; one that is not enabled is no error. The file stays.
 *
 * Errors: `OTPKEEP_PERMISSION_DENIED` without `sudo`, and those of every write (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_disable_audit(otpkeep_keep *keep, const char *name, otpkeep_error **error);

/**
 * Lists the audit files. `*audits` is the caller's, to be freed with `otpkeep_audits_free`.
 *
 * Errors: `OTPKEEP_PERMISSION_DENIED` without `sudo`; `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_list_audits(otpkeep_keep *keep,
                                   otpkeep_audits **audits,
                                   otpkeep_error **error);

/**
 * Tells what stands in the audit log for a sensitive value, so that a known one can be looked for. `*hash` is the
 * caller's, to be freed with `otpkeep_text_free`.
 *
 * Errors: `OTPKEEP_PERMISSION_DENIED`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_audit_hash(otpkeep_keep *keep,
                                  const char *value,
                                  otpkeep_text **hash,
                                  otpkeep_error **error);

/** How many files there are; 0 when `audits` is NULL. */
size_t otpkeep_audits_count(const otpkeep_audits *audits);

/** What a file is called; NULL when there is none of this index. */
const char *otpkeep_audits_name(const otpkeep_audits *audits, size_t index);

/** The path of a file; NULL when there is none of this index. */
const char *otpkeep_audits_path(const otpkeep_audits *audits, size_t index);

/** When a file was enabled, in Unix seconds; 0 when there is none of this index. */
int64_t otpkeep_audits_created(const otpkeep_audits *audits, size_t index);

/** Frees a list of audit files. NULL is fine. */
void otpkeep_audits_free(otpkeep_audits *audits);

/* -- Paths: operations in Vault's words ------------------------------------------------------------------------------ */

/**
 * Reads a path, such as `totp/keys/alice`, in Vault's own words; `docs/paths.md` says what there is.
 *
 * `data` is a JSON object of fields, or NULL for none; values may be typed weakly, `"8"` for 8. `*answer` is a JSON
 * object with `data`, `warnings`, `auth` and `mount_type`, the caller's, to be freed with `otpkeep_text_free`; it is
 * NULL when there is nothing there.
 *
 * Errors: those of the operation, with Vault's sentence as the message. `OTPKEEP_PERMISSION_DENIED` and
 * `OTPKEEP_BAD_TOKEN` come before all others. `OTPKEEP_UNSUPPORTED_PATH`, `OTPKEEP_UNSUPPORTED_OPERATION`;
 * `OTPKEEP_INVALID_ARGUMENT` also when `data` is no JSON object.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_read(otpkeep_keep *keep,
                            const char *path,
                            const char *data,
                            otpkeep_text **answer,
                            otpkeep_error **error);

/**
 * Writes to a path. `*answer` is NULL when it was done and there is nothing to tell. Otherwise as `otpkeep_read`.
 *
 * Errors: as `otpkeep_read`, and those of every write (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_write(otpkeep_keep *keep,
                             const char *path,
                             const char *data,
                             otpkeep_text **answer,
                             otpkeep_error **error);

/** Lists what is below a path; `*answer` is NULL when there is nothing. Otherwise as `otpkeep_read`. */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_list(otpkeep_keep *keep,
                            const char *path,
                            const char *data,
                            otpkeep_text **answer,
                            otpkeep_error **error);

/** Deletes what is at a path. Otherwise as `otpkeep_write`. */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_delete(otpkeep_keep *keep,
                              const char *path,
                              const char *data,
                              otpkeep_text **answer,
                              otpkeep_error **error);

/**
 * Says what a path is for, which fields it takes and what they mean. `*help` is a text, the caller's, to be freed with
 * `otpkeep_text_free`.
 *
 * Errors: `OTPKEEP_UNSUPPORTED_PATH`, `OTPKEEP_BAD_TOKEN`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_help(otpkeep_keep *keep,
                            const char *path,
                            otpkeep_text **help,
                            otpkeep_error **error);

/** The text itself, borrowed until it is freed; NULL when `text` is NULL. */
const char *otpkeep_text_value(const otpkeep_text *text);

/** Frees a text and zeroes it. NULL is fine. */
void otpkeep_text_free(otpkeep_text *text);

/* -- Maintenance ----------------------------------------------------------------------------------------------------- */

/**
 * Adds a data key to the keyring and seals from now on under it. `*term` is its number; `term` may be NULL.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT` when the keyring is full (`otpkeep_rewrap` prunes it), and those of every write
 * (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_rotate(otpkeep_keep *keep, uint32_t *term, otpkeep_error **error);

/**
 * Seals all records anew under the newest term, in batches beside other work, and prunes the terms that nothing uses
 * any more. It may be stopped and begun again at any time. `*sealed` is how many were sealed; `sealed` may be NULL.
 *
 * Errors: those of every write (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_rewrap(otpkeep_keep *keep, uint64_t *sealed, otpkeep_error **error);

/**
 * Adds a slot, so that the root key which `root_key` sets opens the keep too. `*slot` is its number; `slot` may be
 * NULL.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT` when the keep has 8 slots or `root_key` does not set exactly one root key, and
 * those of every write (see `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_add_slot(otpkeep_keep *keep,
                                const otpkeep_options *root_key,
                                uint64_t *slot,
                                otpkeep_error **error);

/**
 * Removes a slot by its number. It takes effect for opening only: whoever opened the keep with it before may have kept
 * the keys, and copies of the file still have the slot.
 *
 * Errors: `OTPKEEP_INVALID_ARGUMENT` when there is no such slot or it is the last, and those of every write (see
 * `otpkeep_write_key`).
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_remove_slot(otpkeep_keep *keep, uint64_t slot, otpkeep_error **error);

/**
 * Copies the keep to a new file while work goes on. The copy is checked before it gets its name, and opens with the
 * same root keys. `otpkeep_restore` makes it a keep in use again; merely opening it would accept codes that were used
 * since.
 *
 * Errors: `OTPKEEP_KEEP_EXISTS` when something is at the destination, `OTPKEEP_CORRUPT`, `OTPKEEP_DISK_FULL`,
 * `OTPKEEP_READ_ONLY`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT otpkeep_status otpkeep_backup(otpkeep_keep *keep, const char *destination, otpkeep_error **error);

/**
 * Copies a backup, or a keep that nobody has open, to a new location and makes every code that may have been accepted
 * since the backup unusable, which costs up to two periods of refusals. `options` sets the root key.
 *
 * Errors: `OTPKEEP_KEEP_EXISTS` when something is at the location; otherwise as `otpkeep_open` of the backup.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_restore(const char *backup,
                               const char *location,
                               const otpkeep_options *options,
                               otpkeep_error **error);

/**
 * Reads what may be told of the keep. `*report` is the caller's, to be freed with `otpkeep_report_free`.
 *
 * Errors: `OTPKEEP_CORRUPT`, `OTPKEEP_FORKED`, `OTPKEEP_IO`.
 */
OTPKEEP_CHECK_RESULT
otpkeep_status otpkeep_read_status(otpkeep_keep *keep,
                                   otpkeep_report **report,
                                   otpkeep_error **error);

/** The random identity of the keep, 32 hexadecimal digits. */
const char *otpkeep_report_keep_id(const otpkeep_report *report);

/** The version of the file format. */
uint32_t otpkeep_report_format(const otpkeep_report *report);

/** The storage engine and its version. */
const char *otpkeep_report_storage(const otpkeep_report *report);

/** Bytes of the keep's files. */
uint64_t otpkeep_report_bytes(const otpkeep_report *report);

/** When the keep was made, in Unix seconds. */
int64_t otpkeep_report_created(const otpkeep_report *report);

/** How many keys there are in all mounts. */
uint64_t otpkeep_report_keys(const otpkeep_report *report);

/** How many mounts there are. */
uint64_t otpkeep_report_mounts(const otpkeep_report *report);

/** The term that seals new records. */
uint32_t otpkeep_report_current_term(const otpkeep_report *report);

/** How many terms the keyring holds. */
uint32_t otpkeep_report_terms(const otpkeep_report *report);

/** How many slots there are. */
size_t otpkeep_report_slot_count(const otpkeep_report *report);

/** The number of a slot, which `otpkeep_remove_slot` takes. */
uint64_t otpkeep_report_slot_id(const otpkeep_report *report, size_t index);

/** How a slot's root key is given: `raw`, `key-file` or `passphrase`; `damaged` when that cannot be told. */
const char *otpkeep_report_slot_kind(const otpkeep_report *report, size_t index);

/** When a slot was made, in Unix seconds; 0 when it is damaged. */
int64_t otpkeep_report_slot_created(const otpkeep_report *report, size_t index);

/** 1 when the pages that hold the keys are locked into memory, so that they are never swapped out, else 0. */
int32_t otpkeep_report_memory_locked(const otpkeep_report *report);

/** 1 when core dumps leave those pages out, else 0. */
int32_t otpkeep_report_memory_not_dumped(const otpkeep_report *report);

/** How many warnings there are. */
size_t otpkeep_report_warning_count(const otpkeep_report *report);

/** A warning: what the owner of the keep should know, in words. */
const char *otpkeep_report_warning(const otpkeep_report *report, size_t index);

/** Frees a report. NULL is fine. */
void otpkeep_report_free(otpkeep_report *report);

/* -- Errors ---------------------------------------------------------------------------------------------------------- */

/** The status of the call that failed, which the call returned too; `OTPKEEP_OK` when `error` is NULL. */
int32_t otpkeep_error_status(const otpkeep_error *error);

/**
 * What happened, for a person or a log: status, argument and reason, in English. Borrowed until the error is freed;
 * NULL when `error` is NULL.
 */
const char *otpkeep_error_message(const otpkeep_error *error);

/**
 * The name of the argument or field at fault, such as `name` or `period`; NULL when none is, or `error` is NULL.
 * Borrowed until the error is freed.
 */
const char *otpkeep_error_argument(const otpkeep_error *error);

/** Frees an error. NULL is fine. */
void otpkeep_error_free(otpkeep_error *error);

/* -- Status ---------------------------------------------------------------------------------------------------------- */

/** Success; for a validation: the code is accepted, and it is spent. */
#define OTPKEEP_OK 0

/** An argument is NULL, malformed or out of its range; the error names it. */
#define OTPKEEP_INVALID_ARGUMENT 1

/** The handle was opened by the parent of this forked process: close it and open the keep anew. */
#define OTPKEEP_FORKED 2

/** The handle has been closed. */
#define OTPKEEP_CLOSED 3

/** Nothing is at the location, and it was not asked to be created. */
#define OTPKEEP_KEEP_NOT_FOUND 20

/** Something is already at the location. */
#define OTPKEEP_KEEP_EXISTS 21

/** The file is not a keep. */
#define OTPKEEP_NOT_A_KEEP 22

/** The keep was written by a newer version of the library. */
#define OTPKEEP_NEWER_FORMAT 23

/** Another process held the write lock until the deadline; nothing was changed. */
#define OTPKEEP_BUSY 24

/** The disk is full. */
#define OTPKEEP_DISK_FULL 25

/** The keep or its folder cannot be written. */
#define OTPKEEP_READ_ONLY 26

/** The operating system reported an input or output error. */
#define OTPKEEP_IO 27

/** A key file or keep is open to users who must not have it. */
#define OTPKEEP_PERMISSIONS_TOO_OPEN 28

/** The keep lies on a network file system, whose locks cannot be relied on. */
#define OTPKEEP_NETWORK_FILE_SYSTEM 29

/** The keep's files were replaced while it was open; the operation may not be stored. */
#define OTPKEEP_STORE_REPLACED 30

/** The root key does not open this keep. */
#define OTPKEEP_WRONG_ROOT_KEY 40

/** Stored data is damaged or was altered. */
#define OTPKEEP_CORRUPT 41

/** A record is sealed under a term that the keyring does not hold. */
#define OTPKEEP_UNKNOWN_TERM 42

/** There is no key of this name. */
#define OTPKEEP_KEY_NOT_FOUND 60

/** A key of this name exists, and overwriting was not asked for. */
#define OTPKEEP_KEY_EXISTS 61

/** There is no mount at this path. */
#define OTPKEEP_MOUNT_NOT_FOUND 62

/** The path overlaps with an existing mount. */
#define OTPKEEP_MOUNT_IN_USE 63

/** The code is not the key's code at this time. */
#define OTPKEEP_WRONG_CODE 64

/** The text is not a code of the key's length; nothing was counted. */
#define OTPKEEP_MALFORMED_CODE 65

/** The code is right but it, or a later one, was accepted before. */
#define OTPKEEP_REPLAYED_CODE 66

/** Too many wrong codes: the key is locked for some seconds, and the code was not looked at. */
#define OTPKEEP_THROTTLED 67

/** Too many wrong codes: the key is disabled until `otpkeep_reset_attempts`. */
#define OTPKEEP_KEY_DISABLED 68

/** A later code was accepted when the clock was ahead of what it says now; the code was not looked at. */
#define OTPKEEP_CLOCK_BEHIND 69

/** The authority of the handle does not allow the operation. */
#define OTPKEEP_PERMISSION_DENIED 70

/** The token is unknown, expired or revoked. */
#define OTPKEEP_BAD_TOKEN 71

/** The policy cannot be read. */
#define OTPKEEP_INVALID_POLICY 72

/** The audit record could not be written, so the operation did not happen. */
#define OTPKEEP_AUDIT_FAILED 73

/** No route answers at this path. */
#define OTPKEEP_UNSUPPORTED_PATH 74

/** The route does not answer this operation. */
#define OTPKEEP_UNSUPPORTED_OPERATION 75

/** There is no policy of this name. */
#define OTPKEEP_POLICY_NOT_FOUND 76

/** A defect in the library. */
#define OTPKEEP_INTERNAL 90

/** A panic in the library, stopped before it reached the caller. The handle stays usable. */
#define OTPKEEP_PANIC 91

/**
 * The name of a status, such as `key-not-found`: `ok` for `OTPKEEP_OK`, `unknown` for a number that is none. Never
 * NULL; the text is constant.
 */
const char *otpkeep_status_name(int32_t status);

/* -- Version --------------------------------------------------------------------------------------------------------- */

/**
 * The number in the library's name, `libotpkeep.so.0`. Only a change that breaks programs built against an older
 * header raises it.
 */
#define OTPKEEP_ABI_VERSION 0

/**
 * The version of the library that runs, such as `0.1.0`; `OTPKEEP_VERSION` is that of the header. The text is
 * constant.
 */
const char *otpkeep_version(void);

/** The ABI version of the library that runs, to compare with `OTPKEEP_ABI_VERSION`. */
uint32_t otpkeep_abi_version(void);

#ifdef __cplusplus
}
#endif

#endif
