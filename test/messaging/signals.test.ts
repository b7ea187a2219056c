import { systemClock } from '../../src/clock.ts';
import { openSignals } from '../../src/messaging/open-signals.ts';
import { type SharedFixture, sharedSignalsContract } from '../contract/shared-signals.contract.ts';
import { signalsContract } from '../contract/signals.contract.ts';
import { hasPostgres } from '../support/postgres.ts';
import { hasNats, hasRedis, NATS_URL, REDIS_URL } from '../support/signal-engines.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { natsFixture, postgresFixture, redisFixture } from './shared-fixture.ts';

signalsContract('memory', () =>
  openSignals({
    url: null,
    database: { kind: 'sqlite', url: ':memory:' },
    logger: silentLogger,
    clock: systemClock,
  }),
);

/** The database names the channel, so each engine needs PostgreSQL too. */
function contractsOf(engine: string, open: () => SharedFixture): void {
  signalsContract(engine, () => open().open());
  sharedSignalsContract(engine, async () => open());
}

if (hasPostgres) contractsOf('PostgreSQL', postgresFixture);
if (hasPostgres && hasRedis) contractsOf('Redis', () => redisFixture(REDIS_URL));
if (hasPostgres && hasNats) contractsOf('NATS', () => natsFixture(NATS_URL));
