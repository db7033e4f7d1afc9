/*
 * The C worker of the scenarios: a JSON request per line in, a JSON answer per line out. The requests are described in
 * README.md.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <otpkeep.h>

#define HANDLES 16

static struct {
    char *name;
    otpkeep_keep *keep;
} handles[HANDLES];

static const char *folder;

/* The request at hand, and why it failed when it did. */
static const cJSON *arguments;
static otpkeep_error *error;

static void broken(const char *what)
{
    fprintf(stderr, "worker.c: %s\n", what);
    exit(EXIT_FAILURE);
}

/* -- Arguments ------------------------------------------------------------------------------------------------------ */

static const char *text_of(const cJSON *object, const char *name, const char *otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : otherwise;
}

static const char *text(const char *name, const char *otherwise)
{
    return text_of(arguments, name, otherwise);
}

static int has(const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(arguments, name) != NULL;
}

static double number(const char *name, double otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(arguments, name);
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

static int is_true(const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(arguments, name));
}

/* The path of an argument, within the folder; to be freed. */
static char *path(const char *name)
{
    const char *relative = text(name, "");
    size_t size = strlen(folder) + strlen(relative) + 2;
    char *joined = (char *)malloc(size);
    if (joined == NULL) {
        broken("no memory");
    }
    snprintf(joined, size, "%s/%s", folder, relative);
    return joined;
}

/* The bytes that hexadecimal digits stand for, `times` over, with a final NUL; to be freed. */
static char *from_hex(const char *hex, size_t times, size_t *length)
{
    size_t once = strlen(hex) / 2;
    char *bytes = (char *)malloc(once * times + 1);
    size_t i;
    unsigned byte;
    if (bytes == NULL) {
        broken("no memory");
    }
    for (i = 0; i < once * times; i++) {
        if (sscanf(hex + 2 * (i % once), "%2x", &byte) != 1) {
            broken("not hexadecimal");
        }
        bytes[i] = (char)byte;
    }
    bytes[once * times] = 0;
    *length = once * times;
    return bytes;
}

/* What a person typed; to be freed. */
static char *typed(const cJSON *code)
{
    const cJSON *repeat = cJSON_GetObjectItemCaseSensitive(code, "repeat");
    size_t length;
    char *copy;
    if (!cJSON_IsString(code)) {
        return from_hex(text_of(code, "hex", ""), repeat ? (size_t)repeat->valuedouble : 1, &length);
    }
    copy = (char *)malloc(strlen(code->valuestring) + 1);
    if (copy == NULL) {
        broken("no memory");
    }
    return strcpy(copy, code->valuestring);
}

/* -- Options and specs ---------------------------------------------------------------------------------------------- */

typedef otpkeep_status number_setter(otpkeep_mount_spec *, uint32_t);

static otpkeep_mount_spec *mount_spec(otpkeep_status *status)
{
    static const struct {
        const char *name;
        number_setter *set;
    } numbers[] = {
        {"free_attempts", otpkeep_mount_spec_set_free_attempts},
        {"lock_seconds", otpkeep_mount_spec_set_lock_seconds},
        {"max_lock_seconds", otpkeep_mount_spec_set_max_lock_seconds},
        {"max_failures", otpkeep_mount_spec_set_max_failures},
    };
    otpkeep_mount_spec *spec = otpkeep_mount_spec_new();
    size_t i;
    if (has("description")) {
        *status = otpkeep_mount_spec_set_description(spec, text("description", ""));
    }
    if (has("throttle") && *status == OTPKEEP_OK) {
        *status = otpkeep_mount_spec_set_throttle(spec, is_true("throttle"));
    }
    for (i = 0; i < sizeof numbers / sizeof numbers[0] && *status == OTPKEEP_OK; i++) {
        if (has(numbers[i].name)) {
            *status = numbers[i].set(spec, (uint32_t)number(numbers[i].name, 0));
        }
    }
    return spec;
}

