/**
 * Writes a WebAssembly module of the shape the JIT needs: imported memory, table and functions,
 * and functions of one type, all exported by their number.
 */
import type { ValueType } from '../ir/operation.ts';
import { ByteWriter } from './byte-writer.ts';

export const VALUE_TYPE_BYTES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface ImportedFunction {
  readonly name: string;
  readonly type: number;
}

export interface ModuleShape {
  /** Function types by number. */
  readonly types: readonly FunctionType[];
  readonly imports: readonly ImportedFunction[];
  /** Type number of every function of the module. */
  readonly functionType: number;
}

const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

function section(out: ByteWriter, id: number, write: (body: ByteWriter) => void): void {
  const body = new ByteWriter(256);
  write(body);
  out.byte(id);
  out.unsigned(body.length);
  out.append(body.finish());
}

function writeTypes(body: ByteWriter, types: readonly FunctionType[]): void {
  body.unsigned(types.length);
  for (const { parameters, results } of types) {
    body.byte(0x60);
    body.unsigned(parameters.length);
    for (const type of parameters) body.byte(VALUE_TYPE_BYTES[type]);
    body.unsigned(results.length);
    for (const type of results) body.byte(VALUE_TYPE_BYTES[type]);
  }
}

function writeImports(body: ByteWriter, imports: readonly ImportedFunction[]): void {
  body.unsigned(imports.length + 2);
  const start = (name: string): void => {
    body.name('env');
    body.name(name);
  };
  start('memory');
  body.byte(0x02);
  body.byte(0x00);
  body.unsigned(1);
  start('table');
  body.byte(0x01);
  body.byte(0x70);
  body.byte(0x00);
  body.unsigned(1);
  for (const { name, type } of imports) {
    start(name);
    body.byte(0x00);
    body.unsigned(type);
  }
}

/** A whole module; `bodies` are function bodies, locals included, without their size. */
export function writeModule(
  shape: ModuleShape,
  bodies: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(4096);
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) out.byte(byte);
  section(out, SECTION.type, (body) => writeTypes(body, shape.types));
  section(out, SECTION.import, (body) => writeImports(body, shape.imports));
  section(out, SECTION.function, (body) => {
    body.unsigned(bodies.length);
    for (let index = 0; index < bodies.length; index++) body.unsigned(shape.functionType);
  });
  section(out, SECTION.export, (body) => {
    body.unsigned(bodies.length);
    bodies.forEach((_, index) => {
      body.name(String(index));
      body.byte(0x00);
      body.unsigned(shape.imports.length + index);
    });
  });
  section(out, SECTION.code, (body) => {
    body.unsigned(bodies.length);
    for (const bytes of bodies) {
      body.unsigned(bytes.length);
      body.append(bytes);
    }
  });
  return out.finish();
}
