import { type Logger as PinoLogger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config.ts';
import { describeThrown, isErrorLike, membersOf, read, type Thrown } from './domain/thrown.ts';

/** How many causes of an error, members of an AggregateError and own fields of each are logged. */
const MAX_CAUSES = 10;
const MAX_MEMBERS = 10;
const MAX_FIELDS = 20;
const MAX_FIELD_LENGTH = 1_000;

type LoggedError = {
  readonly type: string;
  /** With those of the causes, in the form of pino's own serializer. */
  readonly message: string;
  readonly stack?: string;
  readonly aggregateErrors?: readonly LoggedError[];
  readonly [field: string]: unknown;
};

/**
 * Whatever was thrown, as a line of the log has it. Never throws: pino's own serializer reads, and writes,
 * whatever the error has.
 */
export function loggedError(thrown: unknown, members = MAX_MEMBERS): LoggedError {
  const chain = withCauses(thrown);
  const described = chain.map(describeThrown);
  const [first] = described as [Thrown, ...Thrown[]];
  const stack = described.map((one) => one.stack ?? `${one.name}: ${one.message}`).join('\ncaused by: ');
  const inside = membersOf(thrown).slice(0, members);
  return {
    ...fieldsOf(thrown),
    type: first.name,
    message: described.map(({ message }) => message).join(': '),
    ...(described.some((one) => one.stack !== undefined) ? { stack } : {}),
    ...(inside.length === 0 ? {} : { aggregateErrors: inside.map((member) => loggedError(member, 0)) }),
  };
}

function withCauses(thrown: unknown): unknown[] {
  const chain = [thrown];
  for (const error of chain) {
    const cause = isErrorLike(error) ? read(error, 'cause') : undefined;
    if (cause !== undefined && chain.length < MAX_CAUSES && !chain.includes(cause)) chain.push(cause);
  }
  return chain;
}

/** What errors say of themselves: codes, statuses, addresses. */
function fieldsOf(thrown: unknown): Record<string, string | number | boolean> {
  const fields: Record<string, string | number | boolean> = {};
  if (!isErrorLike(thrown)) return fields;
  for (const key of keysOf(thrown).slice(0, MAX_FIELDS)) {
    const value = read(thrown, key);
    if (typeof value === 'number' || typeof value === 'boolean') fields[key] = value;
    else if (typeof value === 'string') fields[key] = value.slice(0, MAX_FIELD_LENGTH);
  }
  return fields;
}

function keysOf(error: object): string[] {
  try {
    return Object.keys(error);
  } catch {
    return [];
  }
}

/** JSON lines on standard output; readable ones on a terminal. */
export function createLogger({ logLevel }: Pick<Config, 'logLevel'>): PinoLogger {
  const options = {
    level: logLevel,
    base: null,
    serializers: { err: (thrown: unknown) => loggedError(thrown) },
  };
  return process.stdout.isTTY
    ? pino(options, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }))
    : pino(options);
}