static otpkeep_key_spec *key_spec(otpkeep_status *status)
{
    static const struct {
        const char *name;
        otpkeep_status (*set)(otpkeep_key_spec *, const char *);
    } texts[] = {
        {"url", otpkeep_key_spec_set_url},
        {"secret", otpkeep_key_spec_set_secret},
        {"issuer", otpkeep_key_spec_set_issuer},
        {"account_name", otpkeep_key_spec_set_account_name},
        {"algorithm", otpkeep_key_spec_set_algorithm},
    };
    static const struct {
        const char *name;
        otpkeep_status (*set)(otpkeep_key_spec *, uint32_t);
    } numbers[] = {
        {"digits", otpkeep_key_spec_set_digits},
        {"period", otpkeep_key_spec_set_period},
        {"skew", otpkeep_key_spec_set_skew},
        {"key_size", otpkeep_key_spec_set_key_size},
        {"barcode_size", otpkeep_key_spec_set_barcode_size},
    };
    otpkeep_key_spec *spec = otpkeep_key_spec_new();
    size_t i;
    for (i = 0; i < sizeof texts / sizeof texts[0] && *status == OTPKEEP_OK; i++) {
        if (has(texts[i].name)) {
            *status = texts[i].set(spec, text(texts[i].name, ""));
        }
    }
    for (i = 0; i < sizeof numbers / sizeof numbers[0] && *status == OTPKEEP_OK; i++) {
        if (has(numbers[i].name)) {
            *status = numbers[i].set(spec, (uint32_t)number(numbers[i].name, 0));
        }
    }
    if (*status == OTPKEEP_OK) {
        *status = otpkeep_key_spec_set_overwrite(spec, is_true("overwrite"));
    }
    return spec;
}

static otpkeep_status set_root_key(otpkeep_options *options)
{
    otpkeep_status status = OTPKEEP_OK;
    const char *passphrase = text("passphrase", "");
    size_t length;
    char *bytes;
    if (has("passphrase")) {
        status = otpkeep_options_set_passphrase(options, (const uint8_t *)passphrase, strlen(passphrase));
    }
    if (has("root_key") && status == OTPKEEP_OK) {
        bytes = from_hex(text("root_key", ""), 1, &length);
        status = otpkeep_options_set_root_key(options, (const uint8_t *)bytes, length);
        free(bytes);
    }
    if (has("key_file") && status == OTPKEEP_OK) {
        bytes = path("key_file");
        status = otpkeep_options_set_key_file(options, bytes);
        free(bytes);
    }
    return status;
}

static otpkeep_options *open_options(otpkeep_status *status)
{
    const cJSON *cost = cJSON_GetObjectItemCaseSensitive(arguments, "passphrase_cost");
    otpkeep_options *options = otpkeep_options_new();
    otpkeep_mount_spec *first;
    *status = set_root_key(options);
    if (cost != NULL && *status == OTPKEEP_OK) {
        *status = otpkeep_options_set_passphrase_cost(options, (uint32_t)cJSON_GetArrayItem(cost, 0)->valuedouble,
                                                      (uint32_t)cJSON_GetArrayItem(cost, 1)->valuedouble);
    }
    if (has("mount") && *status == OTPKEEP_OK) {
        *status = otpkeep_options_set_mount(options, text("mount", ""));
    }
    if (*status == OTPKEEP_OK) {
        first = mount_spec(status);
        if (*status == OTPKEEP_OK && ((*status = otpkeep_options_set_first_mount(options, first)) == OTPKEEP_OK) &&
            ((*status = otpkeep_options_set_create(options, is_true("create"))) == OTPKEEP_OK) &&
            ((*status = otpkeep_options_set_bare(options, is_true("bare"))) == OTPKEEP_OK)) {
            *status = otpkeep_options_set_manual_clock(options, 1);
        }
        otpkeep_mount_spec_free(first);
    }
    return options;
}

/* -- Handles -------------------------------------------------------------------------------------------------------- */

static size_t slot_of(const char *name)
{
    size_t i;
    for (i = 0; i < HANDLES && handles[i].name != NULL; i++) {
        if (strcmp(handles[i].name, name) == 0) {
            return i;
        }
    }
    if (i == HANDLES || (handles[i].name = (char *)malloc(strlen(name) + 1)) == NULL) {
        broken("too many handles");
    }
    strcpy(handles[i].name, name);
    return i;
}

static void store(const char *name, otpkeep_keep *keep)
{
    size_t slot = slot_of(name);
    otpkeep_close(handles[slot].keep);
    handles[slot].keep = keep;
}

/* -- Operations: each answers with a status and, when that is OTPKEEP_OK, a result ------------------------------------ */

static cJSON *names_array(const otpkeep_names *names)
{
    cJSON *array = cJSON_CreateArray();
    size_t i;
    for (i = 0; i < otpkeep_names_count(names); i++) {
        cJSON_AddItemToArray(array, cJSON_CreateString(otpkeep_names_at(names, i)));
    }
    return array;
}

static otpkeep_status answer_names(otpkeep_status status, otpkeep_names *names, cJSON **result)
{
    *result = names_array(names);
    otpkeep_names_free(names);
    return status;
}

