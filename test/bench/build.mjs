/** Builds the benchmark guests with Debian's cross compilers into prebuilt/. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const COMMON = [
  '-O2',
  '-ffreestanding',
  '-fno-builtin',
  '-nostdlib',
  '-static',
  '-s',
  '-Wl,-Ttext=0x10000',
  '-Wl,-Tbss=0x40000',
  '-Wl,--build-id=none',
];
const TARGETS = {
  arm: ['arm-none-eabi-gcc', '-mcpu=cortex-m3', '-mthumb'],
  rv32: [
    'riscv64-unknown-elf-gcc',
    '-march=rv32imac',
    '-mabi=ilp32',
    '-mno-relax',
    '-msmall-data-limit=0',
  ],
};

mkdirSync(join(here, 'prebuilt'), { recursive: true });
for (const [target, [compiler, ...flags]] of Object.entries(TARGETS)) {
  for (const name of ['kernel', 'churn']) {
    const output = join('prebuilt', `${name}.${target}.elf`);
    execFileSync(compiler, [...flags, ...COMMON, '-o', output, `${name}.c`], {
      cwd: here,
      stdio: 'inherit',
    });
  }
}
