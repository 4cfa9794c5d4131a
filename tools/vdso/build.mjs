/**
 * Builds the vDSO of Linux guests from vdso.c with Debian's gcc into
 * packages/machine/src/linux/vdso/vdso-image.ts. The same compiler gives the same bytes.
 *
 *   node tools/vdso/build.mjs [--check]     --check: fails when the committed file differs
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const HERE = import.meta.dirname;
const IMAGE = resolve(HERE, '../../packages/machine/src/linux/vdso/vdso-image.ts');
const COLUMNS = 92;
const FLAGS = [
  ...['-O2', '-fPIC', '-shared', '-nostdlib', '-ffreestanding', '-fno-stack-protector'],
  ...['-fcf-protection=none', '-mno-avx', '-Wall', '-Wextra', '-Wl,-T,vdso.lds', '-Wl,-s'],
  ...['-Wl,-soname=linux-vdso.so.1', '-Wl,--hash-style=both', '-Wl,-z,max-page-size=4096'],
  ...['-Wl,--build-id=none', '-Wl,-Bsymbolic', '-Wl,--eh-frame-hdr', '-Wl,-z,noexecstack'],
];

function build() {
  const folder = mkdtempSync(join(tmpdir(), 'bareheap-vdso-'));
  try {
    const file = join(folder, 'vdso.so');
    execFileSync('gcc', [...FLAGS, '-o', file, 'vdso.c'], { cwd: HERE, stdio: 'inherit' });
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function source(bytes) {
  const text = bytes.toString('hex');
  const lines = [];
  for (let at = 0; at < text.length; at += COLUMNS)
    lines.push(`  '${text.slice(at, at + COLUMNS)}',`);
  return `/**
 * The vDSO of Linux guests, hexadecimal in pieces: built by tools/vdso/build.mjs from vdso.c.
 * @table
 */
export const VDSO_HEX: readonly string[] = [
${lines.join('\n')}
];
`;
}

const made = source(build());
if (!process.argv.includes('--check')) writeFileSync(IMAGE, made);
else if (readFileSync(IMAGE, 'utf8') !== made) {
  console.error(`vdso: ${IMAGE} is not what this compiler builds`);
  process.exit(1);
}
