/* Sockets of AF_UNIX. */
#include "probe.h"
#include <stddef.h>
#include <sys/un.h>

static char buffer[300000];
static struct sockaddr_un name, got;
static socklen_t size;

static socklen_t path(const char *text) {
  name.sun_family = AF_UNIX;
  strcpy(name.sun_path, text);
  return offsetof(struct sockaddr_un, sun_path) + strlen(text) + 1;
}
/* A name that no other run of the probe has. */
static socklen_t hidden(const char *text) {
  name.sun_family = AF_UNIX;
  memset(name.sun_path, 0, sizeof name.sun_path);
  int length = sprintf(name.sun_path + 1, "%s of %d", text, (int)getpid());
  return offsetof(struct sockaddr_un, sun_path) + 1 + length;
}
static void say_name(const char *what, long result) {
  said(what, result);
  if (result == 0) say("%d bytes, family %d '%s'", (int)size, got.sun_family, got.sun_path);
}
#define NAME(call, socket)                                                             \
  (memset(&got, 0, sizeof got), size = sizeof got,                                     \
   say_name(#call " " #socket, call(socket, (void *)&got, &size)))
static int new(int type) { return socket(AF_UNIX, type, 0); }
static int listening(const char *where) {
  int socket = new(SOCK_STREAM);
  bind(socket, (void *)&name, path(where));
  listen(socket, 1);
  return socket;
}
#define JOIN(socket) connect(socket, (void *)&name, length)

CASE(unix_making) {
  T(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
  T(socket(AF_UNIX, SOCK_STREAM, 1) >= 0);
  T(socket(AF_UNIX, SOCK_STREAM, 6));
  T(socket(AF_UNIX, SOCK_RDM, 0));
  T(socket(AF_UNIX, 0, 0));
  T(socket(AF_UNIX, 11, 0));
  T(socket(AF_UNIX, SOCK_STREAM | 0x100, 0));
  T(socket(99, SOCK_STREAM, 0));
  T(socket(-1, SOCK_STREAM, 0));
  int type = 0, raw = new(SOCK_RAW);
  size = 4;
  T(getsockopt(raw, SOL_SOCKET, SO_TYPE, &type, &size));
  say("%d", type);
  polled("stream", new(SOCK_STREAM));
  polled("datagram", new(SOCK_DGRAM));
  polled("sequence", new(SOCK_SEQPACKET));
  T(fcntl(new(SOCK_STREAM | SOCK_CLOEXEC), F_GETFD));
  T(fcntl(new(SOCK_STREAM | SOCK_NONBLOCK), F_GETFL));
  NAME(getsockname, raw);
  NAME(getpeername, raw);
}
CASE(unix_binding) {
  int one = new(SOCK_STREAM), other = new(SOCK_STREAM);
  socklen_t length = path("here");
  umask(027);
  T(bind(one, (void *)&name, length));
  look("here");
  NAME(getsockname, one);
  T(bind(one, (void *)&name, length));
  T(bind(other, (void *)&name, length));
  T(open("here", O_RDWR));
  T(bind(other, (void *)&name, path("none/there")));
  T(bind(other, (void *)&name, path("here/there")));
  T(bind(other, (void *)&name, 1));
  T(bind(other, (void *)&name, 111));
  name.sun_family = AF_INET;
  T(bind(other, (void *)&name, 20));
  T(bind(other, (void *)8, 20));
  T(bind(other, (void *)&name, -1));
  length = path("longer");
  T(bind(other, (void *)&name, length - 3));
  NAME(getsockname, other);
  list(".");
  int third = new(SOCK_STREAM);
  length = hidden("name");
  T(bind(third, (void *)&name, length));
  size = sizeof got;
  T(getsockname(third, (void *)&got, &size));
  say("%d %d", size == length, memcmp(&got, &name, length));
  T(bind(new(SOCK_STREAM), (void *)&name, length));
  T(bind(new(SOCK_DGRAM), (void *)&name, length));
  T(close(third));
  third = new(SOCK_STREAM);
  T(bind(third, (void *)&name, length));
  int any = new(SOCK_DGRAM);
  T(bind(any, (void *)&name, 2));
  size = sizeof got;
  T(getsockname(any, (void *)&got, &size));
  say("%d bytes, %d", (int)size, got.sun_path[0]);
  size = 1;
  T(getsockname(one, (void *)&got, &size));
  say("%d", (int)size);
  size = -1;
  T(getsockname(one, (void *)&got, &size));
  T(getsockname(one, (void *)8, &size));
  T(getsockname(99, (void *)&got, &size));
  T(getsockname(open(".", O_RDONLY), (void *)&got, &size));
  close(one);
  look("here");
  T(connect(other, (void *)&name, path("here")));
  T(unlink("here"));
  T(rename("long", "moved"));
}
CASE(unix_connecting) {
  int server = new(SOCK_STREAM), client = new(SOCK_STREAM | SOCK_NONBLOCK);
  socklen_t length = path("s");
  T(listen(server, 1));
  T(JOIN(client));
  T(bind(server, (void *)&name, length));
  T(JOIN(client));
  T(accept(server, NULL, NULL));
  T(listen(server, 1));
  polled("listening", server);
  T(JOIN(client));
  polled("called", server);
  polled("client", client);
  NAME(getpeername, client);
  NAME(getsockname, client);
  T(JOIN(client));
  T(write(client, "early", 5));
  T(JOIN(new(SOCK_DGRAM)));
  T(JOIN(new(SOCK_SEQPACKET)));
  T(JOIN(server));
  T(JOIN(new(SOCK_STREAM | SOCK_NONBLOCK)));
  T(JOIN(new(SOCK_STREAM | SOCK_NONBLOCK)));
  size = sizeof got;
  int end = accept(server, (void *)&got, &size);
  say("%d, address of %d bytes", end > 0, (int)size);
  NAME(getsockname, end);
  NAME(getpeername, end);
  T(read(end, buffer, 100));
  T(fcntl(end, F_GETFL));
  T(send(client, "x", 1, 0));
  T(sendto(client, "x", 1, 0, (void *)&name, length));
  T(syscall(SYS_accept4, server, NULL, NULL, 1));
  T(fcntl(accept4(server, NULL, NULL, SOCK_NONBLOCK), F_GETFL));
  fcntl(server, F_SETFL, O_NONBLOCK);
  T(accept(server, NULL, NULL));
  T(accept(client, NULL, NULL));
  T(accept(open(".", O_RDONLY), NULL, NULL));
  T(listen(client, 1));
  T(listen(new(SOCK_DGRAM), 1));
  T(read(server, buffer, 1));
  T(write(server, buffer, 1));
  T(read(new(SOCK_STREAM), buffer, 1));
  T(write(new(SOCK_STREAM), buffer, 1));
  T(read(new(SOCK_SEQPACKET), buffer, 1));
  T(sendto(new(SOCK_STREAM), "x", 1, 0, (void *)&name, length));
  T(connect(client, (void *)&name, path("none")));
  put("file", "");
  T(connect(client, (void *)&name, path("file")));
  T(connect(client, (void *)&name, 2));
  chmod("s", 0);
  path("s");
  T(JOIN(new(SOCK_STREAM)));
  T(close(server));
  path("s");
  chmod("s", 0777);
  T(JOIN(new(SOCK_STREAM)));
  T(read(end, buffer, 100));
  T(read(end, buffer, 0));
}
CASE(unix_hidden_server) {
  int server = new(SOCK_STREAM);
  socklen_t length = hidden("server");
  T(bind(server, (void *)&name, length));
  T(listen(server, 1));
  for (int n = 0; n < 2; n++) {
    int client = new(SOCK_STREAM);
    T(JOIN(client));
    close(accept(server, NULL, NULL));
    close(client);
  }
  T(bind(new(SOCK_STREAM), (void *)&name, length));
  close(server);
  T(JOIN(new(SOCK_STREAM)));
}
CASE(unix_not_accepted) {
  int server = listening("s"), client = new(SOCK_STREAM);
  socklen_t length = path("s");
  T(JOIN(client));
  close(server);
  polled("reset", client);
  int error = 0;
  size = 4;
  T(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &size));
  say("%d", error == ECONNRESET);
  T(read(client, buffer, 1));
  T(write(client, buffer, 1));
  NAME(getpeername, client);
}
CASE(unix_closing) {
  int ends[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  T(write(ends[0], "read", 4));
  T(write(ends[1], "unread", 6));
  T(close(ends[0]));
  polled("closed on unread bytes", ends[1]);
  T(read(ends[1], buffer, 10));
  T(read(ends[1], buffer, 10));
  T(read(ends[1], buffer, 10));
  T(write(ends[1], "x", 1));
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  T(shutdown(ends[0], SHUT_RD));
  polled("reads no more", ends[0]);
  polled("may not write", ends[1]);
  T(write(ends[1], "x", 1));
  T(read(ends[0], buffer, 1));
  T(write(ends[0], "x", 1));
  T(read(ends[1], buffer, 1));
  T(shutdown(ends[1], SHUT_RDWR));
  polled("over", ends[0]);
  T(shutdown(ends[1], 3));
  T(shutdown(new(SOCK_STREAM), SHUT_WR));
  T(shutdown(open(".", O_RDONLY), SHUT_WR));
}
CASE(unix_datagrams) {
  int one = new(SOCK_DGRAM | SOCK_NONBLOCK), other = new(SOCK_DGRAM | SOCK_NONBLOCK);
  socklen_t length = path("one");
  T(bind(one, (void *)&name, length));
  T(send(other, "x", 1, 0));
  T(sendto(other, "nameless", 8, 0, (void *)&name, length));
  size = sizeof got;
  T(recvfrom(one, buffer, 100, 0, (void *)&got, &size));
  say("%.8s from %d bytes", buffer, (int)size);
  T(bind(other, (void *)&name, path("other")));
  path("one");
  T(JOIN(other));
  NAME(getpeername, other);
  T(send(other, "12345", 5, 0));
  T(send(other, "", 0, 0));
  T(send(other, "678", 3, 0));
  polled("three", one);
  int count = 0;
  T(ioctl(one, FIONREAD, &count));
  say("%d", count);
  T(recv(one, buffer, 2, MSG_PEEK));
  T(recv(one, buffer, 2, MSG_PEEK | MSG_TRUNC));
  T(recv(one, buffer, 2, 0));
  T(recv(one, buffer, 2, 0));
  size = sizeof got;
  T(recvfrom(one, buffer, 2, MSG_TRUNC, (void *)&got, &size));
  say("from %d bytes '%s'", (int)size, got.sun_path);
  T(recv(one, buffer, 2, 0));
  T(sendto(one, "back", 4, 0, (void *)&name, path("other")));
  int third = new(SOCK_DGRAM | SOCK_NONBLOCK);
  T(sendto(third, "x", 1, 0, (void *)&name, path("other")));
  T(connect(third, (void *)&name, path("other")));
  T(sendto(third, "x", 1, 0, (void *)&name, path("none")));
  T(sendto(third, buffer, sizeof buffer, 0, (void *)&name, path("one")));
  for (count = 0; sendto(third, "x", 1, 0, (void *)&name, path("one")) == 1;) count++;
  said("after so many", -1);
  say("%d", count);
  polled("not connected", third);
  T(connect(third, (void *)&name, path("one")));
  polled("connected to full", third);
  recv(one, buffer, 1, 0);
  polled("connected", third);
  name.sun_family = AF_UNSPEC;
  T(connect(third, (void *)&name, 2));
  NAME(getpeername, third);
  T(close(one));
  T(send(other, "x", 1, 0));
  T(send(other, "x", 1, 0));
  T(sendto(other, "x", 1, 0, (void *)&name, path("one")));
  T(shutdown(other, SHUT_WR));
  T(sendto(other, "x", 1, 0, (void *)&name, path("one")));
  T(shutdown(other, SHUT_RD));
  polled("shut down", other);
  T(recv(other, buffer, 9, 0));
  T(recv(other, buffer, 9, 0));
}
CASE(unix_sequences) {
  int ends[2];
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
  T(send(ends[0], "12345", 5, 0));
  T(send(ends[0], "", 0, 0));
  T(send(ends[0], "67", 2, 0));
  T(recv(ends[1], buffer, 2, MSG_TRUNC));
  T(recv(ends[1], buffer, 9, 0));
  T(recv(ends[1], buffer, 9, MSG_WAITALL));
  T(sendto(ends[0], "x", 1, 0, (void *)&name, path("none")));
  T(send(ends[0], buffer, sizeof buffer, 0));
  T(close(ends[0]));
  T(recv(ends[1], buffer, 9, 0));
  T(recv(ends[1], buffer, 9, 0));
  T(send(ends[1], "x", 1, 0));
  polled("closed", ends[1]);
}
CASE(unix_peeking) {
  int ends[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  write(ends[0], "one", 3);
  write(ends[0], "two", 3);
  T(recv(ends[1], buffer, 5, MSG_PEEK));
  T(recv(ends[1], buffer, 100, 0));
  say("%.6s", buffer);
  T(recv(ends[1], buffer, 100, MSG_DONTWAIT));
  T(recv(ends[1], buffer, 100, MSG_DONTWAIT | MSG_PEEK));
  T(recv(ends[1], buffer, -1, MSG_DONTWAIT));
  T(send(ends[1], (void *)-1, -1, 0));
  pid_t child = fork();
  if (child == 0) {
    for (int n = 0; n < 4; n++) {
      usleep(2000);
      write(ends[0], "1234", 4);
    }
    _exit(0);
  }
  T(recv(ends[1], buffer, 10, MSG_WAITALL));
  T(recv(ends[1], buffer, 6, MSG_WAITALL));
  waitpid(child, NULL, 0);
  write(ends[0], "end", 3);
  close(ends[0]);
  T(recv(ends[1], buffer, 10, MSG_WAITALL));
  int count = 9;
  T(ioctl(ends[1], FIONREAD, &count));
  say("%d", count);
}
CASE(unix_blocking) {
  int server = listening("s");
  pid_t child = fork();
  if (child == 0) {
    int client = new(SOCK_STREAM);
    socklen_t length = path("s");
    JOIN(client);
    send_much(client, 5);
  }
  take_much(accept(server, NULL, NULL), 7000, child);
}
CASE(unix_full_backlog) {
  int server = listening("s");
  pid_t child = fork();
  if (child == 0) {
    socklen_t length = path("s");
    int joined = 0;
    for (int n = 0; n < 4; n++) joined += JOIN(new(SOCK_STREAM)) == 0;
    _exit(joined);
  }
  usleep(20000);
  int accepted = 0;
  for (int n = 0; n < 4; n++) accepted += accept(server, NULL, NULL) > 0;
  int status = 0;
  waitpid(child, &status, 0);
  say("%d accepted, %d joined", accepted, WEXITSTATUS(status));
}
CASE(unix_timeouts) {
  int ends[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  struct timeval time = {0, 20000};
  T(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
  T(read(ends[0], buffer, 1));
  T(recv(ends[0], buffer, 1, 0));
  memset(&time, 0, sizeof time);
  size = sizeof time;
  T(getsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, &size));
  say("%ld.%06ld of %d bytes", (long)time.tv_sec, (long)time.tv_usec, (int)size);
  T(setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
  for (int n = 0; n < 9; n++)
    if (write(ends[0], buffer, sizeof buffer) < (int)sizeof buffer) {
      T(write(ends[0], buffer, sizeof buffer));
      break;
    }
  time.tv_usec = 1000000;
  T(setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
  T(setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &time, 8));
  int server = listening("s");
  time.tv_usec = 20000;
  T(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
  T(accept(server, NULL, NULL));
}
/* Sends bytes with descriptors. */
static long pass(int socket, const char *text, const int *files, int count) {
  char control[CMSG_SPACE(300 * sizeof(int))] = {0};
  struct iovec part = {(void *)text, strlen(text)};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                           .msg_controllen = CMSG_SPACE(count * sizeof(int))};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(count * sizeof(int));
  memcpy(CMSG_DATA(header), files, count * sizeof(int));
  return syscall(SYS_sendmsg, socket, &message, 0);
}
/* Receives them, and says what came; the first descriptor. */
static int take(int socket, size_t room, size_t control_room, int flags) {
  char control[600] = {0};
  struct iovec part = {buffer, room};
  memset(&got, 0, sizeof got);
  struct msghdr message = {.msg_name = &got, .msg_namelen = sizeof got, .msg_iov = &part,
                           .msg_iovlen = 1, .msg_control = control,
                           .msg_controllen = control_room};
  errno = 0;
  long count = recvmsg(socket, &message, flags);
  said("recvmsg", count);
  if (count < 0) return -1;
  say("'%.*s' name %d control %d flags %x", (int)count, buffer, (int)message.msg_namelen,
      (int)message.msg_controllen, message.msg_flags);
  int first = -1;
  for (struct cmsghdr *one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one)) {
    say("type %d of %d bytes", one->cmsg_type, (int)one->cmsg_len);
    if (one->cmsg_type == SCM_RIGHTS && one->cmsg_len >= CMSG_LEN(sizeof(int)))
      memcpy(&first, CMSG_DATA(one), sizeof first);
  }
  return first;
}
CASE(unix_rights) {
  int ends[2], pipes[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  pipe(pipes);
  T(pass(ends[0], "a pipe", &pipes[0], 1));
  close(pipes[0]);
  T(write(ends[0], " and more", 9));
  int file = take(ends[1], 100, 100, 0);
  T(write(pipes[1], "through", 7));
  T(read(file, buffer, 100));
  T(fcntl(file, F_GETFD));
  take(ends[1], 100, 100, 0);
  T(pass(ends[0], "two", pipes, 2));
  int both[2] = {pipes[1], pipes[1]};
  T(pass(ends[0], "two", both, 2));
  file = take(ends[1], 2, 100, MSG_CMSG_CLOEXEC);
  T(fcntl(file, F_GETFD));
  take(ends[1], 2, 100, 0);
  T(pass(ends[0], "cut", both, 2));
  file = take(ends[1], 100, CMSG_LEN(sizeof(int)), 0);
  T(pass(ends[0], "lost", both, 2));
  take(ends[1], 100, 0, 0);
  T(pass(ends[0], "peeked", both, 1));
  take(ends[1], 100, 100, MSG_PEEK);
  take(ends[1], 100, 100, 0);
  T(pass(ends[0], "read", both, 1));
  T(read(ends[1], buffer, 100));
  int many[300];
  for (int n = 0; n < 300; n++) many[n] = pipes[1];
  T(pass(ends[0], "many", many, 254));
  T(pass(ends[0], "many", many, 253));
  int bad = 99;
  T(pass(ends[0], "bad", &bad, 1));
  T(pass(ends[0], "", both, 1));
  close(ends[0]);
  T(read(ends[1], buffer, 100));
  T(recv(ends[1], buffer, 100, 0));
}
CASE(unix_rights_of_messages) {
  int ends[2], file = eventfd(5, 0);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
  T(pass(ends[0], "one", &file, 1));
  T(pass(ends[0], "two", &file, 1));
  int copy = take(ends[1], 2, 100, 0);
  uint64_t value = 0;
  T(read(copy, &value, 8));
  say("%ld", (long)value);
  take(ends[1], 100, 100, 0);
  T(pass(ends[0], "self", &ends[1], 1));
  T(pass(ends[0], "", &file, 1));
  take(ends[1], 100, 100, 0);
  take(ends[1], 100, 100, 0);
}
CASE(unix_rights_not_taken) {
  int ends[2], pipes[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
  pipe(pipes);
  T(pass(ends[0], "a pipe", &pipes[1], 1));
  close(pipes[1]);
  polled("on its way", pipes[0]);
  struct iovec part = {(void *)8, 100};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  T(recvmsg(ends[1], &message, 0));
  polled("lost", pipes[0]);
}
CASE(unix_credentials) {
  struct {
    int process, user, group;
  } peer;
  int ends[2], on = 1;
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  size = sizeof peer;
  T(getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED, &peer, &size));
  say("%d %d %d", peer.process == getpid(), peer.user == getuid(), peer.group == getgid());
  int alone = new(SOCK_STREAM);
  T(getsockopt(alone, SOL_SOCKET, SO_PEERCRED, &peer, &size));
  say("%d %d %d", peer.process, peer.user, peer.group);
  T(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
  T(write(ends[0], "hello", 5));
  take(ends[1], 100, 100, 0);
  T(send(ends[0], "again", 5, 0));
  take(ends[1], 100, 20, 0);
  for (int writes = 0; writes < 2; writes++) {
    pid_t child = fork();
    if (child == 0) {
      if (writes) write(ends[0], "child", 5);
      else send(ends[0], "child", 5, 0);
      _exit(0);
    }
    waitpid(child, NULL, 0);
    char control[100];
    struct iovec part = {buffer, 100};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    T(recvmsg(ends[1], &message, 0));
    memcpy(&peer, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof peer);
    say("%d %d %d", peer.process == child, peer.user == getuid(), peer.group == getgid());
  }
}
CASE(unix_many_messages) {
  int ends[2];
  struct mmsghdr many[4];
  struct iovec parts[4];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
  memset(many, 0, sizeof many);
  for (int n = 0; n < 4; n++) {
    parts[n] = (struct iovec){(void *)("abcd" + n), 4 - n};
    many[n].msg_hdr = (struct msghdr){.msg_iov = &parts[n], .msg_iovlen = 1};
  }
  T(syscall(SYS_sendmmsg, ends[0], many, 4, 0));
  say("%d %d %d %d", many[0].msg_len, many[1].msg_len, many[2].msg_len, many[3].msg_len);
  for (int n = 0; n < 4; n++) parts[n] = (struct iovec){buffer + 10 * n, 10};
  T(syscall(SYS_recvmmsg, ends[1], many, 2, 0, NULL));
  T(syscall(SYS_recvmmsg, ends[1], many + 2, 2, MSG_WAITFORONE, NULL));
  say("%d %d %d %d", many[0].msg_len, many[1].msg_len, many[2].msg_len, many[3].msg_len);
  T(syscall(SYS_recvmmsg, ends[1], many, 2, MSG_DONTWAIT, NULL));
  T(syscall(SYS_sendmmsg, ends[0], many, 0, 0));
  many[1].msg_hdr.msg_iovlen = 2000;
  T(syscall(SYS_sendmmsg, ends[0], many, 4, 0));
  T(syscall(SYS_sendmsg, ends[0], &many[1].msg_hdr, 0));
  T(syscall(SYS_recvmsg, ends[1], &many[1].msg_hdr, 0));
  T(syscall(SYS_sendmsg, ends[0], (void *)8, 0));
  many[0].msg_hdr.msg_iov = (void *)8;
  T(syscall(SYS_sendmsg, ends[0], &many[0].msg_hdr, 0));
  T(send(ends[0], (void *)8, 1, 0));
  T(recv(ends[1], (void *)8, 100, MSG_DONTWAIT));
}
/* recvmmsg looks at the time after each message, and says what is left of it. */
CASE(unix_many_messages_in_time) {
  int ends[2], error = 0;
  struct mmsghdr many[3];
  struct iovec part = {buffer, 10};
  struct timespec none = {0, 0}, enough = {5, 0}, wrong = {0, 1000000000}, little = {0, 1000};
  socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
  memset(many, 0, sizeof many);
  for (int n = 0; n < 3; n++)
    many[n].msg_hdr = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
  for (int n = 0; n < 3; n++) send(ends[0], "x", 1, 0);
  T(syscall(SYS_recvmmsg, ends[1], many, 3, 0, &wrong));
  T(syscall(SYS_recvmmsg, ends[1], many, 3, 0, &none));
  say("%ld.%09ld", (long)none.tv_sec, none.tv_nsec);
  T(syscall(SYS_recvmmsg, ends[1], many, 2, 0, &enough));
  say("%d", enough.tv_sec >= 4);
  T(syscall(SYS_recvmmsg, ends[1], many, 2, MSG_DONTWAIT, &enough));
  pid_t child = fork();
  if (child == 0) {
    wait_asleep(getppid());
    usleep(2000);
    send(ends[0], "late", 4, 0);
    _exit(0);
  }
  T(syscall(SYS_recvmmsg, ends[1], many, 2, 0, &little));
  say("%ld.%09ld", (long)little.tv_sec, little.tv_nsec);
  waitpid(child, NULL, 0);
  for (int n = 0; n < 2; n++) send(ends[0], "x", 1, 0);
  many[1].msg_hdr.msg_iovlen = 2000;
  T(syscall(SYS_recvmmsg, ends[1], many, 3, 0, NULL));
  size = sizeof error;
  T(getsockopt(ends[1], SOL_SOCKET, SO_ERROR, &error, &size));
  say("%d", error == EMSGSIZE);
}
#define SET(number, wanted) (value = wanted, setsockopt(end, SOL_SOCKET, number, &value, 4))
CASE(unix_options) {
  int ends[2], end, value;
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  end = ends[0];
  GET(end, SOL_SOCKET, SO_TYPE);
  GET(end, SOL_SOCKET, SO_DOMAIN);
  GET(end, SOL_SOCKET, SO_PROTOCOL);
  GET(end, SOL_SOCKET, SO_ERROR);
  GET(end, SOL_SOCKET, SO_ACCEPTCONN);
  GET(end, SOL_SOCKET, SO_SNDBUF);
  GET(end, SOL_SOCKET, SO_RCVBUF);
  GET(end, SOL_SOCKET, SO_KEEPALIVE);
  GET(end, SOL_SOCKET, SO_PRIORITY);
  GET(end, SOL_SOCKET, SO_PASSCRED);
  GET(end, SOL_SOCKET, SO_SNDLOWAT);
  GET(end, SOL_SOCKET, 999);
  GET(end, 6, 1);
  T(setsockopt(end, 6, 1, &value, 4));
  T(setsockopt(end, SOL_SOCKET, 999, &value, 4));
  T(SET(SO_KEEPALIVE, 7));
  GET(end, SOL_SOCKET, SO_KEEPALIVE);
  T(SET(SO_SNDBUF, 10000));
  GET(end, SOL_SOCKET, SO_SNDBUF);
  T(SET(SO_SNDBUF, 1));
  GET(end, SOL_SOCKET, SO_SNDBUF);
  T(SET(SO_RCVBUF, 1));
  GET(end, SOL_SOCKET, SO_RCVBUF);
  T(SET(SO_SNDBUF, 1 << 30));
  GET(end, SOL_SOCKET, SO_SNDBUF);
  T(SET(SO_SNDBUFFORCE, 1 << 30));
  T(SET(SO_PRIORITY, 7));
  T(SET(SO_PRIORITY, 6));
  T(SET(SO_DEBUG, 1));
  T(SET(SO_TYPE, 1));
  T(setsockopt(end, SOL_SOCKET, SO_SNDBUF, &value, 3));
  T(setsockopt(end, SOL_SOCKET, SO_SNDBUF, (void *)8, 4));
  struct linger linger = {5, 9};
  T(setsockopt(end, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
  size = sizeof linger;
  T(getsockopt(end, SOL_SOCKET, SO_LINGER, &linger, &size));
  say("%d %d of %d", linger.l_onoff, linger.l_linger, (int)size);
  size = 1;
  value = 0x11111111;
  T(getsockopt(end, SOL_SOCKET, SO_TYPE, &value, &size));
  say("%x of %d", value, (int)size);
  size = -1;
  T(getsockopt(end, SOL_SOCKET, SO_TYPE, &value, &size));
  T(ioctl(end, 0x5411, &value));
  say("%d", value);
  struct stat status;
  fstat(end, &status);
  say("%o", status.st_mode);
  char link[100] = "", own[100];
  sprintf(own, "/proc/self/fd/%d", end);
  readlink(own, link, 99);
  say("%.8s", link);
  T(lseek(end, 0, SEEK_SET));
  T(pread(end, &value, 1, 0));
}
static int events_of(int poll) {
  struct epoll_event event;
  int count = epoll_wait(poll, &event, 1, 0);
  return count == 1 ? (int)event.events : -count;
}
CASE(unix_edges) {
  int ends[2], poll = epoll_create1(0);
  socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends);
  struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.u64 = 1}};
  T(epoll_ctl(poll, EPOLL_CTL_ADD, ends[0], &event));
  say("%x", events_of(poll));
  say("%x", events_of(poll));
  write(ends[1], "x", 1);
  say("%x", events_of(poll));
  say("%x", events_of(poll));
  read(ends[0], buffer, 9);
  say("%x", events_of(poll));
  while (write(ends[0], buffer, sizeof buffer) > 0);
  say("%x", events_of(poll));
  while (read(ends[1], buffer, sizeof buffer) > 0);
  say("%x", events_of(poll));
  shutdown(ends[1], SHUT_WR);
  say("%x", events_of(poll));
  close(ends[1]);
  say("%x", events_of(poll));
}
CASE(unix_rights_on_their_way) {
  int ends[2], file = eventfd(0, 0);
  socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  struct rlimit limit, before;
  getrlimit(RLIMIT_NOFILE, &before);
  limit = (struct rlimit){20, before.rlim_max};
  int many[10], sent = 0;
  for (int n = 0; n < 10; n++) many[n] = file;
  setrlimit(RLIMIT_NOFILE, &limit);
  while (sent < 9 && pass(ends[0], "ten", many, 10) == 3) sent++;
  say("%d", sent);
  said("then", -1);
  setrlimit(RLIMIT_NOFILE, &before);
  take(ends[1], 3, 600, 0);
  for (int n = 5; n < 100; n++) close(n);
}
