/* Every other operation once, with what it promises. usage: operations FOLDER */

#include <time.h>

#include "expect.h"

static const int64_t NOW = 1700000000;

static otpkeep_status try_open(const char *path, const otpkeep_options *options, otpkeep_error **error)
{
    otpkeep_keep *keep = NULL;
    otpkeep_status status = otpkeep_open(path, options, &keep, error);

    EXPECT((keep != NULL) == (status == OTPKEEP_OK));
    otpkeep_close(keep);
    return status;
}

static void opening(const char *folder)
{
    otpkeep_options *options = otpkeep_options_new();
    otpkeep_mount_spec *mount = otpkeep_mount_spec_new();
    otpkeep_mounts *mounts = NULL;
    otpkeep_report *report = NULL;
    otpkeep_keep *keep = NULL;
    otpkeep_error *error = NULL;
    FILE *file;

    /* Exactly one root key. */
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, try_open(path_in(folder, "a.keep"), options, &error));
    SET(otpkeep_options_set_passphrase(options, (const uint8_t *)"se\0cret", 7));
    EXPECT_STATUS(OTPKEEP_KEEP_NOT_FOUND, try_open(path_in(folder, "a.keep"), options, &error));
    SET(otpkeep_options_set_root_key(options, ROOT_KEY, 32));
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, try_open(path_in(folder, "a.keep"), options, &error));
    otpkeep_options_free(options);

    /* A passphrase with NUL in it, and its cost; the bytes after the NUL count. */
    options = otpkeep_options_new();
    SET(otpkeep_options_set_create(options, 1));
    SET(otpkeep_options_set_passphrase(options, (const uint8_t *)"se\0cret", 7));
    SET(otpkeep_options_set_passphrase_cost(options, 1, 1));
    EXPECT(try_open(path_in(folder, "a.keep"), options, &error) == OTPKEEP_INVALID_ARGUMENT);
    EXPECT_TEXT("passphrase_cost", otpkeep_error_argument(error));
    otpkeep_error_free(error);
    SET(otpkeep_options_set_passphrase_cost(options, 19456, 1));
    EXPECT_OK(try_open(path_in(folder, "a.keep"), options, &error));
    EXPECT_OK(try_open(path_in(folder, "a.keep"), options, &error));
    SET(otpkeep_options_set_passphrase(options, (const uint8_t *)"se\0cres", 7));
    EXPECT_STATUS(OTPKEEP_WRONG_ROOT_KEY, try_open(path_in(folder, "a.keep"), options, &error));
    SET(otpkeep_options_set_busy_timeout(options, 600001));
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, try_open(path_in(folder, "a.keep"), options, &error));
    otpkeep_options_free(options);

    /* A key file; its first mount; the location of something else. */
    file = fopen(path_in(folder, "root.key"), "wb");
    EXPECT(file != NULL && fwrite(ROOT_KEY, 1, 32, file) == 32 && fclose(file) == 0);
    options = otpkeep_options_new();
    SET(otpkeep_options_set_key_file(options, path_in(folder, "root.key")));
    SET(otpkeep_options_set_create(options, 1));
    SET(otpkeep_options_set_mount(options, "totp/staff"));
    SET(otpkeep_mount_spec_set_description(mount, "for the staff"));
    SET(otpkeep_mount_spec_set_throttle(mount, 0));
    SET(otpkeep_options_set_first_mount(options, mount));
    SET(otpkeep_options_set_busy_timeout(options, 1000));
    SET(otpkeep_options_set_strict(options, 0));
    SET(otpkeep_options_set_allow_network_file_system(options, 1));
    otpkeep_mount_spec_free(mount);
    EXPECT_OK(otpkeep_open(path_in(folder, "b.keep"), options, &keep, &error));
    EXPECT_OK(otpkeep_list_mounts(keep, &mounts, &error));
    EXPECT(otpkeep_mounts_count(mounts) == 1);
    EXPECT_TEXT("totp/staff/", otpkeep_mounts_path(mounts, 0));
    EXPECT_TEXT("for the staff", otpkeep_mounts_description(mounts, 0));
    EXPECT(otpkeep_mounts_throttle(mounts, 0) == 0);
    otpkeep_mounts_free(mounts);

    /* The file is readable by others, as the umask made it: a warning, and with `strict` an error. */
    EXPECT_OK(otpkeep_read_status(keep, &report, &error));
    EXPECT(otpkeep_report_warning_count(report) >= 1);
    EXPECT(strstr(otpkeep_report_warning(report, otpkeep_report_warning_count(report) - 1), "key file") != NULL);
    EXPECT(otpkeep_report_warning(report, 99) == NULL);
    otpkeep_report_free(report);
    SET(otpkeep_options_set_strict(options, 1));
    EXPECT_STATUS(OTPKEEP_PERMISSIONS_TOO_OPEN, try_open(path_in(folder, "b.keep"), options, &error));
    SET(otpkeep_options_set_strict(options, 0));
    EXPECT(try_open(path_in(folder, "root.key"), options, &error) != OTPKEEP_OK);
    otpkeep_error_free(error);
    otpkeep_close(keep);
    otpkeep_options_free(options);

    /* The same bytes given raw; a bare keep has no mount. */
    options = test_options();
    EXPECT_OK(try_open(path_in(folder, "b.keep"), options, &error));
    SET(otpkeep_options_set_bare(options, 1));
    EXPECT_OK(otpkeep_open(path_in(folder, "bare.keep"), options, &keep, &error));
    EXPECT_OK(otpkeep_list_mounts(keep, &mounts, &error));
    EXPECT(otpkeep_mounts_count(mounts) == 0);
    otpkeep_mounts_free(mounts);
    otpkeep_close(keep);
    otpkeep_options_free(options);
}

