/**
 * What travels with bytes beside them: struct cmsghdr, with descriptors and who sent it.
 *
 * @see cmsg(3), unix(7); net/core/scm.c of Linux 6.18
 */
import { EBADF, EINVAL, EPERM } from '../file/errno.ts';
import type { Cargo, Credentials } from './receive-queue.ts';
import {
  MOST_RIGHTS,
  MSG_CTRUNC,
  SCM_CREDENTIALS,
  SCM_RIGHTS,
  SOL_SOCKET,
} from './socket-constants.ts';

const HEADER_BYTES = 16;
const DESCRIPTOR_BYTES = 4;
const CREDENTIALS_BYTES = 12;
const ALIGNMENT = 8;

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** What is sent along, its cargo retained for whoever receives it. */
export interface Control {
  readonly cargo: readonly Cargo[];
}

interface Part {
  readonly type: number;
  readonly data: DataView;
}

/** The parts of a control buffer that are of SOL_SOCKET; or a negative error number. */
function partsOf(bytes: Uint8Array<ArrayBuffer>): Part[] | number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Part[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER_BYTES || at + length > bytes.length) return -EINVAL;
    if (view.getInt32(at + 8, true) === SOL_SOCKET) {
      const data = new DataView(view.buffer, view.byteOffset + at + HEADER_BYTES, length - 16);
      parts.push({ type: view.getInt32(at + 12, true), data });
    }
    at += aligned(length);
  }
  return parts;
}

/**
 * Reads what sendmsg is given: open files that are to travel, or a negative error number.
 *
 * @param fileOf  the open file of a descriptor, or null
 */
export function parseControl(
  bytes: Uint8Array<ArrayBuffer>,
  sender: Credentials,
  fileOf: (descriptor: number) => Cargo | null,
): Control | number {
  const parts = partsOf(bytes);
  if (typeof parts === 'number') return parts;
  const cargo: Cargo[] = [];
  for (const { type, data } of parts) {
    if (type === SCM_RIGHTS) {
      const count = Math.floor(data.byteLength / DESCRIPTOR_BYTES);
      if (cargo.length + count > MOST_RIGHTS) return -EINVAL;
      for (let index = 0; index < count; index++) {
        const file = fileOf(data.getInt32(index * DESCRIPTOR_BYTES, true));
        if (file === null) return -EBADF;
        cargo.push(file);
      }
    } else if (type === SCM_CREDENTIALS) {
      const failed = checkCredentials(data, sender);
      if (failed !== 0) return failed;
    } else {
      return -EINVAL;
    }
  }
  for (const one of cargo) one.retain();
  return { cargo };
}

/** Nobody says to be who it is not. */
function checkCredentials(data: DataView, { process, user, group }: Credentials): number {
  if (data.byteLength !== CREDENTIALS_BYTES) return -EINVAL;
  const told = [0, 4, 8].map((at) => data.getInt32(at, true));
  return told.every((value, index) => value === [process, user, group][index]) ? 0 : -EPERM;
}

/** A struct ucred: process, user and group of 32 bits each. */
export function credentialBytes({ process, user, group }: Credentials): Uint8Array {
  return new Uint8Array(Int32Array.of(process, user, group).buffer);
}

/** Fills a control buffer of a length, part by part. */
export class ControlWriter {
  /** MSG_CTRUNC when something did not fit. */
  flags = 0;
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(room: number) {
    this.bytes = new Uint8Array(room);
  }

  get written(): Uint8Array {
    return this.bytes.subarray(0, this.at);
  }

  addCredentials(credentials: Credentials): void {
    this.add(SCM_CREDENTIALS, credentialBytes(credentials));
  }

  /**
   * Adds open files by the descriptors that `open` gives them, as many as there is room for and it
   * gives; the others are let go.
   */
  addCargo(cargo: readonly Cargo[], open: (file: Cargo) => number): void {
    const room = Math.floor((this.bytes.length - this.at - HEADER_BYTES) / DESCRIPTOR_BYTES);
    const numbers: number[] = [];
    for (const file of cargo) {
      const isFull = numbers.length >= room || this.flags !== 0;
      const descriptor = isFull ? -1 : open(file);
      if (isFull) file.release();
      if (descriptor < 0) this.flags |= MSG_CTRUNC;
      else numbers.push(descriptor);
    }
    if (numbers.length === 0) return;
    this.add(SCM_RIGHTS, new Uint8Array(Int32Array.from(numbers).buffer));
  }

  private add(type: number, data: Uint8Array): void {
    const left = this.bytes.length - this.at;
    if (left < HEADER_BYTES) {
      this.flags |= MSG_CTRUNC;
      return;
    }
    const length = Math.min(HEADER_BYTES + data.length, left);
    if (length < HEADER_BYTES + data.length) this.flags |= MSG_CTRUNC;
    const view = new DataView(this.bytes.buffer, this.at);
    view.setUint32(0, length, true);
    view.setInt32(8, SOL_SOCKET, true);
    view.setInt32(12, type, true);
    this.bytes.set(data.subarray(0, length - HEADER_BYTES), this.at + HEADER_BYTES);
    this.at += Math.min(aligned(length), left);
  }
}
