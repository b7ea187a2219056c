import { connect } from 'node:net';

/** The Redis server that tests use: INTERJECT_TEST_REDIS, or the one on this machine. */
export const REDIS_URL = process.env['INTERJECT_TEST_REDIS'] ?? 'redis://127.0.0.1:6379';
/** The NATS server that tests use: INTERJECT_TEST_NATS, or the one on this machine. */
export const NATS_URL = process.env['INTERJECT_TEST_NATS'] ?? 'nats://127.0.0.1:4222';

/**
 * Is there a server to test with? Without one the tests that need it are left out, and say so; where services
 * are required (INTERJECT_TEST_SERVICES=required) that is a failure.
 */
export const hasRedis: boolean = await isThere('Redis', REDIS_URL, 'INTERJECT_TEST_REDIS');
export const hasNats: boolean = await isThere('NATS', NATS_URL, 'INTERJECT_TEST_NATS');

async function isThere(name: string, address: string, variable: string): Promise<boolean> {
  if (await accepts(address)) return true;
  const told = `${name} doesn't answer at ${new URL(address).host}`;
  if (process.env['INTERJECT_TEST_SERVICES'] === 'required')
    throw new Error(`${told}, and services are required`);
  process.stderr.write(`\n*** ${told}: ITS TESTS ARE LEFT OUT. Start it, or set ${variable}.\n\n`);
  return false;
}

/** Does something listen there? */
export function accepts(address: string): Promise<boolean> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
