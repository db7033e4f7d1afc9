#if defined(__GNUC__) || defined(__clang__)
#define OTPKEEP_CHECK_RESULT __attribute__((warn_unused_result))
#else
#define OTPKEEP_CHECK_RESULT
#endif
