/* Pipes, counters, timers, sockets, and what waits for them. */
#include "probe.h"

static char buffer[200000];

CASE(pipes) {
  int ends[2];
  T(pipe2(ends, O_NONBLOCK | O_CLOEXEC));
  T(fcntl(ends[0], F_GETFD));
  say("%o %o", fcntl(ends[0], F_GETFL), fcntl(ends[1], F_GETFL));
  T(read(ends[0], buffer, 10));
  T(write(ends[0], buffer, 10));
  T(read(ends[1], buffer, 10));
  T(write(ends[1], "hello", 5));
  T(ioctl(ends[0], FIONREAD, buffer));
  say("%d", *(int *)buffer);
  T(read(ends[0], buffer, 2));
  T(read(ends[0], buffer, 10));
  T(write(ends[1], buffer, 100000));
  T(write(ends[1], buffer, 1));
  T(read(ends[0], buffer, 4095));
  T(write(ends[1], buffer, 4096));
  T(write(ends[1], buffer, 1));
  T(read(ends[0], buffer, 1));
  T(write(ends[1], buffer, 4096));
  T(write(ends[1], buffer, 5000));
  T(read(ends[0], buffer, 200000));
  T(fcntl(ends[0], F_GETPIPE_SZ));
  T(fcntl(ends[0], F_SETPIPE_SZ, 5000));
  T(write(ends[1], buffer, 100000));
  T(fcntl(ends[0], F_SETPIPE_SZ, 4096));
  T(fcntl(ends[0], F_SETPIPE_SZ, 1 << 30));
  T(close(ends[1]));
  T(read(ends[0], buffer, 200000));
  T(read(ends[0], buffer, 10));
  T(pipe2(ends, 1));
  T(pipe((void *)8));
}

CASE(pipe_events) {
  int ends[2];
  pipe2(ends, O_NONBLOCK);
  polled("empty read end", ends[0]);
  polled("empty write end", ends[1]);
  write(ends[1], "x", 1);
  polled("one byte", ends[0]);
  for (int n = 0; n < 15; n++) write(ends[1], buffer, 4096);
  polled("sixteen slots", ends[1]);
  read(ends[0], buffer, 1);
  polled("a slot free", ends[1]);
  while (write(ends[1], buffer, 4096) > 0) continue;
  polled("full", ends[1]);
  T(write(ends[1], "x", 1));
  while (read(ends[0], buffer, 4096) > 0) continue;
  close(ends[1]);
  polled("no writer", ends[0]);
  pipe(ends);
  close(ends[0]);
  polled("no reader", ends[1]);
  T(write(ends[1], "x", 1));
  T(write(ends[1], "x", 0));
  polled("closed", 99);
  polled("negative", -5);
  put("f", "text");
  polled("file", open("f", O_RDWR));
  polled("directory", open(".", O_RDONLY));
}

CASE(packets) {
  int ends[2];
  T(pipe2(ends, O_DIRECT | O_NONBLOCK));
  T(write(ends[1], "12345", 5));
  T(write(ends[1], "678", 3));
  T(read(ends[0], buffer, 2));
  T(read(ends[0], buffer, 10));
  T(read(ends[0], buffer, 10));
}

CASE(counters) {
  int file = eventfd(3, EFD_NONBLOCK);
  uint64_t value = 5;
  polled("three", file);
  T(read(file, &value, 7));
  T(read(file, &value, 8));
  say("%lu", (long)value);
  T(read(file, &value, 8));
  polled("zero", file);
  value = 10;
  T(write(file, &value, 8));
  T(write(file, &value, 4));
  value = -1;
  T(write(file, &value, 8));
  value = -2;
  T(write(file, &value, 8));
  value = -2 - 10ul;
  T(write(file, &value, 8));
  polled("most", file);
  T(read(file, &value, 100));
  say("%lx", (long)value);
  T(lseek(file, 0, SEEK_SET));
  T(eventfd(0, 12345));
  int semaphore = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
  T(read(semaphore, &value, 8));
  T(read(semaphore, &value, 8));
  T(read(semaphore, &value, 8));
}