static void keys(otpkeep_keep *keep)
{
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    otpkeep_key *key = NULL;
    otpkeep_names *names = NULL;
    otpkeep_error *error = NULL;
    char code[OTPKEEP_CODE_SIZE] = "unchanged";

    SET(otpkeep_key_spec_set_secret(spec, "jbsw y3dp-ehpk 3pxp"));
    EXPECT_OK(otpkeep_write_key(keep, "short", spec, &key, &error));
    EXPECT(otpkeep_key_warning_count(key) == 1);
    EXPECT_TEXT("short-secret", otpkeep_key_warning_name(key, 0));
    EXPECT(strstr(otpkeep_key_warning_message(key, 0), "128 bits") != NULL);
    EXPECT(otpkeep_key_warning_message(key, 1) == NULL);
    otpkeep_key_free(key);
    EXPECT_STATUS(OTPKEEP_KEY_EXISTS, otpkeep_write_key(keep, "short", spec, &key, &error));
    EXPECT(key == NULL);

    SET(otpkeep_key_spec_set_period(spec, 0));
    EXPECT(otpkeep_write_key(keep, "period", spec, NULL, &error) == OTPKEEP_INVALID_ARGUMENT);
    EXPECT_TEXT("period", otpkeep_error_argument(error));
    EXPECT(strstr(otpkeep_error_message(error), "period") != NULL);
    otpkeep_error_free(error);
    error = NULL;
    otpkeep_key_spec_free(spec);

    import_key(keep, "b");
    import_key(keep, "a");
    EXPECT_OK(otpkeep_list_keys(keep, NULL, OTPKEEP_LIST_LIMIT, &names, &error));
    EXPECT(otpkeep_names_count(names) == 3);
    EXPECT_TEXT("a", otpkeep_names_at(names, 0));
    EXPECT_TEXT("b", otpkeep_names_at(names, 1));
    EXPECT_TEXT("short", otpkeep_names_at(names, 2));
    EXPECT(otpkeep_names_at(names, 3) == NULL);
    otpkeep_names_free(names);
    EXPECT_OK(otpkeep_list_keys(keep, "a", 1, &names, &error));
    EXPECT(otpkeep_names_count(names) == 1);
    EXPECT_TEXT("b", otpkeep_names_at(names, 0));
    otpkeep_names_free(names);
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_list_keys(keep, NULL, 0, &names, &error));
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_list_keys(keep, NULL, 1001, &names, &error));
    EXPECT(names == NULL);

    EXPECT_OK(otpkeep_delete_key(keep, "a", &error));
    EXPECT_STATUS(OTPKEEP_KEY_NOT_FOUND, otpkeep_delete_key(keep, "a", &error));
    EXPECT_STATUS(OTPKEEP_KEY_NOT_FOUND, otpkeep_read_key(keep, "a", &key, &error));
    EXPECT_STATUS(OTPKEEP_KEY_NOT_FOUND, otpkeep_read_code(keep, "a", code, &error));
    EXPECT_TEXT("", code);
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_read_code_at(keep, "b", -1, code, &error));
}

