/*
 * otpkeep next to another Rust library and the system's SQLite in one program, all in use. usage: neighbours FOLDER
 */

#include <sqlite3.h>

#include "expect.h"

#ifdef __cplusplus
extern "C" {
#endif
/* neighbour.rs */
int32_t neighbour_sum_of_squares(const int32_t *numbers, size_t count);
int32_t neighbour_stops_a_panic(void);
#ifdef __cplusplus
}
#endif

static int first_column(void *place, int count, char **values, char **names)
{
    (void)names;
    EXPECT(count == 1 && values[0] != NULL);
    *(int *)place = atoi(values[0]);
    return 0;
}

int main(int argc, char **argv)
{
    static const int32_t numbers[] = {1, 2, 3};
    otpkeep_keep *keep;
    otpkeep_report *report = NULL;
    otpkeep_error *error = NULL;
    char code[OTPKEEP_CODE_SIZE];
    char ours[64];
    sqlite3 *database = NULL;
    int value = 0;

    EXPECT(argc == 2);
    keep = open_keep(path_in(argv[1], "neighbours.keep"));
    EXPECT(sqlite3_open(path_in(argv[1], "other.db"), &database) == SQLITE_OK);
    EXPECT(sqlite3_exec(database, "CREATE TABLE t (n); INSERT INTO t VALUES (41)", NULL, NULL, NULL) == SQLITE_OK);
    EXPECT(neighbour_sum_of_squares(numbers, 3) == 14);

    import_key(keep, "test");
    EXPECT_OK(otpkeep_read_code(keep, "test", code, &error));
    EXPECT_OK(otpkeep_validate_code(keep, "test", code, NULL, &error));
    EXPECT(sqlite3_exec(database, "SELECT n + 1 FROM t", first_column, &value, NULL) == SQLITE_OK);
    EXPECT(value == 42);
    EXPECT(neighbour_stops_a_panic() == 1);

    /* Each uses its own SQLite: they have different versions. */
    EXPECT_OK(otpkeep_read_status(keep, &report, &error));
    snprintf(ours, sizeof ours, "%s", otpkeep_report_storage(report));
    EXPECT(strstr(ours, SQLITE_VERSION) == NULL);
    EXPECT_TEXT(SQLITE_VERSION, sqlite3_libversion());
    otpkeep_report_free(report);

    EXPECT(sqlite3_close(database) == SQLITE_OK);
    EXPECT_OK(otpkeep_read_code(keep, "test", code, &error));
    otpkeep_close(keep);
    return EXIT_SUCCESS;
}
