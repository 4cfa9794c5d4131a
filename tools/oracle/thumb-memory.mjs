/**
 * Guest memory for one Thumb case: the landing ground, mapped page by page, everything else not
 * present. It satisfies the engine's CpuMemory. With `fillTlb` false every access takes the slow
 * path and is logged, which is how a generator learns what a case touches; with true, generated
 * code finds its TLB entries.
 */
import {
  CODE,
  CODE_BYTES,
  FAR,
  FAR_BYTES,
  GROUND,
  GROUND_END,
  LANDING,
  POOL,
  POOL_BYTES,
  WINDOW,
  WINDOW_BYTES,
} from './thumb-layout.mjs';

const TLB_BASE = 0x10000;
const TLB_ENTRIES = 256;
/** As the MMU's TLB mixes upper bits into its index. */
const tlbIndex = (address) => ((address ^ (address >>> 10)) >>> 12) & (TLB_ENTRIES - 1);
const HOST = 0x100000;
const PAGE = 4096;

export class CaseMemory {
  memory = new WebAssembly.Memory({ initial: 32 });
  tlb = { base: TLB_BASE, entries: TLB_ENTRIES, entryBytes: 16 };
  faulted = false;
  fault = { kind: 'not-present', access: 'read', address: 0, size: 0, rawHigh: 0, rawLow: 0 };
  onCodeWrite = null;
  onCodeChange = null;
  /** Addresses and sizes of the accesses since the case began: address, size, isStore. */
  log = [];

  constructor(fillTlb) {
    this.fillTlb = fillTlb;
    this.view = new DataView(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
    this.words = new Int32Array(this.memory.buffer);
    this.fillGround();
    this.flush();
  }

  fillGround() {
    for (let at = GROUND; at < GROUND_END; at += 2)
      this.view.setUint16(this.host(at), LANDING, true);
    this.isTouched = false;
  }

  host(address) {
    return HOST + address - GROUND;
  }

  /** Puts a case's code, pool and window in place. */
  place(code, pool, window) {
    if (this.isTouched) this.fillGround();
    this.bytes.set(code.subarray(0, CODE_BYTES), this.host(CODE));
    this.bytes.set(pool.subarray(0, POOL_BYTES), this.host(POOL));
    this.bytes.set(window.subarray(0, WINDOW_BYTES), this.host(WINDOW));
    this.log.length = 0;
    this.faulted = false;
  }

  window() {
    return this.bytes.subarray(this.host(WINDOW), this.host(WINDOW) + WINDOW_BYTES);
  }

  flush() {
    for (let entry = 0; entry < TLB_ENTRIES; entry++) {
      this.words.fill(-1, (TLB_BASE >> 2) + entry * 4, (TLB_BASE >> 2) + entry * 4 + 3);
    }
  }

  mapped(address, size) {
    return address >= GROUND && address + size <= GROUND_END;
  }

  /** Far landing ground holds nothing but SVCs, so it needs no bytes of its own. */
  isFar(address) {
    return FAR.some((start) => address >= start && address < start + FAR_BYTES);
  }

  fail(access, address, size) {
    Object.assign(this.fault, { kind: 'not-present', access, address, size });
    this.faulted = true;
    return 0;
  }

  fill(address) {
    if (!this.fillTlb) return;
    const page = address & -PAGE;
    const entry = (TLB_BASE >> 2) + tlbIndex(address) * 4;
    this.words[entry] = page;
    // Pages that hold code stay on the slow path for stores.
    this.words[entry + 1] = this.holdsWindowAlone(page) ? page : -1;
    this.words[entry + 3] = HOST - GROUND;
  }

  holdsWindowAlone(page) {
    return page > CODE + CODE_BYTES;
  }

  loadSlow(address, size) {
    this.log.push(address, size, 0);
    if (!this.mapped(address, size)) return this.fail('read', address, size);
    this.fill(address);
    const host = this.host(address);
    if (size === 4) return this.view.getInt32(host, true);
    return size === 2 ? this.view.getUint16(host, true) : this.bytes[host];
  }

  storeSlow(address, size, value) {
    this.log.push(address, size, 1);
    if (!this.mapped(address, size)) {
      this.fail('write', address, size);
      return;
    }
    this.fill(address);
    if (address < WINDOW || address + size > WINDOW + WINDOW_BYTES) this.isTouched = true;
    const host = this.host(address);
    if (size === 4) this.view.setInt32(host, value, true);
    else if (size === 2) this.view.setInt16(host, value, true);
    else this.bytes[host] = value;
    this.onCodeWrite?.(address, size);
  }

  fetchSlow(address, size) {
    if (this.isFar(address)) return LANDING;
    if (!this.mapped(address, size)) return this.fail('execute', address, size);
    return this.view.getUint16(this.host(address), true);
  }

  watchCode() {}
  unwatchCode() {}
  trustPage() {}
}
