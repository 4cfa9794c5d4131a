import { writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { ThumbProgram, ldr, mov, movs } from './thumb-program.ts';
test('x', () => {
  for (const bit of [16, 17]) {
  const p = new ThumbProgram().handler(1).poke(0x20000100, 0x20000).load(4, 0x22000000+0x100*32+bit*4).emit(ldr(5,4,0)).load(1, 0x20025).emit(0x1949, movs(0,0x18), 0xbeab);
  writeFileSync(`/tmp/bb${bit}.bin`, new Uint8Array((p as any).bytes.buffer));
  console.log('OURS', bit, JSON.stringify(p.run('cortex-m4').end));
  }
});
