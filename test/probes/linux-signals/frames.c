/* The frame of a handler, the stack it is on, and the way back. */
#include "probe.h"

CASE(info_raise) {
  on(SIGUSR1, note, 0);
  raise(SIGUSR1);
  say("signal %d code %d errno %d from %s uid %s", seen_info.si_signo, seen_info.si_code,
      seen_info.si_errno, who(seen_info.si_pid), seen_info.si_uid == getuid() ? "own" : "other");
}
CASE(info_kill) {
  on(SIGUSR2, note, 0);
  kill(getpid(), SIGUSR2);
  say("signal %d code %d from %s", seen_info.si_signo, seen_info.si_code, who(seen_info.si_pid));
}
CASE(info_queue) {
  on(SIGRTMIN, note, 0);
  union sigval value = {.sival_ptr = (void *)0x123456789abcdef0};
  sigqueue(getpid(), SIGRTMIN, value);
  say("code %d from %s value %p", seen_info.si_code, who(seen_info.si_pid),
      seen_info.si_value.sival_ptr);
}
CASE(info_alarm) {
  on(SIGALRM, note, 0);
  ualarm(2000, 0);
  pause();
  say("signal %d code %d from %s", seen_info.si_signo, seen_info.si_code, who(seen_info.si_pid));
}
CASE(info_child_exit) {
  on(SIGCHLD, note, 0);
  block(SIGCHLD);
  last_child = fork();
  if (last_child == 0) _exit(5);
  siginfo_t info;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigwaitinfo(&set, &info);
  say("code %d from %s status %d", info.si_code, who(info.si_pid), info.si_status);
  say_end("child", last_child);
}
CASE(info_child_killed) {
  on(SIGCHLD, note, 0);
  last_child = fork();
  if (last_child == 0) {
    pause();
    _exit(5);
  }
  kill(last_child, SIGKILL);
  while (seen_count == 0) sleep_ms(1);
  say("code %d from %s status %d", seen_info.si_code, who(seen_info.si_pid),
      seen_info.si_status);
}

static long raw_info[16];
static void keep_raw(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  memcpy(raw_info, info, sizeof raw_info);
}
CASE(info_queue_all_bytes) {
  on(SIGRTMIN + 1, keep_raw, 0);
  siginfo_t info;
  for (size_t n = 0; n < sizeof info; n++) ((unsigned char *)&info)[n] = n;
  info.si_code = -77;
  info.si_errno = 12;
  memset((char *)&info + 48, 0, sizeof info - 48);
  say("%s", result_of(RAW(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN + 1, &info)));
  say("first %lx second %x", raw_info[0] >> 32, (int)raw_info[1]);
  for (int n = 2; n < 16; n++) say("word %d %lx", n, raw_info[n]);
}
CASE(info_queue_pretended) {
  siginfo_t info = {.si_code = SI_USER};
  say("to parent %s", result_of(RAW(SYS_rt_sigqueueinfo, getppid(), 0, &info)));
  info.si_code = SI_TKILL;
  say("to parent %s", result_of(RAW(SYS_rt_sigqueueinfo, getppid(), 0, &info)));
  info.si_code = SI_QUEUE;
  say("to parent %s", result_of(RAW(SYS_rt_sigqueueinfo, getppid(), 0, &info)));
}

static void tell_frame(int signal, siginfo_t *info, void *context) {
  ucontext_t *user = context;
  greg_t *registers = user->uc_mcontext.gregs;
  uintptr_t frame = (uintptr_t)context - 8;
  say("signal %d frame %% 16 = %d", signal, (int)(frame % 16));
  say("info at frame+%d", (int)((uintptr_t)info - frame));
  say("float %% 64 = %d", (int)((uintptr_t)user->uc_mcontext.fpregs % 64));
  say("frame below red zone: %d", frame < (uintptr_t)registers[REG_RSP] - 128);
  say("link %p selectors %llx", (void *)user->uc_link, registers[REG_CSGSFS]);
  say("context flags %lx", user->uc_flags);
}
CASE(frame_layout) {
  on(SIGUSR1, tell_frame, 0);
  raise(SIGUSR1);
}

