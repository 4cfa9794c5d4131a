/* What the processor's exceptions tell a handler. */
#include "probe.h"

static sigjmp_buf back;

/* Says what a fault's handler sees; addresses relative to `origin`. */
static char *origin;
static long long last_pc, last_flags;

static void tell(int signal, siginfo_t *info, void *context) {
  ucontext_t *user = context;
  greg_t *registers = user->uc_mcontext.gregs;
  long long address = (long long)info->si_addr;
  const char *base = "";
  if (origin && address >= (long long)origin && address < (long long)origin + (1 << 20)) {
    address -= (long long)origin;
    base = "origin+";
  } else if (address == registers[REG_RIP]) {
    address = 0;
    base = "pc+";
  }
  if (info->si_code <= 0) address = 0;
  say("signal %d code %d errno %d address %s%llx trap %lld error %llx", signal, info->si_code,
      info->si_errno, base, address, registers[REG_TRAPNO], registers[REG_ERR]);
  if (registers[REG_TRAPNO] == 14) {
    long long cr2 = registers[REG_CR2];
    if (origin && cr2 >= (long long)origin && cr2 < (long long)origin + (1 << 20))
      say("cr2 origin+%llx", cr2 - (long long)origin);
    else say("cr2 %llx", cr2);
  }
  last_pc = registers[REG_RIP];
  last_flags = registers[REG_EFL];
  say("resume flag %d", last_flags & 0x10000 ? 1 : 0);
  siglongjmp(back, 1);
}

static void catch_all(void) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
  for (int n = 0; n < 5; n++) on(signals[n], tell, 0);
}

#define TRY(...)                                                                       \
  do {                                                                                 \
    catch_all();                                                                       \
    if (sigsetjmp(back, 1) == 0) {                                                     \
      __VA_ARGS__;                                                                     \
      say("nothing happened");                                                         \
    }                                                                                  \
  } while (0)

static void divide(int value, int by) {
  __asm__ volatile("cltd; idivl %1" : "+a"(value) : "r"(by) : "edx");
}

