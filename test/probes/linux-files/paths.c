/* Opening by path, and how paths are followed. */
#include "probe.h"

CASE(open_modes) {
  put("file", "text");
  mkdir("dir", 0755);
  T(open("none", O_RDONLY));
  T(open("none", O_RDONLY | O_CREAT | O_EXCL, 0640));
  look("none");
  T(open("none", O_RDONLY | O_CREAT | O_EXCL, 0640));
  T(open("file", O_RDONLY | O_DIRECTORY));
  T(open("dir", O_WRONLY));
  T(open("dir", O_RDWR));
  T(open("dir", O_RDONLY));
  T(open("dir", O_RDONLY | O_CREAT, 0644));
  T(open("dir", O_RDONLY | O_CREAT | O_EXCL, 0644));
  T(open("dir", O_RDONLY | O_TRUNC));
  T(open("dir/", O_RDONLY));
  T(open("file/", O_RDONLY));
  T(open("file/x", O_RDONLY));
  T(open("new/", O_WRONLY | O_CREAT, 0644));
  T(open("none2/new", O_WRONLY | O_CREAT, 0644));
  T(open("", O_RDONLY));
  T(open(NULL, O_RDONLY));
  T(open("dir/.", O_RDONLY));
  T(open("dir/.", O_RDONLY | O_CREAT, 0644));
  T(open("dir/..", O_WRONLY | O_CREAT, 0644));
  T(open("/", O_WRONLY));
  T(open("file", 3));
  T(open("x", O_CREAT | O_DIRECTORY | O_RDWR, 0644));
}

CASE(open_mask) {
  umask(027);
  T(open("a", O_CREAT | O_WRONLY, 0777));
  look("a");
  T(open("b", O_CREAT | O_WRONLY, 07777));
  look("b");
  umask(0777);
  T(open("c", O_CREAT | O_RDWR, 0777));
  look("c");
  T(open("c", O_RDONLY));
  T(write(5, "w", 1));
  T(mkdir("d", 0777));
  look("d");
  T(umask(0));
  T(mkdir("e", 07777));
  look("e");
  T(umask(01777));
  T(umask(0));
}

CASE(open_truncate) {
  put("file", "some text");
  T(open("file", O_WRONLY));
  look("file");
  T(open("file", O_WRONLY | O_TRUNC));
  look("file");
  put("file", "some text");
  T(open("file", O_RDONLY | O_TRUNC));
  look("file");
  put("file", "some text");
  chmod("file", 0444);
  T(open("file", O_RDONLY | O_TRUNC));
  T(open("file", O_WRONLY));
  T(open("file", O_RDONLY));
  look("file");
  chmod("file", 0);
  T(open("file", O_RDONLY));
  T(open("file", O_PATH));
}

CASE(open_flags_kept) {
  put("file", "x");
  int file = open("file", O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0644);
  say("%o", fcntl(file, F_GETFL));
  T(fcntl(file, F_GETFD));
  T(fcntl(file, F_SETFL, O_WRONLY | O_CREAT | O_TRUNC));
  say("%o", fcntl(file, F_GETFL));
  T(fcntl(file, F_SETFL, O_APPEND));
  say("%o", fcntl(file, F_GETFL));
  int path = open("file", O_PATH | O_NOFOLLOW);
  say("%o", fcntl(path, F_GETFL));
  T(read(path, &(char){0}, 1));
  T(write(path, "x", 1));
  T(fchmod(path, 0600));
  T(ftruncate(path, 0));
  T(lseek(path, 0, SEEK_SET));
  T(fcntl(path, F_SETFL, 0));
  T(fcntl(dup(path), F_GETFD));
  struct stat status;
  T(fstat(path, &status));
  T(ioctl(path, FIONREAD, &(int){0}));
  int directory = open(".", O_PATH);
  T(openat(directory, "file", O_RDONLY));
  T(fchdir(directory));
  T(getdents64(directory, (char[100]){0}, 100));
}

CASE(open_temporary) {
  T(open(".", O_TMPFILE | O_RDONLY, 0600));
  int file = open(".", O_TMPFILE | O_RDWR, 0600);
  T(file);
  T(write(file, "abc", 3));
  struct stat status;
  fstat(file, &status);
  say("links %d mode %o size %ld", (int)status.st_nlink, status.st_mode, (long)status.st_size);
  list(".");
  put("file", "");
  T(open("file", O_TMPFILE | O_RDWR, 0600));
}

