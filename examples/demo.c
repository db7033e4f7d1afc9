/*
 * The main job of otpkeep, step by step: make demo, or
 *
 *     cc demo.c $(pkg-config --cflags --libs otpkeep) -o demo && ./demo FOLDER
 */

/* For fdopen. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <otpkeep.h>

#define URL "otpauth://totp/Vault:test@gmail.com?secret=Y64VEVMBTSXCYIWRSHRNDZW62MPGVU2G&issuer=Vault"

/* A real program asks for it, or reads a key file. */
#define PASSPHRASE "correct horse battery staple"

/* Ends the program with the error's own words. */
static void check(otpkeep_status status, otpkeep_error *error)
{
    if (status != OTPKEEP_OK) {
        fprintf(stderr, "demo: %s\n", error ? otpkeep_error_message(error) : otpkeep_status_name(status));
        otpkeep_error_free(error);
        exit(EXIT_FAILURE);
    }
}

static void fail(const char *what, const char *path)
{
    fprintf(stderr, "demo: %s %s\n", what, path);
    exit(EXIT_FAILURE);
}

static void path_in(char *path, size_t size, const char *folder, const char *name)
{
    int length = snprintf(path, size, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= size) {
        fail("too long a path:", folder);
    }
}

static otpkeep_keep *create_keep(const char *path)
{
    otpkeep_options *options = otpkeep_options_new();
    otpkeep_keep *keep = NULL;
    otpkeep_error *error = NULL;

    check(otpkeep_options_set_passphrase(options, (const uint8_t *)PASSPHRASE, strlen(PASSPHRASE)), NULL);
    check(otpkeep_options_set_create(options, 1), NULL);
    check(otpkeep_open(path, options, &keep, &error), error);
    otpkeep_options_free(options);
    return keep;
}

static void import_key(otpkeep_keep *keep)
{
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    otpkeep_key *key = NULL;
    otpkeep_error *error = NULL;

    check(otpkeep_key_spec_set_url(spec, URL), NULL);
    check(otpkeep_key_spec_set_overwrite(spec, 1), NULL);
    check(otpkeep_write_key(keep, "test", spec, &key, &error), error);
    printf("   issuer %s, account %s, %s, %u digits, %u seconds\n", otpkeep_key_issuer(key),
           otpkeep_key_account_name(key), otpkeep_key_algorithm(key), (unsigned)otpkeep_key_digits(key),
           (unsigned)otpkeep_key_period(key));
    otpkeep_key_free(key);
    otpkeep_key_spec_free(spec);
}

static void generate_key(otpkeep_keep *keep, const char *image)
{
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    otpkeep_enrollment *enrollment = NULL;
    otpkeep_error *error = NULL;
    const uint8_t *barcode;
    size_t length;
    int descriptor;
    FILE *file;

    check(otpkeep_key_spec_set_issuer(spec, "Acme"), NULL);
    check(otpkeep_key_spec_set_account_name(spec, "alice@acme.com"), NULL);
    check(otpkeep_key_spec_set_overwrite(spec, 1), NULL);
    check(otpkeep_generate_key(keep, "alice", spec, &enrollment, &error), error);

    barcode = otpkeep_enrollment_barcode(enrollment, &length);
    /* A barcode is a secret: nobody else may read it. */
    descriptor = open(image, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    file = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
    if (file == NULL || fwrite(barcode, 1, length, file) != length || fclose(file) != 0) {
        fail("cannot write", image);
    }
    printf("   barcode written to %s (%lu bytes)\n\n%s\n", image, (unsigned long)length,
           otpkeep_enrollment_terminal(enrollment));

    /* The enrollment holds the secret: it is zeroed here. */
    otpkeep_enrollment_free(enrollment);
    otpkeep_key_spec_free(spec);
}

/* Whether alice may come in. Anything but OTPKEEP_OK means no. */
static int let_in(otpkeep_keep *keep, const char *code)
{
    otpkeep_verdict verdict;
    otpkeep_error *error = NULL;
    otpkeep_status status = otpkeep_validate_code(keep, "alice", code, &verdict, &error);

    switch (status) {
    case OTPKEEP_OK:
        printf("   accepted\n");
        break;
    case OTPKEEP_REPLAYED_CODE:
        printf("   replayed: used before; the next code comes in %lu seconds\n", (unsigned long)verdict.retry_after);
        break;
    case OTPKEEP_WRONG_CODE:
    case OTPKEEP_MALFORMED_CODE:
    case OTPKEEP_THROTTLED:
    case OTPKEEP_KEY_DISABLED:
    case OTPKEEP_CLOCK_BEHIND:
        printf("   refused: %s\n", otpkeep_status_name(status));
        break;
    default:
        /* Nobody can say whether the code is right. */
        check(status, error);
    }
    otpkeep_error_free(error);
    return status == OTPKEEP_OK;
}

/* Counts how often `needle` occurs in a file; a file that is not there holds nothing. */
static unsigned long occurrences(const char *path, const void *needle, size_t length)
{
    FILE *file = fopen(path, "rb");
    unsigned char *content;
    unsigned long found = 0;
    long size;
    long at;

    if (file == NULL) {
        return 0;
    }
    if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0) {
        fail("cannot read", path);
    }
    content = (unsigned char *)malloc((size_t)size + 1);
    if (content == NULL || fread(content, 1, (size_t)size, file) != (size_t)size) {
        fail("cannot read", path);
    }
    for (at = 0; at + (long)length <= size; at++) {
        if (memcmp(content + at, needle, length) == 0) {
            found++;
        }
    }
    free(content);
    fclose(file);
    return found;
}

