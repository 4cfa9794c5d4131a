/* A fault inside the HardFault handler: the core locks up, and nothing of the program runs on. */
#include <stdint.h>

#include "console.h"

void HardFault_Handler(void) {
  say("in the HardFault handler\n");
  *(volatile uint32_t *)0xb0000000 = 1;
  say("still here\n");
}

int main(void) {
  say("faulting\n");
  __asm__ volatile("udf #1");
  say("still here\n");
  return 0;
}
