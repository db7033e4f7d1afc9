/* Makes the system calls of one process fail, for tests. Preloaded (LD_PRELOAD), it stands between the process and its C
 * library; SQLite and otpkeep's own handling of files both pass through it.
 *
 * `faults_arm` names a folder, classes of calls, and what happens to the nth of these calls on a file in the folder: it
 * fails with an error, moves half of its bytes, or the process is killed before or after it. Calls are made with
 * `syscall`, so nothing here passes through the functions that it replaces. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Classes of calls, and their names for people. */
enum { READ = 1, WRITE = 2, SYNC = 4, LOCK = 8, TRUNCATE = 16, OPEN = 32, LINK = 64, UNLINK = 128, MAP = 256, UNLOCK = 512 };
static const char *const names[] = {"read", "write", "sync", "lock", "truncate", "open", "link", "unlink", "map", "unlock"};
/* What happens to the nth call. */
enum { FAIL, HALF, KILL_BEFORE, KILL_AFTER };
/* What a call is told to do. */
enum verdict { PASS, REFUSE, MOVE_HALF, PASS_AND_DIE };

static struct {
    char folder[1024];
    int classes, action, error, lasting;
    long nth;
    atomic_int armed, half_moved;
    atomic_long seen, fired;
    char where[256];
} fault;

void faults_arm(const char *folder, int classes, long nth, int action, int error, int lasting) {
    atomic_store(&fault.armed, 0);
    snprintf(fault.folder, sizeof fault.folder, "%s", folder);
    fault.classes = classes;
    fault.nth = nth;
    fault.action = action;
    fault.error = error;
    fault.lasting = lasting;
    fault.where[0] = 0;
    atomic_store(&fault.half_moved, 0);
    atomic_store(&fault.seen, 0);
    atomic_store(&fault.fired, 0);
    atomic_store(&fault.armed, 1);
}

/* Lets all calls pass from now on; returns how many were struck. */
long faults_disarm(void) {
    atomic_store(&fault.armed, 0);
    return atomic_load(&fault.fired);
}

/* The class and file of the first call that was struck. */
const char *faults_where(void) { return fault.where; }

