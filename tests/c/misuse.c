/*
 * Makes one error on purpose, which a sanitizer has to report.
 *
 * usage: misuse FOLDER read-freed | use-closed | read-past-end | never-free | overflow
 */

#include <limits.h>

#include "expect.h"

int main(int argc, char **argv)
{
    otpkeep_keep *keep;
    otpkeep_error *error = NULL;
    char code[OTPKEEP_CODE_SIZE];

    EXPECT(argc == 3);
    keep = open_keep(path_in(argv[1], "misuse.keep"));
    import_key(keep, "test");
    if (strcmp(argv[2], "read-freed") == 0) {
        const char *message;

        EXPECT(otpkeep_read_code(keep, "no-such-key", code, &error) == OTPKEEP_KEY_NOT_FOUND);
        message = otpkeep_error_message(error);
        otpkeep_error_free(error);
        /* The program reads memory of the library. */
        EXPECT(message[0] == 't');
        otpkeep_close(keep);
    } else if (strcmp(argv[2], "use-closed") == 0) {
        otpkeep_close(keep);
        /* The library reads memory of its own. */
        EXPECT_OK(otpkeep_read_code(keep, "test", code, &error));
    } else if (strcmp(argv[2], "read-past-end") == 0) {
        otpkeep_options *options = otpkeep_options_new();
        uint8_t *root_key = (uint8_t *)malloc(16);

        memset(root_key, 7, 16);
        /* The library reads memory of the program. */
        SET(otpkeep_options_set_root_key(options, root_key, 32));
        free(root_key);
        otpkeep_options_free(options);
        otpkeep_close(keep);
    } else if (strcmp(argv[2], "never-free") == 0) {
        EXPECT(otpkeep_read_code(keep, "no-such-key", code, &error) == OTPKEEP_KEY_NOT_FOUND);
        error = NULL;
        otpkeep_close(keep);
    } else {
        int sum = INT_MAX;

        EXPECT(strcmp(argv[2], "overflow") == 0);
        otpkeep_close(keep);
        sum += argc;
        EXPECT(sum < 0);
    }
    return EXIT_SUCCESS;
}
