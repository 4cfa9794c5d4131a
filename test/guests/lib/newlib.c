/* The system calls newlib asks for, over semihosting. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "semihosting.h"

extern char __heap_start[], __heap_end[];

static char *heap_break = __heap_start;

/* Moves the break within [__heap_start, __heap_end]. */
__attribute__((weak)) void *_sbrk(intptr_t increment) {
  if (increment > __heap_end - heap_break || increment < __heap_start - heap_break) {
    errno = ENOMEM;
    return (void *)-1;
  }
  char *old = heap_break;
  heap_break += increment;
  return old;
}

/* Handles of the console, opened when first used. Mode 0 is "r", 4 is "w". */
static int console(int file) {
  static int handles[2];
  int output = file != 0;
  if (handles[output] == 0) {
    const uintptr_t block[3] = {(uintptr_t) ":tt", output ? 4 : 0, 3};
    handles[output] = semihost(SYS_OPEN, block);
  }
  return handles[output];
}

int _write(int file, const char *bytes, int size) {
  const uintptr_t block[3] = {(uintptr_t)console(file), (uintptr_t)bytes, (uintptr_t)size};
  return size - semihost(SYS_WRITE, block);
}

int _read(int file, char *bytes, int size) {
  const uintptr_t block[3] = {(uintptr_t)console(file), (uintptr_t)bytes, (uintptr_t)size};
  return size - semihost(SYS_READ, block);
}

int _fstat(int file, struct stat *status) {
  memset(status, 0, sizeof *status);
  status->st_mode = S_IFCHR;
  return file < 3 ? 0 : -1;
}

int _isatty(int file) { return file < 3; }

int _close(int file) {
  (void)file;
  return -1;
}

off_t _lseek(int file, off_t offset, int whence) {
  (void)file, (void)offset, (void)whence;
  errno = ESPIPE;
  return -1;
}

int _getpid(void) { return 1; }

/* abort raises SIGABRT through here; 128 + 6 is what a shell shows for it. */
int _kill(int process, int signal) {
  (void)process;
  finish(128 + signal);
}

void _exit(int status) { finish(status); }

/* What C++ registers its destructors under. */
void *__dso_handle;

void _init(void) {}

void _fini(void) {}
