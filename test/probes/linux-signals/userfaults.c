/* Pages that the program brings itself. */
#include "probe.h"
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

static char source[4096] __attribute__((aligned(4096)));
static int file;

static int new(int flags) { return RAW(SYS_userfaultfd, flags | UFFD_USER_MODE_ONLY); }
static long begin(int of) {
  struct uffdio_api api = {.api = UFFD_API};
  return RAW(SYS_ioctl, of, UFFDIO_API, &api);
}
static long take(int of, void *start, size_t length, int mode) {
  struct uffdio_register request = {{(long)start, length}, mode};
  return RAW(SYS_ioctl, of, UFFDIO_REGISTER, &request);
}
static long copy(void *to, size_t length, long mode, long *done) {
  struct uffdio_copy request = {(long)to, (long)source, length, mode, 77};
  long result = RAW(SYS_ioctl, file, UFFDIO_COPY, &request);
  *done = request.copy;
  return result;
}
static long zero(void *to, size_t length, long *done) {
  struct uffdio_zeropage request = {{(long)to, length}, 0, 77};
  long result = RAW(SYS_ioctl, file, UFFDIO_ZEROPAGE, &request);
  *done = request.zeropage;
  return result;
}
static long leave(int of, void *start, size_t length) {
  struct uffdio_range range = {(long)start, length};
  return RAW(SYS_ioctl, of, UFFDIO_UNREGISTER, &range);
}
static char *pages(int count) {
  return mmap(NULL, count * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
/* What each page that was asked for told, said once both threads are still. */
struct served {
  struct uffd_msg message;
  long count, result, done;
};
static struct served served[2];
static char *served_base;
static long page_of(const struct served *one) {
  return ((long)one->message.arg.pagefault.address - (long)served_base) / 4096;
}
static void *serve(void *unused) {
  for (int n = 0; n < 2; n++) {
    struct served *one = served + n;
    struct pollfd ready = {file, POLLIN};
    poll(&ready, 1, 5000);
    one->count = RAW(SYS_read, file, &one->message, sizeof one->message);
    memset(source, 'A' + n, sizeof source);
    one->result = copy(served_base + page_of(one) * 4096, 4096, 0, &one->done);
  }
  return unused;
}
static void say_served(const struct served *one) {
  say("%ld bytes, event %x flags %d page %ld, copied %s %ld", one->count, one->message.event,
      (int)one->message.arg.pagefault.flags, page_of(one), result_of(one->result), one->done);
}

CASE(userfault_pages) {
  char *base = served_base = pages(4);
  pthread_t thread;
  file = new(O_NONBLOCK);
  SAY(begin(file), "");
  SAY(take(file, base, 4 * 4096, UFFDIO_REGISTER_MODE_MISSING), "");
  pthread_create(&thread, NULL, serve, NULL);
  char first = base[5];
  base[2 * 4096 + 9] = 'z';
  pthread_join(thread, NULL);
  say_served(&served[0]);
  say("read %c", first);
  say_served(&served[1]);
  say("written %c beside %c", base[2 * 4096 + 9], base[2 * 4096 + 8]);
  long done;
  SAY(copy(base, 4096, 0, &done), " there already %ld", done);
  SAY(zero(base + 4096, 4096, &done), " zeros %ld", done);
  say("%d", base[4096]);
  SAY(copy(base + 3 * 4096, 2 * 4096, 0, &done), " too far %ld", done);
  SAY(copy(base + 2 * 4096, 2 * 4096, 0, &done), " one is there %ld", done);
  SAY(copy(base + 3 * 4096, 4096, UFFDIO_COPY_MODE_DONTWAKE, &done), " %ld", done);
  say("%c", base[3 * 4096]);
  SAY(RAW(SYS_madvise, base, 4096, MADV_DONTNEED), "");
  SAY(RAW(SYS_write, 1, base, 1), " the kernel does not wait");
  SAY(RAW(SYS_read, file, source, 4096), "");
  SAY(leave(file, base, 4 * 4096), "");
  say("%d", base[0]);
  SAY(copy(base, 4096, 0, &done), " no more %ld", done);
}
CASE(userfault_errors) {
  char *base = pages(2), byte[8];
  long done;
  SAY(RAW(SYS_userfaultfd, 0), "");
  SAY(RAW(SYS_userfaultfd, 2), "");
  file = new(0);
  SAY(take(file, base, 8192, UFFDIO_REGISTER_MODE_MISSING), "");
  SAY(RAW(SYS_read, file, byte, 8), "");
  struct uffdio_api api = {.api = 1};
  SAY(RAW(SYS_ioctl, file, UFFDIO_API, &api), " %d", (int)api.api);
  SAY(RAW(SYS_ioctl, file, UFFDIO_API, 8), "");
  SAY(begin(file), "");
  SAY(begin(file), "");
  SAY(RAW(SYS_ioctl, file, 0x1234, 0), "");
  SAY(RAW(SYS_read, file, byte, 8), "");
  struct pollfd one = {file, POLLIN};
  SAY(RAW(SYS_poll, &one, 1, 0), " %x", one.revents);
  SAY(take(file, base + 1, 4096, UFFDIO_REGISTER_MODE_MISSING), "");
  SAY(take(file, base, 0, UFFDIO_REGISTER_MODE_MISSING), "");
  SAY(take(file, base, 4096, 0), "");
  SAY(take(file, base, 4096, 64), "");
  SAY(take(file, (void *)0x10000000, 4096, UFFDIO_REGISTER_MODE_MISSING), "");
  SAY(take(file, base, 4096, UFFDIO_REGISTER_MODE_MISSING), "");
  int other = new(0);
  begin(other);
  SAY(take(other, base, 8192, UFFDIO_REGISTER_MODE_MISSING), "");
  SAY(copy(base, 4096, 99, &done), " %ld", done);
  SAY(copy(base + 5, 4096, 0, &done), " %ld", done);
  SAY(copy(base + 4096, 4096, 0, &done), " not taken %ld", done);
  SAY(RAW(SYS_close, file), "");
  say("%d", base[0]);
}

/* A thread that reads a byte, and when it has. */
struct toucher {
  pthread_t thread;
  volatile char *at;
  char byte;
};
static void *touch(void *one) {
  struct toucher *toucher = one;
  toucher->byte = *toucher->at;
  return NULL;
}
static struct toucher touchers[4];
static void start_touching(int n, char *at) {
  touchers[n].at = at;
  pthread_create(&touchers[n].thread, NULL, touch, &touchers[n]);
}
static void say_touched(int n) {
  pthread_join(touchers[n].thread, NULL);
  say("thread %d: %c", n, touchers[n].byte);
}
static void wait_for_message(void) {
  struct pollfd ready = {file, POLLIN};
  poll(&ready, 1, 5000);
}
/* The pages of the messages that are there; each thread waits before its message can be read. */
static void say_messages(char *base, int most) {
  struct uffd_msg messages[4];
  wait_for_message();
  long bytes = RAW(SYS_read, file, messages, most * sizeof *messages);
  say("messages: %s", result_of(bytes));
  for (int n = 0; n < bytes / (int)sizeof *messages; n++)
    say("page %ld", (long)(messages[n].arg.pagefault.address - (long)base) / 4096);
}
static void say_nothing_to_read(void) {
  struct uffd_msg message;
  SAY(RAW(SYS_read, file, &message, sizeof message), " nothing more");
}

/* Who is told of a page is not told again while it waits, and not of what came meanwhile. */
CASE(userfault_waiters) {
  char *base = pages(4);
  long done;
  file = new(O_NONBLOCK);
  begin(file);
  SAY(take(file, base, 4 * 4096, UFFDIO_REGISTER_MODE_MISSING), "");
  start_touching(0, base);
  say_messages(base, 1);
  start_touching(1, base + 4096);
  say_messages(base, 1);
  start_touching(2, base + 1);
  wait_for_message();
  memset(source, 'a', sizeof source);
  SAY(copy(base, 4096, 0, &done), " %ld", done);
  say_touched(0);
  say_touched(2);
  say_nothing_to_read();
  memset(source, 'b', sizeof source);
  SAY(copy(base + 4096, 4096, UFFDIO_COPY_MODE_DONTWAKE, &done), " asleep %ld", done);
  struct uffdio_range range = {(long)base + 2 * 4096, 4096};
  SAY(RAW(SYS_ioctl, file, UFFDIO_WAKE, &range), " another page");
  say_nothing_to_read();
  range.start = (long)base;
  range.len = 2 * 4096;
  SAY(RAW(SYS_ioctl, file, UFFDIO_WAKE, &range), "");
  say_touched(1);
  start_touching(3, base + 3 * 4096);
  say_messages(base, 4);
  SAY(leave(file, base, 4 * 4096), "");
  pthread_join(touchers[3].thread, NULL);
  say("zero %d", touchers[3].byte);
}
/* A handler's thread asks again after it. */
CASE(userfault_signals) {
  char *base = pages(1);
  long done;
  file = new(O_NONBLOCK);
  begin(file);
  take(file, base, 4096, UFFDIO_REGISTER_MODE_MISSING);
  on(SIGUSR1, note, 0);
  start_touching(0, base);
  wait_for_message();
  pthread_kill(touchers[0].thread, SIGUSR1);
  while (seen == 0) sleep_ms(1);
  say_messages(base, 4);
  say_nothing_to_read();
  memset(source, 's', sizeof source);
  SAY(copy(base, 4096, 0, &done), " %ld", done);
  say_touched(0);
}
/* Ranges of others, of nobody, with holes, and moved ones. */
CASE(userfault_ranges) {
  char *base = pages(8);
  long done;
  file = new(O_NONBLOCK);
  int other = new(0);
  begin(file);
  begin(other);
  SAY(take(file, base, 2 * 4096, UFFDIO_REGISTER_MODE_MISSING), "");
  SAY(leave(other, base, 4096), " of another");
  SAY(leave(other, base + 2 * 4096, 4096), " of nobody");
  SAY(leave(file, (void *)0x10000000, 4096), " not mapped");
  munmap(base + 4 * 4096, 4096);
  SAY(take(file, base + 3 * 4096, 3 * 4096, UFFDIO_REGISTER_MODE_MISSING), " with a hole");
  char *hole = mmap(base + 4 * 4096, 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  say("in the hole %d", hole[0]);
  SAY(copy(base + 5 * 4096, 4096, 0, &done), " beyond it %ld", done);
  char *moved = mremap(base, 2 * 4096, 2 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, base + 6 * 4096);
  say("moved to page %ld: %d", (moved - base) / 4096, moved[0]);
  char *anew = mmap(base, 2 * 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  say("where it was %d", anew[4096]);
  SAY(RAW(SYS_madvise, base + 3 * 4096, 4096, 102), " a guard");
  SAY(zero(base + 3 * 4096, 4096, &done), " zeros %ld", done);
  SAY(copy(base + 3 * 4096, 4096, 0, &done), " in its place %ld", done);
  say("%d", base[3 * 4096]);
}
/* The memory is gone with the process that had it; the file is not. */
CASE(userfault_orphan) {
  int ended[2], held[2];
  char byte;
  if (pipe(ended) != 0 || pipe(held) != 0) return;
  if (fork() == 0) {
    char *base = pages(1);
    file = new(0);
    begin(file);
    take(file, base, 4096, UFFDIO_REGISTER_MODE_MISSING);
    if (fork() != 0) _exit(0);
    close(held[1]);
    if (read(held[0], &byte, 1) != 0) _exit(1);
    long done;
    SAY(take(file, base, 4096, UFFDIO_REGISTER_MODE_MISSING), "");
    SAY(copy(base, 4096, 0, &done), " %ld", done);
    SAY(zero(base, 4096, &done), " %ld", done);
    SAY(leave(file, base, 4096), "");
    say("its own %d", base[0]);
    _exit(0);
  }
  wait(NULL);
  close(held[1]);
  close(ended[1]);
  say("over: %s", result_of(RAW(SYS_read, ended[0], &byte, 1)));
}