static void verdicts(otpkeep_keep *keep)
{
    static const char *const names[] = {"b", "nobody", "b", "b", "", NULL, "b"};
    const char *codes[] = {NULL, "123456", NULL, "12", "123456", "123456", NULL};
    otpkeep_verdict verdicts[8];
    otpkeep_verdict verdict;
    otpkeep_error *error = NULL;
    otpkeep_keep *elsewhere = NULL;
    char code[OTPKEEP_CODE_SIZE];
    char ahead[OTPKEEP_CODE_SIZE];
    size_t i;

    /* An error is the outcome too, and never reads as accepted. */
    memset(&verdict, 0, sizeof verdict);
    EXPECT_STATUS(OTPKEEP_KEY_NOT_FOUND, otpkeep_validate_code_at(keep, "nobody", "123456", NOW, &verdict, &error));
    EXPECT(verdict.outcome == OTPKEEP_KEY_NOT_FOUND && verdict.attempts_left == 0);
    memset(&verdict, 0, sizeof verdict);
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_validate_code_at(keep, "b", "123456", -1, &verdict, &error));
    EXPECT(verdict.outcome == OTPKEEP_INVALID_ARGUMENT);
    memset(&verdict, 0, sizeof verdict);
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_validate_code_at(keep, NULL, "123456", NOW, &verdict, &error));
    EXPECT(verdict.outcome == OTPKEEP_INVALID_ARGUMENT);

    /* The device's clock is a period ahead. */
    EXPECT_OK(otpkeep_read_code_at(keep, "b", NOW + 30, ahead, &error));
    EXPECT_OK(otpkeep_validate_code_at(keep, "b", ahead, NOW, &verdict, &error));
    EXPECT(verdict.offset == 1);
    EXPECT_STATUS(OTPKEEP_CLOCK_BEHIND, otpkeep_validate_code_at(keep, "b", ahead, NOW - 300, &verdict, &error));
    EXPECT(verdict.outcome == OTPKEEP_CLOCK_BEHIND && verdict.retry_after > 0);

    /* A batch by the system's clock: every item has its own outcome. */
    EXPECT_OK(otpkeep_read_code(keep, "b", code, &error));
    codes[0] = codes[2] = code;
    EXPECT_OK(otpkeep_validate_codes(keep, names, codes, 7, verdicts, &error));
    EXPECT(verdicts[0].outcome == OTPKEEP_OK && verdicts[0].attempts_left == 100);
    EXPECT(verdicts[1].outcome == OTPKEEP_KEY_NOT_FOUND);
    EXPECT(verdicts[2].outcome == OTPKEEP_REPLAYED_CODE);
    EXPECT(verdicts[3].outcome == OTPKEEP_MALFORMED_CODE);
    EXPECT(verdicts[4].outcome == OTPKEEP_INVALID_ARGUMENT);
    EXPECT(verdicts[5].outcome == OTPKEEP_INVALID_ARGUMENT);
    EXPECT(verdicts[6].outcome == OTPKEEP_INVALID_ARGUMENT);
    EXPECT_OK(otpkeep_validate_codes(keep, NULL, NULL, 0, NULL, &error));

    /* A batch as of a time, which here lies before the code that was just accepted. */
    EXPECT_OK(otpkeep_validate_codes_at(keep, names, codes, 3, NOW, verdicts, &error));
    EXPECT(verdicts[0].outcome == OTPKEEP_CLOCK_BEHIND && verdicts[1].outcome == OTPKEEP_KEY_NOT_FOUND);
    memset(verdicts, 0, sizeof verdicts);
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_validate_codes_at(keep, names, codes, 3, -1, verdicts, &error));
    EXPECT(verdicts[2].outcome == OTPKEEP_INVALID_ARGUMENT);

    /* A batch that cannot be judged leaves no verdict that reads as accepted. */
    memset(verdicts, 0, sizeof verdicts);
    EXPECT_OK(otpkeep_with_mount(keep, "nowhere", &elsewhere, &error));
    EXPECT_STATUS(OTPKEEP_MOUNT_NOT_FOUND, otpkeep_validate_codes(elsewhere, names, codes, 7, verdicts, &error));
    for (i = 0; i < 7; i++) {
        EXPECT(verdicts[i].outcome == OTPKEEP_MOUNT_NOT_FOUND);
    }
    EXPECT(verdicts[7].outcome == 0);
    otpkeep_close(elsewhere);
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_validate_codes(keep, names, codes, SIZE_MAX, verdicts, &error));
}

