/**
 * Records what real programs ask of their allocator, as traces that every strategy replays:
 * `node packages/core/test/traces/record.mjs`. Needs a C compiler, glibc and the programs below;
 * writes a `.trace` for each beside this file, and says what it recorded on which system.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InterceptedHeap, RecordInterceptor } from '@bareheap/core';

const FOLDER = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'bareheap-'));
const CALL_BYTES = 40;
/** glibc's alignment on 64-bit targets; what the caller did not ask for is 16. */
const ALIGN = 16;

const HELLO = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n';
const lines = Array.from({ length: 400 }, (_, line) => `${(line * 7919) % 1000} line ${line}`);

/** What to run; of several processes the one with the most calls counts. */
const PROGRAMS = {
  ls: { command: ['ls', '-l', '/etc'], input: '' },
  bash: {
    command: ['bash', '--norc', '-c', 's=; for i in {1..200}; do s="$s $i"; done; echo "$s"'],
    input: '',
  },
  perl: {
    command: ['perl', '-ne', 'push @{$h{$1}}, $2 if /^(\\d+) (.*)/; END { print scalar keys %h }'],
    input: lines.join('\n'),
  },
  cc1: {
    command: ['cc', '-O1', '-S', '-x', 'c', '-o', join(scratch, 'hello.s'), '-'],
    input: HELLO,
  },
};

function buildLibrary() {
  const library = join(scratch, 'malloc-log.so');
  const source = join(FOLDER, 'malloc-log.c');
  const { status, stderr } = spawnSync('cc', ['-O1', '-shared', '-fPIC', '-o', library, source], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return library;
}

/** The log of the process that called most. */
function run(name, { command, input }, library) {
  const log = join(scratch, name);
  const env = {
    PATH: process.env.PATH,
    LC_ALL: 'C',
    LD_PRELOAD: library,
    BAREHEAP_MALLOC_LOG: log,
  };
  const { status, stderr } = spawnSync(command[0], command.slice(1), { env, input, cwd: scratch });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  const logs = readdirSync(scratch).filter((file) => file.startsWith(`${name}.`));
  const largest = logs.sort((one, two) => {
    return statSync(join(scratch, two)).size - statSync(join(scratch, one)).size;
  })[0];
  return readFileSync(join(scratch, largest));
}

/** A heap that answers as the real one did, so that a recorder before it sees the real calls. */
function convert(bytes) {
  const record = new RecordInterceptor();
  let result = 0;
  const answer = () => result;
  const heap = new InterceptedHeap(record, {
    allocate: answer,
    allocateZeroed: answer,
    deallocate: () => 0,
    reallocate: answer,
  });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + CALL_BYTES <= bytes.length; at += CALL_BYTES) {
    const [kind, size, align, address, returned] = [0, 8, 16, 24, 32].map((field) =>
      Number(view.getBigUint64(at + field, true)),
    );
    result = returned;
    const calls = [
      () => heap.allocate(Math.max(1, size), align || ALIGN),
      () => heap.allocateZeroed(Math.max(1, size), align || ALIGN),
      () => heap.deallocate(address, 0, ALIGN),
      () => resize(heap, address, size),
    ];
    calls[kind]();
  }
  return record.trace();
}

/** C's realloc is malloc for NULL, and free for no bytes. */
function resize(heap, address, size) {
  if (address === 0) heap.allocate(Math.max(1, size), ALIGN);
  else if (size === 0) heap.deallocate(address, 0, ALIGN);
  else heap.reallocate(address, 0, ALIGN, size);
}

const library = buildLibrary();
for (const [name, program] of Object.entries(PROGRAMS)) {
  const trace = convert(run(name, program, library));
  writeFileSync(join(FOLDER, `${name}.trace`), trace);
  process.stdout.write(`${name}: ${trace.length} bytes\n`);
}
const { stdout } = spawnSync('ldd', ['--version'], { encoding: 'utf8' });
process.stdout.write(`${stdout.split('\n')[0]}\n`);
