/* The functions that a Linux kernel lends to programs for telling time without a system call. Time
 * is what the time stamp counter says, in nanoseconds since the start; the seconds from 1970 to the
 * start are the first word of the page of variables, six pages below. */

typedef long i64;
struct time_spec { i64 seconds, nanoseconds; };
struct time_value { i64 seconds, microseconds; };
struct time_zone { int minutes_west, dst; };

extern const i64 vvar_page[] __attribute__((visibility("hidden")));

#define SECOND 1000000000ul
#define COARSE_STEP 4000000ul
#define SYS_CLOCK_GETTIME 228
#define SYS_CLOCK_GETRES 229

static unsigned long now(void) {
  unsigned low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (unsigned long)high << 32 | low;
}

static i64 call2(i64 number, i64 a, void *b) {
  i64 result;
  __asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
  return result;
}

int __vdso_clock_gettime(int clock, struct time_spec *time) {
  unsigned long ns = now();
  i64 base = 0;
  switch (clock) {
    case 5: ns -= ns % COARSE_STEP; /* fall through */
    case 0: case 11: base = vvar_page[0]; break;
    case 6: ns -= ns % COARSE_STEP; break;
    case 1: case 4: case 7: break;
    default: return (int)call2(SYS_CLOCK_GETTIME, clock, time);
  }
  time->seconds = base + (i64)(ns / SECOND);
  time->nanoseconds = (i64)(ns % SECOND);
  return 0;
}

int __vdso_gettimeofday(struct time_value *time, struct time_zone *zone) {
  if (time) {
    unsigned long ns = now();
    time->seconds = vvar_page[0] + (i64)(ns / SECOND);
    time->microseconds = (i64)(ns % SECOND / 1000);
  }
  if (zone) zone->minutes_west = zone->dst = 0;
  return 0;
}

i64 __vdso_time(i64 *time) {
  i64 seconds = vvar_page[0] + (i64)(now() / SECOND);
  if (time) *time = seconds;
  return seconds;
}

int __vdso_clock_getres(int clock, struct time_spec *time) {
  return (int)call2(SYS_CLOCK_GETRES, clock, time);
}

i64 __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused) {
  (void)unused;
  if (cpu) *cpu = 0;
  if (node) *node = 0;
  return 0;
}

int clock_gettime(int, struct time_spec *) __attribute__((weak, alias("__vdso_clock_gettime")));
int gettimeofday(struct time_value *, struct time_zone *) __attribute__((weak, alias("__vdso_gettimeofday")));
i64 time(i64 *) __attribute__((weak, alias("__vdso_time")));
int clock_getres(int, struct time_spec *) __attribute__((weak, alias("__vdso_clock_getres")));
i64 getcpu(unsigned *, unsigned *, void *) __attribute__((weak, alias("__vdso_getcpu")));