CASE(links_followed) {
  put("file", "text");
  mkdir("dir", 0755);
  put("dir/inner", "inside");
  T(symlink("file", "link"));
  T(symlink("dir", "dlink"));
  T(symlink("nowhere", "dangling"));
  T(symlink("loop2", "loop1"));
  T(symlink("loop1", "loop2"));
  T(symlink("self/x", "self"));
  T(symlink("", "empty"));
  T(symlink("x", ""));
  T(symlink("x", "file"));
  T(symlink("x", "link"));
  show("link");
  show("dlink/inner");
  show("dlink/../file");
  T(open("dangling", O_RDONLY));
  T(open("loop1", O_RDONLY));
  T(open("self", O_RDONLY));
  T(open("link", O_RDONLY | O_NOFOLLOW));
  T(open("link", O_PATH | O_NOFOLLOW));
  T(open("dlink", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  T(open("dlink/", O_RDONLY | O_NOFOLLOW));
  T(open("dlink/inner", O_RDONLY | O_NOFOLLOW));
  T(open("link/", O_RDONLY));
  T(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0644));
  T(open("dangling", O_WRONLY | O_CREAT, 0644));
  look("nowhere");
  look("dangling");
  T(open("loop1", O_WRONLY | O_CREAT, 0644));
  char text[20] = "";
  T(readlink("link", text, sizeof text));
  say("%s", text);
  T(readlink("link", text, 2));
  T(readlink("link", text, 0));
  T(readlink("link", text, -1));
  T(readlink("file", text, sizeof text));
  T(readlink("none", text, sizeof text));
  T(readlink("dlink/", text, sizeof text));
  T(readlink("link", NULL, 5));
  look("link");
  list(".");
}

CASE(forty_links) {
  char from[20], to[20];
  put("l0", "end");
  for (int n = 1; n <= 45; n++) {
    snprintf(from, sizeof from, "l%d", n - 1);
    snprintf(to, sizeof to, "l%d", n);
    symlink(from, to);
  }
  T(access("l39", F_OK));
  T(access("l40", F_OK));
  T(access("l41", F_OK));
}

CASE(long_names) {
  T(open(name_of(255), O_CREAT | O_WRONLY, 0644));
  T(open(name_of(256), O_CREAT | O_WRONLY, 0644));
  T(mkdir(name_of(256), 0755));
  T(access(name_of(4095), F_OK));
  T(access(name_of(4096), F_OK));
  char path[5000] = "";
  for (int n = 0; n < 2040; n++) strcat(path, "./");
  strcat(path, "x");
  put("x", "");
  T(access(path, F_OK));
  strcat(path, "/././././././././././././././././");
  T(access(path, F_OK));
  T(symlink(name_of(4095), "s"));
  look("s");
  T(symlink(name_of(4096), "t"));
}

CASE(slashes) {
  mkdir("d", 0755);
  put("d/f", "text");
  T(access(".//d///f", F_OK));
  T(access("d/", F_OK));
  T(access("d/f/", F_OK));
  T(access("d/f/.", F_OK));
  T(access("d/f/..", F_OK));
  T(access("d/none/..", F_OK));
  T(access("d/./../d/f", F_OK));
  T(access("/..//../", F_OK));
  T(mkdir("e/", 0755));
  T(mkdir("e", 0755));
  T(mkdir("./e/.", 0755));
  T(mkdir("g/.", 0755));
  T(mkdir("/", 0755));
  T(mkdir("..", 0755));
  T(rmdir("e/"));
  T(rmdir("."));
  T(rmdir(".."));
  T(rmdir("d/."));
  T(rmdir("d/.."));
  T(rmdir("/"));
  T(unlink("."));
  T(unlink("/"));
  T(unlink("d/f/"));
  T(unlink("d/"));
  T(symlink("d/f", "l/"));
  T(link("d/f", "l/"));
  T(rename("d/f", "h/"));
  T(rename("d/", "h/"));
  T(rename("h/", "d"));
  list(".");
}

CASE(from_directories) {
  mkdir("d", 0755);
  put("d/f", "text");
  put("g", "");
  int d = open("d", O_RDONLY);
  int g = open("g", O_RDONLY);
  T(openat(d, "f", O_RDONLY));
  T(openat(g, "f", O_RDONLY));
  T(openat(99, "f", O_RDONLY));
  T(openat(99, "/", O_RDONLY));
  T(openat(d, "../g", O_RDONLY));
  T(openat(d, "", O_RDONLY));
  T(mkdirat(d, "sub", 0755));
  T(unlinkat(d, "sub", 0));
  T(unlinkat(d, "sub", AT_REMOVEDIR));
  T(unlinkat(d, "f", AT_REMOVEDIR));
  T(unlinkat(d, "f", 1));
  struct stat status;
  T(fstatat(d, "f", &status, 0));
  T(fstatat(d, "", &status, 0));
  T(fstatat(d, "", &status, AT_EMPTY_PATH));
  T(fstatat(g, "", &status, AT_EMPTY_PATH));
  T(fstatat(d, "f", &status, 0x800000));
  T(linkat(d, "f", AT_FDCWD, "k", 0));
  T(linkat(g, "", AT_FDCWD, "m", 0));
  T(renameat(d, "f", d, "n"));
  T(symlinkat("n", d, "s"));
  T(faccessat(d, "s", R_OK, 0));
  char text[10];
  T(readlinkat(d, "s", text, 10));
  T(readlinkat(d, "", text, 10));
  T(rename("d", "moved"));
  T(openat(d, "n", O_RDONLY));
  list("moved");
}
