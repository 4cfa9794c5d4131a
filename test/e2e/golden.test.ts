import { expect, test } from 'vitest';
import { asUtf8, bareheap, guest } from './command.ts';
import { expectGolden } from './golden.ts';

/** A run whose words are kept: the name of its file, options, guest, exit status. */
type Row = readonly [string, readonly string[], string, number];

const RUNS: readonly Row[] = [
  ['stats-guest-heap', ['--stats'], 'fragment.cortex-m3', 0],
  ['stats-llff', ['--stats', '--heap', 'llff'], 'fragment.cortex-m3', 0],
  ['stats-tlsf', ['--stats', '--heap', 'tlsf'], 'fragment.rv32', 0],
  ['ltrace-newlib', ['--ltrace'], 'malloc-nano.cortex-m3', 0],
  ['ltrace-picolibc', ['--ltrace'], 'malloc-picolibc.rv32', 0],
  ['ltrace-served', ['--ltrace', '--heap', 'tlsf'], 'malloc-picolibc.rv32', 0],
  ['ltrace-freertos', ['--ltrace'], 'freertos-heap.cortex-m3', 0],
  ['ltrace-rust', ['--ltrace'], 'rust-abi.rv32', 0],
  ['ltrace-longjmp', ['--ltrace'], 'longjmp-newlib.cortex-m3', 0],
  ['fault-null-flash', [], 'null-write.cortex-m0', 0],
  ['fault-null-riscv', [], 'null-write.rv32', 125],
  ['fault-wild', [], 'wild-write.cortex-m4', 125],
  ['fault-lockup', [], 'lockup.cortex-m3', 139],
  ['finding-debug-heap', ['--heap', 'debug'], 'overflow.cortex-m3', 0],
  ['finding-invalid-free', [], 'invalid-free.rv32', 0],
];

test.each(RUNS)('%s', (name, options, id, status) => {
  const result = bareheap(['run', ...options, guest(id)]);
  expect(result.status, result.stderr).toBe(status);
  expectGolden(`${name}.txt`, asUtf8(result.stderr));
});
