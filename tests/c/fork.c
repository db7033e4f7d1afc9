/*
 * A forked child cannot use the handle it inherited, may close it without harm to the parent, and opens the keep anew.
 *
 * usage: fork FOLDER
 */

#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

static const int64_t NOW = 1700000000;

static void child(otpkeep_keep *inherited, const char *path, const char *used)
{
    otpkeep_keep *own;
    otpkeep_names *names = NULL;
    otpkeep_verdict verdict;
    otpkeep_error *error = NULL;
    char code[OTPKEEP_CODE_SIZE];

    EXPECT_STATUS(OTPKEEP_FORKED, otpkeep_read_code(inherited, "test", code, &error));
    EXPECT_STATUS(OTPKEEP_FORKED, otpkeep_list_keys(inherited, NULL, 1, &names, &error));
    EXPECT_STATUS(OTPKEEP_FORKED, otpkeep_validate_code_at(inherited, "test", used, NOW, &verdict, &error));
    EXPECT(verdict.outcome == OTPKEEP_FORKED);
    EXPECT_STATUS(OTPKEEP_FORKED, otpkeep_delete_key(inherited, "test", &error));
    otpkeep_close(inherited);

    own = open_keep(path);
    EXPECT_STATUS(OTPKEEP_REPLAYED_CODE, otpkeep_validate_code_at(own, "test", used, NOW, &verdict, &error));
    EXPECT_OK(otpkeep_read_code_at(own, "test", NOW + 60, code, &error));
    EXPECT_OK(otpkeep_validate_code_at(own, "test", code, NOW + 60, &verdict, &error));
    otpkeep_close(own);
}

int main(int argc, char **argv)
{
    const char *path;
    otpkeep_keep *keep;
    otpkeep_error *error = NULL;
    char first[OTPKEEP_CODE_SIZE];
    char code[OTPKEEP_CODE_SIZE];
    int status = 0;
    pid_t pid;

    EXPECT(argc == 2);
    path = path_in(argv[1], "fork.keep");
    keep = open_keep(path);
    import_key(keep, "test");
    EXPECT_OK(otpkeep_read_code_at(keep, "test", NOW, first, &error));
    EXPECT_OK(otpkeep_validate_code_at(keep, "test", first, NOW, NULL, &error));

    pid = fork();
    EXPECT(pid >= 0);
    if (pid == 0) {
        child(keep, path, first);
        /* What the child inherited it leaks on purpose. A program that ends by becoming another is not searched for it. */
        execl("/bin/true", "true", (char *)NULL);
        return EXIT_FAILURE;
    }
    EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);

    /* The parent's handle is as it was, and sees what the child stored. */
    EXPECT_OK(otpkeep_read_code_at(keep, "test", NOW + 60, code, &error));
    EXPECT_STATUS(OTPKEEP_REPLAYED_CODE, otpkeep_validate_code_at(keep, "test", code, NOW + 60, NULL, &error));
    EXPECT_OK(otpkeep_read_code_at(keep, "test", NOW + 120, code, &error));
    EXPECT_OK(otpkeep_validate_code_at(keep, "test", code, NOW + 120, NULL, &error));
    otpkeep_close(keep);
    keep = open_keep(path);
    EXPECT_STATUS(OTPKEEP_REPLAYED_CODE, otpkeep_validate_code_at(keep, "test", code, NOW + 120, NULL, &error));
    otpkeep_close(keep);
    return EXIT_SUCCESS;
}
