/** Which guest registers a region touches, and how many temporaries of each type its blocks need. */
import type { Expression } from '../ir/expression.ts';
import type { ValueType } from '../ir/operation.ts';
import type { Exit, Statement } from '../ir/statement.ts';
import type { TranslationBlock } from '../ir/translation-block.ts';

export interface RegisterUse {
  /** Registers read or written, ascending. */
  readonly used: readonly number[];
  readonly written: readonly number[];
  /** Most temporaries of each type in one block. */
  readonly temporaries: ReadonlyMap<ValueType, number>;
}

class Collector {
  readonly read = new Set<number>();
  readonly written = new Set<number>();

  expression(e: Expression): void {
    switch (e.kind) {
      case 'register':
        this.read.add(e.register);
        break;
      case 'operation':
        this.expression(e.a);
        if (e.b !== null) this.expression(e.b);
        break;
      case 'shuffle':
        this.expression(e.a);
        this.expression(e.b);
        break;
      case 'select':
        this.expression(e.condition);
        this.expression(e.a);
        this.expression(e.b);
        break;
    }
  }

  statements(list: readonly Statement[]): void {
    for (const statement of list) this.statement(statement);
  }

  exit(exit: Exit): void {
    if (exit.guard !== null) this.expression(exit.guard);
    if (exit.kind === 'indirect') this.expression(exit.target);
    if (exit.kind === 'call' && typeof exit.target !== 'number') this.expression(exit.target);
  }

  private statement(statement: Statement): void {
    switch (statement.kind) {
      case 'set':
        this.written.add(statement.register);
        this.expression(statement.value);
        break;
      case 'load':
        this.expression(statement.address);
        break;
      case 'store':
        this.expression(statement.address);
        for (const value of statement.values) this.expression(value);
        break;
      case 'if':
        this.expression(statement.condition);
        this.statements(statement.whenTrue);
        this.statements(statement.whenFalse);
        break;
      case 'routine':
        for (const operand of statement.operands) this.expression(operand);
        break;
      case 'let':
      case 'write-system':
      case 'trap':
        this.expression(statement.value);
        break;
    }
  }
}

/** Scans the blocks of a region. */
export function registerUse(blocks: readonly TranslationBlock[]): RegisterUse {
  const collector = new Collector();
  const temporaries = new Map<ValueType, number>();
  for (const block of blocks) {
    for (const instruction of block.instructions) collector.statements(instruction.statements);
    collector.exit(block.exit);
    const counts = new Map<ValueType, number>();
    for (const type of block.temporaries) counts.set(type, (counts.get(type) ?? 0) + 1);
    for (const [type, count] of counts) {
      temporaries.set(type, Math.max(temporaries.get(type) ?? 0, count));
    }
  }
  const ascending = (set: Iterable<number>): number[] => [...set].sort((a, b) => a - b);
  return {
    used: ascending(new Set([...collector.read, ...collector.written])),
    written: ascending(collector.written),
    temporaries,
  };
}
