/* One trap of each kind that RV32 machine mode has. The handler prints mcause and mtval, says
 * whether mepc is the instruction that trapped, and goes on behind it. */
#include <stdint.h>

#include "console.h"

#define NOWHERE 0x40000000u

extern uint32_t trapping_instruction, trap_target, resume_at;
uint32_t trapping_instruction, trap_target, resume_at;

#define READ_CSR(name)                                                                      \
  ({                                                                                        \
    uint32_t value;                                                                         \
    __asm__ volatile(".option push\n.option arch, +zicsr\ncsrr %0, " #name "\n.option pop" \
                     : "=r"(value));                                                        \
    value;                                                                                  \
  })
#define WRITE_CSR(name, value)                                                           \
  __asm__ volatile(".option push\n.option arch, +zicsr\ncsrw " #name ", %0\n.option pop" \
                   :                                                                     \
                   : "r"(value))

static const char *const causes[] = {
    "instruction address misaligned", "instruction access fault", "illegal instruction",
    "breakpoint", "load address misaligned", "load access fault", "store address misaligned",
    "store access fault", "ecall from U", "ecall from S", "cause 10", "ecall from M",
};

__attribute__((interrupt("machine"), aligned(4))) void trap_entry(void) {
  uint32_t cause = READ_CSR(mcause);
  uint32_t pc = READ_CSR(mepc);
  say("%s, mtval %08x, mepc %s\n", cause < 12 ? causes[cause] : "unknown",
      (unsigned)READ_CSR(mtval),
      pc == trapping_instruction ? "of the instruction"
      : pc == trap_target        ? "of the target"
                                 : "elsewhere");
  WRITE_CSR(mepc, resume_at);
}

/* Runs `instruction` with a2 = `target`, having stored its address and the one to go on at. */
#define TRAP(what, target, instruction)                    \
  static void what(void) {                                 \
    trap_target = (target);                                \
    say(#what ": ");                                       \
    register uint32_t value __asm__("a2") = (target);      \
    __asm__ volatile(".option push\n\t"                    \
                     ".option norvc\n\t"                   \
                     ".option arch, +zicsr\n\t"            \
                     "la a0, 1f\n\t"                       \
                     "la a1, trapping_instruction\n\t"     \
                     "sw a0, 0(a1)\n\t"                    \
                     "la a0, 2f\n\t"                       \
                     "la a1, resume_at\n\t"                \
                     "sw a0, 0(a1)\n\t"                    \
                     "li a0, 0\n\t"                        \
                     "1: " instruction "\n"                \
                     "2:\n\t"                              \
                     ".option pop"                         \
                     : "+r"(value)                         \
                     :                                     \
                     : "a0", "a1", "a3", "ra", "memory");  \
  }

TRAP(load_nowhere, NOWHERE, "lw a3, 0(a2)")
TRAP(load_byte_nowhere, NOWHERE + 3, "lbu a3, 0(a2)")
TRAP(store_nowhere, NOWHERE + 4, "sw a0, 0(a2)")
TRAP(store_null, 0, "sw a0, 4(a2)")
TRAP(jump_nowhere, NOWHERE + 0x100, "jalr ra, 0(a2)")
TRAP(jump_null, 0, "jalr ra, 0(a2)")
TRAP(all_zero, 0, ".half 0\n.half 0")
TRAP(all_ones, 0, ".word 0xffffffff")
TRAP(read_only_csr, 0, "csrw mvendorid, a0")
TRAP(missing_csr, 0, "csrr a3, 0x5c0")
TRAP(environment_call, 0, "ecall")
TRAP(breakpoint, 0, "ebreak")
TRAP(atomic_nowhere, NOWHERE + 8, "amoadd.w a3, a0, (a2)")
TRAP(reserved_nowhere, NOWHERE + 8, "lr.w a3, (a2)")

int main(void) {
  load_nowhere();
  load_byte_nowhere();
  store_nowhere();
  store_null();
  jump_nowhere();
  jump_null();
  all_zero();
  all_ones();
  read_only_csr();
  missing_csr();
  environment_call();
  breakpoint();
  atomic_nowhere();
  reserved_nowhere();
  say("done\n");
  return 0;
}
