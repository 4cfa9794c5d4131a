/* Threads and futexes. */
#include "probe.h"

#define FUTEX(...) RAW(SYS_futex, __VA_ARGS__)

CASE(futex_wait_other_value) {
  int word = 3;
  say("%s", result_of(FUTEX(&word, FUTEX_WAIT, 4, NULL)));
}
CASE(futex_wait_timeout) {
  int word = 3;
  struct timespec time = {0, 2000000}, bad = {0, -1}, before = {-1, 0};
  say("%s", result_of(FUTEX(&word, FUTEX_WAIT, 3, &time)));
  say("%s", result_of(FUTEX(&word, FUTEX_WAIT_PRIVATE, 3, &time)));
  say("%s", result_of(FUTEX(&word, FUTEX_WAIT, 3, &bad)));
  say("%s", result_of(FUTEX(&word, FUTEX_WAIT, 3, &before)));
  say("%s", result_of(FUTEX(&word, FUTEX_WAIT, 3, (void *)8)));
}
CASE(futex_wait_absolute) {
  int word = 3;
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  say("%s", result_of(FUTEX(&word, FUTEX_WAIT_BITSET, 3, &time, NULL, -1)));
  clock_gettime(CLOCK_REALTIME, &time);
  say("%s", result_of(FUTEX(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 3, &time, NULL, -1)));
  say("%s", result_of(FUTEX(&word, FUTEX_WAIT_BITSET, 3, NULL, NULL, 0)));
}
CASE(futex_bad) {
  int words[2] = {0, 0};
  say("odd %s", result_of(FUTEX((char *)words + 1, FUTEX_WAIT, 0, NULL)));
  say("odd wake %s", result_of(FUTEX((char *)words + 2, FUTEX_WAKE, 1)));
  say("unmapped %s", result_of(FUTEX((void *)0x1000, FUTEX_WAIT, 0, NULL)));
  say("unmapped private %s", result_of(FUTEX((void *)0x1000, FUTEX_WAIT_PRIVATE, 0, NULL)));
  say("unknown %s", result_of(FUTEX(words, 99, 0)));
  say("wake bits %s", result_of(FUTEX(words, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0)));
  say("wake nobody %s", result_of(FUTEX(words, FUTEX_WAKE, 1)));
  say("clock %s", result_of(FUTEX(words, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1)));
  say("requeue %s", result_of(FUTEX(words, FUTEX_REQUEUE, -1, 1L, words + 1)));
  say("compare %s", result_of(FUTEX(words, FUTEX_CMP_REQUEUE, 1, 1L, words + 1, 5)));
}

