import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { loggedError } from '../src/logger.ts';
import { ODD_ERRORS } from './support/odd-errors.ts';

/** As the server logs: what pino writes of it. */
function line(err: unknown): { readonly err: Record<string, unknown> } {
  let text = '';
  const written = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  pino({ serializers: { err: (thrown: unknown) => loggedError(thrown) } }, written).error({ err }, 'failed');
  return JSON.parse(text);
}

// pino writes nothing of what is undefined.
test.each(Object.entries(ODD_ERRORS).filter(([odd]) => odd !== 'undefined'))(
  'logs %s, whatever it is, in a line of bounded length',
  (_odd, make) => {
    const { err } = line(make());
    expect([typeof err['type'], typeof err['message']]).toEqual(['string', 'string']);
    expect(JSON.stringify(err).length).toBeLessThan(100_000);
  },
);

test('says where an error and its causes were thrown, what they are made of, and their codes', () => {
  const cause = new RangeError('deep');
  const error = Object.assign(new AggregateError([new TypeError('member')], 'outer', { cause }), {
    code: 'E_OUTER',
    status: 503,
  });
  expect(line(error).err).toMatchObject({
    type: 'AggregateError',
    message: 'outer: deep',
    stack: expect.stringMatching(/^AggregateError: outer\n.*caused by: RangeError: deep\n/s),
    code: 'E_OUTER',
    status: 503,
    aggregateErrors: [{ type: 'TypeError', message: 'member', stack: expect.any(String) }],
  });
});
