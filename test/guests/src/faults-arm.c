/* One fault of each kind that Cortex-M has. The handlers print the exception and the fault status
 * registers, say whether the stacked pc is the instruction that faulted, and go on behind it. */
#include <stdint.h>

#include "console.h"
#include "exceptions-arm.h"

/* Normal memory of which no board has any: in the device region alignment faults come first. */
#define NOWHERE 0x90000000u

extern uint32_t faulting_instruction, faulting_address, resume_at;
uint32_t faulting_instruction, faulting_address, resume_at;

#if __ARM_ARCH >= 7
static const struct {
  uint32_t bit;
  const char *name;
} status_bits[] = {
    {1u << 0, "IACCVIOL"},   {1u << 1, "DACCVIOL"},   {1u << 3, "MUNSTKERR"},
    {1u << 4, "MSTKERR"},    {1u << 7, "MMARVALID"},  {1u << 8, "IBUSERR"},
    {1u << 9, "PRECISERR"},  {1u << 10, "IMPRECISERR"}, {1u << 11, "UNSTKERR"},
    {1u << 12, "STKERR"},    {1u << 15, "BFARVALID"}, {1u << 16, "UNDEFINSTR"},
    {1u << 17, "INVSTATE"},  {1u << 18, "INVPC"},     {1u << 19, "NOCP"},
    {1u << 24, "UNALIGNED"}, {1u << 25, "DIVBYZERO"},
};

static void show_status(void) {
  uint32_t status = CFSR;
  for (unsigned n = 0; n < sizeof status_bits / sizeof *status_bits; n++) {
    if (status & status_bits[n].bit) say(" %s", status_bits[n].name);
  }
  if (HFSR & 1u << 30) say(" FORCED");
  if (HFSR & 1u << 1) say(" VECTTBL");
  if (status & 1u << 7) say(", MMFAR %08x", (unsigned)MMFAR);
  if (status & 1u << 15) say(", BFAR %08x", (unsigned)BFAR);
  CFSR = status;
  HFSR = HFSR;
}
#else
static void show_status(void) {}
#endif

__attribute__((used)) void on_fault(struct exception_frame *frame) {
  static const char *const names[] = {"HardFault", "MemManage", "BusFault", "UsageFault"};
  uint32_t number;
  __asm__ volatile("mrs %0, ipsr" : "=r"(number));
  say("%s", names[number - 3]);
  show_status();
  say(", pc %s\n", frame->pc == (faulting_instruction & ~1u)  ? "of the instruction"
                   : frame->pc == (faulting_address & ~1u) ? "of the target"
                                                           : "elsewhere");
  frame->pc = resume_at & ~1u;
  frame->xpsr |= 1u << 24;
}

FRAME_HANDLER(HardFault_Handler, on_fault)
FRAME_HANDLER(MemManage_Handler, on_fault)
FRAME_HANDLER(BusFault_Handler, on_fault)
FRAME_HANDLER(UsageFault_Handler, on_fault)

/* Runs `instruction` with r2 = `target`, having stored its address and the one to go on at. */
#define FAULT(what, target, instruction)                                       \
  static void what(void) {                                                     \
    faulting_address = (target);                                               \
    say(#what ": ");                                                           \
    __asm__ volatile("mov r2, %0\n\t"                                          \
                     "ldr r0, =1f\n\t"                                         \
                     "ldr r1, =faulting_instruction\n\t"                       \
                     "str r0, [r1]\n\t"                                        \
                     "ldr r0, =2f\n\t"                                         \
                     "ldr r1, =resume_at\n\t"                                  \
                     "str r0, [r1]\n\t"                                        \
                     "movs r0, #0\n\t"                                         \
                     "1: " instruction "\n\t"                                  \
                     "2: b 3f\n\t"                                             \
                     ".pool\n"                                                 \
                     "3:"                                                      \
                     :                                                         \
                     : "r"(target)                                             \
                     : "r0", "r1", "r2", "r3", "lr", "cc", "memory");          \
  }

FAULT(load_nowhere, NOWHERE, "ldr r3, [r2]")
FAULT(store_nowhere, NOWHERE + 4, "str r0, [r2]")
FAULT(store_byte_nowhere, NOWHERE + 9, "strb r0, [r2]")
FAULT(undefined, 0, ".inst.n 0xde01")
FAULT(jump_nowhere, NOWHERE + 0x101, "blx r2")
FAULT(jump_without_thumb_bit, 0x100, "blx r2")
FAULT(unaligned_pair, 0x20000001, "ldmia r2!, {r0, r3}")
#if __ARM_ARCH >= 7
FAULT(unaligned_word, 0x20000001, "ldr r3, [r2]")
FAULT(unaligned_exclusive, 0x20000002, "ldrex r3, [r2]")
FAULT(division_by_zero, 7, "udiv r3, r2, r0")
FAULT(no_coprocessor, 0, ".inst.w 0xee100210")
#else
FAULT(unaligned_word, 0x20000001, "ldr r3, [r2]")
FAULT(unaligned_half, 0x20000001, "ldrh r3, [r2]")
#endif

static void run_all(void) {
  load_nowhere();
  store_nowhere();
  store_byte_nowhere();
  undefined();
  jump_nowhere();
  jump_without_thumb_bit();
  unaligned_pair();
#if __ARM_ARCH >= 7
  unaligned_exclusive();
  no_coprocessor();
#endif
}

int main(void) {
#if __ARM_ARCH >= 7
  say("-- every fault goes to HardFault\n");
  run_all();
  say("-- MemManage, BusFault and UsageFault on, unaligned and division traps on\n");
  SHCSR |= 7u << 16;
  CCR |= 1u << 3 | 1u << 4;
  run_all();
  unaligned_word();
  division_by_zero();
#else
  run_all();
  unaligned_word();
  unaligned_half();
#endif
  say("done\n");
  return 0;
}