static void too_large_a_batch(otpkeep_keep *keep)
{
    size_t count = OTPKEEP_BATCH_LIMIT + 1;
    const char **texts = (const char **)calloc(count, sizeof *texts);
    otpkeep_verdict *verdicts = (otpkeep_verdict *)calloc(count, sizeof *verdicts);
    otpkeep_error *error = NULL;
    size_t i;

    EXPECT(texts != NULL && verdicts != NULL);
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_validate_codes(keep, texts, texts, count, verdicts, &error));
    for (i = 0; i < count; i++) {
        EXPECT(verdicts[i].outcome == OTPKEEP_INVALID_ARGUMENT);
    }
    free(verdicts);
    free((void *)texts);
}

/* A code that is wrong now and for some time. */
static void wrong_code(otpkeep_keep *keep, const char *name, char *wrong)
{
    char code[OTPKEEP_CODE_SIZE];
    otpkeep_error *error = NULL;
    int64_t around;
    char digit;
    int differs = 0;

    for (digit = '0'; !differs; digit++) {
        EXPECT(digit <= '9');
        memset(wrong, digit, 6);
        wrong[6] = 0;
        differs = 1;
        for (around = -60; around <= 120; around += 30) {
            EXPECT_OK(otpkeep_read_code_at(keep, name, (int64_t)time(NULL) + around, code, &error));
            differs = differs && strcmp(code, wrong) != 0;
        }
    }
}

