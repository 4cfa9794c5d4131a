/* Descriptors, directories' entries, locks, what /proc tells. */
#include "probe.h"

CASE(duplicates) {
  put("f", "0123456789");
  int file = open("f", O_RDONLY | O_CLOEXEC);
  T(dup(file));
  T(fcntl(4, F_GETFD));
  T(dup2(file, 9));
  T(dup2(file, file));
  T(dup2(99, 3));
  T(dup2(99, 99));
  T(dup2(file, -1));
  T(dup2(file, 1 << 30));
  T(dup3(file, 10, O_CLOEXEC));
  T(fcntl(10, F_GETFD));
  T(dup3(file, file, 0));
  T(dup3(file, 11, O_NONBLOCK));
  T(fcntl(file, F_DUPFD, 20));
  T(fcntl(file, F_DUPFD, 20));
  T(fcntl(file, F_DUPFD_CLOEXEC, 20));
  T(fcntl(22, F_GETFD));
  T(fcntl(file, F_DUPFD, -1));
  T(fcntl(file, F_DUPFD, 1 << 30));
  char text[10];
  T(read(4, text, 3));
  T(lseek(9, 0, SEEK_CUR));
  T(close(file));
  T(lseek(10, 0, SEEK_CUR));
  T(open("f", O_RDONLY));
  T(close(99));
  T(close(-1));
  T(fcntl(99, F_GETFL));
  T(fcntl(4, 9999));
  T(syscall(SYS_close_range, 10, 5, 0));
  T(syscall(SYS_close_range, 5, 50, 4));
  T(fcntl(9, F_GETFD));
  T(syscall(SYS_close_range, 5, 50, 0));
  T(fcntl(9, F_GETFD));
  T(fcntl(4, F_GETFD));
  T(syscall(SYS_close_range, 5, 50, 64));
}

CASE(most_files) {
  struct rlimit before, limit;
  getrlimit(RLIMIT_NOFILE, &before);
  limit = before;
  limit.rlim_cur = 10;
  setrlimit(RLIMIT_NOFILE, &limit);
  put("f", "");
  for (int n = 0; n < 6; n++) T(open("f", O_RDONLY));
  for (int n = 0; n < 3; n++) T(open("f", O_RDONLY));
  T(open("none", O_RDONLY));
  T(open("made", O_RDONLY | O_CREAT, 0644));
  look("made");
  T(dup(3));
  T(dup2(3, 10));
  T(dup2(3, 9));
  T(fcntl(3, F_DUPFD, 10));
  T(pipe((int[2]){0}));
  close(9);
  T(pipe((int[2]){0}));
  T(open("f", O_RDONLY));
  setrlimit(RLIMIT_NOFILE, &before);
}

CASE(entries) {
  mkdir("d", 0755);
  put("d/file", "");
  mkdir("d/sub", 0755);
  symlink("x", "d/link");
  mkfifo("d/fifo", 0644);
  list("d");
  int d = open("d", O_RDONLY);
  char bytes[1000];
  T(getdents64(d, (void *)bytes, 20));
  T(getdents64(d, (void *)bytes, 24) > 0);
  T(getdents64(d, (void *)bytes, sizeof bytes) > 0);
  T(getdents64(d, (void *)bytes, sizeof bytes));
  T(lseek(d, 0, SEEK_SET));
  int count = 0, total = 0;
  ssize_t length;
  while ((length = syscall(SYS_getdents64, d, bytes, 60)) > 0)
    for (ssize_t at = 0; at < length; at += *(unsigned short *)(bytes + at + 16)) count++, total++;
  say("%d entries", count);
  T(syscall(SYS_getdents64, 99, bytes, 100));
  T(syscall(SYS_getdents64, open("d/file", O_RDONLY), bytes, 100));
  DIR *directory = opendir("d");
  readdir(directory);
  readdir(directory);
  long position = telldir(directory);
  struct dirent *third = readdir(directory);
  char name[300];
  strcpy(name, third->d_name);
  readdir(directory);
  seekdir(directory, position);
  say("same again %d", strcmp(name, readdir(directory)->d_name));
  rewinddir(directory);
  put("d/new", "");
  count = 0;
  while (readdir(directory)) count++;
  say("%d entries after rewinding", count);
  closedir(directory);
}

