/* What the tests of NULL share. */

#ifndef NULL_H
#define NULL_H

#include "expect.h"

static otpkeep_error *error;

/* The call refuses NULL and names the argument. */
#define REFUSED(argument, call)                                                                                        \
    do {                                                                                                               \
        EXPECT((call) == OTPKEEP_INVALID_ARGUMENT);                                                                    \
        EXPECT_TEXT(argument, otpkeep_error_argument(error));                                                          \
        EXPECT_TEXT("invalid-argument: " argument ": must not be NULL", otpkeep_error_message(error));                 \
        otpkeep_error_free(error);                                                                                     \
        error = NULL;                                                                                                  \
    } while (0)

/* A setter, or a call without a place for the error, refuses NULL. */
#define REFUSED_MUTELY(call) EXPECT((call) == OTPKEEP_INVALID_ARGUMENT)

/* NULL is fine here. */
#define FINE(call) EXPECT((call) == OTPKEEP_OK)

/* An accessor has nothing to say of NULL. */
#define NOTHING(call) EXPECT((call) == 0)

#endif
