/* A panic inside the library comes out as a status. Linked with the library that has the feature `test-panic`. */

#include "expect.h"

#ifdef __cplusplus
extern "C"
#endif
otpkeep_status otpkeep_test_panic(otpkeep_error **error);

int main(int argc, char **argv)
{
    otpkeep_error *error = NULL;
    otpkeep_keep *keep;
    char code[OTPKEEP_CODE_SIZE];

    EXPECT(argc == 2);
    keep = open_keep(path_in(argv[1], "panic.keep"));
    import_key(keep, "test");
    EXPECT(otpkeep_test_panic(NULL) == OTPKEEP_PANIC);
    EXPECT(otpkeep_test_panic(&error) == OTPKEEP_PANIC);
    EXPECT(otpkeep_error_status(error) == OTPKEEP_PANIC);
    EXPECT(strstr(otpkeep_error_message(error), "panic") != NULL);
    otpkeep_error_free(error);
    error = NULL;

    /* The library works on. */
    EXPECT_OK(otpkeep_read_code(keep, "test", code, &error));
    otpkeep_close(keep);
    return EXIT_SUCCESS;
}
