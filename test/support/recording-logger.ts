import type { Logger } from '../../src/orchestrator/ports/environment.ts';

type Line = { readonly level: keyof Logger; readonly message: string; readonly fields: object };

/** Keeps what is logged. */
export class RecordingLogger implements Logger {
  readonly lines: Line[] = [];

  debug = this.#at('debug');
  info = this.#at('info');
  warn = this.#at('warn');
  error = this.#at('error');

  /** The messages of one level, in order. */
  at(level: keyof Logger): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  #at(level: keyof Logger) {
    return (fields: object, message: string): void => {
      this.lines.push({ level, message, fields });
    };
  }
}
