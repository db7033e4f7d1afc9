/*
 * NULL in every pointer position of every function, but for those in null_access.c. The runner reads both files: each
 * position of each function in the header must have its call in one of them, with NULL written in it.
 *
 * usage: null FOLDER
 */

#include "null.h"

static void options(void)
{
    otpkeep_options *options = test_options();

    otpkeep_options_free(NULL);
    REFUSED_MUTELY(otpkeep_options_set_passphrase(NULL, ROOT_KEY, 32));
    REFUSED_MUTELY(otpkeep_options_set_passphrase(options, NULL, 32));
    REFUSED_MUTELY(otpkeep_options_set_passphrase(options, NULL, 0));
    REFUSED_MUTELY(otpkeep_options_set_root_key(NULL, ROOT_KEY, 32));
    REFUSED_MUTELY(otpkeep_options_set_root_key(options, NULL, 32));
    REFUSED_MUTELY(otpkeep_options_set_key_file(NULL, "root.key"));
    REFUSED_MUTELY(otpkeep_options_set_key_file(options, NULL));
    REFUSED_MUTELY(otpkeep_options_set_create(NULL, 1));
    REFUSED_MUTELY(otpkeep_options_set_mount(NULL, "totp"));
    REFUSED_MUTELY(otpkeep_options_set_mount(options, NULL));
    REFUSED_MUTELY(otpkeep_options_set_bare(NULL, 1));
    REFUSED_MUTELY(otpkeep_options_set_first_mount(NULL, NULL));
    REFUSED_MUTELY(otpkeep_options_set_first_mount(options, NULL));
    REFUSED_MUTELY(otpkeep_options_set_passphrase_cost(NULL, 65536, 3));
    REFUSED_MUTELY(otpkeep_options_set_busy_timeout(NULL, 1));
    REFUSED_MUTELY(otpkeep_options_set_strict(NULL, 1));
    REFUSED_MUTELY(otpkeep_options_set_allow_network_file_system(NULL, 1));
    REFUSED_MUTELY(otpkeep_options_set_manual_clock(NULL, 1));
    otpkeep_options_free(options);
}

static void specs(void)
{
    otpkeep_key_spec *key = otpkeep_key_spec_new();
    otpkeep_mount_spec *mount = otpkeep_mount_spec_new();

    otpkeep_key_spec_free(NULL);
    REFUSED_MUTELY(otpkeep_key_spec_set_url(NULL, URL));
    REFUSED_MUTELY(otpkeep_key_spec_set_url(key, NULL));
    REFUSED_MUTELY(otpkeep_key_spec_set_secret(NULL, "JBSWY3DPEHPK3PXP"));
    REFUSED_MUTELY(otpkeep_key_spec_set_secret(key, NULL));
    REFUSED_MUTELY(otpkeep_key_spec_set_issuer(NULL, "Acme"));
    REFUSED_MUTELY(otpkeep_key_spec_set_issuer(key, NULL));
    REFUSED_MUTELY(otpkeep_key_spec_set_account_name(NULL, "alice"));
    REFUSED_MUTELY(otpkeep_key_spec_set_account_name(key, NULL));
    REFUSED_MUTELY(otpkeep_key_spec_set_algorithm(NULL, "SHA1"));
    REFUSED_MUTELY(otpkeep_key_spec_set_algorithm(key, NULL));
    REFUSED_MUTELY(otpkeep_key_spec_set_period(NULL, 30));
    REFUSED_MUTELY(otpkeep_key_spec_set_digits(NULL, 6));
    REFUSED_MUTELY(otpkeep_key_spec_set_skew(NULL, 1));
    REFUSED_MUTELY(otpkeep_key_spec_set_key_size(NULL, 20));
    REFUSED_MUTELY(otpkeep_key_spec_set_barcode_size(NULL, 200));
    REFUSED_MUTELY(otpkeep_key_spec_set_overwrite(NULL, 1));
    otpkeep_key_spec_free(key);

    otpkeep_mount_spec_free(NULL);
    REFUSED_MUTELY(otpkeep_mount_spec_set_description(NULL, "text"));
    REFUSED_MUTELY(otpkeep_mount_spec_set_description(mount, NULL));
    REFUSED_MUTELY(otpkeep_mount_spec_set_throttle(NULL, 1));
    REFUSED_MUTELY(otpkeep_mount_spec_set_free_attempts(NULL, 5));
    REFUSED_MUTELY(otpkeep_mount_spec_set_lock_seconds(NULL, 1));
    REFUSED_MUTELY(otpkeep_mount_spec_set_max_lock_seconds(NULL, 300));
    REFUSED_MUTELY(otpkeep_mount_spec_set_max_failures(NULL, 100));
    otpkeep_mount_spec_free(mount);
}