CASE(timers) {
  int file = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  uint64_t count = 0;
  struct itimerspec setting = {{0, 0}, {0, 300000000}};
  T(read(file, &count, 8));
  T(timerfd_settime(file, 0, &setting, NULL));
  polled("running", file);
  struct pollfd one = {file, POLLIN, 0};
  T(poll(&one, 1, 1000));
  T(read(file, &count, 8));
  say("%d", (int)count);
  T(read(file, &count, 8));
  T(timerfd_gettime(file, &setting));
  say("%ld %ld", setting.it_value.tv_sec, setting.it_value.tv_nsec);
  setting.it_interval.tv_nsec = 1000000000;
  T(timerfd_settime(file, 0, &setting, NULL));
  T(timerfd_settime(file, 8, &setting, NULL));
  T(timerfd_settime(0, 0, &setting, NULL));
  T(timerfd_settime(99, 0, &setting, NULL));
  setting = (struct itimerspec){{1, 0}, {100, 0}};
  T(timerfd_settime(file, 0, &setting, NULL));
  T(timerfd_gettime(file, &setting));
  say("%ld %d", setting.it_interval.tv_sec, setting.it_value.tv_sec == 99);
  T(timerfd_create(99, 0));
  T(timerfd_create(CLOCK_MONOTONIC, 1));
  T(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
  setting = (struct itimerspec){{0, 0}, {1, 0}};
  file = timerfd_create(CLOCK_REALTIME, 0);
  T(timerfd_settime(file, TFD_TIMER_ABSTIME, &setting, NULL));
  T(read(file, &count, 8));
}

CASE(polls) {
  int ends[2];
  pipe(ends);
  struct pollfd both[3] = {{ends[0], POLLIN, 9}, {ends[1], POLLOUT, 9}, {-1, POLLIN, 9}};
  T(poll(both, 3, 0));
  say("%d %d %d", both[0].revents, both[1].revents, both[2].revents);
  T(poll(both, 1, 10));
  T(poll(NULL, 0, 1));
  T(poll((void *)8, 1, 0));
  T(poll(both, -1, 0));
  struct timespec wait = {0, 1000000};
  T(ppoll(both, 1, &wait, NULL));
  wait.tv_nsec = 1000000000;
  T(syscall(SYS_ppoll, both, 1, &wait, NULL, 8));
  wait.tv_nsec = 1;
  sigset_t set;
  sigemptyset(&set);
  T(syscall(SYS_ppoll, both, 1, &wait, &set, 4));
  fd_set reads, writes;
  FD_ZERO(&reads);
  FD_ZERO(&writes);
  FD_SET(ends[0], &reads);
  FD_SET(ends[1], &writes);
  struct timeval none = {0, 0};
  T(select(20, &reads, &writes, NULL, &none));
  say("%d %d", !!FD_ISSET(ends[0], &reads), !!FD_ISSET(ends[1], &writes));
  FD_SET(ends[0], &reads);
  T(select(20, &reads, NULL, NULL, &(struct timeval){0, 1000}));
  FD_SET(30, &reads);
  T(select(40, &reads, NULL, NULL, &none));
  T(select(-1, NULL, NULL, NULL, &none));
  T(select(0, NULL, NULL, NULL, &(struct timeval){-1, 0}));
  T(select(0, NULL, NULL, NULL, &(struct timeval){0, 1}));
  write(ends[1], "x", 1);
  FD_ZERO(&reads);
  FD_SET(ends[0], &reads);
  T(select(ends[0] + 1, &reads, NULL, &reads, NULL));
  T(poll(both, 2, -1));
}

static void waited(int poll, const char *what) {
  struct epoll_event events[5];
  int count = epoll_wait(poll, events, 5, 0);
  char line[200] = "";
  for (int n = 0; n < count; n++)
    snprintf(line + strlen(line), 50, " %x:%lu", events[n].events, (long)events[n].data.u64);
  say("%s: %d%s", what, count, line);
}

CASE(epolls) {
  int ends[2], poll = epoll_create1(EPOLL_CLOEXEC);
  T(fcntl(poll, F_GETFD));
  pipe(ends);
  struct epoll_event event = {EPOLLIN, {.u64 = 1}};
  T(epoll_ctl(poll, EPOLL_CTL_ADD, ends[0], &event));
  T(epoll_ctl(poll, EPOLL_CTL_ADD, ends[0], &event));
  T(epoll_ctl(poll, EPOLL_CTL_MOD, ends[1], &event));
  T(epoll_ctl(poll, EPOLL_CTL_DEL, ends[1], NULL));
  T(epoll_ctl(poll, EPOLL_CTL_ADD, 99, &event));
  T(epoll_ctl(ends[0], EPOLL_CTL_ADD, ends[1], &event));
  T(epoll_ctl(poll, EPOLL_CTL_ADD, poll, &event));
  T(epoll_ctl(poll, 9, ends[0], &event));
  T(epoll_ctl(poll, EPOLL_CTL_ADD, ends[1], NULL));
  put("f", "");
  T(epoll_ctl(poll, EPOLL_CTL_ADD, open("f", O_RDONLY), &event));
  waited(poll, "nothing");
  T(write(ends[1], "x", 1));
  waited(poll, "level");
  waited(poll, "level again");
  polled("the epoll itself", poll);
  event = (struct epoll_event){EPOLLIN | EPOLLET, {.u64 = 2}};
  T(epoll_ctl(poll, EPOLL_CTL_MOD, ends[0], &event));
  waited(poll, "edge");
  waited(poll, "edge again");
  T(write(ends[1], "y", 1));
  waited(poll, "new edge");
  T(read(ends[0], buffer, 1));
  waited(poll, "after reading");
  event = (struct epoll_event){EPOLLOUT | EPOLLONESHOT, {.u64 = 3}};
  T(epoll_ctl(poll, EPOLL_CTL_ADD, ends[1], &event));
  waited(poll, "once");
  waited(poll, "once again");
  T(epoll_ctl(poll, EPOLL_CTL_MOD, ends[1], &event));
  waited(poll, "rearmed");
  T(close(ends[1]));
  waited(poll, "hung up");
  T(epoll_wait(poll, (void *)8, 1, 0));
  struct epoll_event some[2];
  T(epoll_wait(poll, some, 0, 0));
  T(epoll_wait(ends[0], some, 1, 0));
  T(epoll_wait(99, some, 1, 0));
  T(epoll_create(0));
  T(epoll_create1(1));
  T(close(ends[0]));
  waited(poll, "closed");
}

CASE(epoll_order) {
  int poll = epoll_create1(0), files[3];
  for (int n = 0; n < 3; n++) {
    files[n] = eventfd(1, EFD_NONBLOCK);
    struct epoll_event event = {EPOLLIN, {.u64 = n}};
    epoll_ctl(poll, EPOLL_CTL_ADD, files[n], &event);
  }
  waited(poll, "all");
  struct epoll_event one;
  for (int n = 0; n < 4; n++) {
    epoll_wait(poll, &one, 1, 0);
    say("%lu", (long)one.data.u64);
  }
  int copy = dup(files[0]);
  close(files[0]);
  waited(poll, "a copy is open");
  close(copy);
  waited(poll, "none is open");
  int outer = epoll_create1(0);
  struct epoll_event event = {EPOLLIN, {.u64 = 9}};
  T(epoll_ctl(outer, EPOLL_CTL_ADD, poll, &event));
  waited(outer, "outer");
  T(epoll_ctl(poll, EPOLL_CTL_ADD, outer, &event));
  read(files[1], buffer, 8);
  read(files[2], buffer, 8);
  waited(outer, "outer empty");
  T(epoll_wait(outer, &one, 1, 10));
}

CASE(socket_pairs) {
  int ends[2];
  T(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends));
  T(read(ends[0], buffer, 10));
  T(write(ends[1], "hello", 5));
  T(send(ends[1], " you", 4, 0));
  T(recv(ends[0], buffer, 100, 0));
  say("%.9s", buffer);
  T(write(ends[0], "back", 4));
  T(read(ends[1], buffer, 2));
  T(recv(ends[1], buffer, 10, MSG_DONTWAIT));
  polled("idle", ends[0]);
  T(shutdown(ends[1], SHUT_WR));
  T(read(ends[0], buffer, 10));
  polled("half closed", ends[0]);
  T(write(ends[1], "x", 1));
  T(close(ends[1]));
  polled("closed", ends[0]);
  T(write(ends[0], "x", 1));
  T(lseek(ends[0], 0, SEEK_SET));
  T(socketpair(AF_INET, SOCK_STREAM, 0, ends));
  T(socketpair(99, SOCK_STREAM, 0, ends));
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
  T(write(ends[0], "12345", 5));
  T(write(ends[0], "678", 3));
  T(read(ends[1], buffer, 2));
  T(read(ends[1], buffer, 10));
  int type = 0;
  socklen_t length = sizeof type;
  T(getsockopt(ends[0], SOL_SOCKET, SO_TYPE, &type, &length));
  say("%d %d", type, length);
  T(send(open(".", O_RDONLY), "x", 1, 0));
  T(recv(99, buffer, 1, 0));
}

