/*
 * Records where FreeRTOS puts blocks: placements.json, one policy a run. It is built with a heap_N.c
 * of the FreeRTOS kernel and two headers of ours in its way, for a processor with 4-byte pointers:
 *
 *   FreeRTOS.h  #include of stddef.h, stdint.h and string.h; BaseType_t, pdTRUE, pdFALSE; PRIVILEGED_*,
 *               trace*, mtCOVERAGE_TEST_MARKER and configASSERT as nothing; portPOINTER_SIZE_TYPE
 *               uint32_t; portBYTE_ALIGNMENT 8; portBYTE_ALIGNMENT_MASK 7; configTOTAL_HEAP_SIZE 4096;
 *               configAPPLICATION_ALLOCATED_HEAP and configSUPPORT_DYNAMIC_ALLOCATION 1
 *   task.h      vTaskSuspendAll and xTaskResumeAll as nothing
 *
 * Each line of the output is [size, offset in ucHeap or -1] for an allocation and [-n, 0] for the
 * free of what line n, counted from 0, allocated (line 0 is never freed).
 */
#include "FreeRTOS.h"

extern void *pvPortMalloc(size_t size);
extern void vPortFree(void *block);
extern int printf(const char *format, ...);

uint8_t ucHeap[configTOTAL_HEAP_SIZE] __attribute__((aligned(8)));

enum { LINES = 600 };
static void *blocks[LINES];

/* Numerical Recipes' generator: any will do, as its output is in the record. */
static uint32_t seed = HEAP;
static uint32_t below(uint32_t count) {
  seed = seed * 1664525u + 1013904223u;
  return (uint32_t)(((uint64_t)seed * count) >> 32);
}

int main(void) {
  for (int line = 0; line < LINES; line++) {
    const char *comma = line + 1 < LINES ? "," : "";
    int freed = 0;
    for (int tries = 0; HEAP != 1 && tries < 3 && (freed <= 0 || blocks[freed] == NULL); tries++)
      freed = line - (int)below(90);
    if (freed > 0 && blocks[freed] != NULL && below(9) != 0) {
      vPortFree(blocks[freed]);
      blocks[freed] = NULL;
      printf("[%d, 0]%s\n", -freed, comma);
      continue;
    }
    uint32_t size = below(6) == 0 ? below(HEAP == 1 ? 90 : 500) : below(HEAP == 1 ? 9 : 90);
    blocks[line] = pvPortMalloc(size);
    long offset = blocks[line] == NULL ? -1 : (long)((uint8_t *)blocks[line] - ucHeap);
    printf("[%lu, %ld]%s\n", (unsigned long)size, offset, comma);
  }
  return 0;
}
