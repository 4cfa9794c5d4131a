/* Text over the UART of each board: CMSDK APB UART (mps2), PL011 (lm3s6965evb), nRF51 UART
 * (microbit), NS16550A (virt). */
#include <stdint.h>

#include "console.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#if __riscv
static void put(char c) {
  volatile uint8_t *uart = (volatile uint8_t *)0x10000000;
  while ((uart[5] & 0x20) == 0) { /* line status: transmitter holding register empty */
  }
  uart[0] = (uint8_t)c;
}
#elif GUEST_PL011
static void put(char c) {
  while (REGISTER(0x4000c018) & 0x20) { /* flags: transmit FIFO full */
  }
  REGISTER(0x4000c000) = (uint8_t)c;
}
#elif __ARM_ARCH == 6
static void put(char c) {
  REGISTER(0x40002500) = 4; /* enable */
  REGISTER(0x40002008) = 1; /* start transmitting */
  REGISTER(0x4000211c) = 0; /* TXDRDY */
  REGISTER(0x4000251c) = (uint8_t)c;
  while (REGISTER(0x4000211c) == 0) {
  }
}
#else
static void put(char c) {
  REGISTER(0x40004010) = 16; /* baud divider, at least 16 */
  REGISTER(0x40004008) = 1;  /* transmit enable */
  while (REGISTER(0x40004004) & 1) { /* transmit buffer full */
  }
  REGISTER(0x40004000) = (uint8_t)c;
}
#endif

void console_write(const char *text) {
  for (; *text != 0; text++) put(*text);
}
