/*
 * Executes instructions on the real processor: reads cases from standard input, runs each with the
 * registers, flags, x87 and SSE state and memory it asks for, and writes what came of it. The
 * layout of both records is in x86-layout.mjs and below, little-endian, without padding.
 *
 * A case's code is followed and preceded by INT3, so that wherever control goes it comes back: by a
 * breakpoint, by the fault that is asked for, or by a timer. The handler runs on its own stack and
 * returns into leave_case below. Code is writable only between cases, so that cases cannot change
 * it and that emulators of programs see it change.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096ul
#define CODE_BASE 0x20000000ul
#define CODE_BYTES (2 * PAGE)
/* One page that can only be read, then two that can be written; nothing around them. */
#define DATA_BASE 0x30000000ul
#define DATA_BYTES (3 * PAGE)
#define INT3 0xcc
#define MAX_CODE 32
#define MAX_PATCHES 4
#define MAX_CHANGES 64
#define TICK_MICROSECONDS 50000
#define MXCSR_RESET 0x1f80

struct patch {
  uint64_t address;
  uint8_t bytes[16];
};

struct request {
  uint32_t code_offset;
  uint32_t code_length;
  uint8_t code[MAX_CODE];
  uint64_t registers[16]; /* by their encoding: rax rcx rdx rbx rsp rbp rsi rdi r8 … */
  uint64_t flags;
  uint64_t fs_base;
  uint64_t gs_base;
  uint8_t fx[512]; /* as FXSAVE64 lays it out */
  uint32_t patch_count;
  uint32_t unused;
  struct patch patches[MAX_PATCHES];
};

struct change {
  uint64_t address;
  uint64_t value;
};

struct response {
  uint32_t signal;
  int32_t code;
  uint64_t address;
  uint64_t trap;
  uint64_t error;
  uint64_t ip;
  uint64_t registers[16];
  uint64_t flags;
  uint8_t fx[512];
  uint32_t change_count; /* of words that changed; the first MAX_CHANGES follow */
  uint32_t unused;
  struct change changes[MAX_CHANGES];
};

_Static_assert(sizeof(struct request) == 808, "request");
_Static_assert(sizeof(struct response) == 1720, "response");

/* What enter_case loads; read with addresses relative to the instruction pointer. */
struct request current __attribute__((aligned(64)));
uint64_t case_target;
uint64_t host_stack;
uint8_t fx_in[512] __attribute__((aligned(16)));

static struct response result;
static uint8_t pristine[DATA_BYTES];
static uint64_t host_fs;
static int has_fsgsbase;
static volatile sig_atomic_t in_case;
static volatile sig_atomic_t ticks;

void enter_case(void);
extern char leave_case[];

__asm__(".text\n"
        ".globl enter_case, leave_case\n"
        "enter_case:\n"
        "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
        "  mov %rsp, host_stack(%rip)\n"
        "  fxrstor64 fx_in(%rip)\n"
        "  pushq current+168(%rip)\n"
        "  popfq\n"
        "  mov current+40(%rip), %rax\n"
        "  mov current+48(%rip), %rcx\n"
        "  mov current+56(%rip), %rdx\n"
        "  mov current+64(%rip), %rbx\n"
        "  mov current+80(%rip), %rbp\n"
        "  mov current+88(%rip), %rsi\n"
        "  mov current+96(%rip), %rdi\n"
        "  mov current+104(%rip), %r8\n"
        "  mov current+112(%rip), %r9\n"
        "  mov current+120(%rip), %r10\n"
        "  mov current+128(%rip), %r11\n"
        "  mov current+136(%rip), %r12\n"
        "  mov current+144(%rip), %r13\n"
        "  mov current+152(%rip), %r14\n"
        "  mov current+160(%rip), %r15\n"
        "  mov current+72(%rip), %rsp\n"
        "  jmp *case_target(%rip)\n"
        "leave_case:\n"
        "  mov host_stack(%rip), %rsp\n"
        "  fninit\n"
        "  pushq $0x1f80\n"
        "  ldmxcsr (%rsp)\n"
        "  pop %rax\n"
        "  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
        "  ret\n");

_Static_assert(offsetof(struct request, registers) == 40, "registers");
_Static_assert(offsetof(struct request, flags) == 168, "flags");

/* No library call may come before host_fs is back: the C library keeps its state there. */
static inline void set_fs(uint64_t base) {
  if (has_fsgsbase) {
    __asm__ volatile("wrfsbase %0" : : "r"(base));
  } else {
    long ignored;
    __asm__ volatile("syscall"
                     : "=a"(ignored)
                     : "a"(SYS_arch_prctl), "D"(ARCH_SET_FS), "S"(base)
                     : "rcx", "r11", "memory");
  }
}

static void die(const char *what) {
  perror(what);
  exit(2);
}

/* The ucontext's order of registers by their encoding. */
static const int ORDER[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                              REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                              REG_R12, REG_R13, REG_R14, REG_R15};

static void handle(int number, siginfo_t *info, void *context) {
  if (!in_case) {
    if (number == SIGALRM) return;
    _exit(3);
  }
  /* One tick may come just after the start. */
  if (number == SIGALRM && ++ticks < 2) return;
  set_fs(host_fs);
  ucontext_t *uc = context;
  greg_t *g = uc->uc_mcontext.gregs;
  result.signal = number;
  result.code = info->si_code;
  result.address = number == SIGALRM ? 0 : (uint64_t)info->si_addr;
  result.trap = g[REG_TRAPNO];
  result.error = g[REG_ERR];
  result.ip = g[REG_RIP];
  result.flags = g[REG_EFL];
  for (int n = 0; n < 16; n++) result.registers[n] = g[ORDER[n]];
  memcpy(result.fx, uc->uc_mcontext.fpregs, sizeof result.fx);
  in_case = 0;
  g[REG_RIP] = (greg_t)leave_case;
  g[REG_RSP] = (greg_t)host_stack;
  g[REG_EFL] = 0x202;
}

