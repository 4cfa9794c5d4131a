/* Bytes of files: reading, writing, seeking, sizes, mappings. */
#include "probe.h"

static char buffer[70000];

CASE(read_and_write) {
  int file = open("f", O_RDWR | O_CREAT, 0644);
  T(write(file, "hello world", 11));
  T(lseek(file, 0, SEEK_CUR));
  T(read(file, buffer, 10));
  T(lseek(file, 6, SEEK_SET));
  T(read(file, buffer, 100));
  T(read(file, buffer, 0));
  T(pread(file, buffer, 5, 3));
  T(pread(file, buffer, 5, 100));
  T(pread(file, buffer, 5, -1));
  T(pwrite(file, "X", 1, -1));
  T(pwrite(file, "X", 1, 20));
  show("f");
  T(lseek(file, 0, SEEK_CUR));
  T(read(99, buffer, 1));
  T(write(-1, buffer, 1));
  T(read(file, (void *)8, 1));
  T(lseek(file, 0, SEEK_SET));
  T(read(file, (void *)8, 1));
  T(write(file, (void *)8, 1));
  T(read(file, (void *)8, 0));
  T(write(file, (void *)8, 0));
  T(read(file, buffer, -1));
  T(read(file, (void *)-4096, 1));
  int reader = open("f", O_RDONLY);
  int writer = open("f", O_WRONLY);
  T(write(reader, "x", 1));
  T(read(writer, buffer, 1));
  int directory = open(".", O_RDONLY);
  T(read(directory, buffer, 10));
  T(pread(directory, buffer, 10, 0));
  T(write(directory, buffer, 10));
  T(close(writer));
  T(close(writer));
}

CASE(partly_bad_buffers) {
  char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(page + 4096, 4096, PROT_NONE);
  memset(page, 'p', 4096);
  int file = open("f", O_RDWR | O_CREAT, 0644);
  T(write(file, page + 4000, 200));
  T(lseek(file, 0, SEEK_CUR));
  T(write(file, page + 4096, 200));
  memset(buffer, 'q', 8000);
  T(pwrite(file, buffer, 8000, 0));
  T(lseek(file, 0, SEEK_SET));
  T(read(file, page + 4000, 200));
  T(lseek(file, 0, SEEK_CUR));
  struct iovec parts[3] = {{buffer, 10}, {page + 4096, 10}, {buffer, 10}};
  T(readv(file, parts, 3));
  T(lseek(file, 0, SEEK_CUR));
  T(writev(file, parts, 3));
  T(writev(file, (void *)8, 1));
}

CASE(vectors) {
  int file = open("f", O_RDWR | O_CREAT, 0644);
  char a[5] = "", b[5] = "";
  struct iovec parts[3] = {{"one", 3}, {"", 0}, {"two!", 4}};
  T(writev(file, parts, 3));
  T(writev(file, parts, 0));
  T(writev(file, parts, -1));
  T(writev(file, parts, 1025));
  show("f");
  struct iovec into[2] = {{a, 4}, {b, 4}};
  T(preadv(file, into, 2, 0));
  say("%s %s", a, b);
  T(preadv(file, into, 2, -1));
  T(pwritev(file, parts, 3, 10));
  look("f");
  parts[1].iov_len = -1;
  T(writev(file, parts, 3));
  T(preadv2(file, into, 2, 0, 0));
  T(preadv2(file, into, 2, -1, 0));
  T(preadv2(file, into, 2, 0, 0x4000));
}

CASE(appending) {
  put("f", "12345");
  int file = open("f", O_RDWR | O_APPEND);
  T(lseek(file, 0, SEEK_CUR));
  T(write(file, "6", 1));
  T(lseek(file, 0, SEEK_SET));
  T(write(file, "7", 1));
  T(lseek(file, 0, SEEK_CUR));
  T(pwrite(file, "8", 1, 0));
  show("f");
  T(fcntl(file, F_SETFL, 0));
  T(pwrite(file, "9", 1, 0));
  show("f");
  T(ftruncate(file, 2));
  T(fcntl(file, F_SETFL, O_APPEND));
  T(write(file, "x", 1));
  show("f");
}

CASE(seeking) {
  int file = open("f", O_RDWR | O_CREAT, 0644);
  T(pwrite(file, "abc", 3, 0));
  T(lseek(file, -1, SEEK_SET));
  T(lseek(file, -4, SEEK_END));
  T(lseek(file, -3, SEEK_END));
  T(lseek(file, 100, SEEK_END));
  T(read(file, buffer, 10));
  T(write(file, "z", 1));
  look("f");
  T(lseek(file, 0, 7));
  T(lseek(file, -200, SEEK_CUR));
  T(lseek(file, 0, SEEK_DATA));
  T(lseek(file, 104, SEEK_DATA));
  T(lseek(file, 0, SEEK_HOLE));
  T(lseek(file, -1, SEEK_HOLE));
  int directory = open(".", O_RDONLY);
  T(lseek(directory, 0, SEEK_SET));
  int ends[2];
  pipe(ends);
  T(lseek(ends[0], 0, SEEK_SET));
  T(pread(ends[0], buffer, 1, 0));
  T(pwrite(ends[1], buffer, 1, 0));
  T(lseek(99, 0, SEEK_SET));
  T(lseek(file, 0x7ffffffffffffff0, SEEK_SET) > 0 ? 0 : -1);
}

