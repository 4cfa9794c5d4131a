/**
 * The program that runs Thumb test cases under QEMU: it lives in exception handlers. Each case
 * starts by an exception return into thread mode on the process stack, with all registers and the
 * xPSR as the case has them, and ends in whatever exception comes first: the SVC of the landing
 * ground, or a fault. The handler writes the result, reads the next case and returns into it.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ARGUMENTS,
  CASE_BYTES,
  CODE,
  CODE_BYTES,
  FAR,
  FAR_BYTES,
  GROUND,
  GROUND_END,
  HARNESS_STACK,
  IN,
  IN_ADDRESS,
  IN_WORDS,
  LANDING,
  OUT,
  OUT_ADDRESS,
  OUT_WORDS,
  POOL,
  POOL_BYTES,
  RAM,
  RESULT_BYTES,
  WINDOW,
  WINDOW_BYTES,
} from './thumb-layout.mjs';

/** Boards by core; `main`: it has the Armv7-M system registers, `fpu`: and an FPU. */
export const BOARDS = {
  m0: { machine: 'microbit', cpu: 'cortex-m0', main: false, fpu: false },
  m3: { machine: 'mps2-an385', cpu: 'cortex-m3', main: true, fpu: false },
  m4: { machine: 'mps2-an386', cpu: 'cortex-m4', main: true, fpu: true },
};

const hex = (value) => `0x${value.toString(16)}`;

/** Copies `bytes` (a multiple of 16) between word-aligned addresses; r0…r7 change. */
function copy(from, to, bytes, label) {
  return `
  ldr r0, =${hex(from)}
  ldr r1, =${hex(to)}
  ldr r2, =${hex(from + bytes)}
${label}:
  ldmia r0!, {r4-r7}
  stmia r1!, {r4-r7}
  cmp r0, r2
  bne ${label}
`;
}

/** Fills memory with the word in r2. */
function fill(from, to) {
  return `
  ldr r0, =${hex(from)}
  ldr r1, =${hex(to)}
fill_${hex(from)}:
  stmia r0!, {r2}
  cmp r0, r1
  bne fill_${hex(from)}
`;
}

/** A semihosting call with two or three arguments in memory at `block`. */
function semihost(number, block) {
  return `
  movs r0, #${number}
  ldr r1, =${block}
  bkpt 0xab
`;
}

const SAVE_SYSTEM = (main) =>
  main
    ? `
  mrs r3, basepri
  lsls r3, r3, #8
  orrs r2, r3
  mrs r3, faultmask
  lsls r3, r3, #24
  orrs r2, r3
  ldr r3, =0xe000ed28
  ldr r4, [r3]
  str r4, [r0, #16]
  str r4, [r3]
  ldr r4, [r3, #4]
  str r4, [r0, #20]
  str r4, [r3, #4]
  ldr r4, [r3, #12]
  str r4, [r0, #24]
  ldr r4, [r3, #16]
  str r4, [r0, #28]
  movs r4, #0
  msr basepri, r4
  msr faultmask, r4
`
    : '';

