#include "probe.h"

#include <stdarg.h>

extern const struct probe_case __start_cases[], __stop_cases[];

void say(const char *format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  if (length > (int)sizeof line - 2) length = sizeof line - 2;
  line[length++] = '\n';
  if (write(1, line, length) != length) _exit(99);
}

#define E(name) {name, #name}
static const struct {
  int number;
  const char *name;
} ERRORS[] = {
    E(EPERM),  E(ENOENT),  E(ESRCH),        E(EINTR),     E(EIO),    E(ENXIO),  E(E2BIG),
    E(EBADF),  E(EAGAIN),  E(ENOMEM),       E(EACCES),    E(EFAULT), E(EBUSY),  E(EEXIST),
    E(EXDEV),  E(ENODEV),  E(ENOTDIR),      E(EISDIR),    E(EINVAL), E(ENFILE), E(EMFILE),
    E(ENOTTY), E(ETXTBSY), E(EFBIG),        E(ENOSPC),    E(ESPIPE), E(EROFS),  E(EMLINK),
    E(EPIPE),  E(ERANGE),  E(ENAMETOOLONG), E(ENOSYS),    E(ELOOP),  E(ENOTEMPTY),
    E(ENODATA), E(EOVERFLOW), E(EOPNOTSUPP), E(ENOTSOCK), E(EISCONN), E(ENOTCONN),
    E(EAFNOSUPPORT), E(EDESTADDRREQ), E(ENOPROTOOPT), E(EPROTONOSUPPORT), E(ESOCKTNOSUPPORT),
    E(EADDRINUSE), E(EADDRNOTAVAIL), E(ENETUNREACH), E(ECONNREFUSED), E(ECONNRESET), E(EPROTOTYPE),
    E(EMSGSIZE), E(EINPROGRESS), E(EALREADY), E(EDOM), E(ENOBUFS), E(ETOOMANYREFS),
};

void said(const char *text, long result) {
  const char *error = NULL;
  if (result == -1)
    for (size_t n = 0; n < sizeof ERRORS / sizeof *ERRORS; n++)
      if (errno == ERRORS[n].number) error = ERRORS[n].name;
  if (error) say("%s: %s", text, error);
  else say("%s: %ld", text, result);
}

void put(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text))
    say("put %s: errno %d", path, errno);
  close(file);
}

void show(const char *path) {
  char bytes[200];
  int file = open(path, O_RDONLY);
  if (file < 0) {
    said(path, -1);
    return;
  }
  ssize_t length = read(file, bytes, sizeof bytes - 1);
  close(file);
  for (ssize_t n = 0; n < length; n++)
    if (bytes[n] < 32 || bytes[n] > 126) bytes[n] = '.';
  bytes[length < 0 ? 0 : length] = 0;
  say("%s holds '%s'", path, bytes);
}

static char type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return '-';
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    case S_IFIFO: return 'p';
    case S_IFCHR: return 'c';
    case S_IFSOCK: return 's';
    default: return '?';
  }
}

void look(const char *path) {
  struct stat status;
  if (lstat(path, &status) != 0) {
    said(path, -1);
    return;
  }
  char size[32] = "";
  if (!S_ISDIR(status.st_mode)) snprintf(size, sizeof size, " size %ld", (long)status.st_size);
  say("%s is %c%04o links %d%s", path, type_of(status.st_mode), status.st_mode & 07777,
      (int)status.st_nlink, size);
}

static int by_name(const void *one, const void *other) {
  return strcmp(*(char *const *)one, *(char *const *)other);
}

void list(const char *path) {
  char *names[100], line[1000] = "";
  size_t count = 0;
  DIR *directory = opendir(path);
  if (!directory) {
    said(path, -1);
    return;
  }
  struct dirent *entry;
  while ((entry = readdir(directory)) && count < 100) {
    char text[300];
    snprintf(text, sizeof text, "%s(%d)", entry->d_name, entry->d_type);
    names[count++] = strdup(text);
  }
  closedir(directory);
  qsort(names, count, sizeof *names, by_name);
  for (size_t n = 0; n < count; n++) {
    snprintf(line + strlen(line), sizeof line - strlen(line), " %s", names[n]);
    free(names[n]);
  }
  say("%s has%s", path, line);
}

void polled(const char *what, int descriptor) {
  struct pollfd file = {descriptor, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
  int count = poll(&file, 1, 0);
  say("%s: %d events %x", what, count, file.revents);
}

const char *name_of(size_t length) {
  static char name[5000];
  memset(name, 'n', sizeof name);
  name[length] = 0;
  return name;
}

int main(int count, char **words) {
  int top = open(".", O_RDONLY | O_DIRECTORY);
  int here = fcntl(top, F_DUPFD_CLOEXEC, 100);
  close(top);
  signal(SIGPIPE, SIG_IGN);
  for (const struct probe_case *one = __start_cases; one < __stop_cases; one++) {
    if (count > 1 && strcmp(words[1], one->name)) continue;
    say("== %s", one->name);
    umask(022);
    if (fchdir(here) != 0 || mkdir(one->name, 0755) != 0 || chdir(one->name) != 0) {
      say("no directory: errno %d", errno);
      return 1;
    }
    one->run();
    for (int file = 3; file < 100; file++) close(file);
  }
  return 0;
}
