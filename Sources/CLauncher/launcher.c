#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct failure {
    enum launcher_stage stage;
    int error;
};

static _Noreturn void fail(volatile struct failure *failure, enum launcher_stage stage, int error) {
    failure->stage = stage;
    failure->error = error;
    _exit(127);
}

// Returns a descriptor that is none of the standard three, which are about to be replaced.
static int above_standard(int descriptor) {
    return descriptor > 2 ? descriptor : fcntl(descriptor, F_DUPFD, 3);
}

// Makes the kernel kill this process when the thread that started it ends.
static void end_with(pid_t worker, volatile struct failure *failure) {
    // The worker may have died before the kernel was asked; the kernel would then not report that death.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(failure, LAUNCHER_AT_FORK, errno);
    if (getppid() != worker) _exit(127);
}

// These are calls of the kernel and not of the C library, which would change the user of every thread of the worker,
// whose memory is still in use here.
static void confine(const struct launcher_command *command, volatile struct failure *failure) {
    for (size_t index = 0; index < command->limit_count; index++) {
        struct rlimit limit = {command->limits[index].value, command->limits[index].value};
        if (setrlimit(command->limits[index].resource, &limit) != 0) fail(failure, LAUNCHER_AT_LIMIT, errno);
    }
    const struct launcher_user *user = command->user;
    if (user != NULL) {
        if (syscall(SYS_setgroups, user->group_count, user->groups) != 0
            || syscall(SYS_setresgid, user->group, user->group, user->group) != 0
            || syscall(SYS_setresuid, user->user, user->user, user->user) != 0) {
            fail(failure, LAUNCHER_AT_USER, errno);
        }
    }
    if (command->mask >= 0) umask((mode_t)command->mask);
}

// This runs in the child, which borrows the memory of the suspended launching thread: it makes only system calls, and
// writes nothing but `failure`.
static _Noreturn void become(
    const struct launcher_command *command, int guard, pid_t worker, volatile struct failure *failure
) {
    // A session of its own is a process group of its own without a terminal. A command that asks for one there is told
    // at once that there is none; a group in the background would be stopped silently.
    if (setsid() < 0) fail(failure, LAUNCHER_AT_FORK, errno);
    if (guard != LAUNCHER_NO_GUARD) {
        end_with(worker, failure);
        int error = launcher_tell_guard(guard, getpid());
        if (error != 0) fail(failure, LAUNCHER_AT_GUARD, error);
    }

    int input = above_standard(command->standard_input);
    int output = above_standard(command->standard_output);
    int errors = above_standard(command->standard_error);
    if (input < 0 || output < 0 || errors < 0) fail(failure, LAUNCHER_AT_FORK, errno);
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0) fail(failure, LAUNCHER_AT_FORK, errno);
    // The descriptors of this program are close-on-exec; this call closes those of other libraries. An old kernel
    // without the call leaves those open.
    syscall(SYS_close_range, 3U, ~0U, 0);

    confine(command, failure);
    // The kernel forgets the request when the user changes.
    if (command->user != NULL && guard != LAUNCHER_NO_GUARD) end_with(worker, failure);
    if (command->directory != NULL && chdir(command->directory) != 0) fail(failure, LAUNCHER_AT_DIRECTORY, errno);

    // The handlers are reset before the mask: a handler of the worker must not run here. Ignored signals would survive
    // exec.
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(command->path, command->arguments, command->environment);
    fail(failure, LAUNCHER_AT_PROGRAM, errno);
}

enum launcher_stage launcher_spawn(const struct launcher_command *command, int guard, struct launcher_child *child) {
    volatile struct failure failure = {LAUNCHER_STARTED, 0};
    pid_t worker = getpid();
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    // vfork, not fork: it copies no page tables, so a launch costs the same however large the worker has grown, and
    // it returns when the child has become the program or has said in `failure` why it could not.
    int dumpable = prctl(PR_GET_DUMPABLE);
    pid_t process = vfork();
    if (process == 0) become(command, guard, worker, &failure);
    int error = errno;
    // Changing the user also changed that of the shared memory, and with it who may read the worker's /proc.
    if (command->user != NULL && dumpable == 1) prctl(PR_SET_DUMPABLE, 1);
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (process < 0) {
        child->error = error;
        return LAUNCHER_AT_FORK;
    }
    int process_descriptor = -1;
    if (failure.stage == LAUNCHER_STARTED) {
        process_descriptor = (int)syscall(SYS_pidfd_open, process, 0);
        if (process_descriptor < 0) {
            failure.stage = LAUNCHER_AT_FORK;
            failure.error = errno;
            kill(-process, SIGKILL);
        }
    }
    if (failure.stage != LAUNCHER_STARTED) {
        struct launcher_ending ignored;
        launcher_collect(process, &ignored);
        launcher_tell_guard(guard, -process);
    }
    child->process = process;
    child->process_descriptor = process_descriptor;
    child->error = failure.error;
    return failure.stage;
}

int launcher_collect(pid_t process, struct launcher_ending *ending) {
    siginfo_t info = {0};
    int result;
    do result = waitid(P_PID, (id_t)process, &info, WEXITED);
    while (result < 0 && errno == EINTR);
    if (result < 0) return errno;
    ending->code = info.si_code == CLD_EXITED ? info.si_status : 0;
    ending->signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
    return 0;
}

int launcher_memory_file(const void *bytes, size_t count) {
    int descriptor = memfd_create("martlet-payload", MFD_CLOEXEC);
    if (descriptor < 0) return -1;
    size_t written = 0;
    while (written < count) {
        ssize_t result = write(descriptor, (const char *)bytes + written, count - written);
        if (result < 0 && errno == EINTR) continue;
        if (result < 0) {
            int error = errno;
            close(descriptor);
            errno = error;
            return -1;
        }
        written += (size_t)result;
    }
    lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}

int launcher_pipe(int *reading_end, int *writing_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    // Only this side's end does not block: the command must find an ordinary pipe.
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        int error = errno;
        close(ends[0]);
        close(ends[1]);
        return error;
    }
    *reading_end = ends[0];
    *writing_end = ends[1];
    return 0;
}

int launcher_pending(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) == 0 ? count : 0;
}

char *const *launcher_environment(void) {
    return environ;
}
