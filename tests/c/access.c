/* Policies, tokens, the authority of a handle, the audit log, and paths. usage: access FOLDER */

#include "expect.h"

#define VERIFIER "path \"totp/code/*\" { capabilities = [\"update\"] }"

static otpkeep_error *error;

static void policies(otpkeep_keep *keep)
{
    otpkeep_text *policy = NULL;
    otpkeep_names *names = NULL;

    EXPECT_OK(otpkeep_write_policy(keep, "Verifier", VERIFIER, &error));
    EXPECT_OK(otpkeep_read_policy(keep, "verifier", &policy, &error));
    EXPECT_TEXT(VERIFIER, otpkeep_text_value(policy));
    otpkeep_text_free(policy);
    EXPECT(otpkeep_write_policy(keep, "bad", "\npath \"x\" { capabilities = [\"banana\"] }", &error) ==
           OTPKEEP_INVALID_POLICY);
    EXPECT(strstr(otpkeep_error_message(error), "banana") != NULL);
    EXPECT(strstr(otpkeep_error_message(error), "on line 2") != NULL);
    otpkeep_error_free(error);
    error = NULL;
    EXPECT_STATUS(OTPKEEP_POLICY_NOT_FOUND, otpkeep_read_policy(keep, "bad", &policy, &error));
    EXPECT(policy == NULL);
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_delete_policy(keep, "root", &error));
    EXPECT_OK(otpkeep_list_policies(keep, &names, &error));
    EXPECT(otpkeep_names_count(names) == 3);
    EXPECT_TEXT("verifier", otpkeep_names_at(names, 2));
    otpkeep_names_free(names);
}

static otpkeep_token *verifier(otpkeep_keep *keep)
{
    otpkeep_token_spec *spec = otpkeep_token_spec_new();
    otpkeep_token *token = NULL;

    SET(otpkeep_token_spec_add_policy(spec, "verifier"));
    SET(otpkeep_token_spec_set_ttl(spec, 3600));
    SET(otpkeep_token_spec_set_renewable(spec, 1));
    SET(otpkeep_token_spec_set_display_name(spec, "login"));
    SET(otpkeep_token_spec_set_no_default_policy(spec, 0));
    SET(otpkeep_token_spec_add_metadata(spec, "team", "a"));
    EXPECT_OK(otpkeep_create_token(keep, spec, &token, &error));
    otpkeep_token_spec_free(spec);
    return token;
}

static void tokens(otpkeep_keep *keep)
{
    otpkeep_token *token = verifier(keep);
    otpkeep_token *told = NULL;
    otpkeep_names *names = NULL;
    otpkeep_keep *handle = NULL;
    otpkeep_key *key = NULL;
    otpkeep_report *report = NULL;
    char code[OTPKEEP_CODE_SIZE];

    EXPECT(strncmp(otpkeep_token_secret(token), "otk_", 4) == 0);
    EXPECT(strncmp(otpkeep_token_accessor(token), "oac_", 4) == 0);
    EXPECT(otpkeep_token_parent(token) == NULL);
    EXPECT_TEXT("login", otpkeep_token_display_name(token));
    EXPECT(otpkeep_token_policy_count(token) == 2);
    EXPECT_TEXT("default", otpkeep_token_policy(token, 0));
    EXPECT_TEXT("verifier", otpkeep_token_policy(token, 1));
    EXPECT(otpkeep_token_policy(token, 2) == NULL);
    EXPECT(otpkeep_token_metadata_count(token) == 1);
    EXPECT_TEXT("team", otpkeep_token_metadata_name(token, 0));
    EXPECT_TEXT("a", otpkeep_token_metadata_value(token, 0));
    EXPECT(otpkeep_token_ttl(token) == 3600 && otpkeep_token_renewable(token) == 1);
    EXPECT(otpkeep_token_expires(token) == otpkeep_token_created(token) + 3600);

    EXPECT_OK(otpkeep_with_token(keep, otpkeep_token_secret(token), &handle, &error));
    EXPECT_OK(otpkeep_read_code(keep, "test", code, &error));
    EXPECT_STATUS(OTPKEEP_PERMISSION_DENIED, otpkeep_read_code(handle, "test", code, &error));
    EXPECT(code[0] == 0);
    EXPECT_OK(otpkeep_read_code(keep, "test", code, &error));
    EXPECT_OK(otpkeep_validate_code(handle, "test", code, NULL, &error));
    EXPECT_STATUS(OTPKEEP_REPLAYED_CODE, otpkeep_validate_code(handle, "test", code, NULL, &error));
    EXPECT_STATUS(OTPKEEP_PERMISSION_DENIED, otpkeep_validate_code_at(handle, "test", code, 1, NULL, &error));
    EXPECT_STATUS(OTPKEEP_PERMISSION_DENIED, otpkeep_read_key(handle, "test", &key, &error));
    EXPECT_STATUS(OTPKEEP_PERMISSION_DENIED, otpkeep_read_key(handle, "nobody", &key, &error));
    EXPECT_STATUS(OTPKEEP_PERMISSION_DENIED, otpkeep_read_status(handle, &report, &error));

    EXPECT_OK(otpkeep_capabilities(handle, "totp/code/test", &names, &error));
    EXPECT(otpkeep_names_count(names) == 1);
    EXPECT_TEXT("update", otpkeep_names_at(names, 0));
    otpkeep_names_free(names);
    EXPECT_OK(otpkeep_lookup_token(handle, NULL, &told, &error));
    EXPECT_TEXT(otpkeep_token_accessor(token), otpkeep_token_accessor(told));
    EXPECT(otpkeep_token_secret(told) == NULL);
    otpkeep_token_free(told);
    EXPECT_OK(otpkeep_renew_token(handle, NULL, 60, &told, &error));
    EXPECT(otpkeep_token_expires(told) < otpkeep_token_expires(token));
    otpkeep_token_free(told);
    EXPECT_OK(otpkeep_lookup_token(keep, otpkeep_token_accessor(token), &told, &error));
    otpkeep_token_free(told);
    EXPECT_OK(otpkeep_list_tokens(keep, &names, &error));
    EXPECT(otpkeep_names_count(names) == 1);
    otpkeep_names_free(names);

    EXPECT_OK(otpkeep_revoke_token(keep, otpkeep_token_accessor(token), &error));
    EXPECT_STATUS(OTPKEEP_BAD_TOKEN, otpkeep_validate_code(handle, "test", code, NULL, &error));
    otpkeep_close(handle);
    EXPECT_STATUS(OTPKEEP_BAD_TOKEN, otpkeep_with_token(keep, otpkeep_token_secret(token), &handle, &error));
    EXPECT_STATUS(OTPKEEP_BAD_TOKEN, otpkeep_with_token(keep, "nonsense", &handle, &error));
    EXPECT(handle == NULL);
    otpkeep_token_free(token);
}

