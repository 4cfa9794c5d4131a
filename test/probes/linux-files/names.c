/* Making, removing, linking and renaming. */
#include "probe.h"

CASE(hard_links) {
  put("a", "text");
  mkdir("d", 0755);
  T(link("a", "b"));
  look("a");
  T(link("a", "b"));
  T(link("none", "c"));
  T(link("d", "c"));
  T(link("a", "d/c"));
  look("a");
  T(unlink("a"));
  look("b");
  show("d/c");
  put("b", "changed");
  show("d/c");
  symlink("b", "s");
  T(link("s", "t"));
  look("t");
  T(linkat(AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW));
  look("u");
  T(link("b", "d"));
  T(link("b", "none/x"));
  T(link("b/x", "y"));
}

CASE(unlinked_lives_on) {
  put("a", "text");
  int file = open("a", O_RDWR);
  T(unlink("a"));
  T(access("a", F_OK));
  struct stat status;
  fstat(file, &status);
  say("links %d", (int)status.st_nlink);
  char text[10] = "";
  T(read(file, text, 10));
  T(pwrite(file, "more", 4, 4));
  T(pread(file, text, 10, 0));
  put("a", "new");
  T(pread(file, text, 10, 0));
  T(unlink("none"));
  T(unlink("a/b"));
  mkdir("d", 0755);
  T(unlink("d"));
}

CASE(directories_made) {
  T(mkdir("d", 0750));
  look("d");
  T(mkdir("d", 0750));
  T(mkdir("d/e", 0700));
  look("d");
  T(mkdir("x/y", 0700));
  T(rmdir("d"));
  put("d/f", "");
  T(rmdir("d/e"));
  look("d");
  T(rmdir("d"));
  T(rmdir("d/f"));
  T(unlink("d/f"));
  T(rmdir("d"));
  T(rmdir("d"));
  put("f", "");
  T(mkdir("f", 0755));
  T(mkdir("f/x", 0755));
  symlink("f", "s");
  symlink("nowhere", "dangling");
  T(mkdir("s", 0755));
  T(mkdir("dangling", 0755));
  mkdir("dir", 0755);
  symlink("dir", "sd");
  T(rmdir("sd"));
  T(rmdir("sd/"));
}

CASE(removed_while_in_it) {
  mkdir("d", 0755);
  int d = open("d", O_RDONLY);
  chdir("d");
  T(rmdir("../d"));
  T(syscall(SYS_getcwd, (char[100]){0}, 100));
  T(open("x", O_CREAT | O_WRONLY, 0644));
  T(mkdir("x", 0755));
  T(access(".", F_OK));
  T(access("..", F_OK));
  T(getdents64(d, (char[200]){0}, 200));
  T(chdir(".."));
  list(".");
}

CASE(renames) {
  put("a", "a");
  put("b", "b");
  mkdir("d", 0755);
  mkdir("e", 0755);
  mkdir("full", 0755);
  put("full/x", "");
  T(rename("a", "b"));
  show("b");
  T(access("a", F_OK));
  T(rename("none", "x"));
  T(rename("b", "d"));
  T(rename("d", "b"));
  T(rename("d", "e"));
  T(rename("e", "full"));
  T(rename("full", "e"));
  list(".");
  T(rename("e", "e/sub"));
  T(rename("e/x", "e"));
  T(rename("b", "b"));
  T(rename("e", "e"));
  T(link("b", "c"));
  T(rename("b", "c"));
  list(".");
  T(rename(".", "z"));
  T(rename("e", "."));
  T(rename("e", ".."));
  T(rename("e", "/"));
  T(rename("b", "e/y"));
  T(rename("e/x", "none/x"));
  list("e");
  symlink("c", "s");
  T(rename("s", "t"));
  look("t");
  T(rename("t", "c"));
  look("c");
}

CASE(renames_with_flags) {
  put("a", "a");
  put("b", "b");
  mkdir("d", 0755);
  put("d/x", "x");
  T(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE));
  T(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE));
  T(renameat2(AT_FDCWD, "c", AT_FDCWD, "b", RENAME_EXCHANGE));
  show("c");
  show("b");
  T(renameat2(AT_FDCWD, "c", AT_FDCWD, "none", RENAME_EXCHANGE));
  T(renameat2(AT_FDCWD, "c", AT_FDCWD, "d", RENAME_EXCHANGE));
  show("c/x");
  show("d");
  T(renameat2(AT_FDCWD, "c", AT_FDCWD, "c/y", RENAME_EXCHANGE));
  T(renameat2(AT_FDCWD, "b", AT_FDCWD, "d", RENAME_EXCHANGE | RENAME_NOREPLACE));
  T(renameat2(AT_FDCWD, "b", AT_FDCWD, "d", 8));
  list(".");
}

