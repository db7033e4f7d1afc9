/* Reads every code of a keep once and says what memory the process has: cc memory.c -lotpkeep && ./a.out KEEP KEYS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <otpkeep.h>

int main(int argc, char **argv)
{
    uint8_t root_key[32];
    char name[32], code[OTPKEEP_CODE_SIZE], line[128];
    otpkeep_options *options = otpkeep_options_new();
    otpkeep_keep *keep = NULL;
    long number, keys = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    FILE *status;

    memset(root_key, 7, sizeof root_key);
    if (keys < 1 || otpkeep_options_set_root_key(options, root_key, sizeof root_key) != OTPKEEP_OK ||
        otpkeep_open(argv[1], options, &keep, NULL) != OTPKEEP_OK) {
        return EXIT_FAILURE;
    }
    for (number = 0; number < keys; number++) {
        snprintf(name, sizeof name, "user-%08ld", number * 7919 % keys);
        if (otpkeep_read_code(keep, name, code, NULL) != OTPKEEP_OK) {
            return EXIT_FAILURE;
        }
    }
    status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) {
        if (strncmp(line, "VmRSS", 5) == 0 || strncmp(line, "VmHWM", 5) == 0) {
            fputs(line, stdout);
        }
    }
    otpkeep_close(keep);
    otpkeep_options_free(options);
    return EXIT_SUCCESS;
}
