/** Emits expression trees in WebAssembly's stack order. */
import type { Expression } from '../ir/expression.ts';
import { OPERATIONS } from '../ir/operation.ts';
import type { CodeWriter } from '../wasm/code-writer.ts';
import type { LocalMap } from './local-map.ts';

export class ExpressionEmitter {
  private readonly code: CodeWriter;
  private readonly locals: LocalMap;

  constructor(code: CodeWriter, locals: LocalMap) {
    this.code = code;
    this.locals = locals;
  }

  /** Leaves the expression's value on the stack. */
  emit(e: Expression): void {
    switch (e.kind) {
      case 'constant':
        this.constant(e);
        break;
      case 'register':
        this.code.localGet(this.locals.register(e.register));
        break;
      case 'temporary':
        this.code.localGet(this.locals.temporary(e.temporary));
        break;
      case 'operation':
        this.emit(e.a);
        if (e.b !== null) this.emit(e.b);
        this.operation(e.operation);
        break;
      case 'shuffle':
        this.emit(e.a);
        this.emit(e.b);
        this.code.shuffle(e.lanes);
        break;
      case 'select':
        this.emit(e.a);
        this.emit(e.b);
        this.emit(e.condition);
        this.code.select();
        break;
    }
  }

  private operation(number: number): void {
    const { opcode, immediate } = OPERATIONS[number]!;
    this.code.operation(opcode);
    if (immediate !== undefined) this.code.byte(immediate);
  }

  private constant(e: Extract<Expression, { kind: 'constant' }>): void {
    switch (e.type) {
      case 'i32':
        this.code.i32Const(e.value as number);
        break;
      case 'i64':
        this.code.i64Const(e.value as bigint);
        break;
      case 'v128':
        this.code.v128Const(e.value as bigint);
        break;
      case 'f32':
        this.code.f32Const(e.value as number);
        break;
      case 'f64':
        this.code.f64Const(e.value as number);
        break;
    }
  }
}
