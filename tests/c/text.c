/*
 * Hostile text in every text argument: 10 MB, invalid UTF-8, empty. Each is refused at once, and the error never repeats
 * what was given. Bytes with NUL are taken where bytes are asked for.
 *
 * usage: text FOLDER
 */

#include <time.h>

#include "expect.h"

#define HUGE_BYTES (10 * 1000 * 1000)

/* What an error must not repeat: part of every hostile text that is not empty. */
#define MARK "HOSTILE"

static char *huge;
static const char invalid[] = MARK "\xff\xfe";

static otpkeep_keep *keep;
static otpkeep_error *error;

/* The call refuses the text, naming the argument and not repeating the text. */
static void refused(const char *argument, otpkeep_status status, const char *file, int line)
{
    const char *named = otpkeep_error_argument(error);
    const char *message = otpkeep_error_message(error);

    if (status != OTPKEEP_INVALID_ARGUMENT || named == NULL || strcmp(named, argument) != 0 || strstr(message, MARK)) {
        fprintf(stderr, "%s:%d: expected invalid-argument for %s, not %s for %s\n", file, line, argument,
                otpkeep_status_name(status), named ? named : "nothing");
        exit(EXIT_FAILURE);
    }
    otpkeep_error_free(error);
    error = NULL;
}

#define REFUSED(argument, call) refused(argument, call, __FILE__, __LINE__)
#define REFUSED_MUTELY(call) EXPECT((call) == OTPKEEP_INVALID_ARGUMENT)

/* Texts that the setters refuse: too long for any value, or not UTF-8. */
static void setters(const char *text)
{
    otpkeep_options *options = otpkeep_options_new();
    otpkeep_key_spec *key = otpkeep_key_spec_new();
    otpkeep_mount_spec *mount = otpkeep_mount_spec_new();

    REFUSED_MUTELY(otpkeep_options_set_key_file(options, text));
    REFUSED_MUTELY(otpkeep_options_set_mount(options, text));
    REFUSED_MUTELY(otpkeep_key_spec_set_url(key, text));
    REFUSED_MUTELY(otpkeep_key_spec_set_secret(key, text));
    REFUSED_MUTELY(otpkeep_key_spec_set_issuer(key, text));
    REFUSED_MUTELY(otpkeep_key_spec_set_account_name(key, text));
    REFUSED_MUTELY(otpkeep_key_spec_set_algorithm(key, text));
    REFUSED_MUTELY(otpkeep_mount_spec_set_description(mount, text));
    otpkeep_mount_spec_free(mount);
    otpkeep_key_spec_free(key);
    otpkeep_options_free(options);
}

/* Texts that every operation refuses, the empty one among them. */
static void operations(const char *text, const char *folder)
{
    otpkeep_options *options = test_options();
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    otpkeep_mount_spec *mount = otpkeep_mount_spec_new();
    otpkeep_keep *other = NULL;
    otpkeep_key *key = NULL;
    otpkeep_enrollment *enrollment = NULL;
    otpkeep_attempts attempts;
    otpkeep_verdict verdict;
    char code[OTPKEEP_CODE_SIZE];
    const char *fine = path_in(folder, "fine");

    SET(otpkeep_key_spec_set_issuer(spec, "Acme"));
    SET(otpkeep_key_spec_set_account_name(spec, "alice"));
    REFUSED("location", otpkeep_open(text, options, &other, &error));
    REFUSED("mount", otpkeep_with_mount(keep, text, &other, &error));
    REFUSED("name", otpkeep_generate_key(keep, text, spec, &enrollment, &error));
    REFUSED("name", otpkeep_write_key(keep, text, spec, &key, &error));
    REFUSED("name", otpkeep_read_key(keep, text, &key, &error));
    REFUSED("name", otpkeep_delete_key(keep, text, &error));
    REFUSED("name", otpkeep_read_code(keep, text, code, &error));
    REFUSED("name", otpkeep_read_code_at(keep, text, 1, code, &error));
    REFUSED("name", otpkeep_validate_code(keep, text, "123456", &verdict, &error));
    REFUSED("name", otpkeep_validate_code_at(keep, text, "123456", 1, &verdict, &error));
    REFUSED("name", otpkeep_read_attempts(keep, text, &attempts, &error));
    REFUSED("name", otpkeep_reset_attempts(keep, text, &error));
    REFUSED("mount", otpkeep_mount(keep, text, mount, &error));
    REFUSED("mount", otpkeep_unmount(keep, text, &error));
    REFUSED("mount", otpkeep_tune_mount(keep, text, mount, &error));
    REFUSED("destination", otpkeep_backup(keep, text, &error));
    REFUSED("backup", otpkeep_restore(text, fine, options, &error));
    REFUSED("location", otpkeep_restore(fine, text, options, &error));
    otpkeep_mount_spec_free(mount);
    otpkeep_key_spec_free(spec);
    otpkeep_options_free(options);
}

