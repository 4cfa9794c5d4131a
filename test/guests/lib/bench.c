#include "bench.h"

#include "console.h"

void report(unsigned checksum) { say("checksum %08x\n", checksum); }
