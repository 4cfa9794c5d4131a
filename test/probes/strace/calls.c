/*
 * Makes system calls of all kinds, each with its structures in one arena, and writes a log of what
 * every call was given and what it left there. strace watches it; the two together are the truth of
 * packages/machine/src/linux/strace: the same words and bytes must give the same text.
 *
 * Log: `call NUMBER SIX WORDS`, then `before OFFSET BYTES` for each run of bytes that are not zero,
 * `result WORD`, and `after OFFSET BYTES` for each run that the call changed. Numbers are
 * hexadecimal; offsets are from the arena, whose address is the first line.
 *
 *   calls LOG    in an empty folder; made and run by tools/linux/strace-record.mjs
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define ARENA_BYTES 12288
#define LOG_BYTES (8 << 20)

static unsigned char arena[ARENA_BYTES] __attribute__((aligned(4096)));
static unsigned char before[ARENA_BYTES];
static char log_text[LOG_BYTES];
static size_t log_length;
static size_t used;
/* What the next child sends to itself. */
static int child_signal;
static long self, thread;

/* Puts bytes into the arena for the next call. */
static long put(const void *bytes, size_t length) {
  used = (used + 15) & ~15ul;
  long address = (long)(arena + used);
  if (bytes != NULL) memcpy(arena + used, bytes, length);
  used += length + 1;
  return address;
}

#define S(text) put(text, sizeof(text) - 1)
#define ROOM(length) put(NULL, length)
#define AS(type, ...) put(&(type)__VA_ARGS__, sizeof(type))
#define WORDS(...) put((uint64_t[]){__VA_ARGS__}, sizeof((uint64_t[]){__VA_ARGS__}))
#define INTS(...) put((int[]){__VA_ARGS__}, sizeof((int[]){__VA_ARGS__}))

static void runs(const char *name, const unsigned char *now, const unsigned char *old) {
  for (size_t at = 0; at < ARENA_BYTES; at++) {
    if (now[at] == (old ? old[at] : 0)) continue;
    log_length += sprintf(log_text + log_length, "%s %zx ", name, at);
    for (; at < ARENA_BYTES && now[at] != (old ? old[at] : 0); at++) {
      log_length += sprintf(log_text + log_length, "%02x", now[at]);
    }
    log_text[log_length++] = '\n';
  }
}