/* Looks for everything that must not be in the files of the keep, and for a key's name, which may. */
static int search_files(const char *keep_path)
{
    /* The secret of the URL, decoded from base32. */
    static const unsigned char secret[] = {0xc7, 0xb9, 0x52, 0x55, 0x81, 0x9c, 0xae, 0x2c, 0x22, 0xd1,
                                           0x91, 0xe2, 0xd1, 0xe6, 0xde, 0xd3, 0x1e, 0x6a, 0xd3, 0x46};
    static const struct {
        const char *what;
        const void *bytes;
        size_t length;
    } hidden[] = {
        {"the secret in base32", "Y64VEVMBTSXCYIWRSHRNDZW62MPGVU2G", 32},
        {"the secret's bytes", secret, sizeof secret},
        {"the issuer", "Vault", 5},
        {"the account", "test@gmail.com", 14},
        {"the passphrase", PASSPHRASE, sizeof PASSPHRASE - 1},
    };
    static const char *const suffixes[] = {"", "-wal"};
    char path[4096 + 8];
    unsigned long names = 0;
    unsigned long found;
    int clean = 1;
    size_t i;
    size_t j;

    for (i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        found = 0;
        for (j = 0; j < sizeof suffixes / sizeof suffixes[0]; j++) {
            snprintf(path, sizeof path, "%s%s", keep_path, suffixes[j]);
            found += occurrences(path, hidden[i].bytes, hidden[i].length);
        }
        printf("   %-22s %s\n", hidden[i].what, found == 0 ? "not found" : "FOUND");
        clean = clean && found == 0;
    }
    for (j = 0; j < sizeof suffixes / sizeof suffixes[0]; j++) {
        snprintf(path, sizeof path, "%s%s", keep_path, suffixes[j]);
        names += occurrences(path, "alice", 5);
    }
    printf("   %-22s %s\n", "the name alice", names > 0 ? "found: names of keys are not hidden" : "NOT FOUND");
    return clean && names > 0;
}

int main(int argc, char **argv)
{
    char keep_path[4096];
    char image[4096];
    char code[OTPKEEP_CODE_SIZE];
    otpkeep_keep *keep;
    otpkeep_error *error = NULL;
    int first;
    int second;
    int clean;

    if (argc != 2) {
        fprintf(stderr, "usage: demo FOLDER\n");
        return EXIT_FAILURE;
    }
    path_in(keep_path, sizeof keep_path, argv[1], "auth.keep");
    path_in(image, sizeof image, argv[1], "alice.png");

    printf("otpkeep %s\n\n1. Creating the keep %s, which a passphrase opens.\n", otpkeep_version(), keep_path);
    keep = create_keep(keep_path);

    printf("\n2. Importing %s\n", URL);
    import_key(keep);

    printf("\n3. Reading its code.\n");
    check(otpkeep_read_code(keep, "test", code, &error), error);
    printf("   %s\n", code);

    printf("\n4. Generating a key for alice.\n");
    generate_key(keep, image);

    check(otpkeep_read_code(keep, "alice", code, &error), error);
    printf("5. Validating alice's code %s.\n", code);
    first = let_in(keep, code);

    printf("\n6. Validating it again.\n");
    second = let_in(keep, code);

    printf("\n7. Searching the files of the keep for plaintext.\n");
    clean = search_files(keep_path);

    memset(code, 0, sizeof code);
    otpkeep_close(keep);
    if (!first || second || !clean) {
        fprintf(stderr, "demo: not what it should be\n");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
