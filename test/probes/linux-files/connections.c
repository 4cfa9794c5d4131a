/* What sockets of all families are asked alike. */
#include "probe.h"

static char buffer[300000];

void say_option(const char *what, int socket, int level, int number) {
  int value = -7;
  socklen_t size = sizeof value;
  errno = 0;
  said(what, getsockopt(socket, level, number, &value, &size));
  say("%d of %d bytes", value, (int)size);
}

void send_much(int end, int times) {
  memset(buffer, 'c', sizeof buffer);
  long sum = 0;
  for (int n = 0; n < times; n++) sum += write(end, buffer, sizeof buffer);
  shutdown(end, SHUT_WR);
  char answer[9];
  int count = read(end, answer, sizeof answer);
  _exit(sum == times * (long)sizeof buffer && count == 4 ? 7 : 8);
}

void take_much(int end, size_t part, pid_t child) {
  long total = 0;
  for (int count; (count = read(end, buffer, part)) > 0;) total += count;
  T(write(end, "done", 4));
  int status = 0;
  waitpid(child, &status, 0);
  say("%ld bytes, child %d", total, WEXITSTATUS(status));
}