static long raw(long number, const long *w) {
  register long r10 asm("r10") = w[3];
  register long r8 asm("r8") = w[4];
  register long r9 asm("r9") = w[5];
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(w[0]), "S"(w[1]), "d"(w[2]), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

static long call(long number, const long *w) {
  log_length += sprintf(log_text + log_length, "call %lx %lx %lx %lx %lx %lx %lx\n", number, w[0],
                        w[1], w[2], w[3], w[4], w[5]);
  runs("before", arena, NULL);
  memcpy(before, arena, ARENA_BYTES);
  long result = raw(number, w);
  if ((number == SYS_fork || number == SYS_clone || number == SYS_clone3) &&
      result == 0) {
    if (child_signal != 0) raw(SYS_kill, (long[6]){raw(SYS_getpid, (long[6]){0}), child_signal});
    raw(SYS_exit_group, (long[6]){7});
  }
  log_length += sprintf(log_text + log_length, "result %lx\n", result);
  runs("after", arena, before);
  memset(arena, 0, ARENA_BYTES);
  used = 0;
  return result;
}

#define CALL(name, ...) call(SYS_##name, (long[6]){__VA_ARGS__})

static void files(void) {
  long fd = CALL(openat, AT_FDCWD, S("a"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  CALL(openat, AT_FDCWD, S("nothing"), O_RDONLY);
  CALL(openat, AT_FDCWD, S("a"), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_DIRECTORY);
  CALL(openat, 99, S("b"), O_WRONLY | O_APPEND | O_EXCL | O_SYNC);
  CALL(openat, AT_FDCWD, S("."), O_RDWR | O_TMPFILE, 0600);
  CALL(openat, AT_FDCWD, S("/"), O_PATH | O_CLOEXEC | O_DSYNC | O_NOATIME | O_NOCTTY);
  CALL(openat, AT_FDCWD, S("/"), 3);
  CALL(openat, AT_FDCWD, S("/"), 0x40000003);
  CALL(openat, AT_FDCWD, 0, 0);
  CALL(openat, AT_FDCWD, 1, 0);
  CALL(open, S("/etc/\"quoted\\\n\t\177\1" "9\0018\0"), O_RDONLY);
  CALL(open, S("c"), O_WRONLY | O_CREAT, 04755);
  CALL(creat, S("d"), 0);
  CALL(creat, S("e/e"), 0100644);
  CALL(write, fd, S("hello, file\n"), 12);
  CALL(write, fd, S("0123456789abcdef0123456789abcdef"), 32);
  CALL(write, fd, S("0123456789abcdef0123456789abcdef!"), 33);
  CALL(write, fd, S("\0\1\2\3\7\10\11\12\13\14\15\16\37 \176\177\200\377\0011\0018\0019\377" "0"), 25);
  CALL(write, fd, S("0123456789abcdef0123456789abcde\0011"), 33);
  CALL(write, fd, S("x"), 0);
  CALL(write, fd, 0, 5);
  CALL(write, fd, 16, 5);
  CALL(write, -1, S("x"), 1);
  CALL(lseek, fd, 0, SEEK_SET);
  CALL(read, fd, ROOM(64), 64);
  CALL(read, fd, ROOM(64), 5);
  CALL(read, 99, ROOM(64), 64);
  CALL(read, fd, 16, 64);
  CALL(lseek, fd, -5, SEEK_END);
  CALL(lseek, fd, 0, SEEK_CUR);
  CALL(lseek, fd, -99999, SEEK_CUR);
  CALL(lseek, fd, 0, SEEK_DATA);
  CALL(lseek, fd, 0, SEEK_HOLE);
  CALL(lseek, fd, 0, 9);
  CALL(lseek, fd, 1l << 40, SEEK_SET);
  CALL(read, fd, ROOM(64), 64);
  CALL(pread64, fd, ROOM(64), 5, 3);
  CALL(pread64, fd, ROOM(64), 5, -1);
  CALL(pwrite64, fd, S("abc"), 3, 4096);
  long a = S("first"), b = S("second one that is longer than thirty-two bytes");
  CALL(writev, fd, WORDS(a, 5, b, 47), 2);
  CALL(writev, fd, 0, 0);
  CALL(writev, fd, WORDS(1, 5), 1);
  CALL(writev, fd, 16, 2);
  CALL(writev, fd, WORDS(0, 0), 1);
  a = ROOM(8), b = ROOM(100);
  CALL(lseek, fd, 0, SEEK_SET);
  a = ROOM(8), b = ROOM(100);
  CALL(readv, fd, WORDS(a, 8, b, 100), 2);
  a = ROOM(8), b = ROOM(100);
  CALL(readv, 99, WORDS(a, 8, b, 100), 2);
  a = ROOM(8), b = ROOM(100);
  CALL(preadv, fd, WORDS(a, 8, b, 3), 2, 2, 0);
  a = S("abc");
  CALL(pwritev, fd, WORDS(a, 3), 1, 7, 0);
  a = S("abc");
  CALL(pwritev2, fd, WORDS(a, 3), 1, 7, 0, 2);
  CALL(fstat, fd, ROOM(144));
  CALL(fstat, 99, ROOM(144));
  CALL(fstat, fd, 0);
  CALL(stat, S("/"), ROOM(144));
  CALL(stat, S("/tmp"), ROOM(144));
  CALL(stat, S("nothing"), ROOM(144));
  CALL(symlink, S("nothing"), S("l"));
  CALL(lstat, S("l"), ROOM(144));
  CALL(stat, S("/dev/null"), ROOM(144));
  CALL(newfstatat, AT_FDCWD, S("a"), ROOM(144), 0);
  CALL(newfstatat, fd, S(""), ROOM(144), AT_EMPTY_PATH);
  CALL(newfstatat, AT_FDCWD, S("l"), ROOM(144), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
  CALL(newfstatat, AT_FDCWD, S("l"), ROOM(144), 0x8000);
  CALL(statx, AT_FDCWD, S("a"), AT_STATX_SYNC_AS_STAT, STATX_BASIC_STATS, ROOM(256));
  CALL(statx, AT_FDCWD, S("a"), AT_STATX_FORCE_SYNC | AT_SYMLINK_NOFOLLOW, STATX_ALL, ROOM(256));
  CALL(statx, AT_FDCWD, S("a"), AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MODE | STATX_SIZE, ROOM(256));
  CALL(statx, AT_FDCWD, S("nothing"), 0, STATX_BTIME, ROOM(256));
  CALL(statfs, S("/proc"), ROOM(120));
  CALL(fstatfs, 99, ROOM(120));
  CALL(statfs, S("/tmp"), ROOM(120));
  CALL(access, S("a"), F_OK);
  CALL(access, S("a"), R_OK | W_OK | X_OK);
  CALL(access, S("nothing"), R_OK);
  CALL(access, S("nothing"), 8);
  CALL(faccessat, AT_FDCWD, S("a"), R_OK);
  CALL(faccessat2, AT_FDCWD, S("a"), W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW);
  CALL(readlink, S("l"), ROOM(64), 64);
  CALL(readlink, S("a"), ROOM(64), 64);
  CALL(readlinkat, AT_FDCWD, S("l"), ROOM(64), 3);
  CALL(mkdir, S("dir"), 0755);
  CALL(mkdirat, AT_FDCWD, S("dir"), 0777);
  CALL(rename, S("c"), S("dir/c"));
  CALL(renameat, AT_FDCWD, S("dir/c"), AT_FDCWD, S("c"));
  CALL(renameat2, AT_FDCWD, S("c"), AT_FDCWD, S("a"), RENAME_NOREPLACE);
  CALL(renameat2, AT_FDCWD, S("c"), AT_FDCWD, S("a"), RENAME_EXCHANGE);
  CALL(renameat2, AT_FDCWD, S("c"), AT_FDCWD, S("a"), 0);
  CALL(link, S("a"), S("hard"));
  CALL(linkat, AT_FDCWD, S("a"), AT_FDCWD, S("hard2"), AT_SYMLINK_FOLLOW);
  CALL(linkat, AT_FDCWD, S("a"), AT_FDCWD, S("hard3"), 0);
  CALL(symlinkat, S("a"), AT_FDCWD, S("l2"));
  CALL(unlink, S("hard"));
  CALL(unlinkat, AT_FDCWD, S("hard2"), 0);
  CALL(unlinkat, AT_FDCWD, S("dir"), AT_REMOVEDIR);
  CALL(rmdir, S("dir"));
  CALL(chmod, S("a"), 0600);
  CALL(fchmod, fd, 01777);
  CALL(fchmodat, AT_FDCWD, S("a"), 0644);
  CALL(chown, S("a"), -1, -1);
  CALL(fchown, fd, 0, 0);
  CALL(lchown, S("nothing"), 1000, 1000);
  CALL(fchownat, AT_FDCWD, S("a"), 0, -1, AT_SYMLINK_NOFOLLOW);
  CALL(umask, 022);
  CALL(umask, 0777);
  CALL(umask, 022);
  CALL(truncate, S("a"), 100);
  CALL(ftruncate, fd, 5000);
  CALL(ftruncate, fd, -1);
  CALL(fallocate, fd, 0, 0, 100);
  CALL(fallocate, fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, 4096);
  CALL(fsync, fd);
  CALL(fdatasync, fd);
  CALL(sync);
  CALL(syncfs, 99);
  CALL(flock, fd, 2);
  CALL(flock, fd, 4 | 1);
  CALL(flock, fd, 8);
  CALL(fadvise64, fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  CALL(fadvise64, fd, 4096, 100, POSIX_FADV_DONTNEED);
  CALL(readahead, fd, 0, 10);
  CALL(utimensat, AT_FDCWD, S("a"), 0, 0);
  CALL(utimensat, AT_FDCWD, S("a"), WORDS(1, 2, 3, 4), AT_SYMLINK_NOFOLLOW);
  CALL(utimensat, fd, 0, WORDS(0, UTIME_NOW, 0, UTIME_OMIT), 0);
  CALL(utimensat, fd, 0, WORDS(1700000000, 123456789, 0, UTIME_OMIT), 0);
  CALL(utimensat, fd, 0, WORDS(1700000000, 2000000000, 0, UTIME_OMIT), 0);
  CALL(utime, S("a"), WORDS(1, 2));
  CALL(utimes, S("a"), WORDS(1, 2, 3, 4));
  CALL(futimesat, AT_FDCWD, S("a"), WORDS(1, 2, 3, 4));
  CALL(getcwd, ROOM(4096), 4096);
  CALL(getcwd, ROOM(4), 1);
  CALL(chdir, S("."));
  CALL(chdir, S("nothing"));
  CALL(fchdir, fd);
  CALL(chroot, S("nothing"));
  long folder = CALL(openat, AT_FDCWD, S("."), O_RDONLY | O_DIRECTORY);
  CALL(getdents64, folder, ROOM(2048), 2048);
  CALL(getdents64, folder, ROOM(2048), 2048);
  CALL(getdents64, 99, ROOM(2048), 2048);
  CALL(lseek, folder, 0, 0);
  CALL(getdents, folder, ROOM(2048), 2048);
  CALL(sendfile, fd, fd, 0, 10);
  CALL(sendfile, 1, fd, WORDS(3), 0);
  CALL(sendfile, 99, fd, WORDS(3), 5);
  CALL(copy_file_range, fd, WORDS(0), fd, WORDS(9000), 10, 0);
  CALL(splice, 99, 0, 98, 0, 4096, 1 | 2 | 4);
  CALL(tee, 99, 98, 4096, 2);
  CALL(dup, fd);
  CALL(dup, 99);
  CALL(dup2, fd, 60);
  CALL(dup3, fd, 61, O_CLOEXEC);
  CALL(dup3, fd, 61, 0);
  CALL(dup3, fd, fd, 5);
  CALL(close, 60);
  CALL(close, 99);
  CALL(close, -1);
  CALL(close_range, 70, 80, 0);
  CALL(close_range, 70, ~0u, 4);
  CALL(close_range, 70, 71, 2 | 4);
}

static void control(long fd) {
  CALL(fcntl, fd, F_DUPFD, 40);
  CALL(fcntl, fd, F_DUPFD_CLOEXEC, 40);
  CALL(fcntl, fd, F_GETFD);
  CALL(fcntl, 41, F_GETFD);
  CALL(fcntl, fd, F_SETFD, FD_CLOEXEC);
  CALL(fcntl, fd, F_SETFD, 0);
  CALL(fcntl, fd, F_SETFD, 3);
  CALL(fcntl, fd, F_GETFL);
  CALL(fcntl, fd, F_SETFL, O_RDWR | O_NONBLOCK | O_APPEND);
  CALL(fcntl, fd, F_SETFL, 0);
  CALL(fcntl, fd, F_GETFL);
  CALL(fcntl, fd, F_SETLK, AS(struct flock, {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 5}));
  CALL(fcntl, fd, F_SETLKW, AS(struct flock, {.l_type = F_UNLCK, .l_whence = SEEK_CUR, .l_start = -1}));
  CALL(fcntl, fd, F_GETLK, AS(struct flock, {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 5}));
  CALL(fcntl, 99, F_GETLK, AS(struct flock, {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 5}));
  CALL(fcntl, fd, F_GETOWN);
  CALL(fcntl, fd, F_GETPIPE_SZ);
  CALL(fcntl, fd, F_SETPIPE_SZ, 8192);
  CALL(fcntl, fd, F_GET_SEALS);
  CALL(fcntl, fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW);
  CALL(fcntl, fd, F_SETOWN, 5);
  CALL(fcntl, fd, F_GETSIG);
  CALL(fcntl, fd, 12345, 5);
  CALL(ioctl, fd, TCGETS, ROOM(64));
  CALL(ioctl, fd, TIOCGWINSZ, ROOM(64));
  CALL(ioctl, fd, FIONREAD, ROOM(64));
  CALL(ioctl, fd, FIONBIO, INTS(1));
  CALL(ioctl, fd, FIOCLEX);
  CALL(ioctl, fd, FIONCLEX);
  CALL(ioctl, fd, TIOCGPGRP, ROOM(4));
  CALL(ioctl, fd, TIOCSPGRP, INTS(77));
  CALL(ioctl, fd, TCSETSF, AS(struct termios, {.c_cflag = B38400 | CS8}));
  CALL(ioctl, fd, TIOCGPTN, ROOM(4));
  CALL(ioctl, fd, 0x12345678, 5);
  long terminal = CALL(openat, AT_FDCWD, S("/dev/ptmx"), O_RDWR | O_NOCTTY);
  CALL(ioctl, terminal, TCGETS, ROOM(64));
  CALL(ioctl, terminal, TIOCGWINSZ, ROOM(64));
  CALL(ioctl, terminal, TIOCSWINSZ, AS(struct winsize, {24, 80, 0, 0}));
  CALL(ioctl, terminal, FIONREAD, ROOM(64));
  CALL(ioctl, terminal, TIOCGPTN, ROOM(4));
  CALL(ioctl, terminal, TIOCSPTLCK, INTS(0));
  CALL(ioctl, terminal, TCSETS, AS(struct termios, {.c_cflag = B9600 | CS8 | CREAD, .c_lflag = ECHO}));
  CALL(ioctl, terminal, TCGETS, ROOM(64));
  CALL(ioctl, terminal, TCFLSH, 0);
}

static void channels(void) {
  CALL(pipe, ROOM(8));
  CALL(pipe2, ROOM(8), O_CLOEXEC | O_NONBLOCK);
  CALL(pipe2, ROOM(8), 1);
  CALL(pipe2, 16, 0);
  long event = CALL(eventfd2, 5, EFD_NONBLOCK | EFD_CLOEXEC);
  CALL(eventfd2, 0, EFD_SEMAPHORE);
  CALL(eventfd, 3);
  CALL(read, event, ROOM(8), 8);
  CALL(read, event, ROOM(8), 8);
  CALL(write, event, WORDS(1), 8);
  long epoll = CALL(epoll_create1, EPOLL_CLOEXEC);
  CALL(epoll_create1, 0);
  CALL(epoll_create, 5);
  CALL(epoll_ctl, epoll, EPOLL_CTL_ADD, event, AS(struct epoll_event, {EPOLLIN | EPOLLET, {.u64 = 0x100000005}}));
  CALL(epoll_ctl, epoll, EPOLL_CTL_MOD, event, AS(struct epoll_event, {EPOLLIN | EPOLLOUT | EPOLLRDHUP, {.u32 = 9}}));
  CALL(epoll_wait, epoll, ROOM(120), 10, 0);
  CALL(epoll_pwait, epoll, ROOM(120), 10, 0, 0, 8);
  CALL(epoll_pwait, epoll, ROOM(120), 10, 100, WORDS(1 << (SIGINT - 1)), 8);
  CALL(epoll_pwait2, epoll, ROOM(120), 10, WORDS(0, 1000), 0, 8);
  CALL(epoll_ctl, epoll, EPOLL_CTL_DEL, event, 0);
  CALL(epoll_ctl, epoll, 9, event, AS(struct epoll_event, {0, {0}}));
  CALL(epoll_wait, epoll, ROOM(120), 10, 0);
  CALL(epoll_wait, 99, ROOM(120), 10, -1);
  CALL(poll, AS(struct pollfd, {event, POLLIN | POLLOUT, 0}), 1, 1000);
  CALL(poll, AS(struct pollfd, {event, POLLPRI | POLLERR | POLLHUP | POLLRDNORM, 0}), 1, 0);
  CALL(poll, put((struct pollfd[]){{99, POLLIN, 0}, {-1, POLLIN, 0}, {event, POLLIN, 0}}, 24), 3, -1);
  CALL(poll, 0, 0, 0);
  CALL(poll, 16, 2, -1);
  CALL(ppoll, AS(struct pollfd, {event, POLLIN, 0}), 1, WORDS(1, 5), 0, 8);
  CALL(ppoll, AS(struct pollfd, {event, POLLPRI, 0}), 1, WORDS(0, 5), WORDS(0), 8);
  CALL(ppoll, 0, 0, WORDS(0, 5), WORDS(~0ul), 8);
  CALL(select, 4, WORDS(1 << 3), WORDS(1 << 1 | 1 << 2), 0, WORDS(0, 100));
  CALL(select, 0, 0, 0, 0, WORDS(0, 1));
  CALL(select, event + 1, WORDS(1ul << event), 0, WORDS(1), WORDS(1, 0));
  CALL(select, 1000, WORDS(1ul << 63, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0, 0, 0);
  long set = WORDS(0);
  CALL(pselect6, event + 1, WORDS(1ul << event), 0, 0, WORDS(1, 0), WORDS(set, 8));
  CALL(pselect6, event + 1, 0, WORDS(1ul << event), 0, WORDS(0, 5), 0);
  CALL(pselect6, event + 1, WORDS(0), 0, 0, WORDS(0, 5), 0);
  long timer = CALL(timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  CALL(timerfd_create, CLOCK_REALTIME, 0);
  CALL(timerfd_settime, timer, 0, WORDS(0, 0, 5, 6), 0);
  CALL(timerfd_settime, timer, TFD_TIMER_ABSTIME, WORDS(0, 1, 5, 6), ROOM(32));
  CALL(timerfd_gettime, timer, ROOM(32));
  CALL(signalfd4, -1, WORDS(1 << (SIGUSR1 - 1)), 8, 02000000 | 04000);
  CALL(memfd_create, S("name"), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  CALL(memfd_create, S("n"), 0);
  CALL(memfd_create, S("n"), 0x100);
  CALL(socketpair, 1, 1, 0, ROOM(8));
  CALL(socketpair, 1, 1 | 02000000 | 04000, 0, ROOM(8));
  CALL(socket, 1, 1 | 02000000, 0);
  CALL(socket, 2, 2, 0);
  CALL(socket, 77, 1, 0);
  CALL(inotify_init1, 02000000);
}

static void memory(void) {
  long at = CALL(mmap, 0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CALL(mmap, at, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  CALL(mmap, at, 4096, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  CALL(mmap, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_DENYWRITE, 3, 0x1000);
  CALL(mmap, 0, 4096, PROT_READ | PROT_GROWSDOWN, 0, 3, 0);
  CALL(mmap, 0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK | MAP_GROWSDOWN | MAP_LOCKED | MAP_POPULATE, -1, 0);
  CALL(mmap, 0, 4096, 0x40, 0x4000007, 5, 0x123);
  CALL(mmap, 0, 4096, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC | MAP_32BIT | MAP_NONBLOCK | MAP_EXECUTABLE, 99, 4096);
  CALL(mmap, 0, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 21 << 26, -1, 0);
  CALL(mmap, 0, -1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CALL(mprotect, at, 4096, PROT_READ);
  CALL(mprotect, at, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
  CALL(mprotect, 0, 4096, PROT_NONE);
  CALL(mprotect, at, 4096, PROT_READ | PROT_GROWSDOWN | PROT_GROWSUP | 0x10);
  CALL(brk, 0);
  long end = CALL(brk, 0);
  CALL(brk, end + 0x1000);
  CALL(brk, -1);
  long moved = CALL(mremap, at, 4096, 16384, MREMAP_MAYMOVE);
  CALL(mremap, moved, 16384, 8192, 0);
  CALL(mremap, moved, 8192, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, at + 0x10000000);
  CALL(mremap, 0, 8192, 8192, 0x10);
  CALL(munmap, at, 8192);
  CALL(munmap, 1, 0);
  at = CALL(mmap, 0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CALL(madvise, at, 4096, MADV_DONTNEED);
  CALL(madvise, at, 4096, MADV_FREE);
  CALL(madvise, at, 4096, MADV_HUGEPAGE);
  CALL(madvise, at, 4096, MADV_WILLNEED);
  CALL(madvise, at, 4096, MADV_POPULATE_WRITE);
  CALL(madvise, at, 4096, 77);
  CALL(mincore, at, 16384, ROOM(16));
  CALL(mincore, at, 4096, ROOM(16));
  CALL(mincore, 1, 4096, ROOM(16));
  CALL(mlock, at, 4096);
  CALL(mlock2, at, 4096, 1);
  CALL(munlock, at, 4096);
  CALL(mlockall, MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
  CALL(munlockall);
  CALL(msync, at, 4096, MS_SYNC);
  CALL(msync, at, 4096, MS_ASYNC | MS_INVALIDATE);
  CALL(msync, at, 4096, 0);
  CALL(membarrier, 0, 0, 0);
  CALL(membarrier, 16, 0, 0);
  CALL(membarrier, 8, 0, 0);
  CALL(membarrier, 3, 1, 0);
  CALL(getrlimit, RLIMIT_STACK, ROOM(16));
  CALL(getrlimit, RLIMIT_CORE, ROOM(16));
  CALL(getrlimit, RLIMIT_NOFILE, ROOM(16));
  CALL(getrlimit, 99, ROOM(16));
  CALL(setrlimit, RLIMIT_CORE, WORDS(0, RLIM_INFINITY));
  CALL(setrlimit, RLIMIT_DATA, WORDS(1 << 30, 1ul << 40));
  CALL(setrlimit, RLIMIT_AS, 0);
  CALL(prlimit64, 0, RLIMIT_STACK, 0, ROOM(16));
  CALL(prlimit64, 0, RLIMIT_DATA, WORDS(1025, 1024), ROOM(16));
  CALL(prlimit64, 99999999, RLIMIT_AS, 0, ROOM(16));
}

static void clocks(void) {
  CALL(clock_gettime, CLOCK_REALTIME, ROOM(16));
  CALL(clock_gettime, CLOCK_MONOTONIC, ROOM(16));
  CALL(clock_gettime, CLOCK_PROCESS_CPUTIME_ID, ROOM(16));
  CALL(clock_gettime, 99, ROOM(16));
  CALL(clock_gettime, CLOCK_BOOTTIME, 0);
  CALL(clock_gettime, -6, ROOM(16));
  CALL(clock_getres, CLOCK_MONOTONIC_COARSE, ROOM(16));
  CALL(clock_getres, CLOCK_THREAD_CPUTIME_ID, 0);
  CALL(clock_settime, CLOCK_MONOTONIC, WORDS(1, 2));
  CALL(clock_nanosleep, CLOCK_REALTIME, 0, WORDS(0, 5), ROOM(16));
  CALL(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, WORDS(0, 5), 0);
  CALL(nanosleep, WORDS(0, 1000), ROOM(16));
  CALL(nanosleep, WORDS(0, 1000), 0);
  CALL(nanosleep, WORDS(-1, 1000), 0);
  CALL(nanosleep, WORDS(0, 1000000000), 0);
  CALL(nanosleep, 16, 0);
  CALL(gettimeofday, ROOM(16), 0);
  CALL(gettimeofday, ROOM(16), ROOM(8));
  CALL(gettimeofday, 16, 0);
  CALL(settimeofday, 16, 0);
  CALL(time, ROOM(8));
  CALL(time, 0);
  CALL(times, ROOM(32));
  CALL(times, 0);
  CALL(getitimer, ITIMER_REAL, ROOM(32));
  CALL(setitimer, ITIMER_REAL, WORDS(0, 0, 1000, 500), ROOM(32));
  CALL(setitimer, ITIMER_VIRTUAL, WORDS(0, 0, 0, 0), 0);
  CALL(setitimer, ITIMER_REAL, WORDS(0, 0, 0, 0), ROOM(32));
  CALL(setitimer, 9, 0, 0);
  CALL(alarm, 0);
  CALL(timer_create, CLOCK_MONOTONIC, 0, ROOM(8));
  CALL(getrusage, RUSAGE_SELF, ROOM(144));
  CALL(getrusage, RUSAGE_CHILDREN, ROOM(144));
  CALL(getrusage, RUSAGE_THREAD, ROOM(144));
  CALL(getrusage, 9, ROOM(144));
  CALL(sched_yield);
}

#define ACTION(...) put((uint64_t[]){__VA_ARGS__}, 32)

static void signals(void) {
  CALL(rt_sigaction, SIGUSR1, 0, ROOM(32), 8);
  CALL(rt_sigaction, SIGUSR1, ACTION(1, 0, 0, 0), 0, 8);
  CALL(rt_sigaction, SIGINT, ACTION(0x401000, SA_SIGINFO | 0x04000000 | SA_RESTART, 0x402000, 1 << (SIGUSR1 - 1) | 1ul << 63), ROOM(32), 8);
  CALL(rt_sigaction, SIGINT, ACTION(0, SA_ONSTACK | SA_NODEFER | SA_RESETHAND | SA_NOCLDSTOP | SA_NOCLDWAIT, 0, ~0ul), ROOM(32), 8);
  CALL(rt_sigaction, SIGKILL, ACTION(0, 0, 0, 0), 0, 8);
  CALL(rt_sigaction, 33, ACTION(0, 0x04000000, 5, 0), 0, 8);
  CALL(rt_sigaction, 32, 0, ROOM(32), 8);
  CALL(rt_sigaction, 99, 0, 0, 8);
  CALL(rt_sigprocmask, SIG_BLOCK, WORDS(1 << (SIGUSR1 - 1) | 1 << (SIGCHLD - 1)), ROOM(8), 8);
  CALL(rt_sigprocmask, SIG_SETMASK, WORDS(~0ul), ROOM(8), 8);
  CALL(rt_sigprocmask, SIG_UNBLOCK, WORDS(~7ul), 0, 8);
  CALL(rt_sigprocmask, SIG_SETMASK, WORDS(0), ROOM(8), 8);
  CALL(rt_sigprocmask, SIG_BLOCK, WORDS(3ul << 31), ROOM(8), 8);
  CALL(rt_sigprocmask, SIG_SETMASK, WORDS(1 << (SIGUSR1 - 1) | 1 << (SIGCHLD - 1)), 0, 8);
  CALL(rt_sigprocmask, SIG_SETMASK, 0, ROOM(8), 8);
  CALL(rt_sigprocmask, 9, WORDS(0), 0, 8);
  CALL(rt_sigprocmask, 0, 16, 0, 8);
  CALL(kill, self, SIGUSR1);
  CALL(kill, 0, 0);
  CALL(kill, 99999999, SIGKILL);
  CALL(kill, 99999999, 35);
  CALL(tkill, 99999999, SIGSTOP);
  CALL(tgkill, 99999999, 99999999, 34);
  CALL(tgkill, 99999999, 99999999, 77);
  CALL(rt_sigpending, ROOM(8), 8);
  CALL(rt_sigtimedwait, WORDS(1 << (SIGUSR1 - 1)), ROOM(128), WORDS(1, 0), 8);
  CALL(rt_sigtimedwait, WORDS(1 << (SIGUSR1 - 1)), 0, WORDS(0, 10), 8);
  CALL(sigaltstack, AS(stack_t, {(void *)0x500000, 0, 8192}), ROOM(24));
  CALL(sigaltstack, AS(stack_t, {0, SS_DISABLE, 0}), ROOM(24));
  CALL(sigaltstack, AS(stack_t, {(void *)0x500000, (int)(1u << 31) | SS_ONSTACK, 8192}), 0);
  CALL(sigaltstack, 0, ROOM(24));
  CALL(sigaltstack, AS(stack_t, {0, SS_DISABLE, 0}), 0);
}

static void processes(void) {
  long child = CALL(fork);
  CALL(wait4, child, ROOM(4), 0, ROOM(144));
  CALL(wait4, -1, ROOM(4), WNOHANG, 0);
  child = CALL(fork);
  CALL(wait4, -1, ROOM(4), WNOHANG | WUNTRACED | __WALL, 0);
  long room = ROOM(8);
  CALL(clone, CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD, 0, 0, room, 0);
  CALL(wait4, -1, 0, __WCLONE | WCONTINUED, 0);
  CALL(wait4, -1, ROOM(4), 0, 0);
  room = ROOM(8);
  CALL(clone, CLONE_PARENT_SETTID | SIGCHLD, 0, room, 0, 0);
  CALL(waitid, P_ALL, 0, ROOM(128), WEXITED | WNOWAIT, 0);
  CALL(waitid, P_PID, 99999999, ROOM(128), WEXITED | WSTOPPED | WCONTINUED | WNOHANG, 0);
  CALL(wait4, -1, ROOM(4), 0, 0);
  long ptid = ROOM(8);
  CALL(clone3, AS(struct clone_args, {.flags = CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, .child_tid = 0x500000, .parent_tid = ptid, .exit_signal = SIGCHLD}), 88);
  CALL(wait4, -1, ROOM(4), 0, 0);
  CALL(clone3, AS(struct clone_args, {.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS, .stack = 0x500000, .stack_size = 0, .tls = 0x600000}), 88);
  CALL(clone3, AS(struct clone_args, {.exit_signal = SIGCHLD}), 88);
  CALL(wait4, -1, ROOM(4), 0, 0);
  CALL(clone3, 0, 88);
  CALL(unshare, 0);
  child_signal = SIGSEGV;
  child = CALL(fork);
  CALL(wait4, child, ROOM(4), 0, 0);
  child_signal = SIGSTOP;
  child = CALL(fork);
  CALL(wait4, child, ROOM(4), WUNTRACED, 0);
  CALL(kill, child, SIGCONT);
  CALL(wait4, child, ROOM(4), 0, 0);
  long name = S("first"), second = S("second argument that is longer than 32");
  long strings = WORDS(name, second, 0);
  CALL(execve, S("nothing"), strings, WORDS(0));
  CALL(execve, S("nothing"), 0, 0);
  name = S("A=1");
  strings = WORDS(name, 0);
  CALL(execve, S("nothing"), strings, strings);
  CALL(execve, S("nothing"), 16, 16);
  CALL(execveat, AT_FDCWD, S("nothing"), WORDS(0), WORDS(0), AT_EMPTY_PATH);
  CALL(getpid);
  CALL(getppid);
  CALL(gettid);
  CALL(getpgid, 0);
  CALL(getsid, 0);
  CALL(setpgid, 0, 99999999);
  CALL(getpgrp);
  CALL(setsid);
  CALL(getuid);
  CALL(geteuid);
  CALL(getgid);
  CALL(getegid);
  CALL(setuid, 0);
  CALL(setresuid, -1, -1, -1);
  CALL(getresuid, INTS(9), INTS(9), INTS(9));
  CALL(getresgid, INTS(9), INTS(9), INTS(9));
  CALL(setgroups, 0, 0);
  CALL(getgroups, 0, 0);
  CALL(getgroups, 32, ROOM(128));
  CALL(getpriority, PRIO_PROCESS, 0);
  CALL(setpriority, PRIO_PROCESS, 0, 5);
  CALL(sched_getaffinity, 0, 128, ROOM(128));
  CALL(sched_setaffinity, 0, 8, WORDS(3));
  CALL(sched_getscheduler, 0);
  CALL(sched_getparam, 0, ROOM(4));
  CALL(sched_setparam, 0, INTS(0));
  CALL(sched_setscheduler, 0, 0, INTS(0));
  CALL(sched_get_priority_max, 1);
  CALL(sched_get_priority_min, 3);
  CALL(sched_rr_get_interval, 0, ROOM(16));
  CALL(getcpu, ROOM(4), ROOM(4), 0);
  CALL(set_tid_address, 0x500000);
  CALL(set_robust_list, 0x500000, 24);
  CALL(get_robust_list, 0, ROOM(8), ROOM(8));
  CALL(rseq, 0x500000, 32, 0, 0x53053053);
  CALL(arch_prctl, 0x1002, thread);
  CALL(arch_prctl, 0x1003, ROOM(8));
  CALL(arch_prctl, 0x3001, 0x500000);
  CALL(prctl, PR_SET_NAME, S("newname"));
  CALL(prctl, PR_GET_NAME, ROOM(16));
  CALL(prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
  CALL(prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
  CALL(prctl, PR_SET_PDEATHSIG, SIGTERM);
  CALL(prctl, PR_SET_VMA, 0, 0x500000, 4096, S("x"));
  CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  CALL(prctl, PR_CAPBSET_READ, 21);
  CALL(prctl, 99, 1, 2, 3, 4);
  CALL(personality, 0xffffffff);
  CALL(uname, ROOM(390));
  CALL(sysinfo, ROOM(112));
  CALL(getrandom, ROOM(40), 8, GRND_NONBLOCK);
  CALL(getrandom, ROOM(40), 4, GRND_RANDOM | GRND_INSECURE);
  CALL(getrandom, ROOM(40), 0, 0);
  CALL(capget, INTS(0x20080522, 0), ROOM(24));
  CALL(syslog, 10, 0, 0);
  CALL(getxattr, S("a"), S("user.x"), ROOM(64), 64);
  CALL(listxattr, S("a"), ROOM(64), 64);
  CALL(setxattr, S("nothing"), S("user.x"), S("abc"), 3, 1);
}

static void locks(void) {
  CALL(futex, INTS(1), FUTEX_WAIT, 0, 0);
  CALL(futex, INTS(1), FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, WORDS(0, 1000));
  CALL(futex, INTS(1), FUTEX_WAKE, 0x7fffffff);
  CALL(futex, INTS(1), FUTEX_WAKE_PRIVATE, 1);
  CALL(futex, INTS(1), FUTEX_WAIT_BITSET_PRIVATE, 2, 0, 0, FUTEX_BITSET_MATCH_ANY);
  CALL(futex, INTS(1), FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 1, WORDS(0, 5), 0, FUTEX_BITSET_MATCH_ANY);
  CALL(futex, INTS(1), FUTEX_WAKE_BITSET, 1, 0, 0, 3);
  CALL(futex, INTS(1), FUTEX_REQUEUE_PRIVATE, 1, 0x7fffffff, INTS(2));
  CALL(futex, INTS(1), FUTEX_CMP_REQUEUE, 1, 5, INTS(2), 9);
  CALL(futex, INTS(1), FUTEX_WAKE_OP_PRIVATE, 1, 1, INTS(2), FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_GT, 1));
  CALL(futex, INTS(0), FUTEX_LOCK_PI_PRIVATE, 0, 0);
  CALL(futex, INTS(1), FUTEX_UNLOCK_PI, 0);
  CALL(futex, INTS(1), FUTEX_TRYLOCK_PI, 0);
  CALL(futex, INTS(1), 99, 1, 2, 3, 4);
  CALL(futex, 0, FUTEX_WAKE, 1);
}

static long in_address(const char *host, int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &at.sin_addr);
  return put(&at, sizeof at);
}

static long in6_address(const char *host, int port) {
  struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, host, &at.sin6_addr);
  return put(&at, sizeof at);
}

/* A struct msghdr of one buffer. */
static long header(long name, int name_bytes, long bytes, long length, long control, long room) {
  long part = WORDS(bytes, length);
  return WORDS(name, name_bytes, part, 1, control, room, 0);
}

/* Lists longer than what is shown, lengths of 2^63 and more, and control data that breaks off. */
static void extremes(void) {
  static long none[100];
  struct {
    struct cmsghdr head;
    char data[8];
  } part = {{24, SOL_SOCKET, 77}, "unknown"};
  struct {
    struct cmsghdr head;
    long rest[3];
  } odd = {{17, 99, 5}, {0}};
  long all = -1, file = CALL(socket, 1, 2, 0);
  for (int count = 32; count <= 34; count++) {
    CALL(writev, -1, put(none, sizeof none), count);
    CALL(poll, put(none, sizeof none), count, 0);
    CALL(semop, -1, put(none, sizeof none), count);
    CALL(sendmsg, file, WORDS(0, 0, put(none, sizeof none), count, 0, 0, 0), 0);
  }
  CALL(semop, -1, put(none, sizeof none), all);
  CALL(writev, -1, put(none, sizeof none), all);
  CALL(write, -1, S("any of it that there is, and it is long"), all);
  CALL(sendto, file, S("any of it that there is, and it is long"), all, 0, 0, -1);
  CALL(msgsnd, -1, WORDS(7, 0x6f6c6c6568, 0, 0, 0, 0, 0), all, 0);
  CALL(msgrcv, -1, ROOM(8), 8, all << 60, 0);
  CALL(sendmsg, file, header(0, 0, S("x"), 1, put(&part, sizeof part), sizeof part), 0);
  CALL(sendmsg, file, header(0, 0, S("x"), 1, put(&part, sizeof part), 3), 0);
  CALL(sendmsg, file, header(0, 0, S("x"), 1, put(&odd, sizeof odd), sizeof odd), 0);
  odd.head.cmsg_level = SOL_SOCKET;
  CALL(sendmsg, file, header(0, 0, S("x"), 1, put(&odd, sizeof odd), 20), 0);
  odd.head.cmsg_len = 1ul << 62;
  odd.head.cmsg_type = all;
  CALL(sendmsg, file, header(0, 0, S("x"), 1, put(&odd, sizeof odd), sizeof odd), all);
}

static void unix_sockets(void) {
  static char long_name[110] = "\1\0\0hidden";
  long unix_stream = CALL(socket, 1, 1 | 02000000, 0);
  CALL(bind, unix_stream, S("\1\0s\0"), 5);
  CALL(bind, unix_stream, S("\1\0s\0"), 1);
  CALL(listen, unix_stream, 5);
  long client = CALL(socket, 1, 1, 0);
  CALL(connect, client, S("\1\0none\0"), 7);
  CALL(connect, client, S("\1\0s"), 3);
  CALL(connect, client, 0, 3);
  CALL(connect, client, 16, 3);
  long end = CALL(accept4, unix_stream, ROOM(110), INTS(110), 02000000 | 04000);
  CALL(accept, unix_stream + 50, ROOM(110), INTS(110));
  CALL(accept, unix_stream + 50, 0, 0);
  CALL(getsockname, unix_stream, ROOM(110), INTS(110));
  CALL(getsockname, end, ROOM(110), INTS(3));
  CALL(getsockname, client, ROOM(110), INTS(110));
  CALL(getpeername, client, ROOM(110), INTS(110));
  CALL(getpeername, unix_stream, ROOM(110), INTS(110));
  CALL(sendto, client, S("hello"), 5, MSG_NOSIGNAL, 0, 0);
  CALL(recvfrom, end, ROOM(20), 20, MSG_PEEK | MSG_DONTWAIT, 0, 0);
  CALL(recvfrom, end, ROOM(20), 20, 0, ROOM(110), INTS(110));
  CALL(recvfrom, end, ROOM(20), 20, MSG_DONTWAIT, ROOM(110), INTS(110));
  CALL(sendmsg, client, header(0, 0, S("message"), 7, 0, 0), 0);
  CALL(recvmsg, end, header(ROOM(110), 110, ROOM(20), 20, 0, 0), 0);
  CALL(recvmsg, end, header(ROOM(110), 110, ROOM(20), 20, ROOM(64), 64), 0);
  struct {
    struct cmsghdr head;
    int files[2];
  } rights = {{sizeof rights, SOL_SOCKET, SCM_RIGHTS}, {1, 2}};
  CALL(sendmsg, client, header(0, 0, S("rights"), 6, put(&rights, sizeof rights), sizeof rights), 0);
  CALL(recvmsg, end, header(0, 0, ROOM(20), 20, ROOM(64), 64), MSG_CMSG_CLOEXEC);
  CALL(setsockopt, end, SOL_SOCKET, SO_PASSCRED, INTS(1), 4);
  CALL(sendmsg, client, header(0, 0, S("who"), 3, 0, 0), MSG_NOSIGNAL | MSG_DONTWAIT);
  CALL(recvmsg, end, header(0, 0, ROOM(20), 20, ROOM(64), 64), 0);
  CALL(sendmsg, client, 0, 0);
  CALL(sendmsg, client, 16, 0);
  CALL(getsockopt, end, SOL_SOCKET, SO_PEERCRED, ROOM(12), INTS(12));
  CALL(getsockopt, end, SOL_SOCKET, SO_TYPE, ROOM(4), INTS(4));
  CALL(getsockopt, end, SOL_SOCKET, SO_ERROR, ROOM(4), INTS(4));
  CALL(getsockopt, end, SOL_SOCKET, SO_LINGER, ROOM(8), INTS(8));
  CALL(getsockopt, end, SOL_SOCKET, SO_RCVTIMEO, ROOM(16), INTS(16));
  CALL(getsockopt, end, SOL_SOCKET, SO_SNDBUF, ROOM(4), INTS(2));
  CALL(getsockopt, end, SOL_SOCKET, 999, ROOM(4), INTS(4));
  CALL(getsockopt, 99, SOL_SOCKET, SO_TYPE, ROOM(4), INTS(4));
  CALL(setsockopt, end, SOL_SOCKET, SO_KEEPALIVE, INTS(1), 4);
  CALL(setsockopt, end, SOL_SOCKET, SO_SNDBUF, INTS(10000), 4);
  CALL(setsockopt, end, SOL_SOCKET, SO_LINGER, INTS(1, 5), 8);
  CALL(setsockopt, end, SOL_SOCKET, SO_RCVTIMEO, WORDS(1, 500), 16);
  CALL(setsockopt, end, SOL_SOCKET, SO_SNDTIMEO, WORDS(1, 500), 16);
  CALL(setsockopt, end, SOL_SOCKET, SO_REUSEADDR, INTS(1), 2);
  CALL(setsockopt, end, SOL_SOCKET, 999, INTS(1), 4);
  CALL(setsockopt, end, 99, 5, INTS(1), 4);
  CALL(setsockopt, end, 99, 5, 0, 4);
  CALL(shutdown, end, SHUT_RD);
  CALL(shutdown, end, SHUT_WR);
  CALL(shutdown, end, SHUT_RDWR);
  CALL(shutdown, end, 7);
  long hidden = CALL(socket, 1, 2, 0);
  CALL(bind, hidden, put(long_name, sizeof long_name), 9);
  CALL(bind, hidden, S("\1\0"), 2);
  CALL(getsockname, hidden, ROOM(110), INTS(110));
  CALL(socketpair, 1, 2, 0, ROOM(8));
}

static void internet_sockets(void) {
  long listener = CALL(socket, 2, 1, 0);
  CALL(setsockopt, listener, SOL_SOCKET, SO_REUSEADDR, INTS(1), 4);
  CALL(bind, listener, in_address("127.0.0.1", 47000), 16);
  CALL(bind, listener, in_address("127.0.0.1", 47000), 10);
  CALL(listen, listener, 5);
  long client = CALL(socket, 2, 1 | 04000, 6);
  CALL(connect, client, in_address("127.0.0.1", 47000), 16);
  long end = CALL(accept, listener, ROOM(16), INTS(16));
  CALL(accept4, listener + 50, 0, 0, 02000000);
  CALL(getsockname, listener, ROOM(16), INTS(16));
  CALL(getpeername, client, ROOM(16), INTS(16));
  CALL(getsockname, listener, ROOM(16), INTS(4));
  CALL(setsockopt, client, 6, 1, INTS(1), 4);
  CALL(getsockopt, client, 6, 1, ROOM(4), INTS(4));
  CALL(setsockopt, client, 0, 1, INTS(16), 4);
  CALL(getsockopt, client, 0, 2, ROOM(4), INTS(4));
  CALL(sendto, client, S("x"), 1, 0, 0, 0);
  CALL(recvfrom, end, ROOM(20), 1, 0, ROOM(16), INTS(16));
  long six = CALL(socket, 10, 2, 0);
  CALL(bind, six, in6_address("::1", 47001), 28);
  CALL(setsockopt, six, 41, 26, INTS(1), 4);
  CALL(getsockopt, six, 41, 26, ROOM(4), INTS(4));
  CALL(sendto, six, S("to itself"), 9, MSG_DONTWAIT, in6_address("::1", 47001), 28);
  CALL(recvfrom, six, ROOM(20), 20, 0, ROOM(28), INTS(28));
  CALL(recvfrom, six, ROOM(20), 20, MSG_DONTWAIT | MSG_TRUNC, ROOM(28), INTS(28));
  long udp = CALL(socket, 2, 2, 17);
  CALL(bind, udp, in_address("127.0.0.1", 47002), 16);
  CALL(sendmsg, udp, header(in_address("127.0.0.1", 47002), 16, S("datagram"), 8, 0, 0), 0);
  CALL(recvmsg, udp, header(ROOM(16), 16, ROOM(20), 3, 0, 0), 0);
  CALL(connect, udp, in_address("127.0.0.1", 47002), 16);
  long part = WORDS(S("many"), 4);
  long more = WORDS(S("messages"), 8);
  CALL(sendmmsg, udp, WORDS(0, 0, part, 1, 0, 0, 0, 0, 0, 0, more, 1, 0, 0, 0, 0), 2, 0);
  part = WORDS(ROOM(9), 9);
  more = WORDS(ROOM(9), 9);
  CALL(recvmmsg, udp, WORDS(0, 0, part, 1, 0, 0, 0, 0, 0, 0, more, 1, 0, 0, 0, 0), 2, MSG_WAITFORONE, 0);
  part = WORDS(ROOM(9), 9);
  CALL(recvmmsg, udp, WORDS(0, 0, part, 1, 0, 0, 0, 0), 1, MSG_DONTWAIT, 0);
  part = WORDS(ROOM(9), 9);
  CALL(recvmmsg, udp, WORDS(0, 0, part, 1, 0, 0, 0, 0), 1, MSG_DONTWAIT, WORDS(1, 0));
  CALL(connect, udp, S("\0\0"), 2);
  CALL(socket, 2, 3, 1);
  CALL(socket, 2, 1, 17);
}

static void system_five(void) {
  short one[3] = {0, -1, IPC_NOWAIT}, many[6] = {0, 2, 0, 1, 0, SEM_UNDO};
  long set = CALL(semget, IPC_PRIVATE, 2, IPC_CREAT | 0600);
  CALL(semget, 0x1234abcd, 1, 0);
  long other = CALL(semget, 0x1234abcd, 1, IPC_CREAT | IPC_EXCL | 0);
  CALL(semctl, other, 0, IPC_RMID, 0);
  CALL(semop, set, put(one, sizeof one), 1);
  CALL(semop, set, put(many, sizeof many), 2);
  CALL(semop, set, 16, 1);
  CALL(semtimedop, set, put(one, sizeof one), 1, WORDS(1, 5));
  CALL(semtimedop, set, put(one, sizeof one), 1, 0);
  CALL(semctl, set, 1, SETVAL, 5);
  CALL(semctl, set, 1, GETVAL, 0);
  CALL(semctl, set, 0, GETALL, ROOM(4));
  CALL(semctl, set, 0, SETALL, INTS(0x00020001));
  CALL(semctl, set, 0, IPC_STAT, ROOM(104));
  CALL(semctl, set, 0, GETPID, 0);
  CALL(semctl, set, 0, IPC_SET, INTS(0, 1000, 1000, 0, 0, 0640, [26] = 0));
  CALL(semctl, set, 0, IPC_STAT, 16);
  CALL(semctl, set, 0, IPC_RMID, 0);
  CALL(semctl, set, 0, 99, 0);
  long queue = CALL(msgget, IPC_PRIVATE, IPC_CREAT | 0600);
  CALL(msgget, 0x1234abcd, 0);
  CALL(msgsnd, queue, WORDS(7, 0x6f6c6c6568), 5, 0);
  CALL(msgsnd, queue, WORDS(0, 0), 5, IPC_NOWAIT);
  CALL(msgsnd, queue, 16, 5, IPC_NOWAIT);
  CALL(msgctl, queue, IPC_STAT, ROOM(120));
  CALL(msgrcv, queue, ROOM(100), 80, -9, MSG_NOERROR);
  CALL(msgrcv, queue, ROOM(100), 80, 0, IPC_NOWAIT | MSG_EXCEPT);
  CALL(msgctl, queue, IPC_SET, INTS(0, 1000, 1000, 0, 0, 0640, [22] = 1000, [30] = 0));
  CALL(msgctl, queue, IPC_RMID, 0);
  long segment = CALL(shmget, IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  CALL(shmget, 0x1234abcd, 4096, SHM_HUGETLB | 0400);
  CALL(shmctl, segment, IPC_STAT, ROOM(112));
  long at = CALL(shmat, segment, 0, SHM_RDONLY);
  CALL(shmat, segment, 0x1001, SHM_RND | SHM_EXEC);
  CALL(shmdt, at);
  CALL(shmdt, 8);
  CALL(shmctl, segment, IPC_SET, INTS(0, 1000, 1000, 0, 0, 0640, [28] = 0));
  CALL(shmctl, segment, SHM_LOCK, 0);
  CALL(shmctl, segment, IPC_RMID, 0);
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  log_length = sprintf(log_text, "arena %lx\n", (long)arena);
  self = getpid();
  raw(SYS_arch_prctl, (long[6]){0x1003, (long)&thread});
  raw(SYS_write, (long[6]){-1, (long)"begin", 5});
  files();
  control(3);
  channels();
  memory();
  clocks();
  signals();
  processes();
  locks();
  extremes();
  unix_sockets();
  internet_sockets();
  system_five();
  raw(SYS_write, (long[6]){-1, (long)"end", 3});
  int fd = open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || write(fd, log_text, log_length) != (ssize_t)log_length) return 1;
  return 0;
}
