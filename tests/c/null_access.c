/*
 * NULL in every pointer position: policies, tokens, the audit log and paths. See null.c.
 *
 * usage: null_access FOLDER
 */

#include "null.h"

static void token_specs(void)
{
    otpkeep_token_spec *spec = otpkeep_token_spec_new();

    otpkeep_token_spec_free(NULL);
    REFUSED_MUTELY(otpkeep_token_spec_add_policy(NULL, "a"));
    REFUSED_MUTELY(otpkeep_token_spec_add_policy(spec, NULL));
    REFUSED_MUTELY(otpkeep_token_spec_set_no_default_policy(NULL, 1));
    REFUSED_MUTELY(otpkeep_token_spec_set_ttl(NULL, 1));
    REFUSED_MUTELY(otpkeep_token_spec_set_renewable(NULL, 1));
    REFUSED_MUTELY(otpkeep_token_spec_set_display_name(NULL, "a"));
    REFUSED_MUTELY(otpkeep_token_spec_set_display_name(spec, NULL));
    REFUSED_MUTELY(otpkeep_token_spec_add_metadata(NULL, "a", "b"));
    REFUSED_MUTELY(otpkeep_token_spec_add_metadata(spec, NULL, "b"));
    REFUSED_MUTELY(otpkeep_token_spec_add_metadata(spec, "a", NULL));
    otpkeep_token_spec_free(spec);
}

static void policies(otpkeep_keep *keep)
{
    otpkeep_text *text = NULL;
    otpkeep_names *names = NULL;

    REFUSED("keep", otpkeep_write_policy(NULL, "p", "", &error));
    REFUSED("name", otpkeep_write_policy(keep, NULL, "", &error));
    REFUSED("policy", otpkeep_write_policy(keep, "p", NULL, &error));
    FINE(otpkeep_write_policy(keep, "p", "", NULL));
    REFUSED("keep", otpkeep_read_policy(NULL, "p", &text, &error));
    REFUSED("name", otpkeep_read_policy(keep, NULL, &text, &error));
    REFUSED("policy", otpkeep_read_policy(keep, "p", NULL, &error));
    FINE(otpkeep_read_policy(keep, "p", &text, NULL));
    NOTHING(otpkeep_text_value(NULL));
    otpkeep_text_free(text);
    otpkeep_text_free(NULL);
    REFUSED("keep", otpkeep_list_policies(NULL, &names, &error));
    REFUSED("names", otpkeep_list_policies(keep, NULL, &error));
    FINE(otpkeep_list_policies(keep, &names, NULL));
    otpkeep_names_free(names);
    REFUSED("keep", otpkeep_delete_policy(NULL, "p", &error));
    REFUSED("name", otpkeep_delete_policy(keep, NULL, &error));
    FINE(otpkeep_delete_policy(keep, "p", NULL));
}

static void tokens(otpkeep_keep *keep)
{
    otpkeep_token_spec *spec = otpkeep_token_spec_new();
    otpkeep_token *token = NULL;
    otpkeep_token *told = NULL;
    otpkeep_names *names = NULL;
    otpkeep_keep *handle = NULL;
    const char *secret;

    REFUSED("keep", otpkeep_create_token(NULL, spec, &token, &error));
    REFUSED("token", otpkeep_create_token(keep, spec, NULL, &error));
    FINE(otpkeep_create_token(keep, NULL, &token, &error));
    otpkeep_token_free(token);
    FINE(otpkeep_create_token(keep, spec, &token, NULL));
    secret = otpkeep_token_secret(token);

    REFUSED("keep", otpkeep_with_token(NULL, secret, &handle, &error));
    REFUSED("token", otpkeep_with_token(keep, NULL, &handle, &error));
    REFUSED("sibling", otpkeep_with_token(keep, secret, NULL, &error));
    FINE(otpkeep_with_token(keep, secret, &handle, NULL));

    REFUSED("keep", otpkeep_lookup_token(NULL, secret, &told, &error));
    FINE(otpkeep_lookup_token(handle, NULL, &told, &error));
    otpkeep_token_free(told);
    REFUSED("found", otpkeep_lookup_token(keep, secret, NULL, &error));
    FINE(otpkeep_lookup_token(keep, secret, &told, NULL));
    otpkeep_token_free(told);

    REFUSED("keep", otpkeep_renew_token(NULL, secret, 0, &told, &error));
    EXPECT_STATUS(OTPKEEP_INVALID_ARGUMENT, otpkeep_renew_token(handle, NULL, 0, &told, &error));
    REFUSED("renewed", otpkeep_renew_token(keep, secret, 0, NULL, &error));
    EXPECT(otpkeep_renew_token(keep, secret, 0, &told, NULL) == OTPKEEP_INVALID_ARGUMENT);

    REFUSED("keep", otpkeep_list_tokens(NULL, &names, &error));
    REFUSED("names", otpkeep_list_tokens(keep, NULL, &error));
    FINE(otpkeep_list_tokens(keep, &names, NULL));
    otpkeep_names_free(names);
    REFUSED("keep", otpkeep_capabilities(NULL, "a", &names, &error));
    REFUSED("path", otpkeep_capabilities(keep, NULL, &names, &error));
    REFUSED("names", otpkeep_capabilities(keep, "a", NULL, &error));
    FINE(otpkeep_capabilities(keep, "a", &names, NULL));
    otpkeep_names_free(names);

    REFUSED("keep", otpkeep_revoke_token(NULL, secret, &error));
    FINE(otpkeep_revoke_token(keep, secret, NULL));
    EXPECT_STATUS(OTPKEEP_BAD_TOKEN, otpkeep_revoke_token(handle, NULL, &error));
    otpkeep_close(handle);

    NOTHING(otpkeep_token_secret(NULL));
    NOTHING(otpkeep_token_accessor(NULL));
    NOTHING(otpkeep_token_parent(NULL));
    NOTHING(otpkeep_token_display_name(NULL));
    NOTHING(otpkeep_token_policy_count(NULL));
    NOTHING(otpkeep_token_policy(NULL, 0));
    NOTHING(otpkeep_token_metadata_count(NULL));
    NOTHING(otpkeep_token_metadata_name(NULL, 0));
    NOTHING(otpkeep_token_metadata_value(NULL, 0));
    NOTHING(otpkeep_token_created(NULL));
    NOTHING(otpkeep_token_expires(NULL));
    NOTHING(otpkeep_token_ttl(NULL));
    NOTHING(otpkeep_token_renewable(NULL));
    otpkeep_token_free(token);
    otpkeep_token_free(NULL);
    otpkeep_token_spec_free(spec);
}