static void audit(otpkeep_keep *keep, const char *path)
{
    otpkeep_audits *audits = NULL;
    otpkeep_text *hash = NULL;
    otpkeep_keep *sibling = NULL;
    char line[4096];
    FILE *file;

    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_enable_audit(keep, "file", "relative.log", &error));
    EXPECT_OK(otpkeep_enable_audit(keep, "file", path, &error));
    EXPECT_OK(otpkeep_list_audits(keep, &audits, &error));
    EXPECT(otpkeep_audits_count(audits) == 1 && otpkeep_audits_created(audits, 0) > 0);
    EXPECT_TEXT("file", otpkeep_audits_name(audits, 0));
    EXPECT_TEXT(path, otpkeep_audits_path(audits, 0));
    EXPECT(otpkeep_audits_name(audits, 1) == NULL);
    otpkeep_audits_free(audits);
    EXPECT_OK(otpkeep_audit_hash(keep, "123456", &hash, &error));
    EXPECT_STATUS(OTPKEEP_MALFORMED_CODE, otpkeep_validate_code(keep, "test", "not a code", NULL, &error));
    EXPECT_OK(otpkeep_with_mount(keep, "totp", &sibling, &error));
    EXPECT_STATUS(OTPKEEP_MALFORMED_CODE, otpkeep_validate_code(sibling, "test", "123 456 7", NULL, &error));
    otpkeep_close(sibling);
    EXPECT_OK(otpkeep_disable_audit(keep, "file", &error));
    file = fopen(path, "r");
    EXPECT(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        EXPECT(strstr(line, "not a code") == NULL && strstr(line, "123 456 7") == NULL);
    }
    fclose(file);
    EXPECT(strncmp(otpkeep_text_value(hash), "hmac-sha256:", 12) == 0);
    otpkeep_text_free(hash);
}

static void expect_answer(const char *part, otpkeep_text *answer)
{
    EXPECT(answer != NULL && strstr(otpkeep_text_value(answer), part) != NULL);
    otpkeep_text_free(answer);
}

static void paths(otpkeep_keep *keep)
{
    otpkeep_text *answer = NULL;

    EXPECT_OK(otpkeep_write(keep, "totp/keys/bot", "{\"url\":\"" URL "\"}", &answer, &error));
    EXPECT(answer == NULL);
    EXPECT_OK(otpkeep_read(keep, "totp/keys/bot", NULL, &answer, &error));
    expect_answer("\"account_name\":\"test@gmail.com\"", answer);
    EXPECT_OK(otpkeep_list(keep, "totp/keys", NULL, &answer, &error));
    expect_answer("\"keys\":[\"bot\",\"test\"]", answer);
    EXPECT_OK(otpkeep_read(keep, "totp/code/bot", NULL, &answer, &error));
    expect_answer("\"code\":", answer);
    EXPECT_OK(otpkeep_write(keep, "totp/code/bot", "{\"code\":\"12\"}", &answer, &error));
    expect_answer("\"valid\":false", answer);
    EXPECT_OK(otpkeep_help(keep, "totp/keys/bot", &answer, &error));
    expect_answer("## PARAMETERS", answer);
    EXPECT_OK(otpkeep_delete(keep, "totp/keys/bot", NULL, &answer, &error));
    EXPECT_OK(otpkeep_read(keep, "totp/keys/bot", NULL, &answer, &error));
    EXPECT(answer == NULL);
    EXPECT_STATUS(OTPKEEP_UNSUPPORTED_PATH, otpkeep_read(keep, "totp/nothing", NULL, &answer, &error));
    EXPECT_STATUS(OTPKEEP_UNSUPPORTED_OPERATION, otpkeep_delete(keep, "totp/code/x", NULL, &answer, &error));
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_write(keep, "totp/keys/x", "[]", &answer, &error));
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_write(keep, "totp/keys/x", "{\"key\":", &answer, &error));
    EXPECT(otpkeep_write(keep, "totp/keys/x", "{}", &answer, &error) == OTPKEEP_INVALID_ARGUMENT);
    EXPECT_TEXT("invalid-argument: the key value is required", otpkeep_error_message(error));
    otpkeep_error_free(error);
    error = NULL;
}

int main(int argc, char **argv)
{
    otpkeep_keep *keep;

    EXPECT(argc == 2);
    keep = open_keep(path_in(argv[1], "a.keep"));
    import_key(keep, "test");
    policies(keep);
    tokens(keep);
    audit(keep, path_in(argv[1], "audit.log"));
    paths(keep);
    otpkeep_close(keep);
    return EXIT_SUCCESS;
}
