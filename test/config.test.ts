import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, withLanggraphEnv, withoutSecrets } from '../src/config.ts';

const settings = (args: readonly string[], env: Record<string, string> = {}) => {
  const command = readConfig(args, env);
  if (command.kind !== 'serve') throw new Error('It asks for help');
  return command.config;
};
const POSTGRES = 'postgres://app:secret@db.example:5432/interject?schema=prod';

describe('a setting', () => {
  test('of a flag wins over its variable, which wins over the default', () => {
    const env = { INTERJECT_MAX_ATTEMPTS: '5' };

    expect(settings(['--max-attempts', '7'], env).maxAttempts).toBe(7);
    expect(settings([], env).maxAttempts).toBe(5);
    expect(settings([]).maxAttempts).toBe(3);
  });

  test('that is empty counts as not given', () => {
    expect(settings([], { INTERJECT_MESSAGING_URL: '', INTERJECT_ROLE: '' })).toMatchObject({
      messaging: null,
      role: 'all',
    });
  });
});

test('a process that is started again under the same name is another worker', () => {
  expect(settings([]).workerId).not.toBe(settings([]).workerId);
});

describe('the retention', () => {
  const DAY_MS = 86_400_000;

  test('is 30 days for events and none for checkpoints, unless it is set', () => {
    expect(settings([])).toMatchObject({ eventRetentionMs: 30 * DAY_MS, checkpointRetentionMs: null });
    expect(settings(['--event-retention-days', '0.5', '--checkpoint-retention-days', '7'])).toMatchObject({
      eventRetentionMs: DAY_MS / 2,
      checkpointRetentionMs: 7 * DAY_MS,
    });
    expect(settings(['--event-retention-days', '0']).eventRetentionMs).toBeNull();
  });

  test.each([
    ['0', '10'],
    ['20', '10'],
  ])(
    'of checkpoints may not be shorter than that of the events that refer to them (%s, %s)',
    (events, checkpoints) => {
      const wrong = () =>
        settings(['--event-retention-days', events, '--checkpoint-retention-days', checkpoints]);

      expect(wrong).toThrow(/--checkpoint-retention-days must be 0 or at least --event-retention-days/);
    },
  );

  test.each(['-1', 'a week', '40000'])('of %s days is refused', (days) => {
    expect(() => settings([`--event-retention-days=${days}`])).toThrow(
      /must be a number of days from 0 to 36500/,
    );
  });
});

describe('several processes', () => {
  test.each(['api', 'worker'])('the role %s is for a PostgreSQL database', (role) => {
    expect(settings(['--role', role, '--database', POSTGRES]).role).toBe(role);
    expect(() => settings(['--role', role, '--database', 'file.db'])).toThrow(
      /--role .* requires a PostgreSQL database/,
    );
  });

  test.each(['redis://127.0.0.1:6379', 'rediss://cache.example:6380/2', 'nats://127.0.0.1:4222'])(
    '%s carries their signals',
    (url) => {
      expect(settings(['--messaging', url, '--database', POSTGRES]).messaging).toBe(url);
      expect(() => settings(['--messaging', url])).toThrow(/requires a PostgreSQL database/);
    },
  );

  test('another messaging engine is refused', () => {
    expect(() => settings(['--messaging', 'amqp://127.0.0.1', '--database', POSTGRES])).toThrow(
      /must be a redis:.* or nats:/,
    );
  });
});

describe('a secret in a URL', () => {
  test('is not logged', () => {
    expect(withoutSecrets(POSTGRES)).toBe('postgres://app@db.example:5432/interject');
    expect(withoutSecrets('data/interject.db')).toBe('data/interject.db');
  });

  test('is not told by the error about it', () => {
    const wrong = () => settings([], { INTERJECT_MESSAGING_URL: 'amqp://app:secret@mq.example' });

    expect(wrong).toThrow(ConfigError);
    expect(wrong).not.toThrow(/secret/);
  });
});

test('LANGGRAPH_CONFIG counts from the env of langgraph.json too; the environment wins', () => {
  const command = readConfig([], {});
  const settings = command.kind === 'serve' ? command.config : null;
  if (settings === null) throw new Error('these arguments serve');
  const inFile = { LANGGRAPH_CONFIG: '{"agent":{"context":{"tone":"warm"}}}' };

  const seedsOf = (env: Readonly<Record<string, string>>) =>
    withLanggraphEnv(settings, inFile, env).assistantSeeds;

  expect(seedsOf({})).toEqual({ agent: { config: {}, context: { tone: 'warm' } } });
  expect(seedsOf({ LANGGRAPH_CONFIG: '{"agent":{"tags":["x"]}}' })).toEqual({
    agent: { config: { tags: ['x'] }, context: {} },
  });
  expect(() => withLanggraphEnv(settings, { LANGGRAPH_CONFIG: '[]' }, {})).toThrow(ConfigError);
});
