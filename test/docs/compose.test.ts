import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { SETTINGS } from '../../src/settings.ts';

const file = (name: string): string => readFileSync(new URL(`../../deploy/${name}`, import.meta.url), 'utf8');

/** The settings that the compose file gives to a service of this role. */
function environmentOf(role: string): Record<string, string> {
  const entries = [
    ...file('compose.yaml').matchAll(/^ +((?:INTERJECT_\w+)|HOST|PORT): "?([^"\n]+?)"?$/gm),
  ].map(([, name, value]) => [name, value]);
  const all = Object.fromEntries(entries) as Record<string, string>;
  return {
    ...all,
    INTERJECT_DATABASE_URL: all['INTERJECT_DATABASE_URL']!.replace(/\$\{[^}]+\}/, 'secret'),
    INTERJECT_ROLE: role,
  };
}

test('every setting that the compose file and the image give is one of the server, with a value that it takes', () => {
  const known = Object.values(SETTINGS).map(({ env }) => env as string);

  for (const role of ['api', 'worker']) {
    const environment = environmentOf(role);
    const command = readConfig([], environment);

    expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
    expect(command).toMatchObject({
      kind: 'serve',
      config: { role, host: '0.0.0.0', port: 4000, messaging: 'redis://redis:6379' },
    });
    expect(file('compose.yaml')).toContain(`INTERJECT_ROLE: ${role}`);
  }
});

test('a container gets longer to stop than its runs to end', () => {
  const [, seconds] = /stop_grace_period: (\d+)s/.exec(file('compose.yaml'))!;

  expect(Number(seconds)).toBeGreaterThan(Number(environmentOf('worker')['INTERJECT_DRAIN_SECONDS']));
});
