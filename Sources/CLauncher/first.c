#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

// Without this, a log on a descriptor that was closed would go into whatever got its number first.
int launcher_open_standard_descriptors(void) {
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest free number is this one, for those below it are taken.
        if (open("/dev/null", O_RDWR) < 0) return errno;
    }
    return 0;
}

static volatile pid_t ward;
static volatile sig_atomic_t early_signal;
static int hangup = SIGHUP;

static void pass_on(int signal) {
    int error = errno;
    if (signal == SIGHUP) signal = hangup;
    if (ward > 0) {
        kill(ward, signal);
    } else {
        early_signal = signal;
    }
    errno = error;
}

static const int passed_on[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

int launcher_stand_first(const struct launcher_command *command, int hangup_as, int *status) {
    hangup = hangup_as;
    // Handlers pass the signals on, and no thread waits for them: the process may have other threads, and the first
    // process of a container is not ended by a signal that it does not handle.
    struct sigaction action = {.sa_handler = pass_on, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t index = 0; index < sizeof passed_on / sizeof *passed_on; index++) {
        if (!launcher_ignores(passed_on[index])) sigaction(passed_on[index], &action, NULL);
    }
    signal(SIGCHLD, SIG_DFL);
    struct launcher_child child;
    if (launcher_spawn(command, LAUNCHER_NO_GUARD, &child) != LAUNCHER_STARTED) return child.error;
    close(child.process_descriptor);
    ward = child.process;
    if (early_signal != 0) kill(ward, early_signal);

    while (1) {
        int ending;
        pid_t process = waitpid(-1, &ending, 0);
        if (process < 0 && errno != EINTR) return errno;
        if (process != ward) continue;
        *status = WIFEXITED(ending) ? WEXITSTATUS(ending) : 128 + WTERMSIG(ending);
        return 0;
    }
}

int launcher_ignores(int signal) {
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}
