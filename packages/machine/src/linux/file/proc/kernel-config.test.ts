import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { gzipText, KERNEL_CONFIG } from './kernel-config.ts';

test('what /proc/config.gz has is unpacked by who knows gzip', () => {
  const packed = Uint8Array.from(gzipText(KERNEL_CONFIG), (letter) => letter.charCodeAt(0));
  expect(gunzipSync(packed).toString('latin1')).toBe(KERNEL_CONFIG);
  expect(KERNEL_CONFIG).toContain('\nCONFIG_SYSVIPC=y\n');
  expect(KERNEL_CONFIG).toContain('\n# CONFIG_SWAP is not set\n');
});