static void map_memory(void) {
  void *code = mmap((void *)CODE_BASE, CODE_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (code != (void *)CODE_BASE) die("mmap of code");
  memset(code, INT3, CODE_BYTES);
  void *data = mmap((void *)DATA_BASE, DATA_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (data != (void *)DATA_BASE) die("mmap of data");
}

static void catch_signals(void) {
  static const int CAUGHT[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGALRM};
  stack_t stack = {.ss_size = 256 * 1024, .ss_sp = malloc(256 * 1024)};
  if (stack.ss_sp == NULL || sigaltstack(&stack, NULL) < 0) die("sigaltstack");
  struct sigaction action = {.sa_sigaction = handle,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  for (size_t n = 0; n < sizeof CAUGHT / sizeof *CAUGHT; n++) {
    if (sigaction(CAUGHT[n], &action, NULL) < 0) die("sigaction");
  }
  struct itimerval timer = {{0, TICK_MICROSECONDS}, {0, TICK_MICROSECONDS}};
  if (setitimer(ITIMER_REAL, &timer, NULL) < 0) die("setitimer");
}

static int read_fully(void *to, size_t size) {
  uint8_t *at = to;
  while (size > 0) {
    ssize_t got = read(0, at, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) die("read");
    if (got == 0) return 0;
    at += got;
    size -= got;
  }
  return 1;
}

static void write_fully(const void *from, size_t size) {
  const uint8_t *at = from;
  while (size > 0) {
    ssize_t put = write(1, at, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) die("write");
    at += put;
    size -= put;
  }
}

/* Puts changed words into the response and the memory back to what it was. */
static void collect_changes(void) {
  uint64_t *now = (uint64_t *)(DATA_BASE + PAGE);
  const uint64_t *before = (const uint64_t *)(pristine + PAGE);
  uint32_t count = 0;
  for (size_t n = 0; n < (DATA_BYTES - PAGE) / 8; n++) {
    if (now[n] == before[n]) continue;
    if (count < MAX_CHANGES) result.changes[count] = (struct change){(uint64_t)&now[n], now[n]};
    count++;
  }
  result.change_count = count;
  if (count > 0) memcpy(now, before, DATA_BYTES - PAGE);
}

/* Patches are part of the memory that a case starts from. */
static void apply_patches(uint8_t saved[][16]) {
  for (uint32_t n = 0; n < current.patch_count; n++) {
    uint8_t *image = pristine + (current.patches[n].address - DATA_BASE);
    memcpy(saved[n], image, 16);
    memcpy(image, current.patches[n].bytes, 16);
    memcpy((void *)current.patches[n].address, current.patches[n].bytes, 16);
  }
}

static void undo_patches(uint8_t saved[][16]) {
  for (uint32_t n = current.patch_count; n-- > 0;) {
    memcpy(pristine + (current.patches[n].address - DATA_BASE), saved[n], 16);
    memcpy((void *)current.patches[n].address, saved[n], 16);
  }
}

static void check_request(void) {
  int bad = current.code_length > MAX_CODE || current.patch_count > MAX_PATCHES ||
            current.code_offset + current.code_length > CODE_BYTES;
  for (uint32_t n = 0; !bad && n < current.patch_count; n++) {
    uint64_t at = current.patches[n].address;
    bad = at < DATA_BASE + PAGE || at > DATA_BASE + DATA_BYTES - 16;
  }
  if (bad) {
    fputs("a case does not fit\n", stderr);
    exit(2);
  }
}

static void protect_code(int protection) {
  if (mprotect((void *)CODE_BASE, CODE_BYTES, protection) < 0) die("mprotect of code");
}

static void run_case(void) {
  uint8_t *code = (uint8_t *)CODE_BASE + current.code_offset;
  uint8_t saved[MAX_PATCHES][16];
  check_request();
  memset(&result, 0, sizeof result);
  apply_patches(saved);
  memcpy(code, current.code, current.code_length);
  protect_code(PROT_READ | PROT_EXEC);
  memcpy(fx_in, current.fx, sizeof fx_in);
  case_target = CODE_BASE + current.code_offset;
  if (has_fsgsbase) __asm__ volatile("wrgsbase %0" : : "r"(current.gs_base));
  else syscall(SYS_arch_prctl, ARCH_SET_GS, current.gs_base);
  ticks = 0;
  in_case = 1;
  set_fs(current.fs_base);
  enter_case();
  protect_code(PROT_READ | PROT_WRITE);
  memset(code, INT3, current.code_length);
  collect_changes();
  undo_patches(saved);
}

int main(void) {
  has_fsgsbase = (getauxval(AT_HWCAP2) & 2) != 0;
  syscall(SYS_arch_prctl, ARCH_GET_FS, &host_fs);
  map_memory();
  catch_signals();
  /* First the contents of the data pages, then cases until the end of input. */
  if (!read_fully(pristine, sizeof pristine)) die("the data pages");
  memcpy((void *)DATA_BASE, pristine, DATA_BYTES);
  if (mprotect((void *)DATA_BASE, PAGE, PROT_READ) < 0) die("mprotect");
  while (read_fully(&current, sizeof current)) {
    run_case();
    write_fully(&result, sizeof result);
  }
  return 0;
}
