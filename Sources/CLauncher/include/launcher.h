// Starts commands so that neither they nor their descendants outlive the worker. Linux only.
//
// Three nets lie under each other:
//   1. The kernel kills a command with SIGKILL when the thread that started it ends (PR_SET_PDEATHSIG). So one thread
//      that lives as long as the process makes every launch.
//   2. The kernel does not do that for the descendants of a command. They are in its process group, and a guard process
//      kills that group as soon as the worker is gone by any means, SIGKILL included.
//   3. Processes that a command leaves running in its group have a while to end by themselves, and are killed then.
// A descendant that leaves the group on purpose (setsid, a daemon) slips through. Run such programs in the foreground.
#pragma once

#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

// The most commands at once; more are refused, because the guard's table is static.
enum { LAUNCHER_MAX_GROUPS = 4096 };

// Stands for no guard: the program may outlive the thread that starts it, and sees to its end itself.
enum { LAUNCHER_NO_GUARD = -1 };

// The step at which a launch failed; the error number is that of the step.
enum launcher_stage {
    LAUNCHER_STARTED = 0,
    LAUNCHER_AT_GUARD,      // the guard process is gone: start another and launch again
    LAUNCHER_AT_FORK,       // no new process, or no descriptors for it
    LAUNCHER_AT_LIMIT,      // a limit that this process may not set
    LAUNCHER_AT_USER,       // the user that it is to run as
    LAUNCHER_AT_DIRECTORY,  // the working directory
    LAUNCHER_AT_PROGRAM,    // the program itself
};

// A limit of setrlimit, which holds as the soft and the hard one.
struct launcher_limit {
    int resource;
    unsigned long long value;
};

// The user and the groups that a command runs as.
struct launcher_user {
    uid_t user;
    gid_t group;
    const gid_t *groups;
    size_t group_count;
};

struct launcher_command {
    const char *path;  // looked up already: no search here
    char *const *arguments;
    char *const *environment;
    const char *directory;  // NULL: the worker's own
    int standard_input;
    int standard_output;
    int standard_error;
    const struct launcher_limit *limits;
    size_t limit_count;
    const struct launcher_user *user;  // NULL: the worker's own
    int mask;                          // of umask; below 0: the worker's own
};

struct launcher_child {
    pid_t process;           // also the id of its process group
    int process_descriptor;  // readable when the process has ended; close-on-exec
    int error;
};

// The end of a process: an exit code, or the signal that killed it.
struct launcher_ending {
    int code;
    int signal;
};

// Starts the guard and returns this side's end of its socket, or -1 with errno.
int launcher_start_guard(pid_t *process);

// Tells the guard that a group runs (+id) or is over (-id). Returns 0 or an error number; never raises SIGPIPE.
int launcher_tell_guard(int guard, pid_t group);

// Starts a command in a session and a process group of its own, without a terminal; the guard knows the group before
// the command's first instruction. Only one permanent thread may call it, see above; with LAUNCHER_NO_GUARD any thread
// may.
enum launcher_stage launcher_spawn(const struct launcher_command *command, int guard, struct launcher_child *child);

// Waits for the end of a process that launcher_spawn started, and lets the kernel recycle its id; as the id of its
// group it stays taken as long as one member lives. Returns 0 or an error number.
int launcher_collect(pid_t process, struct launcher_ending *ending);

// Makes a file in memory that holds these bytes and is read from its start; close-on-exec. Returns it, or -1 with
// errno. As standard input it needs no writer: nothing has to wait, and no SIGPIPE comes when the command does not read
// it.
int launcher_memory_file(const void *bytes, size_t count);

// Makes a pipe whose reading end does not block; both ends are close-on-exec. Returns 0 or an error number.
int launcher_pipe(int *reading_end, int *writing_end);

// Returns the number of bytes that wait in a pipe.
int launcher_pending(int descriptor);

// Returns the environment of this process as it was given, with NULL at its end; entries need not be UTF-8.
char *const *launcher_environment(void);

// Opens /dev/null for each of the descriptors 0 to 2 that is closed. It must be called before anything else opens one.
// Returns 0 or an error number.
int launcher_open_standard_descriptors(void);

// For the first process of a container: starts a command, passes signals on to it, and reaps it and every process that
// is left to the first one. The command has no terminal, so SIGHUP is passed on as `hangup_as`, the signal that it
// means to this process. Signals that came ignored are not passed on. Returns 0 with the status to exit with when the
// command has ended, or an error number.
int launcher_stand_first(const struct launcher_command *command, int hangup_as, int *status);

// Returns 1 when this process ignores a signal, else 0.
int launcher_ignores(int signal);
