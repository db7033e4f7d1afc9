/*
 * Works with a keep as a careful program does, and stops after each step, so that its memory can be looked at.
 *
 * usage: holder LOCATION, with frames on standard input: 4 bytes of length (little-endian) and that many bytes. The
 * first says how the keep is opened ("passphrase", "raw", "key-file"), the second is that root key. What a step needs
 * comes in further frames. After each step a line "STEP" goes to standard output and a byte of standard input goes on.
 * What the library gives is written to standard output straight from its memory.
 *
 * The program's own copies are one static buffer, cleared before each stop: what is found is the library's.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <otpkeep.h>

static uint8_t frame[8192];
static size_t frame_length;
static otpkeep_keep *keep;

static void check(otpkeep_status status, const char *what)
{
    static char text[128];
    if (status != OTPKEEP_OK) {
        snprintf(text, sizeof text, "holder: %s: %s\n", what, otpkeep_status_name(status));
        if (write(2, text, strlen(text)) < 0) {
            _exit(3);
        }
        _exit(2);
    }
}

static void read_exactly(void *place, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t count = read(0, (uint8_t *)place + done, length - done);
        if (count <= 0) {
            _exit(4);
        }
        done += (size_t)count;
    }
}

/* The next frame, ended by NUL; it stays until the one after it. */
static const char *next(void)
{
    uint32_t length;
    read_exactly(&length, 4);
    if (length >= sizeof frame) {
        _exit(5);
    }
    read_exactly(frame, length);
    frame[length] = 0;
    frame_length = length;
    return (const char *)frame;
}

/* In a way that no compiler leaves out. */
static void clear(void)
{
    volatile uint8_t *bytes = frame;
    size_t i;
    for (i = 0; i < sizeof frame; i++) {
        bytes[i] = 0;
    }
}

static void tell(const char *text)
{
    size_t done = 0, length = strlen(text);
    while (done < length) {
        ssize_t count = write(1, text + done, length - done);
        if (count <= 0) {
            _exit(6);
        }
        done += (size_t)count;
    }
    if (write(1, "\n", 1) != 1) {
        _exit(6);
    }
}

static void stop(const char *step)
{
    char go;
    clear();
    tell(step);
    read_exactly(&go, 1);
}

static void open_keep(const char *location)
{
    otpkeep_options *options = otpkeep_options_new();
    char kind = next()[0];
    check(otpkeep_options_set_create(options, 1), "create");
    check(otpkeep_options_set_manual_clock(options, 1), "manual clock");
    next();
    if (kind == 'p') {
        check(otpkeep_options_set_passphrase(options, (const uint8_t *)frame, frame_length), "passphrase");
    } else if (kind == 'r') {
        check(otpkeep_options_set_root_key(options, (const uint8_t *)frame, frame_length), "root key");
    } else {
        check(otpkeep_options_set_key_file(options, (const char *)frame), "key file");
    }
    check(otpkeep_open(location, options, &keep, NULL), "open");
    otpkeep_options_free(options);
}

static void write_keys(void)
{
    static const char *const algorithms[] = {"SHA1", "SHA256", "SHA512"};
    char name[16];
    int i;
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    check(otpkeep_key_spec_set_url(spec, next()), "url");
    check(otpkeep_write_key(keep, "by-url", spec, NULL, NULL), "write by url");
    check(otpkeep_key_spec_set_overwrite(spec, 1), "overwrite");
    check(otpkeep_write_key(keep, "by-url", spec, NULL, NULL), "overwrite");
    otpkeep_key_spec_free(spec);
    for (i = 0; i < 3; i++) {
        spec = otpkeep_key_spec_new();
        snprintf(name, sizeof name, "by-%s", algorithms[i]);
        check(otpkeep_key_spec_set_secret(spec, next()), "secret");
        check(otpkeep_key_spec_set_algorithm(spec, algorithms[i]), "algorithm");
        check(otpkeep_write_key(keep, name, spec, NULL, NULL), "write by secret");
        otpkeep_key_spec_free(spec);
    }
}

/* With every barcode there is; its URL is told. */
static void generate_key(void)
{
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    otpkeep_enrollment *enrollment = NULL;
    size_t length = 0;
    check(otpkeep_key_spec_set_issuer(spec, "Issuer"), "issuer");
    check(otpkeep_key_spec_set_account_name(spec, "account@example.org"), "account name");
    check(otpkeep_generate_key(keep, "generated", spec, &enrollment, NULL), "generate");
    otpkeep_key_spec_free(spec);
    if (otpkeep_enrollment_barcode(enrollment, &length) == NULL || otpkeep_enrollment_svg(enrollment) == NULL ||
        otpkeep_enrollment_terminal(enrollment) == NULL) {
        _exit(7);
    }
    tell(otpkeep_enrollment_url(enrollment));
    otpkeep_enrollment_free(enrollment);
}