static void mounts(otpkeep_keep *keep)
{
    otpkeep_mount_spec *spec = otpkeep_mount_spec_new();
    otpkeep_mounts *list = NULL;
    otpkeep_keep *staff = NULL;
    otpkeep_attempts attempts;
    otpkeep_verdict verdict;
    otpkeep_error *error = NULL;
    char code[OTPKEEP_CODE_SIZE];

    SET(otpkeep_mount_spec_set_throttle(spec, 1));
    SET(otpkeep_mount_spec_set_free_attempts(spec, 0));
    SET(otpkeep_mount_spec_set_lock_seconds(spec, 7));
    SET(otpkeep_mount_spec_set_max_lock_seconds(spec, 70));
    SET(otpkeep_mount_spec_set_max_failures(spec, 2));
    EXPECT_OK(otpkeep_mount(keep, "staff", spec, &error));
    EXPECT_STATUS(OTPKEEP_MOUNT_IN_USE, otpkeep_mount(keep, "staff/night", NULL, &error));
    EXPECT_OK(otpkeep_mount(keep, "plain", NULL, &error));

    EXPECT_OK(otpkeep_list_mounts(keep, &list, &error));
    EXPECT(otpkeep_mounts_count(list) == 3);
    EXPECT_TEXT("plain/", otpkeep_mounts_path(list, 0));
    EXPECT_TEXT("staff/", otpkeep_mounts_path(list, 1));
    EXPECT_TEXT("totp/", otpkeep_mounts_path(list, 2));
    EXPECT(otpkeep_mounts_path(list, 3) == NULL && otpkeep_mounts_lock_seconds(list, 3) == 0);
    EXPECT(otpkeep_mounts_throttle(list, 0) == 1 && otpkeep_mounts_max_failures(list, 0) == 100);
    EXPECT(otpkeep_mounts_free_attempts(list, 0) == 5 && otpkeep_mounts_max_lock_seconds(list, 0) == 300);
    EXPECT(otpkeep_mounts_lock_seconds(list, 1) == 7 && otpkeep_mounts_max_lock_seconds(list, 1) == 70);
    EXPECT(otpkeep_mounts_free_attempts(list, 1) == 0 && otpkeep_mounts_max_failures(list, 1) == 2);
    EXPECT(otpkeep_mounts_created(list, 1) > 1700000000);
    EXPECT_TEXT("", otpkeep_mounts_description(list, 1));
    otpkeep_mounts_free(list);

    /* Wrong, locked, disabled, reset. */
    EXPECT_OK(otpkeep_with_mount(keep, "staff/", &staff, &error));
    import_key(staff, "bob");
    wrong_code(staff, "bob", code);
    EXPECT_STATUS(OTPKEEP_WRONG_CODE, otpkeep_validate_code(staff, "bob", code, &verdict, &error));
    EXPECT(verdict.retry_after == 7 && verdict.attempts_left == 1);
    EXPECT_STATUS(OTPKEEP_THROTTLED, otpkeep_validate_code(staff, "bob", code, &verdict, &error));
    EXPECT(verdict.outcome == OTPKEEP_THROTTLED && verdict.retry_after > 0);
    EXPECT_OK(otpkeep_read_attempts(staff, "bob", &attempts, &error));
    EXPECT(attempts.failures == 1 && attempts.attempts_left == 1 && attempts.disabled == 0);
    EXPECT(attempts.locked_until > 1700000000);
    EXPECT_OK(otpkeep_reset_attempts(staff, "bob", &error));
    EXPECT_OK(otpkeep_read_attempts(staff, "bob", &attempts, &error));
    EXPECT(attempts.failures == 0 && attempts.attempts_left == 2 && attempts.locked_until == 0);

    otpkeep_mount_spec_free(spec);
    spec = otpkeep_mount_spec_new();
    SET(otpkeep_mount_spec_set_max_failures(spec, 1));
    EXPECT_OK(otpkeep_tune_mount(keep, "staff", spec, &error));
    EXPECT_STATUS(OTPKEEP_WRONG_CODE, otpkeep_validate_code(staff, "bob", code, &verdict, &error));
    EXPECT_STATUS(OTPKEEP_KEY_DISABLED, otpkeep_validate_code(staff, "bob", code, &verdict, &error));
    EXPECT_OK(otpkeep_read_attempts(staff, "bob", &attempts, &error));
    EXPECT(attempts.disabled == 1 && attempts.attempts_left == 0);

    SET(otpkeep_mount_spec_set_throttle(spec, 0));
    EXPECT_OK(otpkeep_tune_mount(keep, "staff", spec, &error));
    EXPECT_OK(otpkeep_reset_attempts(staff, "bob", &error));
    EXPECT_STATUS(OTPKEEP_WRONG_CODE, otpkeep_validate_code(staff, "bob", code, &verdict, &error));
    EXPECT(verdict.attempts_left == OTPKEEP_UNLIMITED);

    SET(otpkeep_mount_spec_set_lock_seconds(spec, 0));
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_tune_mount(keep, "staff", spec, &error));
    EXPECT_OK(otpkeep_unmount(keep, "staff", &error));
    EXPECT_STATUS(OTPKEEP_MOUNT_NOT_FOUND, otpkeep_unmount(keep, "staff", &error));
    EXPECT_STATUS(OTPKEEP_MOUNT_NOT_FOUND, otpkeep_read_code(staff, "bob", code, &error));
    otpkeep_close(staff);
    otpkeep_mount_spec_free(spec);
}