static void audit(otpkeep_keep *keep, const char *path)
{
    otpkeep_audits *audits = NULL;
    otpkeep_text *hash = NULL;

    REFUSED("keep", otpkeep_enable_audit(NULL, "a", path, &error));
    REFUSED("name", otpkeep_enable_audit(keep, NULL, path, &error));
    REFUSED("path", otpkeep_enable_audit(keep, "a", NULL, &error));
    FINE(otpkeep_enable_audit(keep, "a", path, NULL));
    REFUSED("keep", otpkeep_list_audits(NULL, &audits, &error));
    REFUSED("audits", otpkeep_list_audits(keep, NULL, &error));
    FINE(otpkeep_list_audits(keep, &audits, NULL));
    NOTHING(otpkeep_audits_count(NULL));
    NOTHING(otpkeep_audits_name(NULL, 0));
    NOTHING(otpkeep_audits_path(NULL, 0));
    NOTHING(otpkeep_audits_created(NULL, 0));
    otpkeep_audits_free(audits);
    otpkeep_audits_free(NULL);
    REFUSED("keep", otpkeep_audit_hash(NULL, "a", &hash, &error));
    REFUSED("value", otpkeep_audit_hash(keep, NULL, &hash, &error));
    REFUSED("hash", otpkeep_audit_hash(keep, "a", NULL, &error));
    FINE(otpkeep_audit_hash(keep, "a", &hash, NULL));
    otpkeep_text_free(hash);
    REFUSED("keep", otpkeep_disable_audit(NULL, "a", &error));
    REFUSED("name", otpkeep_disable_audit(keep, NULL, &error));
    FINE(otpkeep_disable_audit(keep, "a", NULL));
}

static void paths(otpkeep_keep *keep)
{
    otpkeep_text *answer = NULL;

    REFUSED("keep", otpkeep_read(NULL, "sys/mounts", "{}", &answer, &error));
    REFUSED("path", otpkeep_read(keep, NULL, "{}", &answer, &error));
    REFUSED("answer", otpkeep_read(keep, "sys/mounts", "{}", NULL, &error));
    FINE(otpkeep_read(keep, "sys/mounts", NULL, &answer, NULL));
    otpkeep_text_free(answer);
    REFUSED("keep", otpkeep_write(NULL, "sys/mounts/a", "{}", &answer, &error));
    REFUSED("path", otpkeep_write(keep, NULL, "{}", &answer, &error));
    REFUSED("answer", otpkeep_write(keep, "sys/mounts/a", "{}", NULL, &error));
    EXPECT(otpkeep_write(keep, "sys/mounts/a", NULL, &answer, NULL) == OTPKEEP_INVALID_ARGUMENT);
    REFUSED("keep", otpkeep_list(NULL, "totp/keys", "{}", &answer, &error));
    REFUSED("path", otpkeep_list(keep, NULL, "{}", &answer, &error));
    REFUSED("answer", otpkeep_list(keep, "totp/keys", "{}", NULL, &error));
    FINE(otpkeep_list(keep, "totp/keys", NULL, &answer, NULL));
    EXPECT(answer == NULL);
    REFUSED("keep", otpkeep_delete(NULL, "totp/keys/a", "{}", &answer, &error));
    REFUSED("path", otpkeep_delete(keep, NULL, "{}", &answer, &error));
    REFUSED("answer", otpkeep_delete(keep, "totp/keys/a", "{}", NULL, &error));
    FINE(otpkeep_delete(keep, "totp/keys/a", NULL, &answer, NULL));
    EXPECT(answer == NULL);
    REFUSED("keep", otpkeep_help(NULL, "totp", &answer, &error));
    REFUSED("path", otpkeep_help(keep, NULL, &answer, &error));
    REFUSED("help", otpkeep_help(keep, "totp", NULL, &error));
    FINE(otpkeep_help(keep, "totp", &answer, NULL));
    otpkeep_text_free(answer);
}

int main(int argc, char **argv)
{
    otpkeep_keep *keep;

    EXPECT(argc == 2);
    keep = open_keep(path_in(argv[1], "a.keep"));
    token_specs();
    policies(keep);
    tokens(keep);
    audit(keep, path_in(argv[1], "audit.log"));
    paths(keep);
    otpkeep_close(keep);
    return EXIT_SUCCESS;
}
