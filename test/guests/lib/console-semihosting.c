#include "console.h"
#include "semihosting.h"

void console_write(const char *text) { semihost(SYS_WRITE0, text); }