CASE(working_directory) {
  mkdir("d", 0755);
  put("f", "");
  char top[500], path[500];
  T(getcwd(top, sizeof top) == top ? 0 : -1);
  T(chdir("d"));
  getcwd(path, sizeof path);
  say("%s", path + strlen(top));
  T(syscall(SYS_getcwd, path, 5));
  T(syscall(SYS_getcwd, (void *)8, 500));
  T(chdir("none"));
  T(chdir("../f"));
  T(chdir(""));
  T(chdir(NULL));
  symlink("../d", "s");
  T(chdir("s"));
  getcwd(path, sizeof path);
  say("%s", path + strlen(top));
  int up = open("..", O_RDONLY);
  T(fchdir(up));
  T(fchdir(99));
  T(fchdir(open("f", O_RDONLY)));
  T(chroot("."));
  T(chroot("none"));
}

CASE(whole_locks) {
  put("f", "");
  int one = open("f", O_RDWR), other = open("f", O_RDONLY), copy = dup(one);
  T(flock(one, LOCK_SH));
  T(flock(other, LOCK_SH | LOCK_NB));
  T(flock(other, LOCK_EX | LOCK_NB));
  T(flock(one, LOCK_UN));
  T(flock(other, LOCK_EX | LOCK_NB));
  T(flock(one, LOCK_SH | LOCK_NB));
  T(flock(other, LOCK_UN));
  T(flock(copy, LOCK_EX));
  T(flock(one, LOCK_EX | LOCK_NB));
  T(close(one));
  T(flock(other, LOCK_SH | LOCK_NB));
  T(close(copy));
  T(flock(other, LOCK_SH | LOCK_NB));
  T(flock(other, 99));
  T(flock(99, LOCK_SH));
}

static int lock(int file, int command, int type, long start, long length) {
  struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  int result = fcntl(file, command, &range);
  if (result == 0 && (command == F_GETLK || command == F_OFD_GETLK))
    say("type %d start %ld length %ld", range.l_type, (long)range.l_start, (long)range.l_len);
  return result;
}

CASE(range_locks) {
  put("f", "0123456789");
  int one = open("f", O_RDWR), other = open("f", O_RDWR), reader = open("f", O_RDONLY);
  T(lock(one, F_SETLK, F_WRLCK, 0, 5));
  T(lock(other, F_SETLK, F_WRLCK, 0, 5));
  T(lock(reader, F_SETLK, F_WRLCK, 0, 5));
  T(lock(one, F_OFD_SETLK, F_WRLCK, 3, 5));
  T(lock(one, F_SETLK, F_UNLCK, 2, 2));
  T(lock(one, F_OFD_GETLK, F_WRLCK, 0, 0));
  T(lock(one, F_OFD_SETLK, F_WRLCK, 2, 2));
  T(lock(one, F_OFD_SETLK, F_RDLCK, 10, 0));
  T(lock(other, F_OFD_SETLK, F_RDLCK, 12, 1));
  T(lock(other, F_OFD_SETLK, F_WRLCK, 12, 1));
  T(lock(one, F_SETLK, 9, 0, 0));
  T(lock(one, F_SETLK, F_RDLCK, -1, 0));
  T(lock(one, F_GETLK, F_UNLCK, 0, 0));
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    T(lock(one, F_SETLK, F_RDLCK, 0, 1));
    T(lock(one, F_GETLK, F_RDLCK, 0, 1));
    T(lock(one, F_SETLKW, F_RDLCK, 0, 1));
    _exit(0);
  }
  wait_asleep(child);
  close(reader);
  waitpid(child, NULL, 0);
}

CASE(attributes) {
  put("f", "");
  char text[10];
  T(syscall(SYS_getxattr, "f", "user.x", text, 10));
  T(syscall(SYS_getxattr, "none", "user.x", text, 10));
  T(syscall(SYS_listxattr, "f", text, 10));
  T(syscall(SYS_flistxattr, 99, text, 10));
  T(syscall(SYS_getxattr, "f", "", text, 10));
  T(syscall(SYS_getxattr, "f", "nonsense", text, 10));
}

