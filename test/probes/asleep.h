/* Waiting for another process, for cases that must not depend on how busy the machine is. */
#include <sys/types.h>

/* Returns once a process, or a thread by its number, sleeps, is stopped or has ended. */
void wait_asleep(pid_t process);
