import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the memory example remembers across threads, finds by meaning and forgets', {
  timeout: 60_000,
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/long-term-memory.ts'], {
    env: { ...process.env, INTERJECT_LOG_LEVEL: 'warn' },
  });

  expect(stdout).toMatchInlineSnapshot(`
    "Every line is a thread of its own.

    ann   I drink tea.
    agent I'll remember that.

    ann   I have a dog.
    agent I'll remember that.

    ann   I like to swim.
    agent I'll remember that.

    ann   Which pet is mine?
    agent You told me: "I have a dog.", "I drink tea.".

    bob   Which pet is mine?
    agent I don't know you yet.

    What is remembered, through the API:

      1.00  I like to swim.
      0.00  I have a dog.
      0.00  I drink tea.

    Forgotten:

    ann   Which pet is mine?
    agent I don't know you yet.

    "
  `);
});