static otpkeep_status answer_key(otpkeep_status status, otpkeep_key *key, cJSON **result)
{
    size_t i;
    cJSON *warnings;
    if (status == OTPKEEP_OK) {
        *result = cJSON_CreateObject();
        cJSON_AddStringToObject(*result, "name", otpkeep_key_name(key));
        cJSON_AddStringToObject(*result, "issuer", otpkeep_key_issuer(key));
        cJSON_AddStringToObject(*result, "account_name", otpkeep_key_account_name(key));
        cJSON_AddStringToObject(*result, "algorithm", otpkeep_key_algorithm(key));
        cJSON_AddNumberToObject(*result, "digits", otpkeep_key_digits(key));
        cJSON_AddNumberToObject(*result, "period", otpkeep_key_period(key));
        cJSON_AddNumberToObject(*result, "skew", otpkeep_key_skew(key));
        warnings = cJSON_AddArrayToObject(*result, "warnings");
        for (i = 0; i < otpkeep_key_warning_count(key); i++) {
            cJSON_AddItemToArray(warnings, cJSON_CreateString(otpkeep_key_warning_name(key, i)));
        }
    }
    otpkeep_key_free(key);
    return status;
}

static otpkeep_status write_key(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_status status = OTPKEEP_OK;
    otpkeep_key_spec *spec = key_spec(&status);
    otpkeep_key *key = NULL;
    if (status == OTPKEEP_OK) {
        status = otpkeep_write_key(keep, text("name", ""), spec, &key, &error);
    }
    otpkeep_key_spec_free(spec);
    return answer_key(status, key, result);
}

static otpkeep_status read_key(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_key *key = NULL;
    otpkeep_status status = otpkeep_read_key(keep, text("name", ""), &key, &error);
    return answer_key(status, key, result);
}

static otpkeep_status generate_key(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_status status = OTPKEEP_OK;
    otpkeep_key_spec *spec = key_spec(&status);
    otpkeep_enrollment *enrollment = NULL;
    size_t length;
    if (status == OTPKEEP_OK) {
        status = otpkeep_generate_key(keep, text("name", ""), spec, &enrollment, &error);
    }
    if (status == OTPKEEP_OK) {
        *result = cJSON_CreateObject();
        cJSON_AddStringToObject(*result, "url", otpkeep_enrollment_url(enrollment));
        cJSON_AddBoolToObject(*result, "has_barcode", otpkeep_enrollment_barcode(enrollment, &length) != NULL);
    }
    otpkeep_enrollment_free(enrollment);
    otpkeep_key_spec_free(spec);
    return status;
}

static otpkeep_status list_keys(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_names *names = NULL;
    uint32_t limit = (uint32_t)number("limit", OTPKEEP_LIST_LIMIT);
    otpkeep_status status = otpkeep_list_keys(keep, text("after", ""), limit, &names, &error);
    return answer_names(status, names, result);
}

static otpkeep_status read_code(otpkeep_keep *keep, cJSON **result)
{
    char code[OTPKEEP_CODE_SIZE];
    otpkeep_status status =
        has("at") ? otpkeep_read_code_at(keep, text("name", ""), (int64_t)number("at", 0), code, &error)
                  : otpkeep_read_code(keep, text("name", ""), code, &error);
    if (status == OTPKEEP_OK) {
        *result = cJSON_CreateObject();
        cJSON_AddStringToObject(*result, "value", code);
    }
    return status;
}

/* The name of a verdict's outcome; NULL when the status is an error. */
static const char *outcome_name(otpkeep_status status)
{
    switch (status) {
    case OTPKEEP_OK:
        return "accepted";
    case OTPKEEP_WRONG_CODE:
        return "wrong";
    case OTPKEEP_MALFORMED_CODE:
        return "malformed";
    case OTPKEEP_REPLAYED_CODE:
        return "replayed";
    case OTPKEEP_THROTTLED:
        return "throttled";
    case OTPKEEP_KEY_DISABLED:
        return "disabled";
    case OTPKEEP_CLOCK_BEHIND:
        return "clock_behind";
    default:
        return NULL;
    }
}

static cJSON *verdict_object(const otpkeep_verdict *verdict)
{
    cJSON *object = cJSON_CreateObject();
    const char *outcome = outcome_name(verdict->outcome);
    if (outcome == NULL) {
        cJSON_AddStringToObject(object, "error", otpkeep_status_name(verdict->outcome));
        return object;
    }
    cJSON_AddStringToObject(object, "outcome", outcome);
    cJSON_AddNumberToObject(object, "offset", verdict->offset);
    cJSON_AddNumberToObject(object, "retry_after", (double)verdict->retry_after);
    if (verdict->attempts_left == OTPKEEP_UNLIMITED) {
        cJSON_AddNullToObject(object, "attempts_left");
    } else {
        cJSON_AddNumberToObject(object, "attempts_left", verdict->attempts_left);
    }
    return object;
}

