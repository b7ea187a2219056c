import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

type Wanted = {
  readonly executable: string;
  /** Whether tests may not be left out for want of a browser. */
  readonly required: boolean;
  readonly warn: (text: string) => void;
};

/** Where Debian's package puts it, unless the variable names another one. */
const WANTED: Wanted = {
  executable: process.env['INTERJECT_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
  required: process.env['INTERJECT_TEST_SERVICES'] === 'required',
  warn: (text) => console.warn(text),
};

/**
 * Whether tests can drive a browser. Where not, it says so; where INTERJECT_TEST_SERVICES=required, it
 * throws.
 */
export function hasChromium({ executable, required, warn }: Wanted = WANTED): boolean {
  if (existsSync(executable)) return true;
  const missing = `There is no Chromium at ${executable} (INTERJECT_TEST_CHROMIUM names another one).`;
  if (required) throw new Error(missing);
  warn(`LEFT OUT: tests that drive a browser. ${missing}`);
  return false;
}

/** A browser with an empty profile that asks nobody anything by itself. Use it with `await using`. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: WANTED.executable,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
