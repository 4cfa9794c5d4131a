/* The _sbrk of many boards' start-up code: no fixed end, the heap may grow until it would come
 * within MARGIN bytes of the stack pointer. */
#include <errno.h>
#include <stdint.h>

#define MARGIN 256

extern char __heap_start[];

static char *heap_break = __heap_start;

void *_sbrk(intptr_t increment) {
  register char *stack_pointer __asm__("sp");
  if (heap_break + increment > stack_pointer - MARGIN) {
    errno = ENOMEM;
    return (void *)-1;
  }
  char *old = heap_break;
  heap_break += increment;
  return old;
}

/* picolibc's name. */
void *sbrk(intptr_t increment) { return _sbrk(increment); }
