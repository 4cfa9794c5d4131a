/* Semihosting operations (Arm "Semihosting for AArch32 and AArch64", 2.0; the same numbers on RISC-V). */
#ifndef GUEST_SEMIHOSTING_H
#define GUEST_SEMIHOSTING_H

enum semihosting_operation {
  SYS_OPEN = 0x01,
  SYS_CLOSE = 0x02,
  SYS_WRITEC = 0x03,
  SYS_WRITE0 = 0x04,
  SYS_WRITE = 0x05,
  SYS_READ = 0x06,
  SYS_READC = 0x07,
  SYS_ISERROR = 0x08,
  SYS_ISTTY = 0x09,
  SYS_SEEK = 0x0a,
  SYS_FLEN = 0x0c,
  SYS_TMPNAM = 0x0d,
  SYS_REMOVE = 0x0e,
  SYS_RENAME = 0x0f,
  SYS_CLOCK = 0x10,
  SYS_TIME = 0x11,
  SYS_SYSTEM = 0x12,
  SYS_ERRNO = 0x13,
  SYS_GET_CMDLINE = 0x15,
  SYS_HEAPINFO = 0x16,
  SYS_EXIT = 0x18,
  SYS_EXIT_EXTENDED = 0x20,
  SYS_ELAPSED = 0x30,
  SYS_TICKFREQ = 0x31,
};

#define ADP_STOPPED_APPLICATION_EXIT 0x20026u
#define ADP_STOPPED_RUN_TIME_ERROR 0x20023u

/* Traps to the debugger: BKPT 0xAB on Arm M-profile, the slli/ebreak/srai triple on RISC-V. */
int semihost(int operation, const void *block);

/* Ends the run with this exit status (its low byte), through SYS_EXIT_EXTENDED. */
__attribute__((noreturn)) void finish(int status);

#endif
