import { afterEach, describe, expect, test } from 'vitest';
import { gate, pass, resetGates } from './gates.ts';

afterEach(resetGates);

describe('a gate', () => {
  test('it lets everyone through as long as nobody has closed it', async () => {
    await pass('door');

    expect(gate('door').held).toBe(0);
  });

  test('it holds until it is opened, then lets everyone through', async () => {
    const door = gate('door');
    const order: string[] = [];
    const through = pass('door').then(() => order.push('through'));

    await door.reached;
    order.push('open');
    door.open();
    await through;
    await pass('door');

    expect(order).toEqual(['open', 'through']);
    expect(door.held).toBe(1);
  });

  test('it holds as many as it is told, and whoever comes later passes', async () => {
    const door = gate('door', { holds: 1 });
    const first = pass('door');

    await pass('door');
    door.open();

    await first;
    expect(door.held).toBe(1);
  });

  test('it tells when several are held', async () => {
    const door = gate('door');
    const both = door.reachedBy(2);

    const passing = [pass('door'), pass('door')];
    await both;
    door.open();

    await Promise.all(passing);
  });

  test('an abort ends the wait, before it too', async () => {
    const door = gate('door');
    const controller = new AbortController();
    const passing = pass('door', controller.signal);

    await door.reached;
    controller.abort(new Error('stopped'));

    await expect(passing).rejects.toThrow('stopped');
    await expect(pass('door', controller.signal)).rejects.toThrow('stopped');
  });

  test('a reset lets go of whoever is held and closes it again', async () => {
    const door = gate('door');
    const first = pass('door');
    door.reset();
    await first;

    const second = pass('door');
    await door.reached;
    door.open();

    await second;
  });
});
