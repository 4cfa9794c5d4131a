/** `--cpu unicorn`: the user's Unicorn, native or unicorn.js, as an engine for the machine. */
import { pathToFileURL } from 'node:url';
import {
  loadNativeUnicorn,
  UnicornCpu,
  type UnicornLibrary,
  UnicornUnavailable,
  unicornJs,
} from '@bareheap/cpu-unicorn';
import type { CpuFactory } from '@bareheap/machine';
import { UsageError } from './usage-error.ts';

/** What a path to unicorn.js ends in; other paths are native libraries. */
const SCRIPT = /\.[cm]?js$/;

/**
 * @param path  of a native library or of unicorn.js; none: where the platform has the former
 * @throws UsageError with one line that says what is missing and how to get it
 */
export async function loadUnicorn(path: string | undefined): Promise<CpuFactory> {
  try {
    const library = await libraryAt(path);
    return {
      engine: 'unicorn',
      make: (parts) => new UnicornCpu({ ...parts, library }),
    };
  } catch (error) {
    if (!(error instanceof UnicornUnavailable)) throw error;
    throw new UsageError(`--cpu unicorn: ${error.message}`);
  }
}

async function libraryAt(path: string | undefined): Promise<UnicornLibrary> {
  if (path === undefined || path === '') return loadNativeUnicorn(null, process.platform);
  if (!SCRIPT.test(path)) return loadNativeUnicorn(path, process.platform);
  return unicornJs(await moduleAt(path), path);
}

async function moduleAt(path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnicornUnavailable(`${path} cannot be loaded: ${reason}`);
  }
}
