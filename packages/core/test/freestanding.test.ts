/** The package needs the language and nothing else: no import, no host's global. */
import { createContext, runInContext } from 'node:vm';
import { expect, test } from 'vitest';
import { bundle } from './bundle.ts';

test('all of it loads and works where there is only the language', () => {
  const context = createContext({});
  runInContext('delete globalThis.console', context);
  const hosts = ['console', 'process', 'setTimeout', 'performance', 'TextEncoder', 'URL', 'fetch'];
  for (const name of hosts) expect(runInContext(`typeof ${name}`, context)).toBe('undefined');
  const script = bundle(
    `import * as core from '@bareheap/core';
     const { createHeap, BufferHeapMemory, HeapHook, RecordInterceptor, replayTable } = core;
     const memory = new BufferHeapMemory(new ArrayBuffer(8192));
     const hook = new HeapHook(createHeap('tlsf', memory, 0x1000, 8192));
     const record = new RecordInterceptor();
     hook.attach(record);
     const text = new core.HeapString({ heap: hook, memory, base: 0x1000 });
     for (let line = 0; line < 20; line++) text.append('line ' + line);
     text.free();
     const table = replayTable(record.trace(), { strategies: ['bump', 'llff', 'tlsf'] });
     globalThis.result = JSON.stringify(table.map(({ survives }) => survives));`,
    'iife',
  );
  runInContext(script, context);
  expect(JSON.parse(context['result'])).toEqual([true, true, true]);
});

test('it names no global but the language’s', () => {
  const context = createContext({});
  const globals = runInContext('Object.getOwnPropertyNames(globalThis)', context) as string[];
  const known = globals.filter((name) => name !== 'console' && name !== 'WebAssembly');
  const script = bundle(`import * as core from '@bareheap/core'; globalThis.core = core;`, 'iife');
  const used = new Set<string>();
  const world = new Proxy(Object.create(null), {
    has: () => true,
    get: (_target, name) => {
      if (typeof name === 'symbol') return undefined;
      used.add(name);
      return name === 'globalThis' ? {} : (globalThis as Record<string, unknown>)[name];
    },
  });
  // Every free name of the script is looked up in `world`; functions that do not run are covered
  // by the compiler, which knows no other library than the language's.
  new Function('world', `with (world) { ${script} }`)(world);
  for (const name of used) expect(known).toContain(name);
  expect(used.has('Error')).toBe(true);
});