static greg_t kept_registers[NGREG];
static void keep_registers(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  memcpy(kept_registers, ((ucontext_t *)context)->uc_mcontext.gregs, sizeof kept_registers);
}
CASE(frame_registers) {
  on(SIGTRAP, keep_registers, 0);
  __asm__ volatile("mov $0x101, %%rbx; mov $0x202, %%rcx; mov $0x303, %%rdx; mov $0x404, %%rsi;"
                   "mov $0x505, %%rdi; mov $0x808, %%r8; mov $0x909, %%r9; mov $0x1010, %%r10;"
                   "mov $0x1111, %%r11; mov $0x1212, %%r12; mov $0x1313, %%r13;"
                   "mov $0x1414, %%r14; mov $0x1515, %%r15; mov $0x606, %%rax; stc; int3" ::
                       : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
                         "r12", "r13", "r14", "r15", "memory");
  static const struct {
    int number;
    const char *name;
  } names[] = {{REG_RAX, "rax"}, {REG_RBX, "rbx"}, {REG_RCX, "rcx"}, {REG_RDX, "rdx"},
               {REG_RSI, "rsi"}, {REG_RDI, "rdi"}, {REG_R8, "r8"},   {REG_R9, "r9"},
               {REG_R10, "r10"}, {REG_R11, "r11"}, {REG_R12, "r12"}, {REG_R13, "r13"},
               {REG_R14, "r14"}, {REG_R15, "r15"}};
  for (size_t n = 0; n < sizeof names / sizeof *names; n++)
    say("%s %llx", names[n].name, kept_registers[names[n].number]);
  say("carry %lld trap %lld", kept_registers[REG_EFL] & 1, kept_registers[REG_TRAPNO]);
}
CASE(frame_registers_kept) {
  on(SIGTRAP, note, 0);
  long a = 1, b = 2, c = 3, d = 4;
  __asm__ volatile("int3" : "+a"(a), "+b"(b), "+c"(c), "+d"(d));
  say("%ld %ld %ld %ld", a, b, c, d);
}
CASE(frame_direction_flag) {
  on(SIGTRAP, keep_registers, 0);
  long flags;
  __asm__ volatile("std; int3; pushfq; pop %0; cld" : "=r"(flags)::"memory");
  say("in frame %lld after %ld", kept_registers[REG_EFL] >> 10 & 1, flags >> 10 & 1);
}

static unsigned handler_mxcsr;
static unsigned short handler_control;
static double handler_xmm;
static void look_at_float(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info, (void)context;
  __asm__ volatile("movsd %%xmm6, %0" : "=m"(handler_xmm));
  __asm__ volatile("stmxcsr %0" : "=m"(handler_mxcsr));
  __asm__ volatile("fnstcw %0" : "=m"(handler_control));
  double clobber = 99;
  __asm__ volatile("movsd %0, %%xmm6; fninit" ::"m"(clobber) : "xmm6");
}
CASE(frame_float_reset_and_restored) {
  on(SIGTRAP, look_at_float, 0);
  unsigned mxcsr = 0x7f80, mxcsr_after;
  unsigned short control = 0xf7f, control_after;
  double six = 6.5, after, top = 2.25, top_after;
  __asm__ volatile("ldmxcsr %4; fldcw %5; fldl %6; movsd %7, %%xmm6; int3;"
                   "movsd %%xmm6, %0; stmxcsr %1; fnstcw %2; fstpl %3"
                   : "=m"(after), "=m"(mxcsr_after), "=m"(control_after), "=m"(top_after)
                   : "m"(mxcsr), "m"(control), "m"(top), "m"(six)
                   : "xmm6");
  __asm__ volatile("fninit");
  mxcsr = 0x1f80;
  __asm__ volatile("ldmxcsr %0" ::"m"(mxcsr));
  say("in the handler mxcsr %x control %x xmm6 %g", handler_mxcsr, handler_control, handler_xmm);
  say("after mxcsr %x control %x xmm6 %g top %g", mxcsr_after, control_after, after, top_after);
}
static void change_float(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  char *state = (char *)((ucontext_t *)context)->uc_mcontext.fpregs;
  double value = 1234.5;
  memcpy(state + 160 + 16 * 6, &value, sizeof value);
  say("mxcsr in frame %x mask %s", *(unsigned *)(state + 24), *(unsigned *)(state + 28) ? "there" : "none");
  say("magic %x", *(unsigned *)(state + 464));
}
CASE(frame_float_changed) {
  on(SIGTRAP, change_float, 0);
  double six = 6.5, after;
  __asm__ volatile("movsd %1, %%xmm6; int3; movsd %%xmm6, %0" : "=m"(after) : "m"(six) : "xmm6");
  say("xmm6 %g", after);
}
static void note_number(int signal) { seen = signal; }
CASE(frame_without_siginfo) {
  struct sigaction action = {.sa_handler = note_number};
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
  say("seen %d", seen);
}

