/* Machine timer and software interrupts of the CLINT, ecall, and an illegal instruction, through
 * one trap handler. Output depends on order, never on time. */
#include <stdint.h>

#include "console.h"

#define MSIP (*(volatile uint32_t *)0x2000000)
#define MTIMECMP ((volatile uint32_t *)0x2004000)
#define MTIME ((volatile uint32_t *)0x200bff8)

#define MIE_MSIE (1u << 3)
#define MIE_MTIE (1u << 7)
#define MSTATUS_MIE (1u << 3)

#define CSR(instruction) ".option push\n.option arch, +zicsr\n" instruction "\n.option pop"

static volatile unsigned ticks;
static volatile unsigned software;
static volatile unsigned supervisor_result;

static uint64_t now(void) {
  uint32_t high, low;
  do {
    high = MTIME[1];
    low = MTIME[0];
  } while (high != MTIME[1]);
  return (uint64_t)high << 32 | low;
}

static void set_alarm(uint64_t at) {
  MTIMECMP[1] = 0xffffffff;
  MTIMECMP[0] = (uint32_t)at;
  MTIMECMP[1] = (uint32_t)(at >> 32);
}

static void on_timer(void) {
  ticks++;
  set_alarm(ticks == 5 ? UINT64_MAX : now() + 2000);
}

static void on_software(void) {
  MSIP = 0;
  software++;
}

static uint32_t on_exception(uint32_t cause, uint32_t value, uint32_t pc) {
  say("cause %u, mtval %08x\n", (unsigned)cause, (unsigned)value);
  if (cause == 11) supervisor_result = 42;
  return pc + ((*(const uint16_t *)pc & 3) == 3 ? 4 : 2);
}

__attribute__((interrupt("machine"), aligned(4))) void trap_entry(void) {
  uint32_t cause, value, pc;
  __asm__ volatile(CSR("csrr %0, mcause\ncsrr %1, mtval\ncsrr %2, mepc")
                   : "=r"(cause), "=r"(value), "=r"(pc));
  if (cause == 0x80000007u) {
    on_timer();
  } else if (cause == 0x80000003u) {
    on_software();
  } else {
    pc = on_exception(cause, value, pc);
  }
  __asm__ volatile(CSR("csrw mepc, %0") : : "r"(pc));
}

static void enable(uint32_t interrupts) {
  __asm__ volatile(CSR("csrw mie, %0\ncsrs mstatus, %1") : : "r"(interrupts), "r"(MSTATUS_MIE));
}

static void disable(void) { __asm__ volatile(CSR("csrc mstatus, %0") : : "r"(MSTATUS_MIE)); }

static uint32_t pending(void) {
  uint32_t value;
  __asm__ volatile(CSR("csrr %0, mip") : "=r"(value));
  return value;
}

int main(void) {
  set_alarm(now() + 2000);
  enable(MIE_MTIE);
  while (ticks < 5) __asm__ volatile("wfi");
  disable();
  say("%u ticks, timer pending: %s\n", ticks, pending() & MIE_MTIE ? "yes" : "no");

  MSIP = 1;
  say("software pending: %s, taken %u\n", pending() & MIE_MSIE ? "yes" : "no", software);
  enable(MIE_MSIE);
  while (software == 0) {
  }
  say("enabled: taken %u, pending: %s\n", software, pending() & MIE_MSIE ? "yes" : "no");

  disable();
  set_alarm(0);
  MSIP = 1;
  ticks = 4;
  enable(MIE_MSIE | MIE_MTIE);
  while (ticks < 5 || software < 2) {
  }
  say("both: ticks %u, software %u\n", ticks, software);

  __asm__ volatile("ecall");
  say("after ecall: %u\n", supervisor_result);
  __asm__ volatile(".word 0");
  __asm__ volatile(".word 0xffffffff");
  say("done\n");
  return 0;
}