/* In a batch a name that is none is the outcome of its item. */
static void batch_name(const char *text)
{
    const char *names[] = {"test", NULL, "test"};
    const char *codes[] = {"x", "x", "x"};
    otpkeep_verdict verdicts[3];

    names[1] = text;
    EXPECT_OK(otpkeep_validate_codes(keep, names, codes, 3, verdicts, &error));
    EXPECT(verdicts[0].outcome == OTPKEEP_MALFORMED_CODE && verdicts[2].outcome == OTPKEEP_MALFORMED_CODE);
    EXPECT(verdicts[1].outcome == OTPKEEP_INVALID_ARGUMENT);
}

/* Any bytes for a code are a verdict, not an error. */
static void code(const char *text)
{
    const char *name = "test";
    otpkeep_verdict verdict;

    EXPECT_STATUS(OTPKEEP_MALFORMED_CODE, otpkeep_validate_code(keep, "test", text, &verdict, &error));
    EXPECT_STATUS(OTPKEEP_MALFORMED_CODE, otpkeep_validate_code_at(keep, "test", text, 1, &verdict, &error));
    EXPECT_OK(otpkeep_validate_codes(keep, &name, &text, 1, &verdict, &error));
    EXPECT(verdict.outcome == OTPKEEP_MALFORMED_CODE);
}

static void empty_values(const char *folder)
{
    otpkeep_options *options = test_options();
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    otpkeep_keep *other = NULL;
    otpkeep_enrollment *enrollment = NULL;
    otpkeep_names *names = NULL;

    REFUSED_MUTELY(otpkeep_options_set_key_file(options, ""));
    REFUSED_MUTELY(otpkeep_options_set_passphrase(options, (const uint8_t *)"", 0));
    REFUSED_MUTELY(otpkeep_options_set_root_key(options, (const uint8_t *)"", 0));
    SET(otpkeep_options_set_mount(options, ""));
    REFUSED("mount", otpkeep_open(path_in(folder, "e.keep"), options, &other, &error));
    otpkeep_options_free(options);

    SET(otpkeep_key_spec_set_secret(spec, ""));
    REFUSED("secret", otpkeep_write_key(keep, "empty", spec, NULL, &error));
    SET(otpkeep_key_spec_set_url(spec, ""));
    REFUSED("url", otpkeep_write_key(keep, "empty", spec, NULL, &error));
    otpkeep_key_spec_free(spec);

    spec = otpkeep_key_spec_new();
    SET(otpkeep_key_spec_set_issuer(spec, ""));
    SET(otpkeep_key_spec_set_account_name(spec, "alice"));
    REFUSED("issuer", otpkeep_generate_key(keep, "empty", spec, &enrollment, &error));
    SET(otpkeep_key_spec_set_issuer(spec, "Acme"));
    SET(otpkeep_key_spec_set_account_name(spec, ""));
    REFUSED("account_name", otpkeep_generate_key(keep, "empty", spec, &enrollment, &error));
    SET(otpkeep_key_spec_set_account_name(spec, "alice"));
    SET(otpkeep_key_spec_set_algorithm(spec, ""));
    REFUSED("algorithm", otpkeep_generate_key(keep, "empty", spec, &enrollment, &error));
    otpkeep_key_spec_free(spec);

    /* Here the empty text has a meaning. */
    EXPECT_OK(otpkeep_list_keys(keep, "", 10, &names, &error));
    EXPECT(otpkeep_names_count(names) == 1);
    otpkeep_names_free(names);
}

