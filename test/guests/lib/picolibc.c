/* stdin, stdout and stderr of picolibc, and its ends, over semihosting. sbrk is picolibc's own:
 * it hands out [__heap_start, __heap_end]. */
#include <stdio.h>
#include <unistd.h>

#include "semihosting.h"

static int put(char c, FILE *file) {
  (void)file;
  semihost(SYS_WRITEC, &c);
  return (unsigned char)c;
}

static int get(FILE *file) {
  (void)file;
  return semihost(SYS_READC, NULL);
}

static FILE console = FDEV_SETUP_STREAM(put, get, NULL, _FDEV_SETUP_RW);

FILE *const stdin = &console;
FILE *const stdout = &console;
FILE *const stderr = &console;

void _exit(int status) { finish(status); }

/* abort raises SIGABRT through here; 128 + 6 is what a shell shows for it. */
int kill(int process, int signal) {
  (void)process;
  finish(128 + signal);
}

int getpid(void) { return 1; }