CASE(sizes) {
  int file = open("f", O_RDWR | O_CREAT, 0644);
  write(file, "0123456789", 10);
  T(ftruncate(file, 4));
  show("f");
  T(ftruncate(file, 8));
  show("f");
  T(ftruncate(file, -1));
  T(truncate("f", 2));
  look("f");
  T(truncate("none", 2));
  T(truncate(".", 2));
  T(truncate("f/x", 2));
  T(ftruncate(0 + 99, 2));
  int reader = open("f", O_RDONLY);
  T(ftruncate(reader, 0));
  T(lseek(file, 0, SEEK_CUR));
  T(ftruncate(file, 5000));
  T(pread(file, buffer, 10, 4995));
  chmod("f", 0444);
  T(truncate("f", 0));
  T(ftruncate(file, 3));
  look("f");
  T(posix_fallocate(file, 0, 9000));
  look("f");
  T(fallocate(file, 0, -1, 5));
  T(fallocate(file, 0, 0, 0));
  T(fallocate(reader, 0, 0, 5));
  T(fallocate(file, FALLOC_FL_KEEP_SIZE, 0, 90000));
  look("f");
  memset(buffer, 'x', 9000);
  T(pwrite(file, buffer, 9000, 0));
  T(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 8000));
  T(pread(file, buffer, 9000, 0));
  int zeros = 0;
  for (int n = 0; n < 9000; n++) zeros += buffer[n] == 0;
  say("zeros %d first %d last %d", zeros, buffer[99] == 'x', buffer[8100] == 'x');
  T(fallocate(file, FALLOC_FL_PUNCH_HOLE, 0, 10));
  T(fsync(file));
  T(fdatasync(file));
  T(fsync(99));
  T(syncfs(file));
  T(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED));
  T(posix_fadvise(file, 0, 0, 77));
}

CASE(size_limit) {
  struct rlimit limit = {10, RLIM_INFINITY};
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  int file = open("f", O_RDWR | O_CREAT, 0644);
  T(write(file, "12345678", 8));
  T(write(file, "12345678", 8));
  T(write(file, "1", 1));
  T(ftruncate(file, 11));
  T(ftruncate(file, 10));
  T(pwrite(file, "1", 1, 100));
  look("f");
  limit.rlim_cur = RLIM_INFINITY;
  setrlimit(RLIMIT_FSIZE, &limit);
}

CASE(mappings) {
  int file = open("f", O_RDWR | O_CREAT, 0644);
  ftruncate(file, 6000);
  char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  char *private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  pwrite(file, "written", 7, 10);
  say("shared %.7s private %.7s", shared + 10, private + 10);
  memcpy(shared + 20, "stored", 6);
  T(pread(file, buffer, 6, 20));
  say("%.6s %.6s", buffer, private + 20);
  memcpy(private, "mine", 4);
  T(pread(file, buffer, 4, 0));
  say("%d", buffer[0]);
  pwrite(file, "theirs", 6, 0);
  say("%.4s %.6s", private, shared);
  strcpy(shared + 6100, "beyond");
  T(pread(file, buffer, 100, 6000));
  ftruncate(file, 6200);
  T(pread(file, buffer, 200, 6000));
  ftruncate(file, 0);
  ftruncate(file, 6000);
  T(pread(file, buffer, 10, 10));
  say("%d %d", buffer[0], shared[10]);
  T(close(file));
  strcpy(shared, "after close");
  show("f");
  unlink("f");
  strcpy(shared, "after unlink");
  say("%s", shared);
  T(munmap(shared, 8192));
}

CASE(mapping_rights) {
  put("f", "text");
  int reader = open("f", O_RDONLY);
  int writer = open("f", O_WRONLY);
  int ends[2];
  pipe(ends);
  int directory = open(".", O_RDONLY);
  T(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, reader, 0) == MAP_FAILED ? -1 : 0);
  T(mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE, reader, 0) == MAP_FAILED ? -1 : 0);
  T(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, reader, 0) == MAP_FAILED ? -1 : 0);
  T(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, writer, 0) == MAP_FAILED ? -1 : 0);
  T(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, writer, 0) == MAP_FAILED ? -1 : 0);
  T(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, ends[0], 0) == MAP_FAILED ? -1 : 0);
  T(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, directory, 0) == MAP_FAILED ? -1 : 0);
  T(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, open("/dev/null", O_RDWR), 0) == MAP_FAILED ? -1 : 0);
  char *zeros = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, open("/dev/zero", O_RDWR), 0);
  say("zero %d", zeros == MAP_FAILED ? -1 : zeros[5]);
}

static void mapped(const char *what) {
  char line[600];
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps)) {
    char *name = strrchr(line, '/');
    if (!name || !strstr(line, "mapped_names/")) continue;
    name[strlen(name) - 1] = 0;
    say("%s: %s", what, name);
  }
  fclose(maps);
}

