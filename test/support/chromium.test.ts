import { expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';

const nowhere = '/nowhere/chromium';

test('without a browser, its tests are left out and that is said', () => {
  const said: string[] = [];

  expect(hasChromium({ executable: nowhere, required: false, warn: (text) => said.push(text) })).toBe(false);
  expect(said).toEqual([expect.stringMatching(/^LEFT OUT: .*\/nowhere\/chromium/)]);
});

test('without a browser, it is an error where services are required', () => {
  expect(() => hasChromium({ executable: nowhere, required: true, warn: () => {} })).toThrow(
    'There is no Chromium at /nowhere/chromium',
  );
});

test('a browser that is there is nothing to talk about', () => {
  const said: string[] = [];

  expect(hasChromium({ executable: process.execPath, required: true, warn: (text) => said.push(text) })).toBe(
    true,
  );
  expect(said).toEqual([]);
});
