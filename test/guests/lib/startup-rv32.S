/* Reset, default trap handler and semihosting trap for RV32 in machine mode. */
  .file "startup-rv32.S"
  .option arch, +zicsr
  .section .text.reset, "ax"
  .global _start
  .type _start, @function
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, __stack
  la t0, trap_entry
  csrw mtvec, t0
  call start
  .size _start, . - _start

  .text
  .balign 4
  .weak trap_entry
  .type trap_entry, @function
trap_entry:
  csrr a0, mcause
  j report_unexpected
  .size trap_entry, . - trap_entry

/* int semihost(int operation, const void *block): the triple must be uncompressed and within one
 * page (RISC-V Semihosting, 2. "Binary interface"). */
  .option push
  .option norvc
  .balign 16
  .global semihost
  .type semihost, @function
semihost:
  slli zero, zero, 0x1f
  ebreak
  srai zero, zero, 7
  ret
  .size semihost, . - semihost
  .option pop
