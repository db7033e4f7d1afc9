/* What every C test uses: expectations that end the program, and a keep to begin with. */

#ifndef EXPECT_H
#define EXPECT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otpkeep.h>

/* The key of the main job. */
#define URL "otpauth://totp/Vault:test@gmail.com?secret=Y64VEVMBTSXCYIWRSHRNDZW62MPGVU2G&issuer=Vault"

/* 32 bytes: opens at once, which keeps valgrind fast. */
#define ROOT_KEY ((const uint8_t *)"0123456789abcdef0123456789abcdef")

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition);                                   \
            exit(EXIT_FAILURE);                                                                                        \
        }                                                                                                              \
    } while (0)

#define EXPECT_TEXT(expected, actual) expect_text(expected, actual, __FILE__, __LINE__)

/* A call that takes `&error` comes to this status, with an error object exactly when it fails. */
#define EXPECT_STATUS(expected, call) expect_status(expected, call, &error, __FILE__, __LINE__)
#define EXPECT_OK(call) EXPECT_STATUS(OTPKEEP_OK, call)

/* A setter succeeds. */
#define SET(call) EXPECT((call) == OTPKEEP_OK)

static inline void expect_text(const char *expected, const char *actual, const char *file, int line)
{
    if (actual == NULL || strcmp(expected, actual) != 0) {
        fprintf(stderr, "%s:%d: expected \"%s\", not \"%s\"\n", file, line, expected, actual ? actual : "(NULL)");
        exit(EXIT_FAILURE);
    }
}

static inline void expect_status(otpkeep_status expected, otpkeep_status actual, otpkeep_error **error,
                                 const char *file, int line)
{
    const char *message = otpkeep_error_message(*error);

    if (actual != expected) {
        fprintf(stderr, "%s:%d: expected %s, not %s (%s)\n", file, line, otpkeep_status_name(expected),
                otpkeep_status_name(actual), message ? message : "no error object");
        exit(EXIT_FAILURE);
    }
    if ((*error == NULL) != (actual == OTPKEEP_OK) || otpkeep_error_status(*error) != actual) {
        fprintf(stderr, "%s:%d: status and error object differ\n", file, line);
        exit(EXIT_FAILURE);
    }
    otpkeep_error_free(*error);
    *error = NULL;
}

/* The path of a file in the test's folder. */
static inline const char *path_in(const char *folder, const char *name)
{
    static char paths[8][4096];
    static int next;
    char *path = paths[next++ % 8];

    EXPECT(snprintf(path, sizeof paths[0], "%s/%s", folder, name) < (int)sizeof paths[0]);
    return path;
}

/* Options with the cheap root key, that create the keep and let time be an argument. */
static inline otpkeep_options *test_options(void)
{
    otpkeep_options *options = otpkeep_options_new();

    EXPECT(options != NULL);
    SET(otpkeep_options_set_root_key(options, ROOT_KEY, 32));
    SET(otpkeep_options_set_create(options, 1));
    SET(otpkeep_options_set_manual_clock(options, 1));
    return options;
}

static inline otpkeep_keep *open_keep(const char *path)
{
    otpkeep_options *options = test_options();
    otpkeep_keep *keep = NULL;
    otpkeep_error *error = NULL;

    EXPECT_OK(otpkeep_open(path, options, &keep, &error));
    EXPECT(keep != NULL);
    otpkeep_options_free(options);
    return keep;
}

/* Imports the key of the main job. */
static inline void import_key(otpkeep_keep *keep, const char *name)
{
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    otpkeep_error *error = NULL;

    SET(otpkeep_key_spec_set_url(spec, URL));
    EXPECT_OK(otpkeep_write_key(keep, name, spec, NULL, &error));
    otpkeep_key_spec_free(spec);
}

#endif
