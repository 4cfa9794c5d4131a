/** A guest's standard input, read without leaving the call. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { hostErrorCode } from './host-error.ts';
import { pause } from './output-queue.ts';

const POLL_MS = 5;

export class Input {
  private descriptor: number;
  private readonly owned: boolean;
  private readonly shouldStop: () => boolean;
  private position: number | null;
  private ended = false;

  private constructor(descriptor: number, owned: boolean, regular: boolean, stop: () => boolean) {
    this.descriptor = descriptor;
    this.owned = owned;
    this.position = regular && owned ? 0 : null;
    this.shouldStop = stop;
  }

  /**
   * From a file. Only files and pipes make sense; a folder is refused by the host.
   *
   * @throws the host's error
   */
  static fromFile(path: string, shouldStop: () => boolean): Input {
    const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return new Input(descriptor, true, fstatSync(descriptor).isFile(), shouldStop);
  }

  /** From the process's own standard input. A second, non-blocking description where there is one. */
  static fromProcess(shouldStop: () => boolean): Input {
    try {
      if (!fstatSync(0).isFile()) {
        const descriptor = openSync('/dev/stdin', constants.O_RDONLY | constants.O_NONBLOCK);
        return new Input(descriptor, true, false, shouldStop);
      }
    } catch {
      // A socket, a closed input or another system: read it as it is.
    }
    return new Input(0, false, false, shouldStop);
  }

  /**
   * Up to `maxBytes`; null at the end. With `wait` at least one byte unless the run should stop,
   * which ends the input; without, or after so many milliseconds, perhaps none.
   */
  read(maxBytes: number, wait: boolean | number): Uint8Array | null {
    if (maxBytes === 0) return this.ended ? null : new Uint8Array(0);
    const bytes = new Uint8Array(maxBytes);
    for (let waited = 0; !this.ended; waited += POLL_MS) {
      const count = this.readNow(bytes);
      if (count === 0) break;
      if (count !== null) return bytes.subarray(0, count);
      if (wait === false || (wait !== true && waited >= wait)) return new Uint8Array(0);
      if (this.shouldStop()) break;
      pause(POLL_MS);
    }
    this.ended = true;
    return null;
  }

  close(): void {
    if (this.owned && this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = -1;
    this.ended = true;
  }

  /** Bytes read, 0 at the end, null when there are none yet. */
  private readNow(bytes: Uint8Array): number | null {
    try {
      const count = readSync(this.descriptor, bytes, 0, bytes.length, this.position);
      if (this.position !== null) this.position += count;
      return count;
    } catch (error) {
      const code = hostErrorCode(error);
      if (code === 'EAGAIN') return null;
      return 0;
    }
  }
}
