/**
 * `npm run demo`: prebuilt firmware through the command, with a caption for each run. Its output is
 * the one shown in the README, where a test compares it.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const guests = 'test/guests/prebuilt';

const RUNS = [
  {
    caption: 'A Cortex-M3 firmware as it is, newlib-nano malloc in an 8 KiB heap, observed:',
    args: ['--stats', `${guests}/fragment.cortex-m3.elf`],
    status: 0,
  },
  {
    caption: 'The same file, its heap calls served by TLSF instead:',
    args: ['--heap', 'tlsf', '--stats', `${guests}/fragment.cortex-m3.elf`],
    status: 0,
  },
  {
    caption: 'A RISC-V firmware that writes through a null pointer, explained:',
    args: [`${guests}/null-write.rv32.elf`],
    status: 125,
  },
];

function bareheap(args) {
  const entry = join(root, 'apps/emu/bin/bareheap.js');
  return spawnSync(process.execPath, [entry, 'run', ...args], { cwd: root, stdio: 'inherit' });
}

for (const { caption, args, status: expected } of RUNS) {
  process.stdout.write(`${caption}\n$ bareheap run ${args.join(' ')}\n`);
  const { status, error } = bareheap(args);
  if (error !== undefined) throw error;
  process.stdout.write(`(exit status ${status})\n\n`);
  if (status !== expected) throw new Error(`exit status ${status}, not ${expected}`);
}
