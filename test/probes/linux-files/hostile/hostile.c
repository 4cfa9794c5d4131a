/* Tries to get at files that it is not shown, and to take more than it may; says how far it got.
   The folder that it sees has links that lead out of it: to ../secret, and to an absolute path. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char buffer[1 << 20];

static void tell(const char *what, long result) {
  char line[300];
  int length = result < 0 ? snprintf(line, sizeof line, "%s: %s\n", what, strerror(errno))
                          : snprintf(line, sizeof line, "%s: %ld\n", what, result);
  if (write(1, line, length) != length) _exit(99);
}

static void try(const char *path) {
  int file = open(path, O_RDONLY);
  tell(path, file < 0 ? -1 : 0);
  if (file < 0) return;
  ssize_t length = read(file, buffer, 100);
  if (length > 0 && memmem(buffer, length, "secret", 6)) tell("THE SECRET", 1);
  close(file);
}

static void reading(void) {
  static const char *const PATHS[] = {
      "/secret",          "../secret",         "../../../../../../../secret", "/dir/../../secret",
      "/out",             "/absolute",         "/folder/secret",              "/dir/up/up/secret",
      "/proc/self/mem",   "/proc/1/mem",       "/proc/kcore",                 "/dev/mem",
      "/dev/kmem",        "/dev/sda",          "/proc/self/root/../secret",   "/proc/self/cwd/../secret",
      "/etc/passwd",      "/pipe",             "/proc/1/root/secret",         "/loop",
  };
  for (size_t n = 0; n < sizeof PATHS / sizeof *PATHS; n++) try(PATHS[n]);
  symlink("../../../../secret", "/dir/mine");
  try("/dir/mine");
  symlink("/proc/self/root/../../secret", "/dir/other");
  try("/dir/other");
  int directory = open("/dir", O_RDONLY | O_DIRECTORY);
  tell("openat", openat(directory, "../../secret", O_RDONLY));
  tell("chroot", chroot("/dir"));
  tell("mknod", mknod("/dir/disk", S_IFBLK | 0666, 0x800));
  tell("hard link", link("/out", "/dir/hard"));
  tell("socket", socket(AF_INET, SOCK_STREAM, 0));
  tell("unix socket", socket(AF_UNIX, SOCK_STREAM, 0));
  close(directory);
}

static void writing(void) {
  int file = open("/made", O_RDWR | O_CREAT, 0644);
  tell("write", write(file, "mine", 4));
  close(file);
  file = open("/kept", O_RDWR);
  tell("overwrite", write(file, "XXXX", 4));
  tell("cut", ftruncate(file, 2));
  char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  memcpy(shared, "YY", 2);
  tell("sync", msync(shared, 4096, MS_SYNC));
  close(file);
  tell("chmod", chmod("/kept", 0777));
  tell("rename", rename("/kept", "/dir/moved"));
  tell("unlink", unlink("/dir/file"));
  tell("rmdir", rmdir("/empty"));
  tell("truncate", truncate("/folder", 0));
  tell("write out", open("/out", O_WRONLY | O_CREAT | O_TRUNC, 0644) < 0 ? -1 : 0);
}

static void taking(void) {
  int file = open("/large", O_RDWR | O_CREAT, 0644);
  tell("huge size", ftruncate(file, 1l << 60));
  tell("large size", ftruncate(file, 1l << 42));
  tell("reserve", posix_fallocate(file, 0, 1l << 42) == 0);
  tell("read far", pread(file, buffer, sizeof buffer, (1l << 42) - 100));
  tell("huge read", read(file, (void *)8, -1ul >> 1));
  ftruncate(file, 0);
  memset(buffer, 'x', sizeof buffer);
  long total = 0, count;
  while ((count = write(file, buffer, sizeof buffer)) > 0) total += count;
  tell("no room", count);
  tell("room was limited", total < (64 << 20));
  close(file);
  unlink("/large");
  struct rlimit limit = {1 << 20, 1 << 20};
  setrlimit(RLIMIT_NOFILE, &limit);
  int opened = 0;
  while (opened < 100000 && open("/dir", O_RDONLY) >= 0) opened++;
  tell("files open", opened < 100000);
  tell("one more", open("/dir", O_RDONLY));
}

int main(void) {
  reading();
  writing();
  taking();
  return 0;
}