static void keep_and_mounts(otpkeep_keep *keep, const char *folder)
{
    otpkeep_options *options = test_options();
    otpkeep_mount_spec *spec = otpkeep_mount_spec_new();
    otpkeep_mounts *mounts = NULL;
    otpkeep_keep *other = keep;
    const char *path = path_in(folder, "null.keep");

    REFUSED("location", otpkeep_open(NULL, options, &other, &error));
    EXPECT(other == NULL);
    other = keep;
    REFUSED("options", otpkeep_open(path, NULL, &other, &error));
    EXPECT(other == NULL);
    REFUSED("keep", otpkeep_open(path, options, NULL, &error));
    FINE(otpkeep_open(path, options, &other, NULL));
    otpkeep_close(other);
    REFUSED_MUTELY(otpkeep_open(NULL, NULL, NULL, NULL));
    otpkeep_close(NULL);

    REFUSED("keep", otpkeep_with_mount(NULL, "totp", &other, &error));
    EXPECT(other == NULL);
    REFUSED("mount", otpkeep_with_mount(keep, NULL, &other, &error));
    REFUSED("sibling", otpkeep_with_mount(keep, "totp", NULL, &error));
    FINE(otpkeep_with_mount(keep, "totp", &other, NULL));
    otpkeep_close(other);

    REFUSED("keep", otpkeep_mount(NULL, "m", spec, &error));
    REFUSED("mount", otpkeep_mount(keep, NULL, spec, &error));
    FINE(otpkeep_mount(keep, "m", NULL, &error));
    FINE(otpkeep_mount(keep, "n", spec, NULL));
    REFUSED("keep", otpkeep_tune_mount(NULL, "m", spec, &error));
    REFUSED("mount", otpkeep_tune_mount(keep, NULL, spec, &error));
    REFUSED("spec", otpkeep_tune_mount(keep, "m", NULL, &error));
    FINE(otpkeep_tune_mount(keep, "m", spec, NULL));
    REFUSED("keep", otpkeep_unmount(NULL, "m", &error));
    REFUSED("mount", otpkeep_unmount(keep, NULL, &error));
    FINE(otpkeep_unmount(keep, "m", NULL));

    REFUSED("keep", otpkeep_list_mounts(NULL, &mounts, &error));
    REFUSED("mounts", otpkeep_list_mounts(keep, NULL, &error));
    FINE(otpkeep_list_mounts(keep, &mounts, NULL));
    otpkeep_mounts_free(mounts);
    NOTHING(otpkeep_mounts_count(NULL));
    NOTHING(otpkeep_mounts_path(NULL, 0));
    NOTHING(otpkeep_mounts_description(NULL, 0));
    NOTHING(otpkeep_mounts_created(NULL, 0));
    NOTHING(otpkeep_mounts_throttle(NULL, 0));
    NOTHING(otpkeep_mounts_free_attempts(NULL, 0));
    NOTHING(otpkeep_mounts_lock_seconds(NULL, 0));
    NOTHING(otpkeep_mounts_max_lock_seconds(NULL, 0));
    NOTHING(otpkeep_mounts_max_failures(NULL, 0));
    otpkeep_mounts_free(NULL);
    otpkeep_mount_spec_free(spec);
    otpkeep_options_free(options);
}

