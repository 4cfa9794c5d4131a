/**
 * Builds the fixtures of the line table tests and records what binutils say of them.
 *
 *   node packages/image/test/record.mjs
 *
 * Needs Debian's gcc, gcc-arm-none-eabi and gcc-riscv64-unknown-elf with their binutils. The truth
 * of a fixture is all rows of `objdump --dwarf=decodedline`, and for each instruction that starts
 * a row what `addr2line -f -i` says, one address per call (in a batch it carries state over).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const source = join(here, 'fixtures', 'source');
const TARGETS = {
  thumb: {
    prefix: 'arm-none-eabi-',
    flags: ['-mcpu=cortex-m3', '-mthumb'],
    bases: { flash: 0x08000000, zero: 0 },
  },
  rv32: {
    prefix: 'riscv64-unknown-elf-',
    flags: ['-march=rv32imac', '-mabi=ilp32', '-mno-relax'],
    bases: { flash: 0x80000000, zero: 0 },
  },
  x64: { prefix: '', flags: ['-mno-red-zone', '-fcf-protection=none'], bases: { flash: 0x400000 } },
};
const VARIANTS = [
  { name: 'dwarf2', flags: ['-gdwarf-2', '-gstrict-dwarf', '-O0'] },
  { name: 'dwarf3', flags: ['-gdwarf-3', '-gstrict-dwarf', '-O2'] },
  { name: 'dwarf4', flags: ['-gdwarf-4', '-Os'] },
  { name: 'dwarf5', flags: ['-gdwarf-5', '-O2'] },
];

const run = (program, args) =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

function build(target, variant, base, output, work) {
  const { prefix, flags } = TARGETS[target];
  const objects = ['first.c', 'second.c', 'plain.S'].map((name) => {
    const object = join(work, `${name}.o`);
    const common = ['-ffunction-sections', '-fno-pic', '-fno-asynchronous-unwind-tables'];
    const maps = [`-ffile-prefix-map=${source}=/fixture`, `-fdebug-prefix-map=${source}=/fixture`];
    execFileSync(
      `${prefix}gcc`,
      [...flags, ...variant.flags, ...common, ...maps, '-c', name, '-o', object],
      { cwd: source },
    );
    return object;
  });
  const link = ['-nostdlib', '-static', '-no-pie', '-Wl,--gc-sections', '-Wl,--build-id=none'];
  const keep = ['-Wl,-u,plain_label', '-Wl,-n', '-T', join(source, 'fixture.ld')];
  const at = [`-Wl,--defsym=BASE=${base}`, '-Wl,--no-warn-rwx-segments'];
  execFileSync(`${prefix}gcc`, [...flags, ...link, ...keep, ...at, ...objects, '-o', output]);
}

/** Rows of live code as `address file line`, in the order of the tool. */
function rowsOf(prefix, file, base) {
  const rows = [];
  let sequence = [];
  for (const line of run(`${prefix}objdump`, ['--dwarf=decodedline', file]).split('\n')) {
    const match = /^(\S+)\s+(\d+|-)\s+(0x[0-9a-f]+|0)(\s|\[|$)/.exec(line);
    if (match === null) continue;
    const address = Number(match[3]);
    if (match[2] !== '-') sequence.push([address, match[1], Number(match[2])]);
    else {
      if (sequence.length > 0 && sequence[0][0] >= base) rows.push(...sequence);
      sequence = [];
    }
  }
  return rows;
}

/** Per address the functions with their call sites: name, file and line in turn. */
function framesOf(prefix, file, addresses) {
  return addresses.map((address) => {
    const lines = run(`${prefix}addr2line`, ['-f', '-i', '-e', file, `0x${address.toString(16)}`]);
    const words = lines
      .trim()
      .replaceAll(/ \(discriminator \d+\)/g, '')
      .split('\n');
    return [address, ...words];
  });
}

const work = mkdtempSync(join(tmpdir(), 'fixtures-'));
try {
  for (const [target, { prefix, bases }] of Object.entries(TARGETS)) {
    for (const variant of VARIANTS) {
      for (const [place, base] of Object.entries(bases)) {
        const name = `${target}-${variant.name}-${place}`;
        const file = join(here, 'fixtures', `${name}.elf`);
        build(target, variant, base, file, work);
        if (place !== 'flash') continue;
        const rows = rowsOf(prefix, file, base);
        const addresses = [...new Set(rows.map(([address]) => address))].sort((a, b) => a - b);
        const truth = [
          `# ${name}: ${run(`${prefix}gcc`, ['--version']).split('\n')[0]}`,
          `# ${run(`${prefix}objdump`, ['--version']).split('\n')[0]}, addr2line of the same`,
          ...rows.map((row) => `row ${row.join(' ')}`),
          ...framesOf(prefix, file, addresses).map((frame) => `frames ${frame.join(' ')}`),
        ];
        writeFileSync(join(here, 'fixtures', `${name}.truth.txt`), `${truth.join('\n')}\n`);
        process.stdout.write(`${name}: ${rows.length} rows, ${readFileSync(file).length} bytes\n`);
      }
    }
  }
} finally {
  rmSync(work, { recursive: true });
}