CASE(blocking_pipe) {
  int ends[2];
  pipe(ends);
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    memset(buffer, 'c', sizeof buffer);
    long count = write(ends[1], buffer, sizeof buffer);
    _exit(count == sizeof buffer ? 7 : 8);
  }
  close(ends[1]);
  long total = 0, count;
  while ((count = read(ends[0], buffer, 3000)) > 0) total += count;
  int status = 0;
  waitpid(child, &status, 0);
  say("%ld bytes, child %d", total, WEXITSTATUS(status));
}

CASE(blocking_fifo) {
  mkfifo("p", 0644);
  pid_t child = fork();
  if (child == 0) {
    int writer = open("p", O_WRONLY);
    write(writer, "from the child", 14);
    _exit(0);
  }
  int reader = open("p", O_RDONLY);
  T(read(reader, buffer, 100));
  T(read(reader, buffer, 100));
  waitpid(child, NULL, 0);
}

CASE(signals_as_files) {
  struct {
    uint32_t signal, error, code, process, user, file, thread, band, overrun, trap, status;
    int32_t value;
    uint64_t pointer, rest[9];
  } got[3];
  sigset_t set, old;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGRTMIN);
  sigaddset(&set, SIGKILL);
  int file = syscall(SYS_signalfd4, -1, &set, 8, O_NONBLOCK | O_CLOEXEC);
  T(fcntl(file, F_GETFD));
  sigprocmask(SIG_BLOCK, &set, &old);
  polled("none", file);
  T(read(file, got, sizeof got));
  T(read(file, got, 100));
  T(kill(getpid(), SIGUSR1));
  T(kill(getpid(), SIGUSR1));
  T(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 77}));
  polled("two", file);
  T(read(file, got, sizeof got));
  say("%d %d self %d user %d", got[0].signal, (int)got[0].code, got[0].process == getpid(),
      got[0].user == getuid());
  say("%d %d value %d", got[1].signal - SIGRTMIN, (int)got[1].code, got[1].value);
  pid_t child = fork();
  if (child == 0) _exit(9);
  struct pollfd one = {file, POLLIN, 0};
  T(poll(&one, 1, 10000));
  T(read(file, got, 128));
  say("child %d status %d code %d", got[0].process == child, got[0].status, (int)got[0].code);
  waitpid(child, NULL, 0);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  T(syscall(SYS_signalfd4, file, &set, 8, 0) == file);
  T(syscall(SYS_signalfd4, file, &set, 4, 0));
  T(syscall(SYS_signalfd4, 99, &set, 8, 0));
  T(syscall(SYS_signalfd4, 1, &set, 8, 0));
  T(syscall(SYS_signalfd4, -1, &set, 8, 1));
  T(kill(getpid(), SIGUSR1));
  T(read(file, got, 128));
  T(write(file, got, 128));
  struct timespec now = {0, 0};
  sigprocmask(SIG_BLOCK, NULL, &set);
  T(sigtimedwait(&set, NULL, &now) == SIGUSR1);
  sigprocmask(SIG_SETMASK, &old, NULL);
}