/* An operation does not repeat a value that is short and UTF-8 but makes no sense. */
static void nonsense(void)
{
    otpkeep_key_spec *spec = otpkeep_key_spec_new();

    SET(otpkeep_key_spec_set_secret(spec, MARK "1"));
    REFUSED("secret", otpkeep_write_key(keep, "nonsense", spec, NULL, &error));
    SET(otpkeep_key_spec_set_algorithm(spec, MARK));
    REFUSED("algorithm", otpkeep_write_key(keep, "nonsense", spec, NULL, &error));
    otpkeep_key_spec_free(spec);
    spec = otpkeep_key_spec_new();
    SET(otpkeep_key_spec_set_url(spec, "otpauth://" MARK "/" MARK "?secret=" MARK));
    REFUSED("url", otpkeep_write_key(keep, "nonsense", spec, NULL, &error));
    otpkeep_key_spec_free(spec);
    REFUSED("name", otpkeep_delete_key(keep, MARK "/" MARK, &error));
    REFUSED("mount", otpkeep_unmount(keep, MARK "//", &error));
}

static void bytes(const char *folder)
{
    otpkeep_options *options = otpkeep_options_new();
    otpkeep_keep *other = NULL;
    uint8_t zeros[32] = {0};

    REFUSED_MUTELY(otpkeep_options_set_passphrase(options, (const uint8_t *)huge, HUGE_BYTES));
    REFUSED_MUTELY(otpkeep_options_set_passphrase(options, (const uint8_t *)huge, 1025));
    REFUSED_MUTELY(otpkeep_options_set_root_key(options, (const uint8_t *)huge, HUGE_BYTES));
    REFUSED_MUTELY(otpkeep_options_set_root_key(options, zeros, 31));
    SET(otpkeep_options_set_root_key(options, zeros, 32));
    SET(otpkeep_options_set_create(options, 1));
    EXPECT_OK(otpkeep_open(path_in(folder, "zeros.keep"), options, &other, &error));
    otpkeep_close(other);
    /* Bytes after the first NUL count. */
    zeros[31] = 1;
    SET(otpkeep_options_set_root_key(options, zeros, 32));
    EXPECT_STATUS(OTPKEEP_WRONG_ROOT_KEY, otpkeep_open(path_in(folder, "zeros.keep"), options, &other, &error));
    otpkeep_options_free(options);
}

int main(int argc, char **argv)
{
    char typed[80] = "123456";
    otpkeep_names *names = NULL;
    clock_t began;
    size_t i;

    EXPECT(argc == 2);
    keep = open_keep(path_in(argv[1], "text.keep"));
    import_key(keep, "test");
    huge = (char *)malloc(HUGE_BYTES + 1);
    EXPECT(huge != NULL);
    for (i = 0; i < HUGE_BYTES; i++) {
        huge[i] = MARK[i % (sizeof MARK - 1)];
    }
    huge[HUGE_BYTES] = 0;

    began = clock();
    for (i = 0; i < 2; i++) {
        const char *text = i == 0 ? huge : invalid;

        setters(text);
        operations(text, argv[1]);
        REFUSED("after", otpkeep_list_keys(keep, text, 10, &names, &error));
        code(text);
        batch_name(text);
    }
    /* "At once": all of the refusals together take less than reading one such text for each would. */
    EXPECT(clock() - began < CLOCKS_PER_SEC * 4);
    operations("", argv[1]);
    empty_values(argv[1]);
    nonsense();
    bytes(argv[1]);

    code("");
    batch_name("");
    code("12345\xd9\xa6");
    /* A text of which the beginning would be a code, were it cut. */
    memset(typed + 6, ' ', sizeof typed - 7);
    code(typed);
    free(huge);
    otpkeep_close(keep);
    return EXIT_SUCCESS;
}
