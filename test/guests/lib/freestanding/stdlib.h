/* What the guests without a C library have of <stdlib.h>. */
#ifndef GUEST_STDLIB_H
#define GUEST_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *pointer, size_t size);
void free(void *pointer);
__attribute__((noreturn)) void exit(int status);
__attribute__((noreturn)) void abort(void);

#endif
