#ifndef GUEST_BENCH_H
#define GUEST_BENCH_H

/* Prints the checksum that shows the work was done. */
void report(unsigned checksum);

#endif
