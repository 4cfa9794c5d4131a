/* The ways a program ends. EXIT chooses: 0 returns 42 from main, 1 is SYS_EXIT with "application
 * exit", 2 is SYS_EXIT with "run-time error", 3 is abort. */
#include <stdlib.h>

#include "console.h"
#include "semihosting.h"

int main(void) {
  say("leaving\n");
#if EXIT == 1
  semihost(SYS_EXIT, (void *)ADP_STOPPED_APPLICATION_EXIT);
#elif EXIT == 2
  semihost(SYS_EXIT, (void *)ADP_STOPPED_RUN_TIME_ERROR);
#elif EXIT == 3
  abort();
#endif
  return 42;
}
