/* SysTick, SVC, PendSV and the NVIC. Output depends on the order the architecture lays down, never
 * on time: priorities nest, equals tail-chain, masks hold back, a context switch runs two threads. */
#include <stdint.h>

#include "console.h"
#include "exceptions-arm.h"

#define PENDSVSET (1u << 28)

static volatile unsigned ticks;

void SysTick_Handler(void) {
  ticks++;
  if (ticks == 5) SYST_CSR = 0;
}

static void count_ticks(void) {
  SYST_RVR = 999;
  SYST_CVR = 0;
  SYST_CSR = 7;
  while (ticks < 5) __asm__ volatile("wfi");
  say("%u ticks, SysTick off: %s\n", ticks, SYST_CSR & 1 ? "no" : "yes");
}

/* -- SVC: the number is in the instruction before the stacked pc -- */

__attribute__((used)) void on_svc(struct exception_frame *frame) {
  unsigned number = ((const uint8_t *)frame->pc)[-2];
  frame->r0 = frame->r0 * 10 + number;
}

FRAME_HANDLER(SVC_Handler, on_svc)

static unsigned call_supervisor(unsigned argument) {
  register unsigned r0 __asm__("r0") = argument;
  __asm__ volatile("svc #7" : "+r"(r0) : : "memory");
  return r0;
}

/* -- the NVIC: three interrupts, numbers 0 to 2 -- */

static void pend(unsigned interrupt) {
  NVIC_ISPR = 1u << interrupt;
  __asm__ volatile("dsb\n\tisb" : : : "memory");
}

static int nested;

void Interrupt_Handler(void) {
  uint32_t number;
  __asm__ volatile("mrs %0, ipsr" : "=r"(number));
  number -= 16;
  say(" <%u", (unsigned)number);
  if (number == 2 && nested) {
    pend(1);
    say(" 1 pended");
    pend(0);
  }
  say(" %u>", (unsigned)number);
}

static void prioritise(unsigned p0, unsigned p1, unsigned p2) {
  NVIC_IPR[0] = p0 << 6 | p1 << 14 | p2 << 22;
}

static void interrupts(void) {
  NVIC_ISER = 7;
  prioritise(1, 2, 2);
  nested = 1;
  say("urgent nests, equal waits:");
  pend(2);
  nested = 0;
  prioritise(3, 2, 1);
  say("\nall at once, by priority:");
  NVIC_ISPR = 7;
  __asm__ volatile("dsb\n\tisb" : : : "memory");
  prioritise(1, 1, 1);
  say("\nall at once, by number:");
  NVIC_ISPR = 7;
  __asm__ volatile("dsb\n\tisb" : : : "memory");
  say("\nmasked by PRIMASK:");
  __asm__ volatile("cpsid i" : : : "memory");
  pend(1);
  say(" pending %x", (unsigned)(NVIC_ISPR & 7));
  __asm__ volatile("cpsie i\n\tisb" : : : "memory");
  say("\ndisabled:");
  NVIC_ICER = 2;
  pend(1);
  say(" pending %x", (unsigned)(NVIC_ISPR & 7));
  NVIC_ICPR = 2;
  NVIC_ISER = 2;
  __asm__ volatile("dsb\n\tisb" : : : "memory");
  say(" cleared\n");
}

#if __ARM_ARCH >= 7
static void base_priority(void) {
  prioritise(1, 2, 3);
  say("BASEPRI 2:");
  __asm__ volatile("msr basepri, %0" : : "r"(2u << 6) : "memory");
  NVIC_ISPR = 7;
  __asm__ volatile("dsb\n\tisb" : : : "memory");
  say(" pending %x;", (unsigned)(NVIC_ISPR & 7));
  __asm__ volatile("msr basepri, %0\n\tisb" : : "r"(0u) : "memory");
  say("\nSTIR:");
  REGISTER(0xe000ef00) = 1;
  __asm__ volatile("dsb\n\tisb" : : : "memory");
  say("\n");
}
#endif

/* -- PendSV switches between two threads on the process stack, each yielding -- */

struct thread {
  uint32_t *sp;
};

static struct thread threads[2];
static uint32_t stacks[2][128] __attribute__((aligned(8)));
static volatile unsigned current;
static volatile unsigned finished;

static void yield(void) {
  ICSR = PENDSVSET;
  __asm__ volatile("dsb\n\tisb" : : : "memory");
}

static void second_thread(unsigned id) {
  for (unsigned n = 0; n < 3; n++) {
    say(" %c%u", (char)id, n);
    yield();
  }
  finished = 1;
  for (;;) yield();
}

__attribute__((used)) uint32_t *switch_from(uint32_t *sp) {
  threads[current].sp = sp;
  current ^= 1;
  return threads[current].sp;
}

__attribute__((naked)) void PendSV_Handler(void) {
  __asm__ volatile(
      "mrs r0, psp\n\t"
      "subs r0, #32\n\t"
      "mov r1, r0\n\t"
      "stmia r1!, {r4-r7}\n\t"
      "mov r4, r8\n\t"
      "mov r5, r9\n\t"
      "mov r6, r10\n\t"
      "mov r7, r11\n\t"
      "stmia r1!, {r4-r7}\n\t"
      "push {r2, lr}\n\t"
      "bl switch_from\n\t"
      "pop {r2, r3}\n\t"
      "mov lr, r3\n\t"
      "adds r0, #16\n\t"
      "ldmia r0!, {r4-r7}\n\t"
      "mov r8, r4\n\t"
      "mov r9, r5\n\t"
      "mov r10, r6\n\t"
      "mov r11, r7\n\t"
      "msr psp, r0\n\t"
      "subs r0, #32\n\t"
      "ldmia r0!, {r4-r7}\n\t"
      "bx lr");
}

/* The second thread's first frame, as if it had been interrupted where it starts. */
static void prepare_second(void) {
  uint32_t *sp = &stacks[1][128 - 8];
  sp[0] = 'B';
  sp[6] = (uint32_t)second_thread & ~1u;
  sp[7] = 1u << 24;
  threads[1].sp = sp - 8;
}

__attribute__((noinline)) static void first_thread(void) {
  for (unsigned n = 0; n < 3; n++) {
    say(" A%u", n);
    yield();
  }
  while (finished == 0) yield();
}

static void use_process_stack(uint32_t *sp) {
  __asm__ volatile("msr psp, %0\n\tmsr control, %1\n\tisb" : : "r"(sp), "r"(2) : "memory");
}

static void use_main_stack(void) {
  __asm__ volatile("msr control, %0\n\tisb" : : "r"(0) : "memory");
}

/* Runs the first thread here until both are done. Nothing of this function may live on the stack
 * while the process stack is the stack. */
__attribute__((noinline)) static void run_threads(void) {
  prepare_second();
  SHPR3 = 0xffu << 16;
  use_process_stack(&stacks[0][128]);
  first_thread();
  use_main_stack();
}

int main(void) {
  count_ticks();
  say("svc: %u\n", call_supervisor(4));
  interrupts();
#if __ARM_ARCH >= 7
  base_priority();
#endif
  say("threads:");
  run_threads();
  say("\ndone\n");
  return 0;
}
