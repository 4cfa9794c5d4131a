/**
 * Builds the benchmark guests with Debian's compilers into prebuilt/.
 *
 *   node test/bench/build.mjs [TARGET…]
 */
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
  x86: ['x86_64-linux-gnu-gcc', '-fcf-protection=none', '-fno-stack-protector', '-no-pie'],
};
/** Beyond the two that every target has: strings and doubles need a rich instruction set. */
const MORE = { x86: ['strings', 'doubles'] };

/** A Linux program, with musl. */
function buildLinux() {
  const flags = ['-O2', '-static', '-s', '-Wl,--build-id=none', '-Wall', '-Wextra'];
  const output = join('prebuilt', 'linux-memory.musl');
  execFileSync('musl-gcc', [...flags, '-o', output, 'linux-memory.c'], {
    cwd: here,
    stdio: 'inherit',
  });
}

/** The same churn for Windows: nothing of a C library but the exit, which is the system's. */
function buildWindows() {
  const flags = COMMON.filter((flag) => !/^-Wl,-T|^-static$/.test(flag));
  const link = ['-Wl,--entry=_start', '-Wl,--no-insert-timestamp', '-lkernel32'];
  const output = join('prebuilt', 'churn.x86.exe');
  execFileSync(
    'x86_64-w64-mingw32-gcc',
    [...flags, '-fno-stack-protector', '-o', output, 'churn.c', ...link],
    { cwd: here, stdio: 'inherit' },
  );
}

mkdirSync(join(here, 'prebuilt'), { recursive: true });
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TARGETS);
if (process.argv.length === 2 || wanted.includes('x86')) {
  buildLinux();
  buildWindows();
}
for (const target of wanted) {
  const [compiler, ...flags] = TARGETS[target];
  for (const name of ['kernel', 'churn', ...(MORE[target] ?? [])]) {
    const output = join('prebuilt', `${name}.${target}.elf`);
    execFileSync(compiler, [...flags, ...COMMON, '-o', output, `${name}.c`], {
      cwd: here,
      stdio: 'inherit',
    });
  }
}
