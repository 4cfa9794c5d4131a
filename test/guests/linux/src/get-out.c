/* Tries to reach what it was not given: other memory, other files, other programs, the network. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell(const char *what, long result) {
  printf("%s: %s\n", what, result < 0 ? strerror(errno) : "done");
  fflush(stdout);
}

static void try_file(const char *path, int flags) {
  int file = open(path, flags, 0600);
  tell(path, file);
  if (file >= 0) close(file);
}

/* Memory that is not mapped, by a file that has all of it. */
static void try_memory(void) {
  int memory = open("/proc/self/mem", O_RDWR);
  tell("/proc/self/mem", memory);
  if (memory < 0) return;
  char byte = 1;
  tell("write at 4096", pwrite(memory, &byte, 1, 4096));
  tell("write at 2^47", pwrite(memory, &byte, 1, 1L << 47));
  close(memory);
}

static void try_names(void) {
  try_file("/../../../../../../etc/passwd", O_RDONLY);
  try_file("/proc/self/root/../etc/passwd", O_RDONLY);
  try_file("/proc/1/environ", O_RDONLY);
  try_file("/dev/mem", O_RDWR);
  try_file("/dev/sda", O_RDONLY);
  tell("link", symlink("/etc", "out"));
  try_file("out/passwd", O_RDONLY);
  try_file("made-by-the-guest", O_CREAT | O_WRONLY);
}

/* Another machine, the loopback of this one, and packets as they are. */
static void try_network(void) {
  struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(80)};
  inet_pton(AF_INET, "192.0.2.1", &there.sin_addr);
  int file = socket(AF_INET, SOCK_STREAM, 0);
  tell("connect to another machine", connect(file, (void *)&there, sizeof there));
  tell("be another machine", bind(file, (void *)&there, sizeof there));
  there.sin_port = htons(22);
  inet_pton(AF_INET, "127.0.0.1", &there.sin_addr);
  tell("connect to this machine", connect(file, (void *)&there, sizeof there));
  close(file);
  file = socket(AF_INET, SOCK_DGRAM, 0);
  inet_pton(AF_INET, "224.0.0.1", &there.sin_addr);
  tell("send to all machines", sendto(file, "x", 1, 0, (void *)&there, sizeof there));
  close(file);
  tell("send raw packets", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
  tell("see all packets", socket(AF_PACKET, SOCK_RAW, 0));
}

static void try_calls(void) {
  tell("trace process 1", ptrace(PTRACE_ATTACH, 1, 0, 0));
  tell("a new root", chroot("/"));
  void *all = mmap(0, 1L << 46, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  tell("all memory", all == MAP_FAILED ? -1 : 0);
}

int main(void) {
  try_memory();
  try_names();
  try_network();
  try_calls();
  return 0;
}
