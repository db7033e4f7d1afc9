/*
 * Mixed operations from several threads, for as long as is asked. usage: soak FOLDER SECONDS EVERY_MILLISECONDS
 *
 * A line tells what the process holds: milliseconds since the start, resident memory in KiB, open files, operations done.
 * There is one before the keep is opened, one before the threads begin, one every so often, while all of them rest between
 * two operations, and one after the keep was closed. Compiled with THREADS.
 */

#include <dirent.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <otpkeep.h>

#define NAMES 8

static const uint8_t ROOT_KEY[32] = "a root key of 32 bytes, for soak";
static const char *folder;
static otpkeep_keep *keep;
/* Held for reading by whoever works, for writing while nobody may. */
static pthread_rwlock_t work = PTHREAD_RWLOCK_INITIALIZER;
/* Passed before `work` is taken, or those who read would keep out whoever writes. */
static pthread_mutex_t turnstile = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t begun;
static long operations[THREADS];
static int done;

static void expect(int holds, const char *what, otpkeep_status status)
{
    if (!holds) {
        fprintf(stderr, "soak: %s: %s\n", what, otpkeep_status_name(status));
        exit(EXIT_FAILURE);
    }
}

static void expect_ok(otpkeep_status status, const char *what)
{
    expect(status == OTPKEEP_OK, what, status);
}

static otpkeep_keep *open_with(otpkeep_options *options)
{
    char path[512];
    otpkeep_keep *opened = NULL;
    snprintf(path, sizeof path, "%s/soak.keep", folder);
    expect_ok(otpkeep_options_set_create(options, 1), "create");
    expect_ok(otpkeep_options_set_busy_timeout(options, 60000), "busy timeout");
    expect_ok(otpkeep_open(path, options, &opened, NULL), "open");
    otpkeep_options_free(options);
    return opened;
}

static otpkeep_keep *open_raw(void)
{
    otpkeep_options *options = otpkeep_options_new();
    expect_ok(otpkeep_options_set_root_key(options, ROOT_KEY, 32), "root key");
    return open_with(options);
}

static otpkeep_options *passphrase(void)
{
    otpkeep_options *options = otpkeep_options_new();
    expect_ok(otpkeep_options_set_passphrase(options, (const uint8_t *)"a passphrase", 12), "passphrase");
    /* So much that the C library maps it, and does not keep it in the heap of every thread: 32 MiB or more. */
    expect_ok(otpkeep_options_set_passphrase_cost(options, 65536, 1), "cost");
    return options;
}

/* -- What is done ---------------------------------------------------------------------------------------------------- */

static void write_key(const char *name)
{
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    otpkeep_key *key = NULL;
    expect_ok(otpkeep_key_spec_set_secret(spec, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), "secret");
    expect_ok(otpkeep_key_spec_set_overwrite(spec, 1), "overwrite");
    expect_ok(otpkeep_write_key(keep, name, spec, &key, NULL), "write key");
    otpkeep_key_free(key);
    otpkeep_key_spec_free(spec);
}

static void generate_key(const char *name)
{
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    otpkeep_enrollment *enrollment = NULL;
    expect_ok(otpkeep_key_spec_set_issuer(spec, "Issuer"), "issuer");
    expect_ok(otpkeep_key_spec_set_account_name(spec, "account"), "account name");
    expect_ok(otpkeep_key_spec_set_overwrite(spec, 1), "overwrite");
    expect_ok(otpkeep_generate_key(keep, name, spec, &enrollment, NULL), "generate key");
    expect(otpkeep_enrollment_svg(enrollment) && otpkeep_enrollment_terminal(enrollment), "barcode", 0);
    otpkeep_enrollment_free(enrollment);
    otpkeep_key_spec_free(spec);
}

static void use_code(const char *name)
{
    char code[OTPKEEP_CODE_SIZE];
    otpkeep_verdict verdict;
    otpkeep_error *error = NULL;
    otpkeep_status status;
    expect_ok(otpkeep_read_code(keep, name, code, NULL), "read code");
    status = otpkeep_validate_code(keep, name, code, &verdict, &error);
    expect(status == OTPKEEP_OK || status == OTPKEEP_REPLAYED_CODE || status == OTPKEEP_WRONG_CODE ||
               status == OTPKEEP_THROTTLED || status == OTPKEEP_KEY_DISABLED,
           "validate", status);
    otpkeep_error_free(error);
    error = NULL;
    (void)!otpkeep_validate_code(keep, name, "000000", NULL, &error);
    otpkeep_error_free(error);
    expect_ok(otpkeep_reset_attempts(keep, name, NULL), "reset attempts");
}

static void fail(void)
{
    char code[OTPKEEP_CODE_SIZE];
    otpkeep_error *error = NULL;
    otpkeep_status status = otpkeep_read_code(keep, "absent", code, &error);
    expect(status == OTPKEEP_KEY_NOT_FOUND, "read an absent key", status);
    otpkeep_error_free(error);
}

static void list(void)
{
    otpkeep_names *names = NULL;
    otpkeep_report *report = NULL;
    expect_ok(otpkeep_list_keys(keep, "", 100, &names, NULL), "list keys");
    otpkeep_names_free(names);
    expect_ok(otpkeep_read_status(keep, &report, NULL), "status");
    otpkeep_report_free(report);
}