static int waiting_word, second_word, waiting, awake;
static void *wait_on_word(void *bits) {
  __sync_fetch_and_add(&waiting, 1);
  long result = FUTEX(&waiting_word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, (long)bits);
  __sync_fetch_and_add(&awake, 1);
  return (void *)result;
}
static void start(pthread_t *threads, int count, const long *bits) {
  for (int n = 0; n < count; n++)
    pthread_create(&threads[n], NULL, wait_on_word, (void *)(bits ? bits[n] : -1L));
  while (__sync_fetch_and_add(&waiting, 0) < count) sched_yield();
  sleep_ms(20);
}
CASE(futex_wake_nowhere) {
  char *page = fenced_page();
  SAY(FUTEX((void *)-4L, FUTEX_WAKE, 1), " shared");
  SAY(FUTEX((void *)-4L, FUTEX_WAKE_PRIVATE, 1), " private");
  SAY(FUTEX((void *)0x1000, FUTEX_WAKE, 1), " unmapped shared");
  SAY(FUTEX((void *)0x1000, FUTEX_WAKE_PRIVATE, 1), " unmapped private");
  SAY(FUTEX(page + 4096, FUTEX_WAKE, 1), " not to be read shared");
  SAY(FUTEX(page + 4096, FUTEX_WAKE_PRIVATE, 1), " not to be read private");
  mprotect(page, 4096, PROT_READ);
  SAY(FUTEX(page, FUTEX_WAKE, 1), " not to be written shared");
}
CASE(futex_wake_some) {
  pthread_t threads[4];
  start(threads, 4, NULL);
  say("%s", result_of(FUTEX(&waiting_word, FUTEX_WAKE_PRIVATE, 1)));
  say("%s", result_of(FUTEX(&waiting_word, FUTEX_WAKE_PRIVATE, 2)));
  say("%s", result_of(FUTEX(&waiting_word, FUTEX_WAKE_PRIVATE, 10)));
  for (int n = 0; n < 4; n++) {
    void *result;
    pthread_join(threads[n], &result);
    say("result %ld", (long)result);
  }
}
CASE(futex_wake_bits) {
  static const long bits[3] = {1, 2, 3};
  pthread_t threads[3];
  start(threads, 3, bits);
  say("%s", result_of(FUTEX(&waiting_word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 4)));
  say("%s", result_of(FUTEX(&waiting_word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 1)));
  say("%s", result_of(FUTEX(&waiting_word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 2)));
  for (int n = 0; n < 3; n++) pthread_join(threads[n], NULL);
}
CASE(futex_requeue) {
  pthread_t threads[4];
  start(threads, 4, NULL);
  say("%s", result_of(FUTEX(&waiting_word, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2L, &second_word, 0)));
  sleep_ms(10);
  say("awake %d", awake);
  say("%s", result_of(FUTEX(&second_word, FUTEX_WAKE_PRIVATE, 10)));
  say("%s", result_of(FUTEX(&waiting_word, FUTEX_WAKE_PRIVATE, 10)));
  for (int n = 0; n < 4; n++) pthread_join(threads[n], NULL);
}
CASE(futex_wake_operation) {
  pthread_t threads[2];
  start(threads, 2, NULL);
  second_word = 6;
  int add_three_if_six = FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 6);
  say("%s", result_of(FUTEX(&waiting_word, FUTEX_WAKE_OP_PRIVATE, 1, 1L, &second_word,
                            add_three_if_six)));
  say("word %d", second_word);
  int or_if_less = FUTEX_OP((FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT), 4, FUTEX_OP_CMP_LT, 9);
  say("%s", result_of(FUTEX(&waiting_word, FUTEX_WAKE_OP_PRIVATE, 1, 1L, &second_word,
                            or_if_less)));
  say("word %d", second_word);
  for (int n = 0; n < 2; n++) pthread_join(threads[n], NULL);
}
CASE(futex_between_processes) {
  int *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t child = fork();
  if (child == 0) {
    long result = 0;
    while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == 0) result = FUTEX(word, FUTEX_WAIT, 0, NULL);
    _exit(result == 0 || result == -EAGAIN ? 7 : 8);
  }
  sleep_ms(5);
  __atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
  say("%s", result_of(FUTEX(word, FUTEX_WAKE, 1)));
  say_end("child", child);
}
CASE(futex_private_is_not_shared) {
  static int word;
  pid_t child = fork();
  if (child == 0) {
    struct timespec time = {0, 30000000};
    _exit(FUTEX(&word, FUTEX_WAIT, 0, &time) == -ETIMEDOUT);
  }
  sleep_ms(5);
  say("%s", result_of(FUTEX(&word, FUTEX_WAKE, 1)));
  say_end("child", child);
}
CASE(futex_lock_pi) {
  int word = 0;
  SAY(FUTEX(&word, FUTEX_LOCK_PI, 0, NULL), " owner %s", who(word & FUTEX_TID_MASK));
  say("%s", result_of(FUTEX(&word, FUTEX_LOCK_PI, 0, NULL)));
  SAY(FUTEX(&word, FUTEX_UNLOCK_PI, 0, NULL), " %d", word);
  say("%s", result_of(FUTEX(&word, FUTEX_UNLOCK_PI, 0, NULL)));
  SAY(FUTEX(&word, FUTEX_TRYLOCK_PI, 0, NULL), " owner %s", who(word & FUTEX_TID_MASK));
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static long counter;
static void *count(void *rounds) {
  for (long n = 0; n < (long)rounds; n++) {
    pthread_mutex_lock(&lock);
    counter++;
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}
CASE(thread_mutex) {
  pthread_t threads[4];
  for (int n = 0; n < 4; n++) pthread_create(&threads[n], NULL, count, (void *)2000);
  for (int n = 0; n < 4; n++) pthread_join(threads[n], NULL);
  say("counter %ld", counter);
}
static void *spin(void *rounds) {
  for (volatile long n = 0; n < (long)rounds; n++) __sync_fetch_and_add(&counter, 1);
  return NULL;
}
CASE(thread_atomic_while_preempted) {
  pthread_t threads[3];
  for (int n = 0; n < 3; n++) pthread_create(&threads[n], NULL, spin, (void *)100000);
  for (int n = 0; n < 3; n++) pthread_join(threads[n], NULL);
  say("counter %ld", counter);
}
static int turn;
static void *take_turns(void *own) {
  for (int n = 0; n < 50; n++) {
    pthread_mutex_lock(&lock);
    while (turn != (int)(long)own) pthread_cond_wait(&condition, &lock);
    turn = !turn;
    counter++;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&lock);
  }
  return own;
}
CASE(thread_condition) {
  pthread_t threads[2];
  for (long n = 0; n < 2; n++) pthread_create(&threads[n], NULL, take_turns, (void *)n);
  for (int n = 0; n < 2; n++) pthread_join(threads[n], NULL);
  say("counter %ld turn %d", counter, turn);
}
CASE(thread_condition_timeout) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  time.tv_nsec += 3000000;
  if (time.tv_nsec >= 1000000000) time.tv_sec++, time.tv_nsec -= 1000000000;
  pthread_mutex_lock(&lock);
  say("%s", result_of(-pthread_cond_timedwait(&condition, &lock, &time)));
}
static pthread_barrier_t barrier;
static void *meet(void *unused) {
  (void)unused;
  for (int n = 0; n < 10; n++) {
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
      __sync_fetch_and_add(&counter, 1);
  }
  return NULL;
}
CASE(thread_barrier) {
  pthread_t threads[3];
  pthread_barrier_init(&barrier, NULL, 3);
  for (int n = 0; n < 3; n++) pthread_create(&threads[n], NULL, meet, NULL);
  for (int n = 0; n < 3; n++) pthread_join(threads[n], NULL);
  say("serial %ld", counter);
}
static __thread int own = 5;
static void *change_own(void *unused) {
  (void)unused;
  own += 10;
  return (void *)(long)own;
}
CASE(thread_local_storage) {
  pthread_t thread;
  void *result;
  own = 6;
  pthread_create(&thread, NULL, change_own, NULL);
  pthread_join(thread, &result);
  say("other %ld own %d", (long)result, own);
}
static void *tell_ids(void *main_id) {
  say("pid same %d tid same %d tid is pid %d", getpid() == (int)(long)main_id,
      (int)RAW(SYS_gettid) == (int)(long)main_id, (int)RAW(SYS_gettid) == getpid());
  return NULL;
}
CASE(thread_ids) {
  pthread_t thread;
  pthread_create(&thread, NULL, tell_ids, (void *)(long)getpid());
  pthread_join(thread, NULL);
}
static pthread_t receiver;
static void note_thread(int signal, siginfo_t *info, void *context) {
  note(signal, info, context);
  receiver = pthread_self();
}
static volatile int stop;
static void *wait_for_stop(void *blocked) {
  if (blocked) {
    sigset_t set;
    sigfillset(&set);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
  }
  __sync_fetch_and_add(&waiting, 1);
  while (!stop) usleep(1000);
  return NULL;
}
static pthread_t start_waiter(int blocked) {
  pthread_t thread;
  pthread_create(&thread, NULL, wait_for_stop, (void *)(long)blocked);
  while (__sync_fetch_and_add(&waiting, 0) == 0) sched_yield();
  return thread;
}
CASE(thread_kill) {
  on(SIGUSR1, note_thread, 0);
  pthread_t thread = start_waiter(0);
  pthread_kill(thread, SIGUSR1);
  while (seen_count == 0) sched_yield();
  say("by the thread %d code %d from %s", pthread_equal(receiver, thread), seen_info.si_code,
      who(seen_info.si_pid));
  stop = 1;
  pthread_join(thread, NULL);
}
CASE(thread_process_signal_to_main) {
  on(SIGUSR1, note_thread, 0);
  pthread_t thread = start_waiter(0);
  kill(getpid(), SIGUSR1);
  while (seen_count == 0) sched_yield();
  say("by main %d", pthread_equal(receiver, pthread_self()));
  stop = 1;
  pthread_join(thread, NULL);
}
CASE(thread_process_signal_to_who_does_not_block) {
  on(SIGUSR1, note_thread, 0);
  pthread_t thread = start_waiter(0);
  block(SIGUSR1);
  kill(getpid(), SIGUSR1);
  while (seen_count == 0) usleep(500);
  say("by the thread %d", pthread_equal(receiver, thread));
  stop = 1;
  pthread_join(thread, NULL);
}
CASE(thread_mask_inherited) {
  block(SIGUSR2);
  pthread_t thread = start_waiter(0);
  pthread_kill(thread, SIGUSR2);
  sleep_ms(3);
  say("pending in main %d", is_pending(SIGUSR2));
  stop = 1;
  pthread_join(thread, NULL);
}
static void *fault(void *unused) {
  (void)unused;
  *(volatile char *)0x10 = 1;
  return NULL;
}
CASE(thread_fault_ends_all) {
  pthread_t thread;
  pthread_create(&thread, NULL, fault, NULL);
  pthread_join(thread, NULL);
  say("not reached");
}
static void *leave(void *unused) {
  (void)unused;
  _exit(21);
}
CASE(thread_exit_group) {
  pthread_t thread;
  pthread_create(&thread, NULL, leave, NULL);
  pthread_join(thread, NULL);
  say("not reached");
}
static void *last(void *unused) {
  (void)unused;
  sleep_ms(3);
  say("the last thread");
  RAW(SYS_exit, 9);
  return NULL;
}
CASE(thread_main_leaves_first) {
  pthread_t thread;
  pthread_create(&thread, NULL, last, NULL);
  RAW(SYS_exit, 4);
}
CASE(thread_alternate_stack_is_not_inherited) {
  static char memory[16384];
  stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory}, told;
  sigaltstack(&stack, NULL);
  pthread_t thread = start_waiter(0);
  stop = 1;
  pthread_join(thread, NULL);
  sigaltstack(NULL, &told);
  say("main has it still %d", told.ss_size == sizeof memory);
}

