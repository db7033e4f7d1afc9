/*
 * One handle, many threads: each reads codes, and all validate the same codes, of which each is accepted once.
 *
 * usage: threads FOLDER
 */

#include <pthread.h>

#include "expect.h"

#define THREADS 8
#define ROUNDS 12

static const int64_t NOW = 1700000000;

static otpkeep_keep *keep;
static const otpkeep_options *options;
static const char *path;
static char codes[ROUNDS][OTPKEEP_CODE_SIZE];
static int accepted[THREADS][ROUNDS];

static void *hammer(void *argument)
{
    int *mine = (int *)argument;
    otpkeep_error *error = NULL;
    otpkeep_keep *other = NULL;
    otpkeep_verdict verdict;
    otpkeep_status status;
    char code[OTPKEEP_CODE_SIZE];
    int round;

    for (round = 0; round < ROUNDS; round++) {
        EXPECT_OK(otpkeep_read_code_at(keep, "shared", NOW + 30 * round, code, &error));
        EXPECT_TEXT(codes[round], code);
        status = otpkeep_validate_code_at(keep, "shared", code, NOW + 30 * round, &verdict, &error);
        EXPECT(verdict.outcome == status);
        mine[round] = status == OTPKEEP_OK;
        if (!mine[round]) {
            EXPECT(status == OTPKEEP_REPLAYED_CODE || status == OTPKEEP_CLOCK_BEHIND);
            EXPECT(otpkeep_error_status(error) == status);
        }
        otpkeep_error_free(error);
        error = NULL;
        /* Its own error, not that of another thread. */
        EXPECT(otpkeep_read_code(keep, "no-such-key", code, &error) == OTPKEEP_KEY_NOT_FOUND);
        EXPECT(otpkeep_error_argument(error) == NULL);
        otpkeep_error_free(error);
        EXPECT(otpkeep_read_code(keep, "not a name", code, &error) == OTPKEEP_INVALID_ARGUMENT);
        EXPECT_TEXT("name", otpkeep_error_argument(error));
        otpkeep_error_free(error);
        error = NULL;
    }
    /* The same options, read by all threads at once. */
    EXPECT_OK(otpkeep_open(path, options, &other, &error));
    otpkeep_close(other);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    otpkeep_options *given = test_options();
    otpkeep_error *error = NULL;
    int total;
    int round;
    int i;

    EXPECT(argc == 2);
    options = given;
    path = path_in(argv[1], "threads.keep");
    keep = open_keep(path);
    import_key(keep, "shared");
    for (round = 0; round < ROUNDS; round++) {
        EXPECT_OK(otpkeep_read_code_at(keep, "shared", NOW + 30 * round, codes[round], &error));
    }
    for (i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, hammer, accepted[i]) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    /* A thread that runs ahead makes the others' codes old: then no one had them, never two. The last code is new to all. */
    for (round = 0; round < ROUNDS; round++) {
        total = 0;
        for (i = 0; i < THREADS; i++) {
            total += accepted[i][round];
        }
        EXPECT(total <= 1);
        EXPECT(round < ROUNDS - 1 || total == 1);
    }
    otpkeep_close(keep);
    otpkeep_options_free(given);
    return EXIT_SUCCESS;
}