static void use_keys(void)
{
    static const char *const names[] = {"by-url", "by-SHA1", "by-SHA256", "by-SHA512", "generated"};
    static char code[OTPKEEP_CODE_SIZE];
    otpkeep_names *list = NULL;
    otpkeep_key *key = NULL;
    size_t i;
    otpkeep_status status;
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        check(otpkeep_read_code(keep, names[i], code, NULL), "read code");
        check(otpkeep_validate_code(keep, names[i], code, NULL, NULL), "validate");
        status = otpkeep_validate_code(keep, names[i], "000000", NULL, NULL);
        if (status != OTPKEEP_WRONG_CODE && status != OTPKEEP_REPLAYED_CODE && status != OTPKEEP_OK) {
            check(status, "validate wrong");
        }
        check(otpkeep_read_key(keep, names[i], &key, NULL), "read key");
        otpkeep_key_free(key);
    }
    check(otpkeep_list_keys(keep, "", 100, &list, NULL), "list");
    otpkeep_names_free(list);
}

static void read_one_code(void)
{
    static char code[OTPKEEP_CODE_SIZE];
    check(otpkeep_read_code(keep, "by-SHA256", code, NULL), "read code");
}

static void rotate_and_rewrap(void)
{
    check(otpkeep_rotate(keep, NULL, NULL), "rotate");
    check(otpkeep_rewrap(keep, NULL, NULL), "rewrap");
    check(otpkeep_rotate(keep, NULL, NULL), "rotate");
}

static void mint_token(void)
{
    otpkeep_token *token = NULL;
    otpkeep_token *found = NULL;
    otpkeep_keep *sibling = NULL;
    check(otpkeep_create_token(keep, NULL, &token, NULL), "create token");
    tell(otpkeep_token_secret(token));
    check(otpkeep_with_token(keep, otpkeep_token_secret(token), &sibling, NULL), "with token");
    check(otpkeep_lookup_token(keep, otpkeep_token_secret(token), &found, NULL), "lookup token");
    otpkeep_token_free(found);
    otpkeep_token_free(token);
    otpkeep_close(sibling);
}

/* By path: a key is written, one is generated, one is read and a code is read. The answers are told. */
static void use_paths(void)
{
    otpkeep_text *answer = NULL;
    check(otpkeep_write(keep, "totp/keys/by-path", next(), &answer, NULL), "write by path");
    otpkeep_text_free(answer);
    check(otpkeep_write(keep, "totp/keys/made-by-path",
                        "{\"generate\":true,\"issuer\":\"Issuer\",\"account_name\":\"account@example.org\"}", &answer,
                        NULL),
          "generate by path");
    tell(otpkeep_text_value(answer));
    otpkeep_text_free(answer);
    check(otpkeep_read(keep, "totp/keys/by-path", NULL, &answer, NULL), "read by path");
    otpkeep_text_free(answer);
    check(otpkeep_read(keep, "totp/code/by-path", NULL, &answer, NULL), "code by path");
    otpkeep_text_free(answer);
    check(otpkeep_write(keep, "auth/token/create", NULL, &answer, NULL), "token by path");
    tell(otpkeep_text_value(answer));
    otpkeep_text_free(answer);
}

int main(int count, char **arguments)
{
    char *kept;
    size_t i;
    if (count != 2) {
        return 1;
    }
    /* gdb may look, also where only ancestors may otherwise. */
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    open_keep(arguments[1]);
    stop("open");
    write_keys();
    stop("write");
    generate_key();
    stop("generate");
    use_keys();
    stop("use");
    read_one_code();
    stop("read-code");
    rotate_and_rewrap();
    stop("rotate");
    mint_token();
    stop("token");
    use_paths();
    stop("paths");
    otpkeep_close(keep);
    stop("close");
    /* The control: a program that keeps a secret is found out. */
    next();
    kept = (char *)malloc(frame_length + 1);
    if (kept == NULL) {
        _exit(8);
    }
    for (i = 0; i <= frame_length; i++) {
        kept[i] = (char)frame[i];
    }
    stop("kept");
    free(kept);
    return 0;
}