static otpkeep_status validate_code(otpkeep_keep *keep, cJSON **result)
{
    char *code = typed(cJSON_GetObjectItemCaseSensitive(arguments, "code"));
    otpkeep_verdict verdict;
    otpkeep_status status =
        has("at")
            ? otpkeep_validate_code_at(keep, text("name", ""), code, (int64_t)number("at", 0), &verdict, &error)
            : otpkeep_validate_code(keep, text("name", ""), code, &verdict, &error);
    free(code);
    if (status != verdict.outcome) {
        broken("the status of a validation is not its verdict's outcome");
    }
    if (outcome_name(status) == NULL) {
        return status;
    }
    otpkeep_error_free(error);
    error = NULL;
    *result = verdict_object(&verdict);
    return OTPKEEP_OK;
}

static otpkeep_status validate_codes(otpkeep_keep *keep, cJSON **result)
{
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(arguments, "items");
    size_t count = (size_t)cJSON_GetArraySize(items);
    const char **names = (const char **)calloc(count + 1, sizeof *names);
    char **codes = (char **)calloc(count + 1, sizeof *codes);
    otpkeep_verdict *verdicts = (otpkeep_verdict *)calloc(count + 1, sizeof *verdicts);
    const cJSON *item;
    otpkeep_status status;
    size_t i = 0;
    if (names == NULL || codes == NULL || verdicts == NULL) {
        broken("no memory");
    }
    cJSON_ArrayForEach(item, items)
    {
        names[i] = cJSON_GetArrayItem(item, 0)->valuestring;
        codes[i++] = typed(cJSON_GetArrayItem(item, 1));
    }
    status = has("at") ? otpkeep_validate_codes_at(keep, names, (const char *const *)codes, count,
                                                   (int64_t)number("at", 0), verdicts, &error)
                       : otpkeep_validate_codes(keep, names, (const char *const *)codes, count, verdicts, &error);
    if (status == OTPKEEP_OK) {
        *result = cJSON_CreateArray();
    }
    for (i = 0; i < count; i++) {
        if (status == OTPKEEP_OK) {
            cJSON_AddItemToArray(*result, verdict_object(&verdicts[i]));
        }
        free(codes[i]);
    }
    free(verdicts);
    free(codes);
    free((void *)names);
    return status;
}

static otpkeep_status read_attempts(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_attempts attempts;
    otpkeep_status status = otpkeep_read_attempts(keep, text("name", ""), &attempts, &error);
    if (status == OTPKEEP_OK) {
        *result = cJSON_CreateObject();
        cJSON_AddNumberToObject(*result, "failures", attempts.failures);
        cJSON_AddBoolToObject(*result, "disabled", attempts.disabled);
    }
    return status;
}

static otpkeep_status list_mounts(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_mounts *mounts = NULL;
    otpkeep_status status = otpkeep_list_mounts(keep, &mounts, &error);
    cJSON *object;
    size_t i;
    if (status == OTPKEEP_OK) {
        *result = cJSON_CreateArray();
        for (i = 0; i < otpkeep_mounts_count(mounts); i++) {
            object = cJSON_CreateObject();
            cJSON_AddStringToObject(object, "path", otpkeep_mounts_path(mounts, i));
            cJSON_AddStringToObject(object, "description", otpkeep_mounts_description(mounts, i));
            cJSON_AddBoolToObject(object, "throttle", otpkeep_mounts_throttle(mounts, i));
            cJSON_AddNumberToObject(object, "free_attempts", otpkeep_mounts_free_attempts(mounts, i));
            cJSON_AddNumberToObject(object, "lock_seconds", otpkeep_mounts_lock_seconds(mounts, i));
            cJSON_AddNumberToObject(object, "max_lock_seconds", otpkeep_mounts_max_lock_seconds(mounts, i));
            cJSON_AddNumberToObject(object, "max_failures", otpkeep_mounts_max_failures(mounts, i));
            cJSON_AddItemToArray(*result, object);
        }
    }
    otpkeep_mounts_free(mounts);
    return status;
}

typedef otpkeep_status mount_writer(otpkeep_keep *, const char *, const otpkeep_mount_spec *, otpkeep_error **);

