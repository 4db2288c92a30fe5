#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t groups[LAUNCHER_MAX_GROUPS];
static size_t group_count;

static void note(pid_t message) {
    pid_t group = message > 0 ? message : -message;
    if (group <= 1) return;
    size_t index = 0;
    while (index < group_count && groups[index] != group) index++;
    if (message < 0) {
        if (index < group_count) groups[index] = groups[--group_count];
    } else if (index == group_count && group_count < LAUNCHER_MAX_GROUPS) {
        groups[group_count++] = group;
    }
}

static void close_from(unsigned first) {
    if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
    // The kernel is older than 5.9, or a sandbox does not know the call. Reading /proc would need malloc.
    struct rlimit limit;
    rlim_t end = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 65536;
    if (end > 1048576) end = 1048576;
    for (unsigned descriptor = first; descriptor < end; descriptor++) close((int)descriptor);
}

// This runs in the guard, without malloc and locks, because the worker that it was forked from had other threads. Every
// signal that can be blocked stays blocked: a stop that is meant for the worker must not end its guard.
static _Noreturn void keep_watch(int socket) {
    setsid();
    prctl(PR_SET_NAME, "martlet-guard");
    // The guard keeps only the socket, and no folder busy: a reader of the worker's output must see its end.
    dup2(socket, 0);
    close_from(1);
    (void)!chdir("/");

    for (;;) {
        pid_t message;
        ssize_t count = read(0, &message, sizeof message);
        if (count == sizeof message) {
            note(message);
        } else if (!(count < 0 && errno == EINTR)) {
            break;
        }
    }
    // The worker is gone. Its commands were the leaders of these groups. A group keeps its id from being reused as long
    // as one member lives, and an id that was just freed is the last that the kernel hands out again.
    for (size_t index = 0; index < group_count; index++) kill(-groups[index], SIGKILL);
    _exit(0);
}

int launcher_start_guard(pid_t *process) {
    // If SIGCHLD was ignored when this process started, the kernel would collect its children by itself.
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) == 0
        && (action.sa_handler == SIG_IGN || (action.sa_flags & SA_NOCLDWAIT))) {
        signal(SIGCHLD, SIG_DFL);
    }
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -1;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t guard = fork();
    if (guard == 0) keep_watch(ends[1]);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (guard < 0) {
        close(ends[0]);
        errno = error;
        return -1;
    }
    *process = guard;
    return ends[0];
}

int launcher_tell_guard(int guard, pid_t group) {
    ssize_t count;
    do count = send(guard, &group, sizeof group, MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    return count == sizeof group ? 0 : errno;
}
