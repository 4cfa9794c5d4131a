/* Cases of calls on files: each begins in an empty directory of its own and says what it saw. */
#define _GNU_SOURCE
#include "../asleep.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <linux/fs.h>
#include <linux/stat.h>

/* musl has no function for these. */
#ifndef __GLIBC__
#define preadv2(file, parts, count, at, flags) \
  syscall(SYS_preadv2, file, parts, count, (long)(at), 0L, flags)
#define statx(...) syscall(SYS_statx, __VA_ARGS__)
#define renameat2(...) syscall(SYS_renameat2, __VA_ARGS__)
#endif

struct probe_case {
  const char *name;
  void (*run)(void);
};

/* The linker puts them in a row. */
#define CASE(id)                                                                       \
  static void id(void);                                                                \
  static const struct probe_case id##_case                                             \
      __attribute__((used, section("cases"), aligned(8))) = {#id, id};                 \
  static void id(void)

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void said(const char *text, long result);
/* Makes a call and says it with its result or the name of its error. */
#define T(...)                                                                         \
  do {                                                                                 \
    errno = 0;                                                                         \
    said(#__VA_ARGS__, (long)(__VA_ARGS__));                                           \
  } while (0)

/* Makes a file with a text. */
void put(const char *path, const char *text);
/* Says what a file's bytes are, unprintable ones as dots. */
void show(const char *path);
/* Says type, mode, links and, of files, size. */
void look(const char *path);
/* Says the names in a directory in order, with their types. */
void list(const char *path);
/* Says which of poll's events a descriptor has now. */
void polled(const char *what, int descriptor);
/* Says an option of a socket's that is an int. */
void say_option(const char *what, int socket, int level, int number);
#define GET(socket, level, number) say_option(#number, socket, level, number)
/* A child's end of a connection: writes 300000 bytes so often, reads an answer, exits with 7. */
void send_much(int end, int times);
/* Its parent's: reads in parts until there are no more, answers, and says how many there were. */
void take_much(int end, size_t part, pid_t child);
/* A name of a length. */
const char *name_of(size_t length);
