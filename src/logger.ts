import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config.ts';
import { loggedError } from './logged-error.ts';

/** JSON lines on standard output; readable ones on a terminal. */
export function createLogger({ logLevel }: Pick<Config, 'logLevel'>): Logger {
  const options = { level: logLevel, base: null, serializers: { err: (thrown: unknown) => loggedError(thrown) } };
  return process.stdout.isTTY
    ? pino(options, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }))
    : pino(options);
}