static void keys(otpkeep_keep *keep)
{
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    otpkeep_key *key = NULL;
    otpkeep_names *names = NULL;
    otpkeep_enrollment *enrollment = NULL;
    size_t length = 7;

    SET(otpkeep_key_spec_set_url(spec, URL));
    SET(otpkeep_key_spec_set_overwrite(spec, 1));
    REFUSED("keep", otpkeep_write_key(NULL, "test", spec, &key, &error));
    REFUSED("name", otpkeep_write_key(keep, NULL, spec, &key, &error));
    REFUSED("spec", otpkeep_write_key(keep, "test", NULL, &key, &error));
    FINE(otpkeep_write_key(keep, "test", spec, NULL, &error));
    FINE(otpkeep_write_key(keep, "test", spec, &key, NULL));
    otpkeep_key_free(key);
    REFUSED("keep", otpkeep_read_key(NULL, "test", &key, &error));
    EXPECT(key == NULL);
    REFUSED("name", otpkeep_read_key(keep, NULL, &key, &error));
    REFUSED("key", otpkeep_read_key(keep, "test", NULL, &error));
    FINE(otpkeep_read_key(keep, "test", &key, NULL));
    otpkeep_key_free(key);
    NOTHING(otpkeep_key_name(NULL));
    NOTHING(otpkeep_key_issuer(NULL));
    NOTHING(otpkeep_key_account_name(NULL));
    NOTHING(otpkeep_key_algorithm(NULL));
    NOTHING(otpkeep_key_digits(NULL));
    NOTHING(otpkeep_key_period(NULL));
    NOTHING(otpkeep_key_skew(NULL));
    NOTHING(otpkeep_key_created(NULL));
    NOTHING(otpkeep_key_last_used(NULL));
    NOTHING(otpkeep_key_warning_count(NULL));
    NOTHING(otpkeep_key_warning_name(NULL, 0));
    NOTHING(otpkeep_key_warning_message(NULL, 0));
    otpkeep_key_free(NULL);

    REFUSED("keep", otpkeep_list_keys(NULL, "", 1, &names, &error));
    FINE(otpkeep_list_keys(keep, NULL, 1, &names, &error));
    otpkeep_names_free(names);
    REFUSED("names", otpkeep_list_keys(keep, "", 1, NULL, &error));
    FINE(otpkeep_list_keys(keep, "", 1, &names, NULL));
    otpkeep_names_free(names);
    NOTHING(otpkeep_names_count(NULL));
    NOTHING(otpkeep_names_at(NULL, 0));
    otpkeep_names_free(NULL);
    otpkeep_key_spec_free(spec);

    spec = otpkeep_key_spec_new();
    SET(otpkeep_key_spec_set_issuer(spec, "Acme"));
    SET(otpkeep_key_spec_set_account_name(spec, "alice"));
    REFUSED("keep", otpkeep_generate_key(NULL, "alice", spec, &enrollment, &error));
    REFUSED("name", otpkeep_generate_key(keep, NULL, spec, &enrollment, &error));
    REFUSED("spec", otpkeep_generate_key(keep, "alice", NULL, &enrollment, &error));
    REFUSED("enrollment", otpkeep_generate_key(keep, "alice", spec, NULL, &error));
    /* Nothing was stored by the refusals, or this would find the key. */
    FINE(otpkeep_generate_key(keep, "alice", spec, &enrollment, NULL));
    NOTHING(otpkeep_enrollment_barcode(enrollment, NULL));
    NOTHING(otpkeep_enrollment_barcode(NULL, &length));
    NOTHING(length);
    NOTHING(otpkeep_enrollment_url(NULL));
    NOTHING(otpkeep_enrollment_svg(NULL));
    NOTHING(otpkeep_enrollment_terminal(NULL));
    otpkeep_enrollment_free(enrollment);
    otpkeep_enrollment_free(NULL);
    otpkeep_key_spec_free(spec);

    REFUSED("keep", otpkeep_delete_key(NULL, "alice", &error));
    REFUSED("name", otpkeep_delete_key(keep, NULL, &error));
    FINE(otpkeep_delete_key(keep, "alice", NULL));
}