static _Noreturn void die(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

static enum verdict judge_path(int class, const char *path) {
    if (!atomic_load(&fault.armed) || strncmp(path, fault.folder, strlen(fault.folder)) != 0) return PASS;
    /* The rest of a write of which half was moved. */
    if (class == WRITE && fault.error && atomic_exchange(&fault.half_moved, 0)) {
        errno = fault.error;
        return REFUSE;
    }
    if (!(fault.classes & class)) return PASS;
    long number = atomic_fetch_add(&fault.seen, 1) + 1;
    if (number != fault.nth && !(fault.lasting && number > fault.nth)) return PASS;
    if (atomic_fetch_add(&fault.fired, 1) == 0) {
        snprintf(fault.where, sizeof fault.where, "%s %.200s", names[__builtin_ctz((unsigned)class)], path + strlen(fault.folder));
        if (fault.action == KILL_BEFORE || fault.action == KILL_AFTER) {
            char line[300];
            int length = snprintf(line, sizeof line, "\n> killed %s\n", fault.where);
            syscall(SYS_write, 1, line, length);
        }
    }
    switch (fault.action) {
    case KILL_BEFORE: die();
    case KILL_AFTER: return PASS_AND_DIE;
    case HALF:
        if (number == fault.nth) {
            atomic_store(&fault.half_moved, 1);
            return MOVE_HALF;
        }
    }
    errno = fault.error;
    return REFUSE;
}

/* SQLite waits for locks by counting naps, which can add up to ten seconds. Nobody else lets go of anything here. */
int nanosleep(const struct timespec *wanted, struct timespec *left) {
    (void)wanted, (void)left;
    return 0;
}

static enum verdict judge(int class, int file) {
    if (!atomic_load(&fault.armed)) return PASS;
    int kept = errno;
    char link[40], path[1024];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (length < 0) return PASS;
    path[length] = 0;
    return judge_path(class, path);
}

/* Does what the verdict says with a call that has no halves. */
#define DO(judged, call)                                   \
    do {                                                   \
        enum verdict told = (judged);                      \
        if (told == REFUSE) return -1;                     \
        long result = (call);                              \
        if (told == PASS_AND_DIE) die();                   \
        return result;                                     \
    } while (0)
#define TRANSFER(class, file, length, call)                \
    do {                                                   \
        enum verdict first = judge(class, file);           \
        size_t moved = first == MOVE_HALF && (length) > 1 ? (length) / 2 : (length); \
        DO(first, call);                                   \
    } while (0)

ssize_t read(int f, void *b, size_t n) { TRANSFER(READ, f, n, syscall(SYS_read, f, b, moved)); }
ssize_t pread(int f, void *b, size_t n, off_t o) { TRANSFER(READ, f, n, syscall(SYS_pread64, f, b, moved, o)); }
ssize_t pread64(int f, void *b, size_t n, off64_t o) { TRANSFER(READ, f, n, syscall(SYS_pread64, f, b, moved, o)); }
ssize_t write(int f, const void *b, size_t n) { TRANSFER(WRITE, f, n, syscall(SYS_write, f, b, moved)); }
ssize_t pwrite(int f, const void *b, size_t n, off_t o) { TRANSFER(WRITE, f, n, syscall(SYS_pwrite64, f, b, moved, o)); }
ssize_t pwrite64(int f, const void *b, size_t n, off64_t o) { TRANSFER(WRITE, f, n, syscall(SYS_pwrite64, f, b, moved, o)); }

int fsync(int f) { DO(judge(SYNC, f), syscall(SYS_fsync, f)); }
int fdatasync(int f) { DO(judge(SYNC, f), syscall(SYS_fdatasync, f)); }
int ftruncate(int f, off_t n) { DO(judge(TRUNCATE, f), syscall(SYS_ftruncate, f, n)); }
int ftruncate64(int f, off64_t n) { DO(judge(TRUNCATE, f), syscall(SYS_ftruncate, f, n)); }

/* Whose lock is in the way is another's: that makes no release fail, and no call that waits. */
static enum verdict judge_lock(int class, int file, int may_be_busy) {
    return fault.error == EAGAIN && !may_be_busy ? PASS : judge(class, file);
}

int flock(int f, int operation) { DO(judge_lock(operation & LOCK_UN ? UNLOCK : LOCK, f, operation & LOCK_NB), syscall(SYS_flock, f, operation)); }

static int control(int file, int command, void *argument) {
    if (command != F_SETLK && command != F_OFD_SETLK) return (int)syscall(SYS_fcntl, file, command, argument);
    int locks = ((struct flock *)argument)->l_type != F_UNLCK;
    DO(judge_lock(locks ? LOCK : UNLOCK, file, locks), syscall(SYS_fcntl, file, command, argument));
}

#define CONTROL(name)                                      \
    int name(int file, int command, ...) {                 \
        va_list rest;                                      \
        va_start(rest, command);                           \
        void *argument = va_arg(rest, void *);             \
        va_end(rest);                                      \
        return control(file, command, argument);           \
    }
CONTROL(fcntl)
CONTROL(fcntl64)

static int open_in(int folder, const char *path, int flags, unsigned mode) {
    int writes = (flags & O_ACCMODE) != O_RDONLY, makes = (flags & O_CREAT) && access(path, F_OK) != 0;
    /* A read-only file system lets files be read, and a full one lets all be opened that are there. */
    int concerned = fault.error == EROFS ? writes : fault.error == ENOSPC || fault.error == EDQUOT ? makes : 1;
    DO(concerned ? judge_path(OPEN, path) : PASS, syscall(SYS_openat, folder, path, flags, mode));
}

#define WITH_MODE(call)                                    \
    va_list rest;                                          \
    va_start(rest, flags);                                 \
    unsigned mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, unsigned) : 0; \
    va_end(rest);                                          \
    return call;
int open(const char *path, int flags, ...) { WITH_MODE(open_in(AT_FDCWD, path, flags, mode)) }
int open64(const char *path, int flags, ...) { WITH_MODE(open_in(AT_FDCWD, path, flags, mode)) }
int openat(int folder, const char *path, int flags, ...) { WITH_MODE(open_in(folder, path, flags, mode)) }
int openat64(int folder, const char *path, int flags, ...) { WITH_MODE(open_in(folder, path, flags, mode)) }

/* Whether a file may be written is asked apart from opening it. */
int access(const char *path, int mode) {
    if (fault.error == EROFS && mode & W_OK && judge_path(OPEN, path) == REFUSE) return -1;
    return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

int linkat(int from, const char *old, int to, const char *new, int flags) {
    DO(judge_path(LINK, new), syscall(SYS_linkat, from, old, to, new, flags));
}
int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }
int rename(const char *old, const char *new) {
    DO(judge_path(LINK, new), syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 0));
}
int unlinkat(int folder, const char *path, int flags) {
    DO(judge_path(UNLINK, path), syscall(SYS_unlinkat, folder, path, flags));
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

void *mmap(void *at, size_t length, int protection, int flags, int file, off_t offset) {
    enum verdict told = file < 0 ? PASS : judge(MAP, file);
    if (told == REFUSE) return MAP_FAILED;
    void *mapped = (void *)syscall(SYS_mmap, at, length, protection, flags, file, offset);
    if (told == PASS_AND_DIE) die();
    return mapped;
}
void *mmap64(void *at, size_t length, int protection, int flags, int file, off64_t offset) {
    return mmap(at, length, protection, flags, file, offset);
}
