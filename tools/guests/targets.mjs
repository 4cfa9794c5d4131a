/**
 * The boards guests are built for and the emulator that says what is true for each. A target's
 * name is the name of bareheap's machine.
 * @table
 */

const ARM = {
  isa: 'arm',
  compiler: 'arm-none-eabi-gcc',
  startup: 'lib/startup-arm.S',
  emulator: 'qemu-system-arm',
  emulatorFlags: [],
};

export const TARGETS = {
  'cortex-m0': {
    ...ARM,
    flags: ['-mcpu=cortex-m0', '-mthumb', '-masm-syntax-unified', '-mfloat-abi=soft'],
    machine: 'microbit',
  },
  'cortex-m3': {
    ...ARM,
    flags: ['-mcpu=cortex-m3', '-mthumb', '-mfloat-abi=soft'],
    machine: 'mps2-an385',
  },
  'cortex-m4': {
    ...ARM,
    // DWARF 4 here, the compiler's default (5) elsewhere: readers meet both.
    flags: ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=soft', '-gdwarf-4'],
    machine: 'mps2-an386',
  },
  rv32: {
    isa: 'riscv',
    compiler: 'riscv64-unknown-elf-gcc',
    startup: 'lib/startup-rv32.S',
    flags: ['-march=rv32imac', '-mabi=ilp32'],
    emulator: 'qemu-system-riscv32',
    machine: 'virt',
    emulatorFlags: ['-bios', 'none'],
  },
};

const COMMON = ['lib/start.c', 'lib/semihosting.c', 'lib/unexpected.c'];

const FREESTANDING = [
  '-Ilib/freestanding',
  '-ffreestanding',
  '-nostdlib',
  '-fno-tree-loop-distribute-patterns',
];

/** What each choice of C library adds to the sources and to the command line. */
export const LIBRARIES = {
  none: {
    sources: [
      ...COMMON,
      'lib/exit.c',
      'lib/memory.c',
      'lib/say.c',
      { semihosting: 'lib/console-semihosting.c', uart: 'lib/console-uart.c' },
    ],
    flags: FREESTANDING,
    libraries: ['-lgcc'],
  },
  newlib: { sources: [...COMMON, 'lib/newlib.c'], flags: ['-nostartfiles'], libraries: ['-lm'] },
  'newlib-nano': {
    sources: [...COMMON, 'lib/newlib.c'],
    flags: ['-nostartfiles', '--specs=nano.specs'],
    libraries: [],
  },
  picolibc: {
    sources: [...COMMON, 'lib/picolibc.c'],
    flags: ['-nostartfiles', '--specs=picolibc.specs', '-DGUEST_PICOLIBC'],
    libraries: ['-lm'],
  },
};
