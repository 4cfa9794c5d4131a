/* Exceptions of Cortex-M: the frame the processor stacks, the fault registers, and a way on after
 * a fault (Armv7-M Architecture Reference Manual, B1.5.6 and B3.2). */
#ifndef GUEST_EXCEPTIONS_ARM_H
#define GUEST_EXCEPTIONS_ARM_H

#include <stdint.h>

struct exception_frame {
  uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define ICSR REGISTER(0xe000ed04)
#define VTOR REGISTER(0xe000ed08)
#define CCR REGISTER(0xe000ed14)
#define SHPR2 REGISTER(0xe000ed1c)
#define SHPR3 REGISTER(0xe000ed20)
#define SHCSR REGISTER(0xe000ed24)
#define CFSR REGISTER(0xe000ed28)
#define HFSR REGISTER(0xe000ed2c)
#define MMFAR REGISTER(0xe000ed34)
#define BFAR REGISTER(0xe000ed38)

#define SYST_CSR REGISTER(0xe000e010)
#define SYST_RVR REGISTER(0xe000e014)
#define SYST_CVR REGISTER(0xe000e018)

#define NVIC_ISER REGISTER(0xe000e100)
#define NVIC_ICER REGISTER(0xe000e180)
#define NVIC_ISPR REGISTER(0xe000e200)
#define NVIC_ICPR REGISTER(0xe000e280)
#define NVIC_IPR ((volatile uint32_t *)0xe000e400)

/* A handler that passes the frame of whoever was interrupted to a C function. */
#define FRAME_HANDLER(name, function)                        \
  __attribute__((naked)) void name(void) {                   \
    __asm__ volatile("movs r0, #4\n\t"                       \
                     "mov r1, lr\n\t"                        \
                     "tst r0, r1\n\t"                        \
                     "beq 1f\n\t"                            \
                     "mrs r0, psp\n\t"                       \
                     "b 2f\n"                                \
                     "1: mrs r0, msp\n"                      \
                     "2: ldr r2, =" #function "\n\t"         \
                     "bx r2\n\t"                             \
                     ".pool");                               \
  }

#endif
