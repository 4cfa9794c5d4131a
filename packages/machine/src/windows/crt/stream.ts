/** A FILE of the C library: what is buffered, and where it stands. */
import { ByteList } from './byte-list.ts';

export type Buffering = 'full' | 'line' | 'none';

export class Stream {
  /** Address of its FILE. */
  readonly address: number;
  /** Its file descriptor. */
  descriptor: number;
  readonly canRead: boolean;
  readonly canWrite: boolean;
  buffering: Buffering;
  isAtEnd = false;
  hasFailed = false;
  /** What was read and not given out: bytes of the file, line ends translated. */
  input: Uint8Array = new Uint8Array(0);
  inputAt = 0;
  /** Position in the file where `input` begins, and for each of its bytes where it lies there. */
  inputPlaces: Uint32Array | null = null;
  inputStart = 0;
  /** Characters that ungetc gave back, the last one first. */
  readonly pushedBack: number[] = [];
  /** What was written and not given to the system. */
  readonly output: ByteList = new ByteList();

  constructor(parts: {
    address: number;
    descriptor: number;
    canRead: boolean;
    canWrite: boolean;
    buffering: Buffering;
  }) {
    this.address = parts.address;
    this.descriptor = parts.descriptor;
    this.canRead = parts.canRead;
    this.canWrite = parts.canWrite;
    this.buffering = parts.buffering;
  }
}