/* Makes or tunes a mount. The C library answers with a status alone, so that the mount is looked up afterwards. */
static otpkeep_status write_mount(otpkeep_keep *keep, mount_writer *write, cJSON **result)
{
    otpkeep_status status = OTPKEEP_OK;
    otpkeep_mount_spec *spec = mount_spec(&status);
    cJSON *mounts = NULL;
    int i;
    if (status == OTPKEEP_OK) {
        status = write(keep, text("path", ""), spec, &error);
    }
    otpkeep_mount_spec_free(spec);
    if (status == OTPKEEP_OK) {
        status = list_mounts(keep, &mounts);
    }
    for (i = 0; i < cJSON_GetArraySize(mounts); i++) {
        const char *found = text_of(cJSON_GetArrayItem(mounts, i), "path", "");
        const char *wanted = text("path", "");
        size_t length = strlen(wanted) - (*wanted != 0 && wanted[strlen(wanted) - 1] == '/');
        if (strlen(found) == length + 1 && strncmp(found, wanted, length) == 0) {
            *result = cJSON_DetachItemFromArray(mounts, i);
            break;
        }
    }
    cJSON_Delete(mounts);
    return status;
}

static otpkeep_status read_status(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_report *report = NULL;
    otpkeep_status status = otpkeep_read_status(keep, &report, &error);
    cJSON *slots;
    cJSON *slot;
    size_t i;
    if (status == OTPKEEP_OK) {
        *result = cJSON_CreateObject();
        cJSON_AddNumberToObject(*result, "format", otpkeep_report_format(report));
        cJSON_AddNumberToObject(*result, "keys", (double)otpkeep_report_keys(report));
        cJSON_AddNumberToObject(*result, "mounts", (double)otpkeep_report_mounts(report));
        cJSON_AddNumberToObject(*result, "terms", otpkeep_report_terms(report));
        cJSON_AddNumberToObject(*result, "current_term", otpkeep_report_current_term(report));
        slots = cJSON_AddArrayToObject(*result, "slots");
        for (i = 0; i < otpkeep_report_slot_count(report); i++) {
            slot = cJSON_CreateObject();
            cJSON_AddNumberToObject(slot, "id", (double)otpkeep_report_slot_id(report, i));
            cJSON_AddStringToObject(slot, "kind", otpkeep_report_slot_kind(report, i));
            cJSON_AddItemToArray(slots, slot);
        }
    }
    otpkeep_report_free(report);
    return status;
}

static otpkeep_status rotate(otpkeep_keep *keep, cJSON **result)
{
    uint32_t term = 0;
    otpkeep_status status = otpkeep_rotate(keep, &term, &error);
    *result = cJSON_CreateNumber(term);
    return status;
}

static otpkeep_status rewrap(otpkeep_keep *keep, cJSON **result)
{
    uint64_t sealed = 0;
    otpkeep_status status = otpkeep_rewrap(keep, &sealed, &error);
    *result = cJSON_CreateNumber((double)sealed);
    return status;
}

static otpkeep_status add_slot(otpkeep_keep *keep, cJSON **result)
{
    uint64_t slot = 0;
    otpkeep_status status = OTPKEEP_OK;
    otpkeep_options *options = open_options(&status);
    if (status == OTPKEEP_OK) {
        status = otpkeep_add_slot(keep, options, &slot, &error);
    }
    otpkeep_options_free(options);
    *result = cJSON_CreateNumber((double)slot);
    return status;
}

static otpkeep_status delete_key(otpkeep_keep *keep, cJSON **result)
{
    *result = cJSON_CreateNull();
    return otpkeep_delete_key(keep, text("name", ""), &error);
}

static otpkeep_status reset_attempts(otpkeep_keep *keep, cJSON **result)
{
    *result = cJSON_CreateNull();
    return otpkeep_reset_attempts(keep, text("name", ""), &error);
}

static otpkeep_status mount(otpkeep_keep *keep, cJSON **result)
{
    return write_mount(keep, otpkeep_mount, result);
}

static otpkeep_status tune_mount(otpkeep_keep *keep, cJSON **result)
{
    return write_mount(keep, otpkeep_tune_mount, result);
}

static otpkeep_status unmount(otpkeep_keep *keep, cJSON **result)
{
    *result = cJSON_CreateNull();
    return otpkeep_unmount(keep, text("path", ""), &error);
}

static otpkeep_status remove_slot(otpkeep_keep *keep, cJSON **result)
{
    *result = cJSON_CreateNull();
    return otpkeep_remove_slot(keep, (uint64_t)number("id", 0), &error);
}

static otpkeep_status backup(otpkeep_keep *keep, cJSON **result)
{
    char *destination = path("destination");
    otpkeep_status status = otpkeep_backup(keep, destination, &error);
    free(destination);
    *result = cJSON_CreateNull();
    return status;
}

