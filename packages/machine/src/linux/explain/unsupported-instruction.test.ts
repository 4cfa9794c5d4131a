/** Linux programs with an instruction that the engine does not run: it ends them, named. */
import { readFileSync } from 'node:fs';
import { parseImage } from '@bareheap/image';
import { expect, test } from 'vitest';
import { TextHost } from '../../../test/text-host.ts';
import { openLinux } from '../linux-guest.ts';

const FILE = '../../../../../test/guests/linux/prebuilt/use-after-unmap.debug';
const ORIGINAL = new Uint8Array(readFileSync(new URL(FILE, import.meta.url)));

/** The guest with other code at the first instruction of `main`. */
function guestOf(code: readonly number[]): ReturnType<typeof openLinux> {
  const bytes = ORIGINAL.slice();
  const { elf, symbols } = parseImage(bytes);
  const main = symbols.all.find(({ name }) => name === 'main')!.address;
  const segment = elf!.programHeaders.find(
    ({ virtualAddress, fileSize }) => main >= virtualAddress && main < virtualAddress + fileSize,
  )!;
  bytes.set(code, main - segment.virtualAddress + segment.offset);
  const options = {
    bytes,
    path: '/guest',
    directory: '/',
    argv: ['/guest'],
    environment: [],
    heap: 'guest' as const,
    observesHeap: false,
    memoryBytes: 16 << 20,
    seed: 1,
  };
  return openLinux(parseImage(bytes), options, new TextHost());
}

test('what the engine does not have is named with its bytes and its function', () => {
  const guest = guestOf([0x48, 0x0f, 0xc7, 0xf0]);
  const end = guest.run({ maxInstructions: 1e6 });
  expect(end).toMatchObject({
    kind: 'limit',
    what: expect.stringMatching(
      /^the instruction at 0x[0-9a-f]+ in main\S* .*is not supported: rdrand rax \(48 0f c7 f0\)$/,
    ),
  });
});

test.each([
  ['AVX', [0xc5, 0xf8, 0x58, 0xc1], /of AVX, FMA or their kin \(VEX\) \(c5 f8 58 c1 /],
  ['UD2', [0x0f, 0x0b], /ends the program by SIGILL .*: ud2 \(0f 0b\)$/],
])('%s is SIGILL, as CPUID does not tell of it, and is named', (_name, code, message) => {
  const guest = guestOf(code);
  expect(guest.run({ maxInstructions: 1e6 })).toMatchObject({ kind: 'signal', signal: 'SIGILL' });
  const [finding] = guest.report().findings;
  expect(finding!.message).toMatch(message);
  expect(finding!.stack[0]!.function).toBe('main');
});