CASE(fault_read_null) { TRY(*(volatile char *)0); }
CASE(fault_write_low) { TRY(*(volatile char *)0x10 = 1); }
CASE(fault_call_null) { TRY(((void (*)(void))0x20)()); }
CASE(fault_read_none) {
  origin = fenced_page();
  TRY(*(volatile char *)(origin + 4100));
}
CASE(fault_write_readonly) {
  origin = fenced_page();
  mprotect(origin, 4096, PROT_READ);
  TRY(*(volatile char *)(origin + 7) = 1);
}
CASE(fault_write_readonly_touched) {
  origin = fenced_page();
  origin[0] = 1;
  mprotect(origin, 4096, PROT_READ);
  TRY(*(volatile char *)(origin + 7) = 1);
}
CASE(fault_execute_data) {
  origin = fenced_page();
  origin[0] = (char)0xc3;
  TRY(((void (*)(void))origin)());
}
CASE(fault_crossing_page) {
  origin = fenced_page();
  TRY(*(volatile uint64_t *)(origin + 4092));
}
CASE(fault_unmapped_after) {
  origin = fenced_page();
  munmap(origin, 8192);
  TRY(*(volatile char *)(origin + 12));
}
CASE(fault_non_canonical_read) { TRY(*(volatile char *)0x1234567812345678); }
CASE(fault_non_canonical_jump) {
  TRY(__asm__ volatile("movabs $0x8000000000000000,%%rax; jmp *%%rax" ::: "rax", "memory"));
}
CASE(fault_kernel_address) { TRY(*(volatile char *)0xffffffff81000000); }
CASE(fault_file_end) {
  char path[] = "/tmp/probe-XXXXXX";
  int file = mkstemp(path);
  unlink(path);
  if (ftruncate(file, 100) != 0) say("ftruncate failed");
  origin = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  TRY(*(volatile char *)(origin + 5000));
}
CASE(fault_divide_by_zero) {
  TRY(divide(7, 0));
}
CASE(fault_divide_overflow) {
  TRY(divide(INT_MIN, -1));
}
CASE(fault_undefined) { TRY(__asm__ volatile("ud2")); }
CASE(fault_breakpoint) {
  catch_all();
  if (sigsetjmp(back, 1) == 0) {
    __asm__ volatile("int3");
    say("nothing happened");
  }
}
CASE(fault_breakpoint_pc) {
  catch_all();
  extern char after_int3[] __attribute__((visibility("hidden")));
  if (sigsetjmp(back, 1) == 0) {
    __asm__ volatile("int3; .globl after_int3; after_int3: nop");
  }
  say("pc is %s the instruction", last_pc == (long long)after_int3 ? "after" : "not after");
}
CASE(fault_privileged) { TRY(__asm__ volatile("hlt")); }
CASE(fault_interrupt_number) { TRY(__asm__ volatile("int $0x40")); }
CASE(fault_sse_divide) {
  unsigned control = 0x1f80 & ~0x200;
  __asm__ volatile("ldmxcsr %0" ::"m"(control));
  volatile float one = 1, zero = 0;
  TRY(one = one / zero);
}
CASE(fault_sse_invalid) {
  unsigned control = 0x1f80 & ~0x80;
  __asm__ volatile("ldmxcsr %0" ::"m"(control));
  volatile float zero = 0;
  TRY(zero = zero / zero);
}
CASE(fault_sse_inexact) {
  unsigned control = 0x1f80 & ~0x1000;
  __asm__ volatile("ldmxcsr %0" ::"m"(control));
  volatile float one = 1, three = 3;
  TRY(one = one / three);
}
CASE(fault_x87_divide) {
  unsigned short control = 0x37f & ~4;
  __asm__ volatile("fldcw %0" ::"m"(control));
  TRY(__asm__ volatile("fldz; fld1; fdivp; fwait"));
}
CASE(fault_x87_invalid) {
  unsigned short control = 0x37f & ~1;
  __asm__ volatile("fldcw %0" ::"m"(control));
  TRY(__asm__ volatile("fldz; fldz; fdivp; fwait"));
}
CASE(fault_blocked) {
  on(SIGSEGV, note, 0);
  block(SIGSEGV);
  *(volatile char *)0x30 = 1;
}
CASE(fault_ignored) {
  signal(SIGSEGV, SIG_IGN);
  *(volatile char *)0x30 = 1;
}
CASE(fault_default) { *(volatile char *)0x30 = 1; }
CASE(fault_default_ill) { __asm__ volatile("ud2"); }
CASE(fault_default_fpe) {
  divide(7, 0);
}

static void fault_again(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info, (void)context;
  say("in the handler");
  *(volatile char *)0x40 = 1;
}
CASE(fault_in_its_handler) {
  on(SIGSEGV, fault_again, 0);
  *(volatile char *)0x30 = 1;
}
static int depth;
static void fault_deeper(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info, (void)context;
  say("depth %d", ++depth);
  if (depth == 3) _exit(33);
  *(volatile char *)0x40 = 1;
}
CASE(fault_in_handler_nodefer) {
  on(SIGSEGV, fault_deeper, SA_NODEFER);
  *(volatile char *)0x30 = 1;
}
CASE(fault_restored_by_handler) {
  on(SIGSEGV, fault_again, SA_RESETHAND);
  *(volatile char *)0x30 = 1;
}

