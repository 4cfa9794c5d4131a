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
  struct uffdio_range range = {(long)base, 4 * 4096};
  SAY(RAW(SYS_ioctl, file, UFFDIO_UNREGISTER, &range), "");
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