CASE(status) {
  put("f", "12345");
  mkdir("d", 0755);
  struct stat status;
  T(stat("f", &status));
  say("mode %o size %ld links %d uid %d gid %d block %ld", status.st_mode, (long)status.st_size,
      (int)status.st_nlink, status.st_uid == getuid(), status.st_gid == getgid(),
      (long)status.st_blksize);
  say("blocks %ld", (long)status.st_blocks);
  T(stat("none", &status));
  T(lstat("f/x", &status));
  T(fstat(99, &status));
  struct statx more;
  T(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &more));
  say("mode %o size %ld links %d mask %d", more.stx_mode, (long)more.stx_size, more.stx_nlink,
      (more.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
  T(statx(AT_FDCWD, "", AT_EMPTY_PATH, STATX_SIZE, &more));
  T(statx(AT_FDCWD, "", 0, STATX_SIZE, &more));
  T(statx(AT_FDCWD, "f", 0x10000, STATX_SIZE, &more));
  T(statx(AT_FDCWD, "f", 0x6000, STATX_SIZE, &more));
  T(statx(AT_FDCWD, "f", 0, 0x80000000, &more));
  struct statfs system;
  T(statfs(".", &system));
  say("block %ld name %ld", (long)system.f_bsize, (long)system.f_namelen);
  T(statfs("none", &system));
  T(statfs("/proc", &system));
  say("type %lx", (long)system.f_type);
  T(fstatfs(99, &system));
}

static void say_status(const char *what, int result, const struct statfs *system) {
  say("%s: %d type %lx blocks %d free %d files %d", what, result, (long)system->f_type,
      system->f_blocks > 0, system->f_bfree > 0, system->f_files > 0);
}

CASE(file_systems) {
  struct statfs system;
  int ends[2];
  pipe(ends);
  say_status("pipe", fstatfs(ends[0], &system), &system);
  say("flags %lx", (long)system.f_flags);
  say_status("socket", fstatfs(socket(AF_UNIX, SOCK_STREAM, 0), &system), &system);
  say_status("event", fstatfs(eventfd(0, 0), &system), &system);
  say_status("memory", fstatfs(memfd_create("m", 0), &system), &system);
  const char *paths[] = {"/sys", "/proc", "/dev", "/dev/null", "/dev/pts", "/dev/shm"};
  for (int n = 0; n < 6; n++) say_status(paths[n], statfs(paths[n], &system), &system);
}

CASE(process_files) {
  put("f", "text");
  char path[100], text[600] = "", top[500];
  getcwd(top, sizeof top);
  int file = open("f", O_RDWR);
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  ssize_t length = readlink(path, text, sizeof text - 1);
  text[length] = 0;
  say("%s", text + strlen(top));
  look(path);
  T(open(path, O_RDONLY));
  T(open(path, O_WRONLY | O_TRUNC));
  look("f");
  unlink("f");
  length = readlink(path, text, sizeof text - 1);
  text[length] = 0;
  say("%s", text + strlen(top));
  T(open(path, O_RDONLY) > 0 ? 0 : -1);
  T(open("/proc/self/fd/99", O_RDONLY));
  T(readlink("/proc/self/fd/99", text, 10));
  length = readlink("/proc/self/cwd", text, sizeof text - 1);
  text[length] = 0;
  say("cwd %d", strcmp(text, top));
  T(access("/proc/self/exe", X_OK));
  T(access("/proc/self/root/proc", F_OK));
  T(mkdir("/proc/x", 0755));
  T(open("/proc/self/none", O_RDONLY));
  T(open("/proc/99999999/stat", O_RDONLY));
  T(open("/proc/self/maps", O_WRONLY));
  T(open("/proc/self/maps", O_RDONLY) > 0 ? 0 : -1);
  T(rename("/proc/self/stat", "here"));
  int ends[2];
  pipe(ends);
  snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
  length = readlink(path, text, sizeof text - 1);
  say("%.6s", text);
  int again = open(path, O_RDONLY | O_NONBLOCK);
  T(write(ends[1], "x", 1));
  T(read(again, text, 10));
  snprintf(path, sizeof path, "/dev/fd/%d", file);
  T(open(path, O_RDONLY) > 0 ? 0 : -1);
}

CASE(how_to_open) {
  put("f", "text");
  struct {
    uint64_t flags, mode, resolve, more;
  } how = {O_RDONLY, 0, 0, 0};
  T(syscall(SYS_openat2, AT_FDCWD, "f", &how, 24));
  T(syscall(SYS_openat2, AT_FDCWD, "f", &how, 32));
  T(syscall(SYS_openat2, AT_FDCWD, "f", &how, 8));
  how.more = 1;
  T(syscall(SYS_openat2, AT_FDCWD, "f", &how, 32));
  how.mode = 0644;
  T(syscall(SYS_openat2, AT_FDCWD, "f", &how, 24));
  how.flags = O_CREAT | O_WRONLY;
  T(syscall(SYS_openat2, AT_FDCWD, "g", &how, 24));
  how.mode = 0100644;
  T(syscall(SYS_openat2, AT_FDCWD, "g", &how, 24));
  how.mode = 0;
  how.flags = 1ul << 40;
  T(syscall(SYS_openat2, AT_FDCWD, "f", &how, 24));
  how.flags = 0;
  how.resolve = 1ul << 20;
  T(syscall(SYS_openat2, AT_FDCWD, "f", &how, 24));
}