/* -- Policies, tokens, the audit log, and paths ----------------------------------------------------------------------- */

/* A text as it is; as JSON when it is an answer, which is null when there is nothing. */
static otpkeep_status answer_text(otpkeep_status status, otpkeep_text *given, int is_json, cJSON **result)
{
    const char *value = otpkeep_text_value(given);
    *result = value == NULL ? cJSON_CreateNull() : is_json ? cJSON_Parse(value) : cJSON_CreateString(value);
    otpkeep_text_free(given);
    return status;
}

static otpkeep_status write_policy(otpkeep_keep *keep, cJSON **result)
{
    *result = cJSON_CreateNull();
    return otpkeep_write_policy(keep, text("name", ""), text("text", ""), &error);
}

static otpkeep_status read_policy(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_text *policy = NULL;
    otpkeep_status status = otpkeep_read_policy(keep, text("name", ""), &policy, &error);
    return answer_text(status, policy, 0, result);
}

static otpkeep_status list_policies(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_names *names = NULL;
    otpkeep_status status = otpkeep_list_policies(keep, &names, &error);
    return answer_names(status, names, result);
}

static otpkeep_status delete_policy(otpkeep_keep *keep, cJSON **result)
{
    *result = cJSON_CreateNull();
    return otpkeep_delete_policy(keep, text("name", ""), &error);
}

static otpkeep_status answer_token(otpkeep_status status, otpkeep_token *token, cJSON **result)
{
    cJSON *policies;
    cJSON *metadata;
    size_t i;
    if (status == OTPKEEP_OK) {
        *result = cJSON_CreateObject();
        if (otpkeep_token_secret(token) != NULL) {
            cJSON_AddStringToObject(*result, "secret", otpkeep_token_secret(token));
        }
        cJSON_AddStringToObject(*result, "accessor", otpkeep_token_accessor(token));
        cJSON_AddStringToObject(*result, "display_name", otpkeep_token_display_name(token));
        cJSON_AddNumberToObject(*result, "ttl", (double)otpkeep_token_ttl(token));
        cJSON_AddBoolToObject(*result, "renewable", otpkeep_token_renewable(token));
        cJSON_AddBoolToObject(*result, "has_parent", otpkeep_token_parent(token) != NULL);
        policies = cJSON_AddArrayToObject(*result, "policies");
        for (i = 0; i < otpkeep_token_policy_count(token); i++) {
            cJSON_AddItemToArray(policies, cJSON_CreateString(otpkeep_token_policy(token, i)));
        }
        metadata = cJSON_AddObjectToObject(*result, "metadata");
        for (i = 0; i < otpkeep_token_metadata_count(token); i++) {
            cJSON_AddStringToObject(metadata, otpkeep_token_metadata_name(token, i),
                                    otpkeep_token_metadata_value(token, i));
        }
    }
    otpkeep_token_free(token);
    return status;
}

static otpkeep_token_spec *token_spec(otpkeep_status *status)
{
    otpkeep_token_spec *spec = otpkeep_token_spec_new();
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(arguments, "policies"))
    {
        if (*status == OTPKEEP_OK) {
            *status = otpkeep_token_spec_add_policy(spec, item->valuestring);
        }
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(arguments, "metadata"))
    {
        if (*status == OTPKEEP_OK) {
            *status = otpkeep_token_spec_add_metadata(spec, item->string, item->valuestring);
        }
    }
    if (has("ttl") && *status == OTPKEEP_OK) {
        *status = otpkeep_token_spec_set_ttl(spec, (uint64_t)number("ttl", 0));
    }
    if (has("renewable") && *status == OTPKEEP_OK) {
        *status = otpkeep_token_spec_set_renewable(spec, is_true("renewable"));
    }
    if (has("display_name") && *status == OTPKEEP_OK) {
        *status = otpkeep_token_spec_set_display_name(spec, text("display_name", ""));
    }
    if (*status == OTPKEEP_OK) {
        *status = otpkeep_token_spec_set_no_default_policy(spec, is_true("no_default_policy"));
    }
    return spec;
}

static otpkeep_status create_token(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_status status = OTPKEEP_OK;
    otpkeep_token_spec *spec = token_spec(&status);
    otpkeep_token *token = NULL;
    if (status == OTPKEEP_OK) {
        status = otpkeep_create_token(keep, spec, &token, &error);
    }
    otpkeep_token_spec_free(spec);
    return answer_token(status, token, result);
}

static otpkeep_status lookup_token(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_token *found = NULL;
    otpkeep_status status = otpkeep_lookup_token(keep, text("token", NULL), &found, &error);
    return answer_token(status, found, result);
}

