/** Guest memory for the RISC-V oracle tools. */
import { PAGE, RAM } from './riscv-layout.mjs';

const TLB_BASE = 0x10000;
const TLB_ENTRIES = 256;
/** As the MMU's TLB mixes upper bits into its index. */
const tlbIndex = (address) => ((address ^ (address >>> 10)) >>> 12) & (TLB_ENTRIES - 1);
const HOST = 0x100000;

/** RAM from 0x80000000 and nothing else, behind a TLB. */
export class FlatMemory {
  tlb = { base: TLB_BASE, entries: TLB_ENTRIES, entryBytes: 16 };
  faulted = false;
  fault = { kind: 'not-present', access: 'read', address: 0, size: 0, rawHigh: 0, rawLow: 0 };
  onCodeWrite = null;
  onCodeChange = null;
  /** Pages whose stores are told, because translated code lies there. */
  watched = new Set();

  constructor(image) {
    this.size = image.length;
    this.memory = new WebAssembly.Memory({ initial: (HOST + image.length) >> 16 });
    this.bytes = new Uint8Array(this.memory.buffer);
    this.words = new Int32Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.bytes.set(image, HOST);
    this.words.fill(-1, TLB_BASE >> 2, (TLB_BASE >> 2) + TLB_ENTRIES * 4);
  }

  host(address) {
    return address - RAM + HOST;
  }

  image() {
    return Buffer.from(this.memory.buffer, HOST, this.size);
  }

  holds(address) {
    return address >= RAM && address < RAM + this.size;
  }

  /** The first byte of an access that is not there, or -1. */
  missing(address, size) {
    if (!this.holds(address)) return address;
    const last = (address + size - 1) % 2 ** 32;
    return this.holds(last) ? -1 : last - (last % PAGE);
  }

  allows(access, address, size) {
    const missing = this.missing(address, size);
    if (missing < 0) {
      const page = address - (address % PAGE);
      const entry = (TLB_BASE >> 2) + tlbIndex(address) * 4;
      this.words[entry] = page;
      this.words[entry + 1] = this.watched.has(page) ? -1 : page;
      this.words[entry + 3] = HOST - RAM;
      return true;
    }
    Object.assign(this.fault, { kind: 'not-present', access, address: missing, size });
    this.faulted = true;
    return false;
  }

  loadSlow(address, size) {
    if (!this.allows('read', address, size)) return 0;
    const host = this.host(address);
    if (size === 4) return this.view.getInt32(host, true);
    return size === 2 ? this.view.getUint16(host, true) : this.bytes[host];
  }

  storeSlow(address, size, value) {
    if (!this.allows('write', address, size)) return;
    const host = this.host(address);
    if (size === 4) this.view.setInt32(host, value, true);
    else if (size === 2) this.view.setInt16(host, value, true);
    else this.bytes[host] = value;
    if (this.watched.has(address - (address % PAGE))) this.onCodeWrite?.(address, size);
  }

  fetchSlow(address, size) {
    return this.allows('execute', address, size)
      ? this.view.getUint16(this.host(address), true)
      : 0;
  }

  watchCode(address, length) {
    for (let page = address - (address % PAGE); page < address + length; page += PAGE) {
      this.watched.add(page);
      this.words[(TLB_BASE >> 2) + tlbIndex(page) * 4 + 1] = -1;
    }
  }

  unwatchCode() {}

  trustPage(address) {
    this.watched.delete(address);
  }

  /** The instruction at an address, its upper half 0 when it is a compressed one. */
  instructionAt(address) {
    const host = this.host(address);
    const low = this.view.getUint16(host, true);
    return (low & 3) === 3 ? low | (this.view.getUint16(host + 2, true) << 16) : low;
  }
}