static void skip(int signal, siginfo_t *info, void *context) {
  (void)info;
  ucontext_t *user = context;
  seen = signal;
  user->uc_mcontext.gregs[REG_RIP] += 2;
}
CASE(fault_skipped) {
  on(SIGILL, skip, 0);
  long kept = 0x1122334455667788;
  __asm__ volatile("ud2" : "+r"(kept));
  say("seen %d kept %lx", seen, kept);
}
static void set_rax(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  ucontext_t *user = context;
  user->uc_mcontext.gregs[REG_RAX] = 4711;
  user->uc_mcontext.gregs[REG_RIP] += 2;
}
CASE(fault_register_changed) {
  on(SIGILL, set_rax, 0);
  long value = 1;
  __asm__ volatile("ud2" : "+a"(value));
  say("rax %ld", value);
}
static void mend(int signal, siginfo_t *info, void *context) {
  (void)context;
  seen = signal;
  mprotect((void *)((uintptr_t)info->si_addr & -4096), 4096, PROT_READ | PROT_WRITE);
}
CASE(fault_mended) {
  origin = fenced_page();
  on(SIGSEGV, mend, 0);
  *(volatile char *)(origin + 4096 + 5) = 9;
  say("seen %d value %d", seen, origin[4096 + 5]);
}
CASE(fault_old_exception_in_next_frame) {
  catch_all();
  if (sigsetjmp(back, 1) == 0) *(volatile char *)0x18 = 1;
  on(SIGUSR1, tell, 0);
  if (sigsetjmp(back, 1) == 0) raise(SIGUSR1);
}
CASE(fault_sent_by_kill) {
  on(SIGSEGV, note, 0);
  kill(getpid(), SIGSEGV);
  say("code %d from %s", seen_info.si_code, who(seen_info.si_pid));
}
CASE(fault_sent_while_blocked) {
  on(SIGSEGV, note, 0);
  block(SIGSEGV);
  kill(getpid(), SIGSEGV);
  say("pending %d count %d", is_pending(SIGSEGV), seen_count);
  unblock(SIGSEGV);
  say("count %d", seen_count);
}
CASE(fault_unaligned_vector) {
  origin = fenced_page();
  TRY(__asm__ volatile("movaps 8(%0), %%xmm0" ::"r"(origin) : "xmm0"));
}
CASE(fault_stack_segment) {
  static char memory[32768];
  stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
  sigaltstack(&stack, NULL);
  catch_all();
  on(SIGBUS, tell, SA_ONSTACK);
  if (sigsetjmp(back, 1) == 0) {
    __asm__ volatile("movabs $0x1234567812345678, %%rsp; push %%rax" ::: "memory");
  }
}
CASE(fault_base_pointer) {
  catch_all();
  if (sigsetjmp(back, 1) == 0) {
    __asm__ volatile("push %%rbp; movabs $0x1234567812345678, %%rbp; mov (%%rbp), %%rax; pop %%rbp" ::
                         : "rax", "memory");
  }
}
CASE(fault_without_stack) {
  on(SIGSEGV, note, 0);
  __asm__ volatile("mov $0x1000, %%rsp; push %%rax" ::: "memory");
}
CASE(fault_string_in_the_middle) {
  origin = fenced_page();
  catch_all();
  if (sigsetjmp(back, 1) == 0) {
    long count = 600;
    char *to = origin + 4096 - 160;
    __asm__ volatile("rep stosq" : "+c"(count), "+D"(to) : "a"(1L) : "memory");
  }
  say("last word %d", origin[4096 - 8]);
}
static void tell_registers(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  say("rcx %lld rdi +%lld", registers[REG_RCX], registers[REG_RDI] - (long long)origin);
  siglongjmp(back, 1);
}
CASE(fault_string_registers) {
  origin = fenced_page();
  on(SIGSEGV, tell_registers, 0);
  if (sigsetjmp(back, 1) == 0) {
    long count = 600;
    char *to = origin + 4096 - 160;
    __asm__ volatile("rep stosq" : "+c"(count), "+D"(to) : "a"(1L) : "memory");
  }
}
CASE(fault_mask_of_alignment) {
  catch_all();
  origin = fenced_page();
  if (sigsetjmp(back, 1) == 0) {
    __asm__ volatile("pushfq; orl $0x40000, (%%rsp); popfq; mov 1(%0), %%eax;"
                     "pushfq; andl $~0x40000, (%%rsp); popfq" ::"r"(origin)
                     : "rax", "memory", "cc");
    say("nothing happened");
  }
}
CASE(fault_system_call_instruction_address) {
  on(SIGSYS, note, 0);
  SAY(RAW(100000), "");
  SAY(RAW(-1), "");
}
static volatile long traced;
static void count_steps(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  traced++;
  if (traced == 1) say("code %d trap %lld", info->si_code,
                       ((ucontext_t *)context)->uc_mcontext.gregs[REG_TRAPNO]);
}
CASE(fault_single_step) {
  on(SIGTRAP, count_steps, 0);
  __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; nop; nop; nop;"
                   "pushfq; andl $~0x100, (%%rsp); popfq" ::: "memory", "cc");
  say("steps %ld", traced);
}
