/** Gets the program from its file. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { ImageError, type ImageOptions, type LoadPlan, parseImage } from '@bareheap/image';
import { hostErrorCode, hostErrorText } from './host-error.ts';
import { quoted } from './quantity.ts';
import { UsageError } from './usage-error.ts';

/** Far above any firmware with its debug information; below what would hurt the host. */
const MAX_FILE_BYTES = 2 ** 30;

export interface ProgramFile {
  readonly bytes: Uint8Array;
  readonly plan: LoadPlan;
}

/**
 * Reads and parses a program.
 *
 * @throws UsageError  it cannot be read or is no program
 */
export function loadProgram(path: string, options: ImageOptions): ProgramFile {
  const bytes = readProgram(path);
  try {
    return { bytes, plan: parseImage(bytes, options) };
  } catch (error) {
    if (error instanceof ImageError) throw new UsageError(`${quoted(path)}: ${error.message}`);
    throw error;
  }
}

function readProgram(path: string): Uint8Array {
  let descriptor = -1;
  try {
    // Without O_NONBLOCK a named pipe would hang until somebody writes to it.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const status = fstatSync(descriptor);
    if (status.isDirectory()) throw new UsageError(`${quoted(path)}: it is a directory`);
    if (!status.isFile()) throw new UsageError(`${quoted(path)}: not a regular file`);
    if (status.size > MAX_FILE_BYTES) {
      throw new UsageError(`${quoted(path)}: larger than ${MAX_FILE_BYTES} bytes`);
    }
    return new Uint8Array(readFileSync(descriptor));
  } catch (error) {
    if (hostErrorCode(error) === null && !isBadPath(error)) throw error;
    throw new UsageError(`${quoted(path)}: ${hostErrorText(error)}`);
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
}

/** Node's own refusal of a path, as one with a NUL. */
function isBadPath(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && error.code === 'ERR_INVALID_ARG_VALUE';
}
