/** Instructions as GNU objdump sees them: the truth for lengths, mnemonics and operands. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const LINE = /^\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*\t?(.*)$/;

export function objdumpVersion() {
  const { stdout } = spawnSync('objdump', ['--version'], { encoding: 'utf8' });
  return stdout.split('\n')[0];
}

/** Calls `take(address, bytes, text)` for each instruction that objdump prints. */
async function listing(options, take) {
  const args = ['-w', '-M', 'intel', '--insn-width=16', ...options];
  const child = spawn('objdump', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const finished = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const bytes = Uint8Array.from(match[2].trim().split(' '), (hex) => Number.parseInt(hex, 16));
    take(BigInt(`0x${match[1]}`), bytes, match[3]);
  }
  if ((await finished) !== 0) throw new Error(`objdump ${args.join(' ')} failed`);
}

/** Every instruction of an ELF file's code sections. */
export async function listFile(path, take) {
  await listing(['-d', path], take);
}

/**
 * What objdump makes of instructions given as bytes, each on its own: `slot` bytes apart, filled
 * with NOPs. Returns `{length, text}` for each; the addresses count from 0.
 */
export async function listEncodings(encodings, slot = 32) {
  const image = new Uint8Array(encodings.length * slot).fill(0x90);
  encodings.forEach((bytes, n) => {
    image.set(bytes, n * slot);
  });
  const folder = mkdtempSync(join(tmpdir(), 'x86-'));
  const results = new Array(encodings.length);
  try {
    const path = join(folder, 'image');
    writeFileSync(path, image);
    await listing(['-D', '-b', 'binary', '-m', 'i386:x86-64', path], (address, bytes, text) => {
      const at = Number(address);
      if (at % slot === 0) results[at / slot] = { length: bytes.length, text };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
  return results;
}
