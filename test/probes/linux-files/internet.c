/* Sockets of AF_INET and AF_INET6, on the loopback. */
#include "probe.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

static char buffer[300000];
static struct sockaddr_in at;
static struct sockaddr_in6 at6;
static socklen_t size;

static struct sockaddr *host(const char *text, int port) {
  at = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, text, &at.sin_addr);
  return (void *)&at;
}
static struct sockaddr *host6(const char *text, int port) {
  at6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, text, &at6.sin6_addr);
  return (void *)&at6;
}
static int port_of(int socket) {
  struct sockaddr_in6 own;
  socklen_t length = sizeof own;
  getsockname(socket, (void *)&own, &length);
  return ntohs(own.sin6_port);
}
/* Ports are random: they are named after the sockets that have them. */
static int known[9];
static void say_address(const char *what, long result, struct sockaddr_in6 *got) {
  char text[100] = "";
  said(what, result);
  if (result < 0) return;
  int family = got->sin6_family, port = ntohs(got->sin6_port), whose = -1;
  inet_ntop(family, family == AF_INET ? (void *)&((struct sockaddr_in *)got)->sin_addr
                                      : (void *)&got->sin6_addr, text, sizeof text);
  for (int n = 0; n < 9; n++)
    if (known[n] == port) whose = n;
  if (port == 0) whose = -2;
  say("%d bytes, family %d %s port of %d", (int)size, family, text, whose);
}
#define NAME(call, socket)                                                             \
  do {                                                                                 \
    struct sockaddr_in6 got = {0};                                                     \
    size = sizeof got;                                                                 \
    errno = 0;                                                                         \
    say_address(#call " " #socket, call(socket, (void *)&got, &size), &got);           \
  } while (0)
static int stream(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static int datagram(void) { return socket(AF_INET, SOCK_DGRAM, 0); }
static int server(int backlog) {
  int socket = stream();
  bind(socket, host("127.0.0.1", 0), sizeof at);
  listen(socket, backlog);
  return socket;
}
static int join(int end, int listener) {
  return connect(end, host("127.0.0.1", port_of(listener)), sizeof at);
}
static int error_of(int socket) {
  int error = -1;
  size = sizeof error;
  getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}
static void pair(int *ends) {
  int listener = server(1);
  ends[0] = stream();
  join(ends[0], listener);
  ends[1] = accept(listener, NULL, NULL);
  close(listener);
}
static int event(int socket) {
  struct pollfd file = {socket, POLLIN, 0};
  return poll(&file, 1, 1000);
}

CASE(tcp_making) {
  T(socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) >= 0);
  T(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
  T(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
  T(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) >= 0);
  T(socket(AF_INET, SOCK_DGRAM, 136) >= 0);
  T(socket(AF_INET, SOCK_STREAM, 136));
  T(socket(AF_INET, SOCK_STREAM, 132));
  T(socket(AF_INET, SOCK_SEQPACKET, 132));
  T(socket(AF_INET, SOCK_SEQPACKET, 0));
  T(socket(AF_INET, SOCK_RAW, 0));
  T(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
  T(socket(AF_INET, SOCK_STREAM, -1));
  T(socket(AF_INET, SOCK_STREAM, 999));
  T(socket(AF_INET6, SOCK_STREAM, 0) >= 0);
  T(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
  T(socket(AF_PACKET, SOCK_RAW, 0));
  polled("stream", stream());
  polled("datagram", datagram());
  NAME(getsockname, stream());
  NAME(getpeername, stream());
  NAME(getsockname, socket(AF_INET6, SOCK_STREAM, 0));
}
CASE(tcp_binding) {
  int one = stream(), other = stream(), on = 1;
  T(bind(one, host("127.0.0.1", 0), sizeof at));
  known[1] = port_of(one);
  NAME(getsockname, one);
  T(bind(one, host("127.0.0.1", 0), sizeof at));
  T(bind(other, host("127.0.0.1", known[1]), sizeof at));
  T(bind(other, host("0.0.0.0", known[1]), sizeof at));
  T(bind(other, host("127.0.0.2", known[1]), sizeof at));
  T(bind(stream(), host("127.0.0.1", 80), sizeof at));
  T(bind(stream(), host("10.1.2.3", 0), sizeof at));
  T(bind(stream(), host("127.0.0.1", 0), 15));
  T(bind(stream(), host6("::1", 0), sizeof at6));
  T(bind(stream(), (void *)8, 16));
  int third = stream(), fourth = stream();
  setsockopt(third, SOL_SOCKET, SO_REUSEADDR, &on, 4);
  T(bind(third, host("127.0.0.1", known[1]), sizeof at));
  setsockopt(one, SOL_SOCKET, SO_REUSEADDR, &on, 4);
  T(bind(third, host("127.0.0.1", known[1]), sizeof at));
  T(listen(one, 1));
  T(listen(third, 1));
  setsockopt(fourth, SOL_SOCKET, SO_REUSEADDR, &on, 4);
  T(bind(fourth, host("127.0.0.1", known[1]), sizeof at));
  close(one);
  T(listen(third, 1));
  int shared[2] = {stream(), stream()};
  for (int n = 0; n < 2; n++) setsockopt(shared[n], SOL_SOCKET, SO_REUSEPORT, &on, 4);
  T(bind(shared[0], host("127.0.0.1", 0), sizeof at));
  T(bind(shared[1], host("127.0.0.1", port_of(shared[0])), sizeof at));
  T(listen(shared[0], 1));
  T(listen(shared[1], 1));
  int both = socket(AF_INET6, SOCK_STREAM, 0), only = socket(AF_INET6, SOCK_STREAM, 0);
  T(bind(both, host6("::", 0), sizeof at6));
  T(bind(stream(), host("127.0.0.1", port_of(both)), sizeof at));
  T(setsockopt(both, IPPROTO_IPV6, IPV6_V6ONLY, &on, 4));
  T(setsockopt(only, IPPROTO_IPV6, IPV6_V6ONLY, &on, 4));
  T(bind(only, host6("::", 0), sizeof at6));
  T(bind(stream(), host("127.0.0.1", port_of(only)), sizeof at));
  int unbound = stream();
  T(listen(unbound, 1));
  T(port_of(unbound) != 0);
  T(listen(datagram(), 1));
}
CASE(tcp_connecting) {
  int listener = server(5), client = stream();
  known[1] = port_of(listener);
  T(connect(client, host("127.0.0.1", known[1]), 15));
  T(connect(client, host6("::1", known[1]), sizeof at6));
  T(connect(client, (void *)8, 16));
  T(join(client, listener));
  known[2] = port_of(client);
  polled("called", listener);
  polled("client", client);
  NAME(getsockname, client);
  NAME(getpeername, client);
  T(join(client, listener));
  T(join(listener, listener));
  struct sockaddr_in6 got = {0};
  size = sizeof got;
  int end = accept(listener, (void *)&got, &size);
  say_address("accept", end > 0, &got);
  NAME(getsockname, end);
  NAME(getpeername, end);
  T(write(client, "hello", 5));
  T(event(end));
  size = sizeof got;
  T(recvfrom(end, buffer, 100, 0, (void *)&got, &size));
  say("address of %d bytes", (int)size);
  T(sendto(end, "back", 4, 0, host("127.0.0.1", 9), sizeof at));
  T(event(client));
  T(read(client, buffer, 9));
  fcntl(listener, F_SETFL, O_NONBLOCK);
  T(accept(listener, NULL, NULL));
  T(accept(client, NULL, NULL));
  T(accept(datagram(), NULL, NULL));
  T(listen(client, 1));
  T(read(listener, buffer, 1));
  T(write(listener, buffer, 1));
  T(read(stream(), buffer, 1));
  T(write(stream(), buffer, 1));
  T(recv(client, buffer, 1, MSG_OOB));
  T(shutdown(stream(), SHUT_WR));
  int free_port = server(1), none = port_of(free_port);
  close(free_port);
  T(connect(stream(), host("127.0.0.1", none), sizeof at));
  int elsewhere = stream();
  T(connect(elsewhere, host("127.0.0.9", known[1]), sizeof at));
  int any = stream();
  bind(any, host("0.0.0.0", 0), sizeof at);
  listen(any, 5);
  known[3] = port_of(any);
  T(connect(elsewhere, host("0.0.0.0", known[3]), sizeof at));
  known[4] = port_of(elsewhere);
  NAME(getpeername, elsewhere);
  NAME(getsockname, elsewhere);
  elsewhere = stream();
  T(connect(elsewhere, host("127.0.0.9", known[3]), sizeof at));
  known[5] = port_of(elsewhere);
  NAME(getpeername, elsewhere);
  NAME(getsockname, elsewhere);
  accept(any, NULL, NULL);
  int other = accept(any, NULL, NULL);
  NAME(getsockname, other);
  shutdown(any, SHUT_RD);
  polled("listens no more", any);
  T(accept(any, NULL, NULL));
}
CASE(tcp_not_waiting) {
  int listener = server(1), client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  T(join(client, listener));
  polled("connected", client);
  T(error_of(client));
  T(join(client, listener));
  T(join(client, listener));
  int port = port_of(listener);
  close(listener);
  int other = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  T(connect(other, host("127.0.0.1", port), sizeof at));
  polled("refused", other);
  T(error_of(other) == ECONNREFUSED);
  polled("told", other);
  other = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  T(connect(other, host("127.0.0.1", port), sizeof at));
  T(connect(other, host("127.0.0.1", port), sizeof at));
  T(connect(other, host("127.0.0.1", port), sizeof at));
  T(read(other, buffer, 1));
  int third = stream();
  T(connect(third, host("127.0.0.1", port), sizeof at));
  listener = server(1);
  T(join(third, listener));
  T(read(client, buffer, 1));
  polled("reset", client);
}
CASE(tcp_closing) {
  int ends[2];
  pair(ends);
  T(write(ends[0], "last", 4));
  T(close(ends[0]));
  T(event(ends[1]));
  usleep(10000);
  polled("closed", ends[1]);
  T(read(ends[1], buffer, 9));
  T(read(ends[1], buffer, 9));
  T(write(ends[1], "x", 1));
  usleep(10000);
  polled("after a write", ends[1]);
  T(write(ends[1], "x", 1));
  T(read(ends[1], buffer, 9));
  NAME(getpeername, ends[1]);
  pair(ends);
  T(write(ends[1], "unread", 6));
  T(write(ends[0], "read", 4));
  event(ends[0]);
  T(close(ends[0]));
  usleep(10000);
  polled("closed on unread bytes", ends[1]);
  T(read(ends[1], buffer, 9));
  T(read(ends[1], buffer, 9));
  T(read(ends[1], buffer, 9));
  T(write(ends[1], buffer, 9));
  pair(ends);
  T(shutdown(ends[0], SHUT_WR));
  event(ends[1]);
  polled("sends no more", ends[0]);
  polled("reads no more", ends[1]);
  T(write(ends[0], "x", 1));
  T(write(ends[1], "answer", 6));
  T(shutdown(ends[1], SHUT_WR));
  usleep(10000);
  polled("over", ends[0]);
  polled("over", ends[1]);
  T(read(ends[0], buffer, 9));
  T(read(ends[0], buffer, 9));
  T(shutdown(ends[0], SHUT_RDWR));
  T(shutdown(ends[0], 3));
  pair(ends);
  T(shutdown(ends[0], SHUT_RD));
  polled("shut", ends[0]);
  T(write(ends[1], "x", 1));
  T(event(ends[0]));
  T(read(ends[0], buffer, 9));
  T(read(ends[0], buffer, 9));
  pair(ends);
  struct linger linger = {1, 0};
  T(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
  close(ends[0]);
  usleep(10000);
  polled("thrown away", ends[1]);
  T(read(ends[1], buffer, 9));
}
CASE(tcp_ports_after_closing) {
  int listener = server(1), client = stream(), again = stream(), on = 1;
  int port = port_of(listener);
  join(client, listener);
  int end = accept(listener, NULL, NULL);
  close(listener);
  T(bind(again, host("127.0.0.1", port), sizeof at));
  close(end);
  usleep(10000);
  T(bind(again, host("127.0.0.1", port), sizeof at));
  close(client);
  usleep(10000);
  T(bind(again, host("127.0.0.1", port), sizeof at));
  int reusing = stream();
  setsockopt(reusing, SOL_SOCKET, SO_REUSEADDR, &on, 4);
  bind(reusing, host("127.0.0.1", 0), sizeof at);
  listen(reusing, 1);
  port = port_of(reusing);
  client = stream();
  join(client, reusing);
  end = accept(reusing, NULL, NULL);
  close(reusing);
  close(end);
  close(client);
  usleep(10000);
  T(bind(stream(), host("127.0.0.1", port), sizeof at));
  reusing = stream();
  setsockopt(reusing, SOL_SOCKET, SO_REUSEADDR, &on, 4);
  T(bind(reusing, host("127.0.0.1", port), sizeof at));
  T(listen(reusing, 1));
}
CASE(tcp_moving_much) {
  int listener = server(1);
  pid_t child = fork();
  if (child == 0) {
    int client = stream();
    join(client, listener);
    send_much(client, 40);
  }
  take_much(accept(listener, NULL, NULL), 70000, child);
}
CASE(tcp_full_backlog) {
  int listener = server(0), clients[3];
  for (int n = 0; n < 2; n++) clients[n] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  T(join(clients[0], listener));
  T(join(clients[1], listener));
  usleep(10000);
  polled("first", clients[0]);
  polled("second", clients[1]);
  T(join(clients[1], listener));
  T(accept(listener, NULL, NULL) > 0);
  T(accept(listener, NULL, NULL) > 0);
  polled("second", clients[1]);
  T(join(clients[1], listener));
}
CASE(tcp_leaving_a_backlog) {
  int listener = server(0), clients[5];
  for (int n = 0; n < 5; n++) {
    clients[n] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    T(join(clients[n], listener));
    known[n] = port_of(clients[n]);
  }
  T(close(clients[1]));
  T(shutdown(clients[2], SHUT_WR));
  polled("shut down", clients[2]);
  T(error_of(clients[2]) == ECONNRESET);
  T(read(clients[2], buffer, 1));
  T(write(clients[2], buffer, 1));
  at.sin_family = AF_UNSPEC;
  T(connect(clients[3], (void *)&at, sizeof at));
  polled("disconnected", clients[3]);
  T(error_of(clients[3]) == ECONNRESET);
  for (int n = 0; n < 2; n++) {
    struct sockaddr_in6 got = {0};
    size = sizeof got;
    say_address("accept", accept(listener, (void *)&got, &size) > 0, &got);
  }
  fcntl(listener, F_SETFL, O_NONBLOCK);
  T(accept(listener, NULL, NULL));
  T(join(clients[3], listener));
  T(event(listener));
  T(accept(listener, NULL, NULL) > 0);
}
CASE(tcp_disconnecting) {
  int ends[2];
  pair(ends);
  T(send(ends[0], "held", 4, MSG_MORE));
  at.sin_family = AF_UNSPEC;
  T(connect(ends[0], (void *)&at, sizeof at));
  polled("it", ends[0]);
  T(error_of(ends[0]) == ECONNRESET);
  NAME(getpeername, ends[0]);
  T(read(ends[0], buffer, 9));
  usleep(10000);
  polled("its peer", ends[1]);
  T(error_of(ends[1]) == ECONNRESET);
  T(read(ends[1], buffer, 9));
  NAME(getsockname, ends[0]);
  at.sin_family = AF_UNSPEC;
  T(connect(ends[1], (void *)&at, sizeof at));
  T(listen(ends[1], 1));
  T(port_of(ends[1]) != 0);
  int caller = stream();
  T(join(caller, ends[1]));
  T(connect(caller, (void *)&at, 1));
  int listener = server(1);
  T(join(ends[0], listener));
  T(write(ends[0], "again", 5));
  int end = accept(listener, NULL, NULL);
  T(event(end));
  T(read(end, buffer, 9));
}
CASE(tcp_version_six) {
  int listener = socket(AF_INET6, SOCK_STREAM, 0), client = socket(AF_INET6, SOCK_STREAM, 0);
  bind(listener, host6("::", 0), sizeof at6);
  listen(listener, 5);
  known[1] = port_of(listener);
  NAME(getsockname, listener);
  T(connect(client, host6("::1", known[1]), 20));
  T(connect(client, host6("::1", known[1]), sizeof at6));
  known[2] = port_of(client);
  NAME(getsockname, client);
  NAME(getpeername, client);
  int old = stream();
  T(connect(old, host("127.0.0.1", known[1]), sizeof at));
  known[3] = port_of(old);
  accept(listener, NULL, NULL);
  int end = accept(listener, NULL, NULL);
  NAME(getsockname, end);
  NAME(getpeername, end);
  int mapped = socket(AF_INET6, SOCK_STREAM, 0);
  T(connect(mapped, host6("::ffff:127.0.0.1", known[1]), sizeof at6));
  known[4] = port_of(mapped);
  NAME(getsockname, mapped);
  NAME(getpeername, mapped);
  T(connect(socket(AF_INET6, SOCK_STREAM, 0), host6("::", known[1]), sizeof at6));
}
CASE(udp_sending) {
  int one = datagram(), other = datagram(), third = datagram();
  bind(one, host("127.0.0.1", 0), sizeof at);
  known[1] = port_of(one);
  NAME(getsockname, other);
  T(send(other, "x", 1, 0));
  T(sendto(other, "hello", 5, 0, host("127.0.0.1", known[1]), sizeof at));
  known[2] = port_of(other);
  NAME(getsockname, other);
  T(event(one));
  struct sockaddr_in6 got = {0};
  size = sizeof got;
  say_address("recvfrom", recvfrom(one, buffer, 3, 0, (void *)&got, &size), &got);
  T(recv(one, buffer, 9, MSG_DONTWAIT));
  T(connect(other, host("127.0.0.1", known[1]), sizeof at));
  NAME(getsockname, other);
  NAME(getpeername, other);
  T(send(other, "", 0, 0));
  T(send(other, "12345", 5, 0));
  event(one);
  polled("two", one);
  T(recv(one, buffer, 9, 0));
  T(recv(one, buffer, 2, MSG_TRUNC | MSG_PEEK));
  T(recv(one, buffer, 2, 0));
  bind(third, host("127.0.0.1", 0), sizeof at);
  T(sendto(third, "stranger", 8, 0, host("127.0.0.1", known[2]), sizeof at));
  T(sendto(one, "friend", 6, 0, host("127.0.0.1", known[2]), sizeof at));
  event(other);
  T(recv(other, buffer, 9, 0));
  T(sendto(other, "there", 5, 0, host("127.0.0.1", port_of(third)), sizeof at));
  event(third);
  T(recv(third, buffer, 9, 0));
  T(send(other, buffer, 65508, 0));
  T(send(other, buffer, 65507, 0));
  T(sendto(third, "x", 1, 0, host("127.0.0.1", 0), sizeof at));
  T(sendto(third, "x", 1, 0, host("127.0.0.1", 9), 15));
  T(sendto(third, "x", 1, 0, host("255.255.255.255", 9), sizeof at));
  close(one);
  T(send(other, "x", 1, 0));
  usleep(10000);
  polled("refused", other);
  T(send(other, "x", 1, 0));
  T(send(other, "x", 1, 0));
  usleep(10000);
  T(recv(other, buffer, 1, MSG_DONTWAIT));
  T(recv(other, buffer, 1, MSG_DONTWAIT));
  T(sendto(third, "x", 1, 0, host("127.0.0.1", known[1]), sizeof at));
  T(recv(third, buffer, 1, MSG_DONTWAIT));
  T(shutdown(third, SHUT_RD));
  T(shutdown(other, SHUT_RDWR));
  polled("shut", other);
  T(recv(other, buffer, 1, MSG_DONTWAIT));
  T(send(other, "x", 1, 0));
  at.sin_family = AF_UNSPEC;
  T(connect(other, (void *)&at, sizeof at));
  NAME(getpeername, other);
  NAME(getsockname, other);
}
CASE(udp_binding) {
  int one = datagram(), other = datagram(), on = 1;
  T(bind(one, host("0.0.0.0", 0), sizeof at));
  known[1] = port_of(one);
  T(bind(other, host("127.0.0.1", known[1]), sizeof at));
  setsockopt(one, SOL_SOCKET, SO_REUSEADDR, &on, 4);
  setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &on, 4);
  T(bind(other, host("127.0.0.1", known[1]), sizeof at));
  int sender = datagram();
  T(sendto(sender, "which", 5, 0, host("127.0.0.1", known[1]), sizeof at));
  event(other);
  T(recv(one, buffer, 9, MSG_DONTWAIT));
  T(recv(other, buffer, 9, MSG_DONTWAIT));
  T(sendto(sender, "any", 3, 0, host("127.0.0.2", known[1]), sizeof at));
  event(one);
  T(recv(one, buffer, 9, MSG_DONTWAIT));
  T(recv(other, buffer, 9, MSG_DONTWAIT));
  T(bind(datagram(), host("127.0.0.1", port_of(server(1))), sizeof at));
  int six = socket(AF_INET6, SOCK_DGRAM, 0);
  T(bind(six, host6("::", 0), sizeof at6));
  known[2] = port_of(six);
  T(sendto(sender, "mapped", 6, 0, host("127.0.0.1", known[2]), sizeof at));
  known[3] = port_of(sender);
  event(six);
  struct sockaddr_in6 got = {0};
  size = sizeof got;
  say_address("recvfrom", recvfrom(six, buffer, 9, 0, (void *)&got, &size), &got);
  T(sendto(six, "back", 4, 0, (void *)&got, sizeof got));
  event(sender);
  size = sizeof got;
  say_address("recvfrom", recvfrom(sender, buffer, 9, 0, (void *)&got, &size), &got);
}
#define SET(socket, level, number, wanted)                                             \
  (value = wanted, setsockopt(socket, level, number, &value, 4))
CASE(tcp_options) {
  int end = stream(), udp = datagram(), six = socket(AF_INET6, SOCK_STREAM, 0), value;
  GET(end, SOL_SOCKET, SO_TYPE);
  GET(end, SOL_SOCKET, SO_DOMAIN);
  GET(end, SOL_SOCKET, SO_PROTOCOL);
  GET(end, SOL_SOCKET, SO_SNDBUF);
  GET(end, SOL_SOCKET, SO_RCVBUF);
  GET(udp, SOL_SOCKET, SO_SNDBUF);
  GET(udp, SOL_SOCKET, SO_PROTOCOL);
  GET(end, SOL_SOCKET, SO_REUSEADDR);
  GET(end, SOL_SOCKET, SO_BROADCAST);
  GET(end, IPPROTO_TCP, TCP_NODELAY);
  GET(end, IPPROTO_TCP, TCP_KEEPIDLE);
  GET(end, IPPROTO_TCP, TCP_KEEPINTVL);
  GET(end, IPPROTO_TCP, TCP_KEEPCNT);
  GET(end, IPPROTO_TCP, TCP_SYNCNT);
  GET(end, IPPROTO_TCP, TCP_MAXSEG);
  GET(end, IPPROTO_TCP, TCP_CORK);
  GET(end, IPPROTO_TCP, TCP_LINGER2);
  GET(end, IPPROTO_TCP, TCP_DEFER_ACCEPT);
  GET(end, IPPROTO_TCP, TCP_QUICKACK);
  GET(end, IPPROTO_TCP, TCP_USER_TIMEOUT);
  GET(end, IPPROTO_IP, IP_TTL);
  GET(end, IPPROTO_IP, IP_TOS);
  GET(end, IPPROTO_IP, IP_MTU_DISCOVER);
  GET(end, IPPROTO_IP, IP_MTU);
  GET(udp, IPPROTO_IP, IP_MULTICAST_TTL);
  GET(udp, IPPROTO_IP, IP_MULTICAST_LOOP);
  GET(udp, IPPROTO_TCP, TCP_NODELAY);
  GET(end, IPPROTO_IPV6, IPV6_V6ONLY);
  T(SET(udp, IPPROTO_TCP, TCP_NODELAY, 1));
  T(SET(end, IPPROTO_IPV6, IPV6_V6ONLY, 1));
  T(SET(six, IPPROTO_UDP, 1, 1));
  GET(six, IPPROTO_UDP, 1);
  GET(six, IPPROTO_IPV6, IPV6_V6ONLY);
  GET(six, IPPROTO_IPV6, IPV6_UNICAST_HOPS);
  GET(six, IPPROTO_IP, IP_TTL);
  T(SET(end, IPPROTO_TCP, TCP_NODELAY, 5));
  GET(end, IPPROTO_TCP, TCP_NODELAY);
  T(SET(end, IPPROTO_TCP, TCP_KEEPIDLE, 0));
  T(SET(end, IPPROTO_TCP, TCP_KEEPIDLE, 60));
  GET(end, IPPROTO_TCP, TCP_KEEPIDLE);
  T(SET(end, IPPROTO_TCP, TCP_KEEPCNT, 128));
  T(SET(end, IPPROTO_TCP, TCP_MAXSEG, 10));
  T(SET(end, IPPROTO_IP, IP_TTL, 256));
  T(SET(end, IPPROTO_IP, IP_TTL, 7));
  T(SET(end, SOL_SOCKET, SO_MARK, 7));
  T(SET(end, SOL_SOCKET, SO_REUSEADDR, 7));
  GET(end, SOL_SOCKET, SO_REUSEADDR);
  T(setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &value, 3));
  T(ioctl(end, FIONREAD, &value));
  listen(end, 1);
  GET(end, SOL_SOCKET, SO_ACCEPTCONN);
  T(ioctl(end, FIONREAD, &value));
}
CASE(tcp_corked) {
  int ends[2], value;
  pair(ends);
  T(SET(ends[0], IPPROTO_TCP, TCP_CORK, 1));
  T(write(ends[0], "held", 4));
  T(recv(ends[1], buffer, 20, MSG_DONTWAIT));
  T(SET(ends[0], IPPROTO_TCP, TCP_CORK, 0));
  T(event(ends[1]));
  T(recv(ends[1], buffer, 20, MSG_DONTWAIT));
  T(SET(ends[0], IPPROTO_TCP, TCP_CORK, 1));
  T(send(ends[0], "pushed", 6, 0));
  T(SET(ends[0], IPPROTO_TCP, TCP_NODELAY, 1));
  T(event(ends[1]));
  T(recv(ends[1], buffer, 20, MSG_DONTWAIT));
  T(write(ends[0], "late", 4));
  T(event(ends[1]));
  T(recv(ends[1], buffer, 20, MSG_DONTWAIT));
  int listener = server(1), client = stream();
  T(SET(listener, IPPROTO_TCP, TCP_CORK, 1));
  join(client, listener);
  int end = accept(listener, NULL, NULL);
  GET(end, IPPROTO_TCP, TCP_CORK);
  T(write(end, "held", 4));
  T(recv(client, buffer, 20, MSG_DONTWAIT));
}
CASE(free_binding) {
  int one = stream(), other = datagram(), value;
  T(SET(one, IPPROTO_IP, IP_FREEBIND, 1));
  T(bind(one, host("10.1.2.3", 0), sizeof at));
  known[1] = port_of(one);
  NAME(getsockname, one);
  T(listen(one, 1));
  T(bind(other, host("10.1.2.3", 0), sizeof at));
  T(SET(other, IPPROTO_IP, IP_FREEBIND, 1));
  T(bind(other, host("10.1.2.3", 0), sizeof at));
}
CASE(tcp_edges) {
  int listener = server(1), client = stream(), poll = epoll_create1(0);
  struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.u64 = 1}}, got;
  fcntl(listener, F_SETFL, O_NONBLOCK);
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  T(epoll_wait(poll, &got, 1, 0));
  join(client, listener);
  T(epoll_wait(poll, &got, 1, 1000));
  say("%x", got.events);
  T(epoll_wait(poll, &got, 1, 0));
  int end = accept(listener, NULL, NULL);
  T(epoll_ctl(poll, EPOLL_CTL_ADD, end, &event));
  T(epoll_wait(poll, &got, 1, 1000));
  say("%x", got.events);
  write(client, "x", 1);
  T(epoll_wait(poll, &got, 1, 1000));
  say("%x", got.events);
  shutdown(client, SHUT_WR);
  T(epoll_wait(poll, &got, 1, 1000));
  say("%x", got.events);
  close(client);
  write(end, "x", 1);
  T(epoll_wait(poll, &got, 1, 1000));
  say("%x", got.events);
}
CASE(tcp_more_to_come) {
  int ends[2], one = datagram(), other = datagram();
  pair(ends);
  T(send(ends[0], "held ", 5, MSG_MORE));
  T(recv(ends[1], buffer, 20, MSG_DONTWAIT));
  T(send(ends[0], "and sent", 8, 0));
  event(ends[1]);
  T(recv(ends[1], buffer, 20, 0));
  T(send(ends[0], "last", 4, MSG_MORE));
  close(ends[0]);
  event(ends[1]);
  T(recv(ends[1], buffer, 20, 0));
  T(recv(ends[1], buffer, 20, 0));
  pair(ends);
  T(send(ends[0], "late", 4, MSG_MORE));
  T(event(ends[1]));
  T(recv(ends[1], buffer, 20, MSG_DONTWAIT));
  bind(one, host("127.0.0.1", 0), sizeof at);
  connect(other, host("127.0.0.1", port_of(one)), sizeof at);
  T(send(other, "one ", 4, MSG_MORE));
  T(recv(one, buffer, 20, MSG_DONTWAIT));
  T(send(other, "datagram", 8, 0));
  event(one);
  T(recv(one, buffer, 20, MSG_DONTWAIT));
}