/* Alternate stacks. */
static char stack_memory[32768] __attribute__((aligned(64)));
static volatile uintptr_t handler_stack;
static stack_t handler_view;
static void look_at_stack(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  char here;
  handler_stack = (uintptr_t)&here;
  handler_view = ((ucontext_t *)context)->uc_stack;
  stack_t now;
  sigaltstack(NULL, &now);
  say("on the stack %d flags now %x in frame %x size %zu",
      handler_stack - (uintptr_t)stack_memory < sizeof stack_memory, now.ss_flags,
      handler_view.ss_flags, handler_view.ss_size);
}
static int use_stack(size_t size, int flags) {
  stack_t stack = {.ss_sp = stack_memory, .ss_size = size, .ss_flags = flags};
  return RAW(SYS_sigaltstack, &stack, NULL);
}
CASE(stack_used) {
  use_stack(sizeof stack_memory, 0);
  on(SIGUSR1, look_at_stack, SA_ONSTACK);
  raise(SIGUSR1);
  on(SIGUSR1, look_at_stack, 0);
  raise(SIGUSR1);
}
CASE(stack_none) {
  stack_t now = {.ss_size = 77};
  SAY(RAW(SYS_sigaltstack, NULL, &now), " flags %x size %zu", now.ss_flags, now.ss_size);
  on(SIGUSR1, look_at_stack, SA_ONSTACK);
  raise(SIGUSR1);
}
CASE(stack_top) {
  use_stack(sizeof stack_memory, 0);
  on(SIGUSR1, look_at_stack, SA_ONSTACK);
  raise(SIGUSR1);
  uintptr_t end = (uintptr_t)stack_memory + sizeof stack_memory;
  say("near its end %d", end - handler_stack < 8192);
}
CASE(stack_too_small) { say("%s", result_of(use_stack(2047, 0))); }
CASE(stack_bad_flags) {
  SAY(use_stack(8192, 4), "");
  SAY(use_stack(8192, 3), "");
}
CASE(stack_disable) {
  use_stack(sizeof stack_memory, 0);
  say("%s", result_of(use_stack(1, SS_DISABLE)));
  stack_t now;
  sigaltstack(NULL, &now);
  say("flags %x pointer %p size %zu", now.ss_flags, now.ss_sp, now.ss_size);
}
CASE(stack_bad_pointer) {
  SAY(RAW(SYS_sigaltstack, (void *)8, NULL), "");
  SAY(RAW(SYS_sigaltstack, NULL, (void *)8), "");
}
static void change_stack(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info, (void)context;
  say("change %s", result_of(use_stack(16384, 0)));
  say("disable %s", result_of(use_stack(16384, SS_DISABLE)));
}
CASE(stack_changed_while_used) {
  use_stack(sizeof stack_memory, 0);
  on(SIGUSR1, change_stack, SA_ONSTACK);
  raise(SIGUSR1);
}
CASE(stack_autodisarm) {
  say("%s", result_of(use_stack(sizeof stack_memory, (int)0x80000000)));
  on(SIGUSR1, look_at_stack, SA_ONSTACK);
  raise(SIGUSR1);
  stack_t now;
  sigaltstack(NULL, &now);
  say("afterwards flags %x size %zu", now.ss_flags, now.ss_size);
}
static void raise_inner(int signal, siginfo_t *info, void *context) {
  look_at_stack(signal, info, context);
  uintptr_t outer = handler_stack;
  raise(SIGUSR2);
  say("inner is below %d", handler_stack < outer);
}
CASE(stack_nested) {
  use_stack(sizeof stack_memory, 0);
  on(SIGUSR1, raise_inner, SA_ONSTACK);
  on(SIGUSR2, look_at_stack, SA_ONSTACK);
  raise(SIGUSR1);
}
static void overflow(int signal, siginfo_t *info, void *context) {
  (void)info, (void)context;
  static int depth;
  if (++depth > 1000) _exit(44);
  raise(signal);
}
CASE(stack_too_full) {
  use_stack(16384, 0);
  on(SIGUSR1, overflow, SA_ONSTACK | SA_NODEFER);
  raise(SIGUSR1);
}
static int deeper(volatile char *outer) {
  volatile char here[512];
  here[0] = 1;
  return outer[0] > 1 ? 0 : deeper(here) + here[0];
}
static void overflowed(int signal, siginfo_t *info, void *context) {
  (void)context;
  say("overflow: signal %d code %d", signal, info->si_code);
  _exit(0);
}
CASE(stack_overflow_caught) {
  struct rlimit limit = {256 << 10, 256 << 10};
  setrlimit(RLIMIT_STACK, &limit);
  use_stack(sizeof stack_memory, 0);
  on(SIGSEGV, overflowed, SA_ONSTACK);
  volatile char first[1] = {0};
  say("%d", deeper(first));
}
CASE(stack_overflow_default) {
  struct rlimit limit = {256 << 10, 256 << 10};
  setrlimit(RLIMIT_STACK, &limit);
  on(SIGSEGV, overflowed, 0);
  volatile char first[1] = {0};
  say("%d", deeper(first));
}
CASE(return_without_frame) {
  on(SIGSEGV, note, 0);
  block(SIGSEGV);
  __asm__ volatile("mov $64, %%rsp; mov $15, %%eax; syscall" ::: "memory");
}
static void change_mask(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  sigaddset(&((ucontext_t *)context)->uc_sigmask, SIGUSR2);
}
CASE(return_changed_mask) {
  on(SIGUSR1, change_mask, 0);
  raise(SIGUSR1);
  say("SIGUSR2 blocked %d", is_blocked(SIGUSR2));
}
CASE(info_queue_beyond_what_is_kept) {
  on(SIGRTMIN + 1, keep_raw, 0);
  siginfo_t info;
  memset(&info, 0x55, sizeof info);
  info.si_code = -77;
  SAY(RAW(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN + 1, &info), "");
  info.si_code = SI_QUEUE;
  SAY(RAW(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN + 1, &info), "");
  say("kept %lx forgotten %lx", raw_info[5], raw_info[6]);
}
