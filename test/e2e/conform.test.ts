import { describe, expect, test } from 'vitest';
import { bareheap } from './command.ts';

describe('conform', () => {
  test.each(['static', 'posix', 'win'])('%s: every rule passes or is a known gap', (platform) => {
    const { status, stdout, stderr } = bareheap(['conform', platform]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(new RegExp(`^${platform}: no failure\\n`));
    expect(stdout.match(/^pass /gm)?.length).toBeGreaterThan(10);
    expect(status).toBe(0);
  });

  test('all of them', () => {
    const { status, stdout } = bareheap(['conform']);
    expect(stdout).toContain('static: no failure');
    expect(stdout).toContain('posix: no failure');
    expect(stdout).toContain('win: no failure');
    expect(status).toBe(0);
  });
});