CASE(mapped_names) {
  put("old", "text");
  put("victim", "text");
  int file = open("old", O_RDWR);
  void *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
  mapped("mapped");
  rename("old", "new");
  mapped("renamed");
  link("new", "second");
  unlink("new");
  mapped("one of two names gone");
  rename("victim", "second");
  mapped("replaced");
  munmap(page, 4096);
}

CASE(memory_files) {
  int file = syscall(SYS_memfd_create, "name", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  T(fcntl(file, F_GETFD));
  struct stat status;
  fstat(file, &status);
  say("mode %o links %d size %ld", status.st_mode, (int)status.st_nlink, (long)status.st_size);
  T(write(file, "text", 4));
  char path[50], target[50] = "";
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  T(readlink(path, target, sizeof target));
  say("%s", target);
  int again = open(path, O_RDONLY);
  T(read(again, buffer, 10));
  T(fcntl(file, F_GET_SEALS));
  T(fcntl(file, F_ADD_SEALS, F_SEAL_GROW));
  T(ftruncate(file, 10));
  T(pwrite(file, "xx", 2, 3));
  T(pwrite(file, "x", 1, 3));
  T(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE));
  T(ftruncate(file, 1));
  T(pwrite(file, "x", 1, 0));
  T(fcntl(file, F_ADD_SEALS, F_SEAL_SEAL));
  T(fcntl(file, F_ADD_SEALS, F_SEAL_SEAL));
  T(fcntl(file, F_GET_SEALS));
  T(fcntl(again, F_ADD_SEALS, 1));
  put("f", "");
  T(fcntl(open("f", O_RDWR), F_GET_SEALS));
}

/* Of huge pages none is reserved. */
CASE(huge_pages) {
  const long size = 1 << 21;
  T(syscall(SYS_memfd_create, "huge", 4 | 16 << 26));
  T(syscall(SYS_memfd_create, "huge", 21 << 26));
  int file = syscall(SYS_memfd_create, "huge", 4 | 21 << 26);
  struct stat status;
  fstat(file, &status);
  say("blocks of %ld, size %ld", (long)status.st_blksize, (long)status.st_size);
  struct statfs system;
  fstatfs(file, &system);
  say("type %lx, blocks of %ld", (long)system.f_type, (long)system.f_bsize);
  T(write(file, "x", 1));
  T(ftruncate(file, 4096));
  T(ftruncate(file, size));
  T(read(file, buffer, 4));
  T(fallocate(file, 0, 0, size));
  T((long)mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0));
  T((long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0));
  const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB;
  T((long)mmap(NULL, size, PROT_READ, anonymous, -1, 0));
  T((long)mmap(NULL, size, PROT_READ, anonymous | 16 << 26, -1, 0));
}

CASE(copies) {
  put("a", "0123456789");
  int a = open("a", O_RDWR);
  int b = open("b", O_RDWR | O_CREAT, 0644);
  off_t offset = 3;
  T(sendfile(b, a, &offset, 4));
  say("offset %ld", (long)offset);
  show("b");
  T(sendfile(b, a, NULL, 100));
  show("b");
  T(lseek(a, 0, SEEK_CUR));
  offset = -1;
  T(sendfile(b, a, &offset, 4));
  T(sendfile(b, 99, NULL, 4));
  off_t from = 0, to = 20;
  T(copy_file_range(a, &from, b, &to, 5, 0));
  say("%ld %ld", (long)from, (long)to);
  look("b");
  T(copy_file_range(a, &from, b, &to, 5, 1));
  from = 0, to = 2;
  T(copy_file_range(a, &from, a, &to, 5, 0));
  T(copy_file_range(a, &from, open("a", O_RDONLY), &to, 5, 0));
  int ends[2];
  pipe(ends);
  T(sendfile(ends[1], a, &(off_t){0}, 5));
  T(read(ends[0], buffer, 10));
  T(splice(a, &(off_t){0}, ends[1], NULL, 6, 0));
  T(splice(ends[0], NULL, b, &(off_t){50}, 10, 0));
  look("b");
  T(splice(a, NULL, b, NULL, 5, 0));
  T(splice(ends[0], &(off_t){0}, b, NULL, 5, 0));
}

CASE(devices) {
  int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR);
  int full = open("/dev/full", O_RDWR), random = open("/dev/urandom", O_RDONLY);
  T(read(null, buffer, 10));
  T(write(null, buffer, 10));
  T(lseek(null, 100, SEEK_SET));
  T(read(zero, buffer, 10));
  T(write(zero, buffer, 10));
  T(write(full, buffer, 10));
  T(read(full, buffer, 10));
  T(read(random, buffer, 10));
  T(pread(zero, buffer, 10, 100));
  T(ftruncate(null, 0));
  T(open("/dev/null", O_WRONLY | O_TRUNC) > 0 ? 0 : -1);
  T(open("/dev/null/x", O_RDONLY));
  struct stat status;
  fstat(null, &status);
  say("mode %o device %lx", status.st_mode, (long)status.st_rdev);
  T(ioctl(null, TCGETS, buffer));
  polled("null", null);
  T(isatty(null));
}
