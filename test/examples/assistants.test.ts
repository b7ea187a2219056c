import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startTestService } from '../support/service.ts';

const GRAPHS = fileURLToPath(new URL('../../examples/tone-agent/langgraph.json', import.meta.url));

test('the example shows an assistant with two versions', { timeout: 60_000 }, async () => {
  await using service = await startTestService({ langgraphJson: GRAPHS });

  const { stdout } = await promisify(execFile)(process.execPath, [
    'examples/assistants.ts',
    '--url',
    service.url,
  ]);

  expect(stdout.split('\n').slice(0, 10)).toEqual([
    'The default assistant: Hello.',
    'Version 1: Good day.',
    'Version 2: How lovely that you write! (Ada)',
    'Version 2, a run with a tone of its own: Hello. (Ada)',
    'Version 1 again: Good day.',
    '',
    'Its versions, newest first:',
    '',
    '  2: {"tone":"warm","signature":"Ada"}',
    '  1: {"tone":"formal"}',
  ]);
  expect(stdout).toContain('graph TD;');
});