static otpkeep_status renew_token(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_token *renewed = NULL;
    uint64_t increment = (uint64_t)number("increment", 0);
    otpkeep_status status = otpkeep_renew_token(keep, text("token", NULL), increment, &renewed, &error);
    return answer_token(status, renewed, result);
}

static otpkeep_status revoke_token(otpkeep_keep *keep, cJSON **result)
{
    *result = cJSON_CreateNull();
    return otpkeep_revoke_token(keep, text("token", NULL), &error);
}

static otpkeep_status list_tokens(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_names *names = NULL;
    otpkeep_status status = otpkeep_list_tokens(keep, &names, &error);
    return answer_names(status, names, result);
}

static otpkeep_status capabilities(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_names *names = NULL;
    otpkeep_status status = otpkeep_capabilities(keep, text("path", ""), &names, &error);
    return answer_names(status, names, result);
}

static otpkeep_status enable_audit(otpkeep_keep *keep, cJSON **result)
{
    char *file = path("path");
    otpkeep_status status = otpkeep_enable_audit(keep, text("name", ""), file, &error);
    free(file);
    *result = cJSON_CreateNull();
    return status;
}

static otpkeep_status disable_audit(otpkeep_keep *keep, cJSON **result)
{
    *result = cJSON_CreateNull();
    return otpkeep_disable_audit(keep, text("name", ""), &error);
}

static otpkeep_status list_audits(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_audits *audits = NULL;
    otpkeep_status status = otpkeep_list_audits(keep, &audits, &error);
    size_t i;
    *result = cJSON_CreateArray();
    for (i = 0; i < otpkeep_audits_count(audits); i++) {
        cJSON_AddItemToArray(*result, cJSON_CreateString(otpkeep_audits_name(audits, i)));
    }
    otpkeep_audits_free(audits);
    return status;
}

static otpkeep_status audit_hash(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_text *hash = NULL;
    otpkeep_status status = otpkeep_audit_hash(keep, text("value", ""), &hash, &error);
    return answer_text(status, hash, 0, result);
}

typedef otpkeep_status path_operation(otpkeep_keep *, const char *, const char *, otpkeep_text **, otpkeep_error **);

static otpkeep_status by_path(otpkeep_keep *keep, path_operation *ask, cJSON **result)
{
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(arguments, "data");
    char *fields = data ? cJSON_PrintUnformatted(data) : NULL;
    otpkeep_text *given = NULL;
    otpkeep_status status = ask(keep, text("path", ""), fields, &given, &error);
    cJSON_free(fields);
    return answer_text(status, given, 1, result);
}

static otpkeep_status path_read(otpkeep_keep *keep, cJSON **result)
{
    return by_path(keep, otpkeep_read, result);
}

static otpkeep_status path_write(otpkeep_keep *keep, cJSON **result)
{
    return by_path(keep, otpkeep_write, result);
}

static otpkeep_status path_list(otpkeep_keep *keep, cJSON **result)
{
    return by_path(keep, otpkeep_list, result);
}

static otpkeep_status path_delete(otpkeep_keep *keep, cJSON **result)
{
    return by_path(keep, otpkeep_delete, result);
}

static otpkeep_status path_help(otpkeep_keep *keep, cJSON **result)
{
    otpkeep_text *help = NULL;
    otpkeep_status status = otpkeep_help(keep, text("path", ""), &help, &error);
    return answer_text(status, help, 0, result);
}

/* -- Operations that make handles, or need none ----------------------------------------------------------------------- */

static otpkeep_status restore(void)
{
    otpkeep_status status = OTPKEEP_OK;
    otpkeep_options *options = open_options(&status);
    char *from = path("backup");
    char *to = path("location");
    if (status == OTPKEEP_OK) {
        status = otpkeep_restore(from, to, options, &error);
    }
    free(to);
    free(from);
    otpkeep_options_free(options);
    return status;
}

static otpkeep_status open_keep(const char *as)
{
    otpkeep_status status = OTPKEEP_OK;
    otpkeep_options *options = open_options(&status);
    otpkeep_keep *keep = NULL;
    char *location = path("location");
    if (status == OTPKEEP_OK) {
        status = otpkeep_open(location, options, &keep, &error);
    }
    if (status == OTPKEEP_OK) {
        store(as, keep);
    }
    free(location);
    otpkeep_options_free(options);
    return status;
}

