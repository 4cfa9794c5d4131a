/* Allocation that cannot fail for its caller, with the message the seeds' programs end on. */
#ifndef GUEST_REQUIRE_H
#define GUEST_REQUIRE_H

#include <stddef.h>

/* malloc or the end: «memory allocation of N bytes failed», then abort. */
void *require(size_t size);

/* realloc or the end. */
void *require_resized(void *pointer, size_t size);

#endif