static pthread_mutex_t *robust_lock(int shared) {
  pthread_mutex_t *mutex =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  if (shared) pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(mutex, &attributes);
  return mutex;
}
static void *lock_and_leave(void *mutex) {
  pthread_mutex_lock(mutex);
  return NULL;
}
CASE(robust_thread) {
  pthread_mutex_t *mutex = robust_lock(0);
  pthread_t thread;
  pthread_create(&thread, NULL, lock_and_leave, mutex);
  pthread_join(thread, NULL);
  say("%s", result_of(-pthread_mutex_lock(mutex)));
  say("%s", result_of(-pthread_mutex_consistent(mutex)));
  say("%s", result_of(-pthread_mutex_unlock(mutex)));
}
/* musl has the word of a lock second. */
static unsigned word_of(pthread_mutex_t *mutex) { return ((volatile unsigned *)mutex)[1]; }
/* Runs until somebody has a lock: who looks whether this thread waits sees that it does not. */
static void wait_locked(pthread_mutex_t *mutex) {
  while (word_of(mutex) == 0) sched_yield();
}
CASE(robust_process) {
  pthread_mutex_t *mutex = robust_lock(1);
  pid_t child = fork();
  if (child == 0) {
    pthread_mutex_lock(mutex);
    wait_asleep(getppid());
    kill(getpid(), SIGKILL);
  }
  wait_locked(mutex);
  say("%s", result_of(-pthread_mutex_lock(mutex)));
  say_end("child", child);
}
static void *lock_and_end(void *mutex) {
  pthread_mutex_lock(mutex);
  wait_asleep(getpid());
  return NULL;
}
/* The kernel makes whoever waits the owner before it wakes him. */
CASE(robust_handed_on) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  say("%s", result_of(-pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT)));
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  pthread_t thread;
  pthread_create(&thread, NULL, lock_and_end, &mutex);
  wait_locked(&mutex);
  say("%s", result_of(-pthread_mutex_lock(&mutex)));
  unsigned word = word_of(&mutex);
  say("owner %d died %d", (word & 0x3fffffff) == RAW(SYS_gettid), (word & 0x40000000) != 0);
  pthread_join(thread, NULL);
  say("%s", result_of(-pthread_mutex_consistent(&mutex)));
  say("%s", result_of(-pthread_mutex_unlock(&mutex)));
}
CASE(robust_list_told) {
  void *head = NULL;
  size_t length = 0;
  SAY(RAW(SYS_get_robust_list, 0, &head, &length), " %zu", length);
  say("%s", result_of(RAW(SYS_set_robust_list, head, 23)));
  say("%s", result_of(RAW(SYS_get_robust_list, 4194303, &head, &length)));
}

