/** Looks into lifted statements without running them: what they read, write and touch. */
import { OPERATIONS } from '../../packages/cpu/dist/ir/operation.js';

/** Evaluates lifted statements over a case's initial registers, as far as they are known. */
export class Peek {
  constructor(registers) {
    this.registers = registers;
    this.temporaries = new Map();
    this.reads = new Set();
    this.writes = new Set();
    this.accesses = [];
    this.system = [];
    this.stores = false;
  }

  value(e) {
    switch (e.kind) {
      case 'constant':
        return e.value;
      case 'register': {
        this.reads.add(e.register);
        return this.registers[e.register] ?? 0;
      }
      case 'temporary':
        return this.temporaries.get(e.temporary) ?? (e.type === 'i64' ? 0n : 0);
      case 'operation': {
        const { evaluate, name } = OPERATIONS[e.operation];
        const a = this.value(e.a);
        const b = e.b === null ? 0 : this.value(e.b);
        if (/^(div|rem)/.test(name) && (b === 0 || b === 0n)) return b;
        return evaluate(a, b);
      }
      default: {
        const a = this.value(e.a);
        const b = this.value(e.b);
        return this.value(e.condition) !== 0 ? a : b;
      }
    }
  }

  /** Walks all statements, both sides of each condition. */
  walk(statements) {
    for (const s of statements) {
      if (s.kind === 'set') {
        this.value(s.value);
        this.writes.add(s.register);
      } else if (s.kind === 'let') this.temporaries.set(s.temporary, this.value(s.value));
      else if (s.kind === 'load' || s.kind === 'store') this.access(s);
      else if (s.kind === 'if') {
        this.value(s.condition);
        this.walk(s.whenTrue);
        this.walk(s.whenFalse);
      } else if (s.kind === 'write-system') this.system.push(s.id);
      else if (s.kind === 'trap') this.value(s.value);
    }
  }

  access(s) {
    const count = s.kind === 'load' ? s.temporaries.length : s.values.length;
    const address = this.value(s.address) >>> 0;
    this.accesses.push({
      address,
      bytes: count * s.size,
      size: s.size,
      natural: s.alignment === 'natural' && s.size > 1,
    });
    this.stores ||= s.kind === 'store';
    if (s.kind === 'store') for (const value of s.values) this.value(value);
  }
}