CASE(renamed_under_open) {
  mkdir("d", 0755);
  mkdir("d/sub", 0755);
  put("d/sub/f", "text");
  chdir("d/sub");
  T(rename("../../d", "../../moved"));
  show("f");
  T(access("../../moved/sub/f", F_OK));
  chdir("../..");
  list(".");
}

CASE(modes_decide) {
  mkdir("d", 0755);
  put("d/f", "text");
  T(chmod("d", 0555));
  T(open("d/new", O_CREAT | O_WRONLY, 0644));
  T(unlink("d/f"));
  T(rename("d/f", "g"));
  T(mkdir("d/x", 0755));
  T(open("d/f", O_WRONLY));
  T(chmod("d", 0444));
  T(open("d/f", O_RDONLY));
  T(access("d/f", F_OK));
  T(access("d/none", F_OK));
  list("d");
  T(chmod("d", 0111));
  T(open("d/f", O_RDONLY));
  T(open("d", O_RDONLY));
  T(chdir("d"));
  T(access("f", R_OK));
  T(chdir(".."));
  T(chmod("d", 0));
  T(chdir("d"));
  T(chmod("d", 0755));
  put("f", "");
  T(chmod("f", 0040));
  T(access("f", R_OK));
  T(access("f", F_OK));
  T(access("f", 8));
  T(chmod("f", 0400));
  T(access("f", R_OK));
  T(access("f", R_OK | W_OK));
  T(access("f", X_OK));
}

CASE(modes_and_owners) {
  put("f", "");
  T(chmod("f", 06755));
  look("f");
  T(chown("f", -1, -1));
  look("f");
  T(chown("f", getuid(), getgid()));
  look("f");
  T(chown("f", 0, -1));
  T(chown("f", -1, 0));
  T(chmod("f", 0170644));
  look("f");
  T(chmod("none", 0644));
  T(chown("none", -1, -1));
  T(chmod("/dev/null", 0777));
  T(chown("/dev/null", getuid(), -1));
  symlink("f", "s");
  T(chmod("s", 0600));
  look("f");
  T(fchmodat(AT_FDCWD, "f", 0611, 0));
  look("f");
  T(lchown("s", getuid(), -1));
  T(fchownat(AT_FDCWD, "f", getuid(), -1, 0x40));
  int file = open("f", O_RDONLY);
  T(fchmod(file, 0600));
  T(fchown(file, -1, getgid()));
  look("f");
  T(fchmod(99, 0600));
}