static otpkeep_status with_mount(otpkeep_keep *keep, const char *as)
{
    otpkeep_keep *sibling = NULL;
    otpkeep_status status = otpkeep_with_mount(keep, text("path", ""), &sibling, &error);
    if (status == OTPKEEP_OK) {
        store(as, sibling);
    }
    return status;
}

static otpkeep_status with_token(otpkeep_keep *keep, const char *as)
{
    otpkeep_keep *sibling = NULL;
    otpkeep_status status = otpkeep_with_token(keep, text("token", ""), &sibling, &error);
    if (status == OTPKEEP_OK) {
        store(as, sibling);
    }
    return status;
}

static otpkeep_status perform(const cJSON *request, cJSON **result)
{
    static const struct {
        const char *name;
        otpkeep_status (*perform)(otpkeep_keep *, cJSON **);
    } operations[] = {
        {"write_key", write_key},
        {"generate_key", generate_key},
        {"read_key", read_key},
        {"list_keys", list_keys},
        {"delete_key", delete_key},
        {"read_code", read_code},
        {"validate_code", validate_code},
        {"validate_codes", validate_codes},
        {"read_attempts", read_attempts},
        {"reset_attempts", reset_attempts},
        {"mount", mount},
        {"tune_mount", tune_mount},
        {"unmount", unmount},
        {"list_mounts", list_mounts},
        {"rotate", rotate},
        {"rewrap", rewrap},
        {"add_slot", add_slot},
        {"remove_slot", remove_slot},
        {"backup", backup},
        {"status", read_status},
        {"write_policy", write_policy},
        {"read_policy", read_policy},
        {"list_policies", list_policies},
        {"delete_policy", delete_policy},
        {"create_token", create_token},
        {"lookup_token", lookup_token},
        {"renew_token", renew_token},
        {"revoke_token", revoke_token},
        {"list_tokens", list_tokens},
        {"capabilities", capabilities},
        {"enable_audit", enable_audit},
        {"disable_audit", disable_audit},
        {"list_audits", list_audits},
        {"audit_hash", audit_hash},
        {"path_read", path_read},
        {"path_write", path_write},
        {"path_list", path_list},
        {"path_delete", path_delete},
        {"path_help", path_help},
    };
    const char *operation = text_of(request, "operation", "");
    const char *on = text_of(request, "on", "keep");
    const char *as = text_of(request, "as", "keep");
    size_t i;
    if (strcmp(operation, "open") == 0) {
        return open_keep(as);
    }
    if (strcmp(operation, "restore") == 0) {
        return restore();
    }
    if (strcmp(operation, "with_mount") == 0) {
        return with_mount(handles[slot_of(on)].keep, as);
    }
    if (strcmp(operation, "with_token") == 0) {
        return with_token(handles[slot_of(on)].keep, as);
    }
    if (strcmp(operation, "close") == 0) {
        store(on, NULL);
        return OTPKEEP_OK;
    }
    for (i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(operation, operations[i].name) == 0) {
            return operations[i].perform(handles[slot_of(on)].keep, result);
        }
    }
    broken("no such operation");
    return OTPKEEP_INTERNAL;
}

static void answer(const cJSON *request)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *result = NULL;
    cJSON *failure;
    const char *argument;
    char *printed;
    otpkeep_status status = perform(request, &result);
    if (status == OTPKEEP_OK) {
        cJSON_AddItemToObject(object, "result", result ? result : cJSON_CreateNull());
    } else {
        cJSON_Delete(result);
        failure = cJSON_AddObjectToObject(object, "error");
        argument = otpkeep_error_argument(error);
        cJSON_AddStringToObject(failure, "kind", otpkeep_status_name(status));
        cJSON_AddItemToObject(failure, "argument", argument ? cJSON_CreateString(argument) : cJSON_CreateNull());
        otpkeep_error_free(error);
        error = NULL;
    }
    printed = cJSON_PrintUnformatted(object);
    puts(printed);
    fflush(stdout);
    cJSON_free(printed);
    cJSON_Delete(object);
}

int main(int argc, char **argv)
{
    static char line[4 * 1024 * 1024];
    cJSON *request;
    size_t i;
    if (argc != 2) {
        broken("usage: worker FOLDER");
    }
    folder = argv[1];
    while (fgets(line, sizeof line, stdin) != NULL) {
        request = cJSON_Parse(line);
        if (request == NULL) {
            broken("the request is not JSON");
        }
        arguments = cJSON_GetObjectItemCaseSensitive(request, "arguments");
        answer(request);
        cJSON_Delete(request);
    }
    for (i = 0; i < HANDLES; i++) {
        otpkeep_close(handles[i].keep);
        free(handles[i].name);
    }
    return EXIT_SUCCESS;
}