static void codes(otpkeep_keep *keep)
{
    static const char *const names[] = {"test"};
    static const char *const texts[] = {"x"};
    otpkeep_verdict verdict;
    otpkeep_attempts attempts;
    char code[OTPKEEP_CODE_SIZE] = "unchanged";

    REFUSED("keep", otpkeep_read_code(NULL, "test", code, &error));
    EXPECT_TEXT("", code);
    REFUSED("name", otpkeep_read_code(keep, NULL, code, &error));
    REFUSED("code", otpkeep_read_code(keep, "test", NULL, &error));
    FINE(otpkeep_read_code(keep, "test", code, NULL));
    REFUSED("keep", otpkeep_read_code_at(NULL, "test", 1, code, &error));
    REFUSED("name", otpkeep_read_code_at(keep, NULL, 1, code, &error));
    REFUSED("code", otpkeep_read_code_at(keep, "test", 1, NULL, &error));
    FINE(otpkeep_read_code_at(keep, "test", 1, code, NULL));

    memset(&verdict, 0, sizeof verdict);
    REFUSED("keep", otpkeep_validate_code(NULL, "test", code, &verdict, &error));
    EXPECT(verdict.outcome == OTPKEEP_INVALID_ARGUMENT);
    REFUSED("name", otpkeep_validate_code(keep, NULL, code, &verdict, &error));
    REFUSED("code", otpkeep_validate_code(keep, "test", NULL, &verdict, &error));
    EXPECT_STATUS(OTPKEEP_MALFORMED_CODE, otpkeep_validate_code(keep, "test", "x", NULL, &error));
    EXPECT(otpkeep_validate_code(keep, "test", "x", &verdict, NULL) == OTPKEEP_MALFORMED_CODE);
    REFUSED("keep", otpkeep_validate_code_at(NULL, "test", code, 1, &verdict, &error));
    REFUSED("name", otpkeep_validate_code_at(keep, NULL, code, 1, &verdict, &error));
    REFUSED("code", otpkeep_validate_code_at(keep, "test", NULL, 1, &verdict, &error));
    FINE(otpkeep_validate_code_at(keep, "test", code, 1, NULL, &error));
    EXPECT(otpkeep_validate_code_at(keep, "test", code, 1, &verdict, NULL) == OTPKEEP_REPLAYED_CODE);

    memset(&verdict, 0, sizeof verdict);
    REFUSED("keep", otpkeep_validate_codes(NULL, names, texts, 1, &verdict, &error));
    EXPECT(verdict.outcome == OTPKEEP_INVALID_ARGUMENT);
    REFUSED("names", otpkeep_validate_codes(keep, NULL, texts, 1, &verdict, &error));
    REFUSED("codes", otpkeep_validate_codes(keep, names, NULL, 1, &verdict, &error));
    REFUSED("verdicts", otpkeep_validate_codes(keep, names, texts, 1, NULL, &error));
    FINE(otpkeep_validate_codes(keep, names, texts, 1, &verdict, NULL));
    EXPECT(verdict.outcome == OTPKEEP_MALFORMED_CODE);

    memset(&verdict, 0, sizeof verdict);
    REFUSED("keep", otpkeep_validate_codes_at(NULL, names, texts, 1, 1, &verdict, &error));
    EXPECT(verdict.outcome == OTPKEEP_INVALID_ARGUMENT);
    REFUSED("names", otpkeep_validate_codes_at(keep, NULL, texts, 1, 1, &verdict, &error));
    REFUSED("codes", otpkeep_validate_codes_at(keep, names, NULL, 1, 1, &verdict, &error));
    REFUSED("verdicts", otpkeep_validate_codes_at(keep, names, texts, 1, 1, NULL, &error));
    FINE(otpkeep_validate_codes_at(keep, names, texts, 1, 1, &verdict, NULL));
    EXPECT(verdict.outcome == OTPKEEP_MALFORMED_CODE);

    REFUSED("keep", otpkeep_read_attempts(NULL, "test", &attempts, &error));
    REFUSED("name", otpkeep_read_attempts(keep, NULL, &attempts, &error));
    REFUSED("attempts", otpkeep_read_attempts(keep, "test", NULL, &error));
    FINE(otpkeep_read_attempts(keep, "test", &attempts, NULL));
    REFUSED("keep", otpkeep_reset_attempts(NULL, "test", &error));
    REFUSED("name", otpkeep_reset_attempts(keep, NULL, &error));
    FINE(otpkeep_reset_attempts(keep, "test", NULL));
}

