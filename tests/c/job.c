/*
 * The main job: import, read, generate, validate once.
 *
 * usage: job FOLDER TIME CODE [TIME CODE]...     the codes of the imported key, as another program computed them
 *
 * Prints the URL of a generated key and its code at the first time, for the other program to compare.
 */

#include "expect.h"

int main(int argc, char **argv)
{
    otpkeep_keep *keep;
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    otpkeep_enrollment *enrollment = NULL;
    otpkeep_key *key = NULL;
    otpkeep_error *error = NULL;
    otpkeep_verdict verdict;
    char code[OTPKEEP_CODE_SIZE];
    const uint8_t *barcode;
    size_t length = 0;
    int64_t now;
    int i;

    EXPECT(argc >= 4 && argc % 2 == 0);
    keep = open_keep(path_in(argv[1], "job.keep"));
    import_key(keep, "test");

    for (i = 2; i < argc; i += 2) {
        memset(code, 'x', sizeof code);
        EXPECT_OK(otpkeep_read_code_at(keep, "test", strtoll(argv[i], NULL, 10), code, &error));
        EXPECT_TEXT(argv[i + 1], code);
        for (length = strlen(code); length < sizeof code; length++) {
            EXPECT(code[length] == 0);
        }
    }
    EXPECT_OK(otpkeep_read_code(keep, "test", code, &error));
    EXPECT(strlen(code) == 6);

    EXPECT_OK(otpkeep_read_key(keep, "test", &key, &error));
    EXPECT_TEXT("test", otpkeep_key_name(key));
    EXPECT_TEXT("Vault", otpkeep_key_issuer(key));
    EXPECT_TEXT("test@gmail.com", otpkeep_key_account_name(key));
    EXPECT_TEXT("SHA1", otpkeep_key_algorithm(key));
    EXPECT(otpkeep_key_digits(key) == 6 && otpkeep_key_period(key) == 30 && otpkeep_key_skew(key) == 1);
    EXPECT(otpkeep_key_created(key) > 1700000000 && otpkeep_key_last_used(key) == -1);
    EXPECT(otpkeep_key_warning_count(key) == 0 && otpkeep_key_warning_name(key, 0) == NULL);
    otpkeep_key_free(key);

    SET(otpkeep_key_spec_set_issuer(spec, "A&B / \xc3\xa9"));
    SET(otpkeep_key_spec_set_account_name(spec, "alice@acme.com"));
    SET(otpkeep_key_spec_set_algorithm(spec, "SHA256"));
    SET(otpkeep_key_spec_set_digits(spec, 8));
    SET(otpkeep_key_spec_set_period(spec, 60));
    SET(otpkeep_key_spec_set_skew(spec, 0));
    SET(otpkeep_key_spec_set_key_size(spec, 32));
    SET(otpkeep_key_spec_set_barcode_size(spec, 300));
    EXPECT_OK(otpkeep_generate_key(keep, "alice", spec, &enrollment, &error));
    EXPECT(strncmp(otpkeep_enrollment_url(enrollment), "otpauth://totp/", 15) == 0);
    barcode = otpkeep_enrollment_barcode(enrollment, &length);
    EXPECT(length > 100 && memcmp(barcode, "\x89PNG\r\n\x1a\n", 8) == 0);
    /* Width and height in the PNG header: 300 each. */
    EXPECT(memcmp(barcode + 16, "\0\0\x01\x2c\0\0\x01\x2c", 8) == 0);
    EXPECT(strncmp(otpkeep_enrollment_svg(enrollment), "<", 1) == 0);
    EXPECT(otpkeep_enrollment_svg(enrollment) == otpkeep_enrollment_svg(enrollment));
    EXPECT(strstr(otpkeep_enrollment_terminal(enrollment), "\xe2\x96\x80") != NULL);
    otpkeep_enrollment_free(enrollment);
    EXPECT_STATUS(OTPKEEP_KEY_EXISTS, otpkeep_generate_key(keep, "alice", spec, &enrollment, &error));
    EXPECT(enrollment == NULL);
    SET(otpkeep_key_spec_set_overwrite(spec, 1));
    SET(otpkeep_key_spec_set_barcode_size(spec, 0));
    EXPECT_OK(otpkeep_generate_key(keep, "alice", spec, &enrollment, &error));
    length = 7;
    EXPECT(otpkeep_enrollment_barcode(enrollment, &length) == NULL && length == 0);

    now = strtoll(argv[2], NULL, 10);
    EXPECT_OK(otpkeep_read_code_at(keep, "alice", now, code, &error));
    printf("%s %s\n", otpkeep_enrollment_url(enrollment), code);
    otpkeep_enrollment_free(enrollment);
    otpkeep_key_spec_free(spec);

    memset(&verdict, 0xff, sizeof verdict);
    EXPECT_OK(otpkeep_validate_code_at(keep, "alice", code, now, &verdict, &error));
    EXPECT(verdict.outcome == OTPKEEP_OK && verdict.offset == 0 && verdict.retry_after == 0);
    EXPECT(verdict.attempts_left == 100);
    EXPECT(verdict.reserved[0] == 0 && verdict.reserved[1] == 0 && verdict.reserved[2] == 0);
    EXPECT_STATUS(OTPKEEP_REPLAYED_CODE, otpkeep_validate_code_at(keep, "alice", code, now, &verdict, &error));
    EXPECT(verdict.outcome == OTPKEEP_REPLAYED_CODE);
    EXPECT(verdict.retry_after > 0 && verdict.retry_after <= 60);
    EXPECT_OK(otpkeep_read_key(keep, "alice", &key, &error));
    EXPECT(otpkeep_key_last_used(key) == now / 60 * 60);
    otpkeep_key_free(key);

    /* Across closing and opening, and without a place for the answer. */
    otpkeep_close(keep);
    keep = open_keep(path_in(argv[1], "job.keep"));
    EXPECT(otpkeep_validate_code_at(keep, "alice", code, now, NULL, NULL) == OTPKEEP_REPLAYED_CODE);

    /* By the clock of the operating system; a person types it with a space, and the device may be a period ahead. */
    EXPECT_OK(otpkeep_read_code(keep, "test", code, &error));
    memmove(code + 4, code + 3, 4);
    code[3] = ' ';
    EXPECT_OK(otpkeep_validate_code(keep, "test", code, &verdict, &error));
    EXPECT_STATUS(OTPKEEP_REPLAYED_CODE, otpkeep_validate_code(keep, "test", code, &verdict, &error));
    otpkeep_close(keep);
    return EXIT_SUCCESS;
}