function source({ main, fpu }) {
  const code = IN_ADDRESS + IN_WORDS * 4;
  return `
  .syntax unified
  .cpu ${fpu ? 'cortex-m4' : main ? 'cortex-m3' : 'cortex-m0'}
  ${fpu ? '.fpu fpv4-sp-d16' : ''}
  .thumb
vectors:
  .word ${hex(HARNESS_STACK)}, reset + 1
  .rept 14
  .word handler + 1
  .endr
read_name: .asciz "cases"
  .balign 4
write_name: .asciz "results"
  .balign 4
open_read: .word read_name, 1, 5
open_write: .word write_name, 5, 7

  .thumb_func
reset:
  // A case that jumps here again ends the run instead of truncating the results.
  ldr r4, =${hex(ARGUMENTS)}
  ldr r0, [r4, #32]
  cmp r0, #0
  beq first
  movs r0, #0x18
  ldr r1, =0x20026
  bkpt 0xab
first:
  movs r0, #1
  str r0, [r4, #32]
  ${semihost(1, 'open_read')}
  str r0, [r4]
  ldr r0, =${hex(IN_ADDRESS)}
  str r0, [r4, #4]
  ldr r0, =${CASE_BYTES}
  str r0, [r4, #8]
  ${semihost(1, 'open_write')}
  str r0, [r4, #16]
  ldr r0, =${hex(OUT_ADDRESS)}
  str r0, [r4, #20]
  ldr r0, =${RESULT_BYTES}
  str r0, [r4, #24]
  ldr r2, =${hex(LANDING * 0x10001)}
  ${fill(GROUND, GROUND_END)}
  ${main ? FAR.map((start) => fill(start, start + FAR_BYTES)).join('') : ''}
  ${
    main
      ? `
  ldr r0, =0xe000ed24
  ldr r1, =0x00070000
  str r1, [r0]`
      : ''
  }
  ${
    fpu
      ? `
  ldr r0, =0xe000ed88
  ldr r1, =0x00f00000
  str r1, [r0]
  ldr r0, =0xe000ef34
  movs r1, #0
  str r1, [r0]
  dsb
  isb`
      : ''
  }
  ldr r0, =${hex(WINDOW + 64)}
  msr psp, r0
  movs r0, #2
  msr control, r0
  isb
  svc #0
  .ltorg

  .thumb_func
handler:
  ldr r0, =${hex(OUT_ADDRESS + 32)}
  stmia r0!, {r4-r7}
  mov r4, r8
  mov r5, r9
  mov r6, r10
  mov r7, r11
  stmia r0!, {r4-r7}
  mrs r1, psp
  str r1, [r0]
  mov r2, lr
  str r2, [r0, #4]
  mrs r2, ipsr
  str r2, [r0, #8]
  mrs r2, primask
  mrs r3, control
  lsls r3, r3, #16
  orrs r2, r3
  ${SAVE_SYSTEM(main)}
  str r2, [r0, #12]
  // ICSR: PendSV is pending no more.
  ldr r3, =0xe000ed04
  ldr r2, =0x08000000
  str r2, [r3]
  cpsie i
  ${
    fpu
      ? `
  ldr r2, =${hex(OUT_ADDRESS + OUT.s0 * 4)}
  vstmia r2!, {s0-s31}
  vmrs r3, fpscr
  str r3, [r2]`
      : ''
  }
  // The frame, unless the stack pointer points out of RAM.
  movs r3, #0
  ldr r2, =${hex(RAM)}
  subs r2, r1, r2
  ldr r4, =0x3fe0
  cmp r2, r4
  bhi unframed
  ldr r0, =${hex(OUT_ADDRESS)}
  ldmia r1!, {r4-r7}
  stmia r0!, {r4-r7}
  ldmia r1!, {r4-r7}
  stmia r0!, {r4-r7}
  movs r3, #1
unframed:
  ldr r0, =${hex(OUT_ADDRESS + OUT.framed * 4)}
  str r3, [r0]
  ${copy(WINDOW, OUT_ADDRESS + OUT_WORDS * 4, WINDOW_BYTES, 'copy_out')}
  ${semihost(5, hex(ARGUMENTS + 16))}
  ${semihost(6, hex(ARGUMENTS))}
  cmp r0, #0
  beq more
  movs r0, #0x18
  ldr r1, =0x20026
  bkpt 0xab
  .ltorg
more:
  ${copy(code, CODE, CODE_BYTES, 'copy_code')}
  ${copy(code + CODE_BYTES, POOL, POOL_BYTES, 'copy_pool')}
  ${copy(code + CODE_BYTES + POOL_BYTES, WINDOW, WINDOW_BYTES, 'copy_window')}
  ${
    main
      ? `
  ldr r0, =${hex(IN_ADDRESS + IN.ccr * 4)}
  ldr r1, [r0]
  ldr r0, =0xe000ed14
  str r1, [r0]`
      : ''
  }
  ${
    fpu
      ? `
  ldr r0, =${hex(IN_ADDRESS + IN.s0 * 4)}
  vldmia r0!, {s0-s31}
  ldr r1, [r0]
  vmsr fpscr, r1`
      : ''
  }
  movs r0, #0
  msr control, r0
  ldr r0, =${hex(IN_ADDRESS + IN.pend * 4)}
  ldr r1, [r0]
  cmp r1, #0
  beq unpended
  cpsid i
  ldr r0, =0xe000ed04
  ldr r1, =0x10000000
  str r1, [r0]
unpended:
  // The frame lies below sp; an sp that is not a multiple of 8 has a filler above it.
  ldr r0, =${hex(IN_ADDRESS)}
  ldr r1, [r0, #64]
  subs r1, #32
  lsls r2, r1, #29
  beq aligned
  subs r1, #4
aligned:
  msr psp, r1
  ldmia r0!, {r4-r7}
  stmia r1!, {r4-r7}
  ldmia r0!, {r4-r7}
  stmia r1!, {r4-r7}
  ldr r4, [r0, #16]
  mov r8, r4
  ldr r4, [r0, #20]
  mov r9, r4
  ldr r4, [r0, #24]
  mov r10, r4
  ldr r4, [r0, #28]
  mov r11, r4
  ldmia r0!, {r4-r7}
  ldr r0, =0xfffffffd
  bx r0
  .ltorg
`;
}

/** Assembles the harness into a flat image for address 0. */
export function buildHarness(board, folder) {
  const file = (name) => join(folder, name);
  writeFileSync(file('harness.s'), source(board));
  execFileSync('arm-none-eabi-as', ['-o', file('harness.o'), file('harness.s')]);
  execFileSync(
    'arm-none-eabi-ld',
    ['-Ttext=0', '-e', 'reset', '-o', file('harness.elf'), file('harness.o')],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return file('harness.elf');
}
