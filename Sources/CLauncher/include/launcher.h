// Starts commands so that none of them, nor their descendants, outlives the worker. Linux only.
//
// Three nets lie under each other:
//   1. the command gets SIGKILL from the kernel when the thread that started it ends (PR_SET_PDEATHSIG), which is why
//      every launch is made by one thread that lives as long as the process;
//   2. its descendants, which the kernel forgets, are in its process group, and a guard process kills that group as
//      soon as the worker is gone by any means, SIGKILL included;
//   3. what a command leaves running in its group has a while to end by itself, and is killed then.
// What slips through: a descendant that leaves the group on purpose (setsid, a daemon). Run such programs in the
// foreground.
#pragma once

#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

// The guard's table is static. More commands than this at once are refused.
enum { LAUNCHER_MAX_GROUPS = 4096 };

// In the place of a guard: of a program that may outlive the thread that starts it, and sees to its end itself.
enum { LAUNCHER_NO_GUARD = -1 };

// Where a launch failed; the error number is of that step.
enum launcher_stage {
    LAUNCHER_STARTED = 0,
    LAUNCHER_AT_GUARD,      // the guard process is gone: start another and launch again
    LAUNCHER_AT_FORK,       // no new process, or no descriptors for it
    LAUNCHER_AT_LIMIT,      // a limit that this process may not set
    LAUNCHER_AT_USER,       // the user that it is to run as
    LAUNCHER_AT_DIRECTORY,  // the working directory
    LAUNCHER_AT_PROGRAM,    // the program itself
};

// A limit of setrlimit, for the soft and the hard one.
struct launcher_limit {
    int resource;
    unsigned long long value;
};

// Who a command runs as.
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

// How a process ended: an exit code, or the signal that killed it.
struct launcher_ending {
    int code;
    int signal;
};

// Starts the guard and returns our end of its socket, or -1 with errno.
int launcher_start_guard(pid_t *process);

// Tells the guard of a group (+id) or that it is over (-id). Returns 0 or an error number; never raises SIGPIPE.
int launcher_tell_guard(int guard, pid_t group);

// Starts a command in a session of its own, without a terminal, and in a process group of its own, known to the guard before its first instruction. Call it from one
// permanent thread only, see above; with LAUNCHER_NO_GUARD from any.
enum launcher_stage launcher_spawn(const struct launcher_command *command, int guard, struct launcher_child *child);

// Waits for the end of a process that launcher_spawn started, and lets the kernel recycle its id; as that of its group
// the id stays taken as long as one member lives. Returns 0 or an error number.
int launcher_collect(pid_t process, struct launcher_ending *ending);

// A file in memory that holds these bytes and is read from its start, or -1 with errno; close-on-exec. As standard
// input it needs no writer: nothing to wait for, no SIGPIPE when the command does not read it.
int launcher_memory_file(const void *bytes, size_t count);

// A pipe whose reading end does not block; both ends close-on-exec. Returns 0 or an error number.
int launcher_pipe(int *reading_end, int *writing_end);

// How many bytes wait in a pipe.
int launcher_pending(int descriptor);

// The environment of this process, as it was given: entries need not be UTF-8. Ends with NULL.
char *const *launcher_environment(void);

// Opens /dev/null for each of the descriptors 0 to 2 that is closed. To be called before anything else opens one.
// Returns 0 or an error number.
int launcher_open_standard_descriptors(void);

// For the first process of a container: starts a command, passes signals on to it, and reaps it and every process that
// is left to the first one. The command has no terminal, so SIGHUP is passed on as the signal that it means to this
// process; signals that came ignored are not passed on. Returns 0 when the command has ended, with the status to exit with, or an error number.
int launcher_stand_first(const struct launcher_command *command, int hangup_as, int *status);

// Whether this process ignores a signal.
int launcher_ignores(int signal);