static void use_token(void)
{
    otpkeep_token *token = NULL;
    otpkeep_keep *sibling = NULL;
    otpkeep_names *names = NULL;
    expect_ok(otpkeep_create_token(keep, NULL, &token, NULL), "create token");
    expect_ok(otpkeep_with_token(keep, otpkeep_token_secret(token), &sibling, NULL), "with token");
    expect_ok(otpkeep_capabilities(sibling, "totp/keys/a", &names, NULL), "capabilities");
    otpkeep_names_free(names);
    otpkeep_close(sibling);
    expect_ok(otpkeep_revoke_token(keep, otpkeep_token_secret(token), NULL), "revoke token");
    otpkeep_token_free(token);
}

static void use_path(const char *name)
{
    char path[64];
    otpkeep_text *answer = NULL;
    snprintf(path, sizeof path, "totp/keys/%s", name);
    expect_ok(otpkeep_read(keep, path, NULL, &answer, NULL), "read by path");
    otpkeep_text_free(answer);
}

static void open_again(void)
{
    otpkeep_keep *second = open_raw();
    otpkeep_keep *sibling = NULL;
    expect_ok(otpkeep_with_mount(second, "other", &sibling, NULL), "with mount");
    otpkeep_close(second);
    otpkeep_close(sibling);
}

static void back_up(int thread)
{
    char path[512];
    snprintf(path, sizeof path, "%s/backup-%d", folder, thread);
    expect_ok(otpkeep_backup(keep, path, NULL), "backup");
    expect(unlink(path) == 0, "remove the backup", 0);
}

static void turn_keys(void)
{
    expect_ok(otpkeep_rotate(keep, NULL, NULL), "rotate");
    expect_ok(otpkeep_rewrap(keep, NULL, NULL), "rewrap");
}

static void work_once(int thread, unsigned choice, long number)
{
    char name[32];
    /* Names are a thread's own, so that each key is there when it is used. */
    snprintf(name, sizeof name, "key-%d-%ld", thread, number % NAMES);
    switch (choice % 16) {
    case 0: write_key(name); break;
    case 1: generate_key(name); break;
    case 2: use_token(); break;
    case 3: fail(); break;
    case 4: list(); break;
    case 5: use_path(name); break;
    case 6:
        expect_ok(otpkeep_delete_key(keep, name, NULL), "delete key");
        write_key(name);
        break;
    case 7:
        if (number % 16 == 0) {
            open_again();
        } else if (number % 64 == 1) {
            back_up(thread);
        } else if (number % 64 == 2) {
            turn_keys();
        } else if (number % 64 == 3) {
            otpkeep_close(open_with(passphrase()));
        }
        break;
    default: use_code(name);
    }
}

static void *run(void *argument)
{
    int thread = (int)(intptr_t)argument, stop = 0;
    uint32_t random = 12345u + (uint32_t)thread;
    /* What takes most memory comes once before anything is measured: the C library's heap keeps room for it. And what is
     * rare comes at all, however slow the machine is. */
    otpkeep_close(open_with(passphrase()));
    open_again();
    back_up(thread);
    pthread_barrier_wait(&begun);
    while (!stop) {
        random = random * 1664525u + 1013904223u;
        pthread_mutex_lock(&turnstile);
        pthread_mutex_unlock(&turnstile);
        pthread_rwlock_rdlock(&work);
        stop = done;
        if (!stop) {
            work_once(thread, random >> 24, operations[thread]++);
        }
        pthread_rwlock_unlock(&work);
    }
    return NULL;
}

/* -- What is measured ------------------------------------------------------------------------------------------------ */

static long resident_kib(void)
{
    long all, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    expect(file != NULL && fscanf(file, "%ld %ld", &all, &resident) == 2, "statm", 0);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static long open_files(void)
{
    long count = 0;
    DIR *directory = opendir("/proc/self/fd");
    expect(directory != NULL, "/proc/self/fd", 0);
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count - 3; /* Without `.`, `..` and the directory itself. */
}

static long milliseconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000;
}

static void tell(long at, long total)
{
    printf("%ld %ld %ld %ld\n", at, resident_kib(), open_files(), total);
    fflush(stdout);
}

int main(int count, char **arguments)
{
    pthread_t threads[THREADS];
    struct timespec start, pause;
    long total, at, every, length;
    int i, j;
    if (count != 4) {
        return 1;
    }
    folder = arguments[1];
    length = 1000 * atol(arguments[2]);
    every = atol(arguments[3]);
    pause.tv_sec = every / 1000;
    pause.tv_nsec = every % 1000 * 1000000;
    tell(0, 0);
    keep = open_raw();
    {
        otpkeep_options *slot = passphrase();
        expect_ok(otpkeep_add_slot(keep, slot, NULL, NULL), "add slot");
        otpkeep_options_free(slot);
    }
    turn_keys();
    for (i = 0; i < THREADS; i++) {
        for (j = 0; j < NAMES; j++) {
            char name[32];
            snprintf(name, sizeof name, "key-%d-%d", i, j);
            write_key(name);
        }
    }
    tell(0, 0);
    pthread_barrier_init(&begun, NULL, THREADS + 1);
    for (i = 0; i < THREADS; i++) {
        expect(pthread_create(&threads[i], NULL, run, (void *)(intptr_t)i) == 0, "thread", 0);
    }
    pthread_barrier_wait(&begun);
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&turnstile);
        pthread_rwlock_wrlock(&work);
        for (i = 0, total = 0; i < THREADS; i++) {
            total += operations[i];
        }
        at = milliseconds_since(&start);
        tell(at, total);
        done = at >= length;
        pthread_rwlock_unlock(&work);
        pthread_mutex_unlock(&turnstile);
    } while (!done);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    otpkeep_close(keep);
    tell(milliseconds_since(&start), total);
    return 0;
}
