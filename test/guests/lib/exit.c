/* exit and abort of the guests that have no C library. */
#include <stdlib.h>

#include "semihosting.h"

void exit(int status) { finish(status); }

/* 134 is what a shell shows for SIGABRT. */
void abort(void) { finish(134); }
