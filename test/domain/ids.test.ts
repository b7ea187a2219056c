import { describe, expect, test } from 'vitest';
import {
  newAssistantId,
  newCronId,
  newDeliveryId,
  newRunId,
  newThreadId,
  parseAssistantId,
  parseCronId,
  parseDeliveryId,
  parseRunId,
  parseThreadId,
} from '../../src/domain/ids.ts';

const UUID = '0196F1A0-7C4B-7B3A-8F00-0123456789AB';

describe.each([
  ['thread', newThreadId, parseThreadId],
  ['run', newRunId, parseRunId],
  ['assistant', newAssistantId, parseAssistantId],
  ['delivery', newDeliveryId, parseDeliveryId],
  ['cron', newCronId, parseCronId],
] as const)('the id of a %s', (_name, create, parse) => {
  test('is read in lower case', () => {
    expect(parse(UUID)).toBe(UUID.toLowerCase());
  });

  test.each(['', 'x', `${UUID}0`, `{${UUID}}`])('is never %j', (text) => {
    expect(parse(text)).toBeNull();
  });

  test('is new each time, and reads as itself', () => {
    const id = create();

    expect(parse(id)).toBe(id);
    expect(create()).not.toBe(id);
  });
});
