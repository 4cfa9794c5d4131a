// @table
/** Pipes without a name. */
import type { Call } from '../call.ts';
import type { Steps, WaitStep } from '../call-steps.ts';
import { readToWrite } from '../process/file-io.ts';
import { FileObject } from '../process/kernel-object.ts';
import { PIPE_BYTES, Pipe } from '../process/pipe.ts';
import {
  ERROR_BROKEN_PIPE,
  ERROR_INVALID_HANDLE,
  ERROR_NO_DATA,
  ERROR_NOT_ENOUGH_MEMORY,
} from '../process/windows-error.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';
import { INFINITE, waitUntil } from './wait.ts';

/** The two ends of a new pipe, whose bytes are some of those that files may take; or null. */
export function makePipe({
  files: { budget },
}: WindowsProcess): { readonly reader: FileObject; readonly writer: FileObject } | null {
  if (!budget.take(PIPE_BYTES)) return null;
  const pipe = new Pipe();
  const common = { stream: -1, path: '', pipe };
  const endClosed = (): void => {
    if (!pipe.hasReader && !pipe.hasWriter) budget.take(-PIPE_BYTES);
  };
  const reader = new FileObject({
    ...common,
    isReadable: true,
    onClose: () => {
      pipe.hasReader = false;
      endClosed();
    },
  });
  const writer = new FileObject({
    ...common,
    isWritable: true,
    onClose: () => {
      pipe.hasWriter = false;
      endClosed();
    },
  });
  return { reader, writer };
}

/** Waits until there is something, or nobody can write any more. */
export function* waitToRead(c: Call, pipe: Pipe): Generator<WaitStep, void, number> {
  yield* waitUntil(c, () => pipe.available > 0 || !pipe.hasWriter, INFINITE);
}

/** At most so many bytes, once there are any; null when nobody can write any more. */
export function* readPipe(
  c: Call,
  pipe: Pipe,
  count: number,
): Generator<WaitStep, Uint8Array | null, number> {
  if (count === 0) return new Uint8Array(0);
  yield* waitToRead(c, pipe);
  return pipe.available === 0 ? null : pipe.read(count);
}

function create(c: Call): number {
  const made = makePipe(c.process);
  if (made === null) return c.fail(ERROR_NOT_ENOUGH_MEMORY);
  c.memory.setU64(c.word(0), c.process.handles.open(made.reader));
  c.memory.setU64(c.word(1), c.process.handles.open(made.writer));
  return 1;
}

/** ReadFile of a pipe. */
export function* readFromPipe(c: Call, pipe: Pipe): Steps {
  const bytes = yield* readPipe(c, pipe, c.u32(2));
  if (c.word(3) !== 0) c.memory.setU32(c.word(3), bytes?.length ?? 0);
  if (bytes === null) return c.fail(ERROR_BROKEN_PIPE);
  c.memory.write(c.word(1), bytes);
  return 1;
}

/** Writes all of it, by and by; false when nobody can read it any more. */
export function* writePipe(
  c: Call,
  pipe: Pipe,
  bytes: Uint8Array,
): Generator<WaitStep, boolean, number> {
  for (let done = 0; done < bytes.length; done += pipe.write(bytes.subarray(done))) {
    yield* waitUntil(c, () => pipe.room > 0 || !pipe.hasReader, INFINITE);
    if (!pipe.hasReader) return false;
  }
  return true;
}

/** WriteFile of a pipe. */
export function* writeToPipe(c: Call, pipe: Pipe): Steps {
  const bytes = readToWrite(c.process, c.word(1), c.u32(2));
  if (c.memory.mmu.faulted) return 0;
  if (!(yield* writePipe(c, pipe, bytes))) return c.fail(ERROR_NO_DATA);
  if (c.word(3) !== 0) c.memory.setU32(c.word(3), bytes.length);
  return 1;
}

/** What a pipe holds, without taking it. */
function peek(c: Call): number {
  const pipe = c.process.file(c.word(0))?.pipe ?? null;
  if (pipe === null) return c.fail(ERROR_INVALID_HANDLE);
  if (pipe.available === 0 && !pipe.hasWriter) return c.fail(ERROR_BROKEN_PIPE);
  const bytes = c.word(1) === 0 ? new Uint8Array(0) : pipe.peek(c.u32(2));
  c.memory.write(c.word(1), bytes);
  [bytes.length, pipe.available, 0].forEach((value, n) => {
    if (c.word(3 + n) !== 0) c.memory.setU32(c.word(3 + n), value);
  });
  return 1;
}

export const PIPE_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  'CreatePipe(reader: pointer, writer: pointer, security: pointer, size: u32): bool': create,
  'PeekNamedPipe(pipe: handle, to: pointer, size: u32, read: pointer, available: pointer, left: pointer): bool':
    peek,
});
