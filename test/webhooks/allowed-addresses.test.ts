import { expect, test } from 'vitest';
import { AllowedAddresses, parseAllowed } from '../../src/webhooks/allowed-addresses.ts';

const strict = new AllowedAddresses([], { loopback: false });

test.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946', '::ffff:93.184.216.34'])(
  'the public address %s is allowed',
  (address) => {
    expect(strict.allows(address)).toBe(true);
  },
);

test.each([
  '127.0.0.1',
  '127.8.9.10',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'fc00::1',
  'fd12:3456::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '64:ff9b::a00:1',
  '2002:a00:1::',
  'not an address',
])('%s is refused', (address) => {
  expect(strict.allows(address)).toBe(false);
});

test('what the operator names is allowed beside public addresses', () => {
  const some = new AllowedAddresses(['10.1.0.0/16', '192.168.1.7', 'fd00::/8', 'Hooks.internal'], {
    loopback: false,
  });

  expect(
    ['10.1.2.3', '192.168.1.7', 'fd12::1', '93.184.216.34'].map((address) => some.allows(address)),
  ).toEqual([true, true, true, true]);
  expect(['10.2.0.1', '192.168.1.8', 'fe80::1', '127.0.0.1'].map((address) => some.allows(address))).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(some.allowsHost('hooks.internal')).toBe(true);
  expect(some.allowsHost('other.internal')).toBe(false);
});

test('loopback is allowed as a whole where langgraph.json says so', () => {
  const loopback = new AllowedAddresses([], { loopback: true });

  expect([loopback.allows('127.0.0.1'), loopback.allows('::1'), loopback.allowsHost('localhost')]).toEqual([
    true,
    true,
    true,
  ]);
  expect(loopback.allows('10.0.0.1')).toBe(false);
});

test.each(['10.0.0.0/33', '300.1.1.1/8', 'a b', 'http://host', ''])(
  '"%s" is no host, address or range',
  (text) => {
    expect(parseAllowed(text)).toBeNull();
  },
);