static void times(const char *path) {
  struct stat status;
  lstat(path, &status);
  say("%s %ld.%09ld %ld.%09ld", path, (long)status.st_atim.tv_sec, status.st_atim.tv_nsec,
      (long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

CASE(times_set) {
  put("f", "text");
  struct timespec both[2] = {{1000, 5}, {2000, 999999999}};
  T(utimensat(AT_FDCWD, "f", both, 0));
  times("f");
  both[0].tv_nsec = UTIME_OMIT;
  both[1] = (struct timespec){77, 1};
  T(utimensat(AT_FDCWD, "f", both, 0));
  times("f");
  both[0].tv_nsec = 1000000000;
  T(utimensat(AT_FDCWD, "f", both, 0));
  T(utimensat(AT_FDCWD, "none", both, 0));
  T(syscall(SYS_utimensat, AT_FDCWD, "f", 8, 0));
  struct timeval two[2] = {{-5, 10}, {6, 999999}};
  T(utimes("f", two));
  times("f");
  two[1].tv_usec = 1000000;
  T(utimes("f", two));
  struct utimbuf old = {123, 456};
  T(utime("f", &old));
  times("f");
  symlink("f", "s");
  both[0] = (struct timespec){1, 0};
  both[1] = (struct timespec){2, 0};
  T(utimensat(AT_FDCWD, "s", both, AT_SYMLINK_NOFOLLOW));
  times("s");
  times("f");
  int file = open("f", O_RDONLY);
  T(futimens(file, both));
  times("f");
  T(utime("f", NULL));
  struct stat status;
  stat("f", &status);
  say("now %d", status.st_mtim.tv_sec > 1000000000);
}

CASE(times_follow) {
  struct timespec old[2] = {{1000, 0}, {1000, 0}};
  struct stat status;
  put("f", "text");
  utimensat(AT_FDCWD, "f", old, 0);
  int file = open("f", O_RDWR);
  fstat(file, &status);
  say("open %d", status.st_mtim.tv_sec == 1000);
  T(write(file, "", 0));
  fstat(file, &status);
  say("nothing written %d", status.st_mtim.tv_sec == 1000);
  T(write(file, "x", 1));
  fstat(file, &status);
  say("written %d", status.st_mtim.tv_sec == 1000);
  utimensat(AT_FDCWD, "f", old, 0);
  T(ftruncate(file, 4));
  fstat(file, &status);
  say("same size %d", status.st_mtim.tv_sec == 1000);
  utimensat(AT_FDCWD, "f", old, 0);
  T(chmod("f", 0600));
  fstat(file, &status);
  say("mode %d", status.st_mtim.tv_sec == 1000);
  mkdir("d", 0755);
  utimensat(AT_FDCWD, "d", old, 0);
  put("d/x", "");
  stat("d", &status);
  say("made in it %d", status.st_mtim.tv_sec == 1000);
  utimensat(AT_FDCWD, "d", old, 0);
  put("d/x", "more");
  stat("d", &status);
  say("changed in it %d", status.st_mtim.tv_sec == 1000);
  unlink("d/x");
  stat("d", &status);
  say("removed in it %d", status.st_mtim.tv_sec == 1000);
}

CASE(times_of_reading) {
  struct timespec old[2] = {{1000, 0}, {1000, 0}};
  struct stat status;
  char text[100];
  put("f", "text");
  utimensat(AT_FDCWD, "f", old, 0);
  int file = open("f", O_RDONLY);
  T(read(file, text, 0));
  fstat(file, &status);
  say("nothing read %d", status.st_atime == 1000);
  T(read(file, text, 2));
  fstat(file, &status);
  say("read %d %d", status.st_atime == 1000, status.st_mtime == 1000);
  struct timespec before = status.st_atim;
  usleep(20000);
  T(read(file, text, 2));
  fstat(file, &status);
  say("again the same %d", !memcmp(&before, &status.st_atim, sizeof before));
  utimensat(AT_FDCWD, "f", old, 0);
  file = open("f", O_RDONLY | O_NOATIME);
  T(read(file, text, 2));
  fstat(file, &status);
  say("quietly %d", status.st_atime == 1000);
  utimensat(AT_FDCWD, ".", old, 0);
  list(".");
  stat(".", &status);
  say("listed %d", status.st_atime == 1000);
  symlink("f", "s");
  utimensat(AT_FDCWD, "s", old, AT_SYMLINK_NOFOLLOW);
  T(readlink("s", text, sizeof text));
  lstat("s", &status);
  say("link read %d", status.st_atime == 1000);
}

CASE(named_pipes) {
  T(mkfifo("p", 0640));
  look("p");
  T(mkfifo("p", 0640));
  T(open("p", O_WRONLY | O_NONBLOCK));
  int reader = open("p", O_RDONLY | O_NONBLOCK);
  T(reader);
  char text[10] = "";
  T(read(reader, text, 10));
  polled("no writer yet", reader);
  int writer = open("p", O_WRONLY | O_NONBLOCK);
  T(writer);
  T(read(reader, text, 10));
  T(write(writer, "hello", 5));
  polled("filled", reader);
  T(read(reader, text, 10));
  T(close(writer));
  polled("hung up", reader);
  T(read(reader, text, 10));
  T(lseek(reader, 0, SEEK_CUR));
  T(close(reader));
  int both = open("p", O_RDWR);
  T(write(both, "x", 1));
  T(read(both, text, 10));
  T(mknod("r", S_IFREG | 0644, 0));
  look("r");
  T(mknod("c", S_IFCHR | 0644, 0x103));
  T(mknod("d", S_IFDIR | 0755, 0));
  T(truncate("p", 0));
}
