import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from '@langchain/langgraph-sdk';
import { Client as Client2 } from 'langgraph-sdk-2';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { play } from '../../examples/langgraph-sdk/scenario.ts';
import type { Service } from '../../src/service.ts';
import { DEMO_GRAPHS, startTestService } from '../support/service.ts';

/** Seconds between two messages; at this pace the first run is half done by then. */
const DELAY = '0.3';
let service: Service;
let api: string;

beforeAll(async () => {
  vi.stubEnv('INTERJECT_DEMO_PACE', '0.15');
  vi.stubEnv('INTERJECT_MODEL', '');
  vi.stubEnv('DELAY', DELAY);
  service = await startTestService({ langgraphJson: DEMO_GRAPHS });
  api = new URL(service.url).origin;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await service[Symbol.asyncDispose]();
});

/** Who spoke, by strategy, and the closing line of each part. */
function told(output: string): Record<string, { readonly types: string[]; readonly lines: string[] }> {
  const parts = output.split(/^# /m).slice(1);
  return Object.fromEntries(
    parts.map((part) => {
      const [name = '', ...lines] = part.split('\n');
      const types = lines.map((line) => /^=+ (\w+) =+$/.exec(line)?.[1]).filter((type) => type !== undefined);
      return [name, { types, lines: lines.filter((line) => /^(first run|Failed)/.test(line)) }];
    }),
  );
}

function expectScenario(output: string): void {
  const whole = ['human', 'ai', 'tool', 'ai'];
  const { interrupt, ...others } = told(output);
  // How far the first run has come, and so how much of it the second one has to do again, is the machine's
  // matter.
  expect(interrupt?.lines).toEqual(['first run: interrupted']);
  expect(interrupt?.types.join(' ')).toMatch(/^human (ai )?(tool )?(ai )?human ai (tool )+ai$/);
  expect(others).toEqual({
    reject: { types: whole, lines: ['Failed to start concurrent run: 409'] },
    enqueue: { types: [...whole, ...whole], lines: [] },
    rollback: { types: whole, lines: ['first run: 404'] },
  });
  expect(output).toMatch(/^=+ human =+\n\nwhat's the weather in nyc\?$/m);
}

const versions = [
  ['1.15.0', (apiUrl: string) => new Client({ apiUrl })],
  ['2.0.0', (apiUrl: string) => new Client2({ apiUrl }) as unknown as Client],
] as const;
test.each(versions)(
  'the scenario in JavaScript plays as its users wrote it, with version %s of the SDK',
  async (_version, clientAt) => {
    const said: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
    try {
      await play(clientAt(api));
    } finally {
      log.mockRestore();
    }

    expectScenario(said.join('\n'));
  },
);

test('the scenario in cURL plays as its users wrote it', async () => {
  const { stdout } = await promisify(execFile)('examples/langgraph-sdk/scenario.sh', [api], {
    env: { ...process.env, DELAY },
  });

  expectScenario(stdout);
});

/** A Python that has the SDK: not every machine does. */
const python = [process.env['INTERJECT_TEST_PYTHON'] ?? 'python3'].find((command) => {
  try {
    execFileSync(command, ['-c', 'import langgraph_sdk, httpx'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
if (python !== undefined)
  test('the scenario in Python plays as its users wrote it', async () => {
    const { stdout } = await promisify(execFile)(python, ['examples/langgraph-sdk/scenario.py', api], {
      env: { ...process.env, DELAY },
    });

    expectScenario(stdout);
  });