CASE(scheduler_told) {
  struct sched_param parameters = {.sched_priority = 7};
  say("%s", result_of(RAW(SYS_sched_getscheduler, 0)));
  SAY(RAW(SYS_sched_getparam, 0, &parameters), " %d", parameters.sched_priority);
  parameters.sched_priority = 1;
  say("fifo %s", result_of(RAW(SYS_sched_setscheduler, 0, 1, &parameters)));
  say("other %s", result_of(RAW(SYS_sched_setscheduler, 0, 0, &parameters)));
  parameters.sched_priority = 0;
  say("other %s", result_of(RAW(SYS_sched_setscheduler, 0, 0, &parameters)));
  say("bad %s", result_of(RAW(SYS_sched_setscheduler, 0, 77, &parameters)));
  say("nobody %s", result_of(RAW(SYS_sched_getscheduler, 4194303)));
  say("negative %s", result_of(RAW(SYS_sched_getscheduler, -1)));
  SAY(RAW(SYS_sched_get_priority_max, 1), "");
  SAY(RAW(SYS_sched_get_priority_max, 0), "");
  SAY(RAW(SYS_sched_get_priority_min, 2), "");
  SAY(RAW(SYS_sched_get_priority_min, 9), "");
}
CASE(affinity_bad) {
  unsigned long mask = 0;
  say("%s", result_of(RAW(SYS_sched_getaffinity, 0, 4, &mask)));
  say("%s", result_of(RAW(SYS_sched_getaffinity, 4194303, 8, &mask)));
  say("%s", result_of(RAW(SYS_sched_setaffinity, 0, 8, &mask)));
  say("%s", result_of(RAW(SYS_sched_setaffinity, 0, 8, (void *)8)));
}