static void maintenance(otpkeep_keep *keep, const char *folder)
{
    otpkeep_options *options = test_options();
    otpkeep_report *report = NULL;
    const char *backup = path_in(folder, "null.backup");
    const char *restored = path_in(folder, "null.restored");
    uint32_t term = 7;
    uint64_t sealed = 7;
    uint64_t slot = 7;

    REFUSED("keep", otpkeep_rotate(NULL, &term, &error));
    NOTHING(term);
    FINE(otpkeep_rotate(keep, NULL, &error));
    FINE(otpkeep_rotate(keep, &term, NULL));
    REFUSED("keep", otpkeep_rewrap(NULL, &sealed, &error));
    NOTHING(sealed);
    FINE(otpkeep_rewrap(keep, NULL, &error));
    FINE(otpkeep_rewrap(keep, &sealed, NULL));
    REFUSED("keep", otpkeep_add_slot(NULL, options, &slot, &error));
    NOTHING(slot);
    REFUSED("root_key", otpkeep_add_slot(keep, NULL, &slot, &error));
    FINE(otpkeep_add_slot(keep, options, NULL, &error));
    FINE(otpkeep_add_slot(keep, options, &slot, NULL));
    REFUSED("keep", otpkeep_remove_slot(NULL, slot, &error));
    FINE(otpkeep_remove_slot(keep, slot, NULL));

    REFUSED("keep", otpkeep_backup(NULL, backup, &error));
    REFUSED("destination", otpkeep_backup(keep, NULL, &error));
    FINE(otpkeep_backup(keep, backup, NULL));
    REFUSED("backup", otpkeep_restore(NULL, restored, options, &error));
    REFUSED("location", otpkeep_restore(backup, NULL, options, &error));
    REFUSED("options", otpkeep_restore(backup, restored, NULL, &error));
    FINE(otpkeep_restore(backup, restored, options, NULL));

    REFUSED("keep", otpkeep_read_status(NULL, &report, &error));
    REFUSED("report", otpkeep_read_status(keep, NULL, &error));
    FINE(otpkeep_read_status(keep, &report, NULL));
    otpkeep_report_free(report);
    NOTHING(otpkeep_report_keep_id(NULL));
    NOTHING(otpkeep_report_format(NULL));
    NOTHING(otpkeep_report_storage(NULL));
    NOTHING(otpkeep_report_bytes(NULL));
    NOTHING(otpkeep_report_created(NULL));
    NOTHING(otpkeep_report_keys(NULL));
    NOTHING(otpkeep_report_mounts(NULL));
    NOTHING(otpkeep_report_current_term(NULL));
    NOTHING(otpkeep_report_terms(NULL));
    NOTHING(otpkeep_report_slot_count(NULL));
    NOTHING(otpkeep_report_slot_id(NULL, 0));
    NOTHING(otpkeep_report_slot_kind(NULL, 0));
    NOTHING(otpkeep_report_slot_created(NULL, 0));
    NOTHING(otpkeep_report_memory_locked(NULL));
    NOTHING(otpkeep_report_memory_not_dumped(NULL));
    NOTHING(otpkeep_report_warning_count(NULL));
    NOTHING(otpkeep_report_warning(NULL, 0));
    otpkeep_report_free(NULL);
    otpkeep_options_free(options);
}

static void errors(void)
{
    NOTHING(otpkeep_error_status(NULL));
    NOTHING(otpkeep_error_message(NULL));
    NOTHING(otpkeep_error_argument(NULL));
    otpkeep_error_free(NULL);
}

int main(int argc, char **argv)
{
    otpkeep_keep *keep;

    EXPECT(argc == 2);
    keep = open_keep(path_in(argv[1], "main.keep"));
    options();
    specs();
    keep_and_mounts(keep, argv[1]);
    keys(keep);
    codes(keep);
    maintenance(keep, argv[1]);
    errors();
    otpkeep_close(keep);
    return EXIT_SUCCESS;
}
