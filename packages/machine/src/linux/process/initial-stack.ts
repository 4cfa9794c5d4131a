/**
 * What a program finds on its stack: strings, the auxiliary vector, environment and arguments.
 *
 * @see fs/exec.c and fs/binfmt_elf.c of Linux 6.18: create_elf_tables; System V ABI, AMD64, 3.4.1
 */
import { type GuestMemory, latin1Bytes } from './guest-memory.ts';

/** Types of auxiliary vector entries, include/uapi/linux/auxvec.h. */
export const AT = {
  NULL: 0,
  PHDR: 3,
  PHENT: 4,
  PHNUM: 5,
  PAGESZ: 6,
  BASE: 7,
  FLAGS: 8,
  ENTRY: 9,
  UID: 11,
  EUID: 12,
  GID: 13,
  EGID: 14,
  PLATFORM: 15,
  HWCAP: 16,
  CLKTCK: 17,
  SECURE: 23,
  RANDOM: 25,
  HWCAP2: 26,
  EXECFN: 31,
  SYSINFO_EHDR: 33,
  MINSIGSTKSZ: 51,
} as const;

export interface StackContents {
  /** The path that execve was given. */
  readonly path: string;
  readonly argv: readonly string[];
  readonly environment: readonly string[];
  /** Entries whose values are known before the stack is. */
  readonly auxiliary: readonly (readonly [type: number, value: number])[];
  /** 16 bytes for AT_RANDOM. */
  readonly random: Uint8Array;
}

const WORD = 8;
const PLATFORM = 'x86_64';

/** Writes a stack down from its end; the stack pointer, or null when it does not fit. */
export function writeInitialStack(
  memory: GuestMemory,
  end: number,
  contents: StackContents,
): { readonly stackPointer: number; readonly argumentsAt: number } | null {
  let at = end - WORD;
  const put = (text: string): number => {
    at -= text.length + 1;
    if (!memory.write(at, latin1Bytes(`${text}\0`))) at = Number.NaN;
    return at;
  };
  const path = put(contents.path);
  const environment = contents.environment.toReversed().map(put).toReversed();
  const argv = contents.argv.toReversed().map(put).toReversed();
  if (Number.isNaN(at)) return null;
  const argumentsAt = at;
  at -= at % 16;
  const platform = put(PLATFORM);
  at -= contents.random.length;
  const random = at;
  if (!memory.write(random, contents.random)) return null;
  const auxiliary = [
    ...contents.auxiliary,
    [AT.RANDOM, random],
    [AT.EXECFN, path],
    [AT.PLATFORM, platform],
    [AT.NULL, 0],
  ] as const;
  const words = [argv.length, ...argv, 0, ...environment, 0, ...auxiliary.flat()];
  const vectorStart = at - auxiliary.length * 2 * WORD;
  const rest = words.length - auxiliary.length * 2;
  const unaligned = vectorStart - rest * WORD;
  const stackPointer = unaligned - (unaligned % 16);
  const bytes = new DataView(new ArrayBuffer(words.length * WORD));
  for (const [index, word] of words.entries()) {
    bytes.setBigUint64(index * WORD, BigInt(word), true);
  }
  if (!memory.write(stackPointer, new Uint8Array(bytes.buffer))) return null;
  return { stackPointer, argumentsAt };
}