static void maintenance(otpkeep_keep *keep, const char *folder)
{
    otpkeep_options *second = otpkeep_options_new();
    otpkeep_options *options = test_options();
    otpkeep_report *report = NULL;
    otpkeep_keep *restored = NULL;
    otpkeep_error *error = NULL;
    char code[OTPKEEP_CODE_SIZE];
    uint32_t term = 0;
    uint64_t sealed = 0;
    uint64_t slot = 0;

    EXPECT_OK(otpkeep_rotate(keep, &term, &error));
    EXPECT(term == 2);
    EXPECT_OK(otpkeep_rewrap(keep, &sealed, &error));
    EXPECT(sealed > 0);

    SET(otpkeep_options_set_root_key(second, (const uint8_t *)"fedcba9876543210fedcba9876543210", 32));
    EXPECT_STATUS(OTPKEEP_WRONG_ROOT_KEY, try_open(path_in(folder, "main.keep"), second, &error));
    EXPECT_OK(otpkeep_add_slot(keep, second, &slot, &error));
    EXPECT(slot == 2);
    EXPECT_OK(try_open(path_in(folder, "main.keep"), second, &error));

    EXPECT_OK(otpkeep_read_status(keep, &report, &error));
    EXPECT(strlen(otpkeep_report_keep_id(report)) == 32);
    EXPECT(otpkeep_report_format(report) >= 1);
    EXPECT(strstr(otpkeep_report_storage(report), "3.") != NULL);
    EXPECT(otpkeep_report_bytes(report) > 1000);
    EXPECT(otpkeep_report_created(report) > 1700000000);
    EXPECT(otpkeep_report_keys(report) == 2);
    EXPECT(otpkeep_report_mounts(report) == 2);
    EXPECT(otpkeep_report_current_term(report) == 2);
    EXPECT(otpkeep_report_terms(report) == 1);
    EXPECT(otpkeep_report_slot_count(report) == 2);
    EXPECT(otpkeep_report_slot_id(report, 1) == 2);
    EXPECT_TEXT("raw", otpkeep_report_slot_kind(report, 1));
    EXPECT(otpkeep_report_slot_created(report, 1) > 1700000000);
    EXPECT(otpkeep_report_slot_kind(report, 2) == NULL && otpkeep_report_slot_created(report, 2) == 0);
    EXPECT(otpkeep_report_memory_locked(report) == 1 || otpkeep_report_warning_count(report) > 0);
    EXPECT(otpkeep_report_memory_not_dumped(report) == 0 || otpkeep_report_memory_not_dumped(report) == 1);
    otpkeep_report_free(report);

    EXPECT_OK(otpkeep_remove_slot(keep, slot, &error));
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_remove_slot(keep, slot, &error));
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_remove_slot(keep, 1, &error));
    EXPECT_STATUS(OTPKEEP_WRONG_ROOT_KEY, try_open(path_in(folder, "main.keep"), second, &error));

    EXPECT_OK(otpkeep_backup(keep, path_in(folder, "main.backup"), &error));
    EXPECT_STATUS(OTPKEEP_KEEP_EXISTS, otpkeep_backup(keep, path_in(folder, "main.backup"), &error));
    EXPECT_STATUS(OTPKEEP_WRONG_ROOT_KEY,
                  otpkeep_restore(path_in(folder, "main.backup"), path_in(folder, "r.keep"), second, &error));
    EXPECT_OK(otpkeep_restore(path_in(folder, "main.backup"), path_in(folder, "r.keep"), options, &error));
    EXPECT_OK(otpkeep_open(path_in(folder, "r.keep"), options, &restored, &error));
    EXPECT_OK(otpkeep_read_code(restored, "short", code, &error));
    EXPECT_STATUS(OTPKEEP_REPLAYED_CODE, otpkeep_validate_code(restored, "short", code, NULL, &error));
    otpkeep_close(restored);
    otpkeep_options_free(second);
    otpkeep_options_free(options);
}

static void versions(void)
{
    EXPECT_TEXT(OTPKEEP_VERSION, otpkeep_version());
    EXPECT(otpkeep_abi_version() == OTPKEEP_ABI_VERSION);
    EXPECT_TEXT("ok", otpkeep_status_name(OTPKEEP_OK));
    EXPECT_TEXT("key-not-found", otpkeep_status_name(OTPKEEP_KEY_NOT_FOUND));
    EXPECT_TEXT("panic", otpkeep_status_name(OTPKEEP_PANIC));
    EXPECT_TEXT("unknown", otpkeep_status_name(-1));
    EXPECT_TEXT("unknown", otpkeep_status_name(12345));
}

int main(int argc, char **argv)
{
    otpkeep_keep *keep;

    EXPECT(argc == 2);
    versions();
    opening(argv[1]);
    keep = open_keep(path_in(argv[1], "main.keep"));
    keys(keep);
    verdicts(keep);
    too_large_a_batch(keep);
    mounts(keep);
    maintenance(keep, argv[1]);
    otpkeep_close(keep);
    return EXIT_SUCCESS;
}
