import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the example plays the scenario with every strategy against a server that it starts', {
  timeout: 60_000,
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/double-texting.ts'], {
    env: {
      ...process.env,
      INTERJECT_DEMO_PACE: '0.3',
      DELAY: '0.6',
      INTERJECT_MODEL: '',
      INTERJECT_LOG_LEVEL: 'warn',
    },
  });

  const told = Object.fromEntries(
    stdout.split(/^(?=[A-Z]+: )/m).map((part) => [part.split(':')[0]?.trim(), part]),
  );
  expect(Object.keys(told).filter((key) => key !== '')).toEqual([
    'INTERRUPT',
    'ENQUEUE',
    'REJECT',
    'ROLLBACK',
  ]);
  // What of the first run is there depends on how far it was: the example waits for a time, as its user does,
  // and asks again for what was cut off.
  expect(roles(told['INTERRUPT']).join(' ')).toMatch(/^human (ai (tool )?)?human (ai )+(tool )+ai$/);
  expect(ends(told['INTERRUPT'])).toEqual(['INTERRUPTED (SUPERSEDED)', 'SUCCESS (COMPLETED)']);
  expect(roles(told['ENQUEUE'])).toEqual(['human', 'ai', 'tool', 'ai', 'human', 'ai', 'tool', 'ai']);
  expect(ends(told['ENQUEUE'])).toEqual(['SUCCESS (COMPLETED)', 'SUCCESS (COMPLETED)']);
  expect(roles(told['REJECT'])).toEqual(['human', 'ai', 'tool', 'ai']);
  expect(ends(told['REJECT'])).toEqual(['SUCCESS (COMPLETED)', expect.stringMatching(/^Thread is busy/)]);
  expect(roles(told['ROLLBACK'])).toEqual(['human', 'ai', 'tool', 'ai']);
  expect(ends(told['ROLLBACK'])).toEqual(['removed', 'SUCCESS (COMPLETED)']);
});

const roles = (part = ''): string[] =>
  [...part.matchAll(/^ {2}(human|ai|tool) /gm)].map(([, role]) => role ?? '');
const ends = (part = ''): string[] =>
  [...part.matchAll(/^ {2}(?:first|second) run: +(.*)$/gm)].map(([, end]) => end ?? '');
