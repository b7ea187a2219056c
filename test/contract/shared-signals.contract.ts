import { describe, expect, test } from 'vitest';
import { newThreadId } from '../../src/domain/ids.ts';
import { SignalsError } from '../../src/messaging/signal-engine.ts';
import type { Clock, Logger, Signal, Signals } from '../../src/orchestrator/ports/environment.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { everyKind, grown, hears, listenTo } from './signals.contract.ts';

type OpenOptions = {
  readonly channel?: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** The way to the engine; default: straight. */
  readonly through?: TcpProxy;
};

/** One database and its messaging engine. */
export type SharedFixture = AsyncDisposable & {
  /** As one more process does. */
  open(options?: OpenOptions): Promise<Signals & AsyncDisposable>;
  /** A proxy in front of the engine. */
  proxy(): Promise<TcpProxy>;
  /** Writes this text where the processes of that channel listen, as a stranger. */
  write(channel: string, text: string): Promise<void>;
};

/** What Signals between processes do beyond those of one process. */
export function sharedSignalsContract(engine: string, openFixture: () => Promise<SharedFixture>): void {
  describe(`signals between processes, with ${engine}`, () => {
    delivery(openFixture);
    interruption(openFixture);
  });
}

function delivery(openFixture: () => Promise<SharedFixture>): void {
  test('every kind reaches the other process once and in order, and nobody hears an echo', async () => {
    await using fixture = await openFixture();
    await using one = await fixture.open();
    await using other = await fixture.open();
    using atOne = listenTo(one);
    using atOther = listenTo(other);
    const fromOne = everyKind();
    const fromOther = everyKind();

    for (const signal of fromOne) one.send(signal);
    await hears(atOther, fromOne.at(-1)!);
    for (const signal of fromOther) other.send(signal);
    await hears(atOne, fromOther.at(-1)!);

    expect(atOne.heard).toEqual([...fromOne, ...fromOther]);
    expect(atOther.heard).toEqual([...fromOne, ...fromOther]);
  });

  test('a resync is never sent to another process', async () => {
    await using fixture = await openFixture();
    await using one = await fixture.open();
    await using other = await fixture.open();
    using ears = listenTo(other);
    const after = grown();

    one.send({ kind: 'resync' });
    one.send(after);
    await hears(ears, after);

    expect(ears.heard).toEqual([after]);
  });

  test('another channel of the same engine is another world', async () => {
    await using fixture = await openFixture();
    await using one = await fixture.open({ channel: 'red' });
    await using stranger = await fixture.open({ channel: 'blue' });
    await using neighbour = await fixture.open({ channel: 'blue' });
    await using other = await fixture.open({ channel: 'red' });
    using atStranger = listenTo(stranger);
    using atOther = listenTo(other);
    const red = grown();
    const blue = grown();

    one.send(red);
    await hears(atOther, red);
    neighbour.send(blue);
    await hears(atStranger, blue);

    expect(atStranger.heard).toEqual([blue]);
    expect(atOther.heard).toEqual([red]);
  });

  test('a thousand signals of one turn all arrive', async () => {
    await using fixture = await openFixture();
    await using one = await fixture.open();
    await using other = await fixture.open();
    using ears = listenTo(other);
    const sent = Array.from({ length: 1_000 }, () => grown());

    for (const signal of sent) one.send(signal);
    await hears(ears, sent.at(-1)!);

    expect(ears.heard).toEqual(sent);
  });

  test('a thousand signals of one thread and turn arrive as the newest', async () => {
    await using fixture = await openFixture();
    await using one = await fixture.open();
    await using other = await fixture.open();
    using ears = listenTo(other);
    const threadId = newThreadId();

    for (let seq = 1; seq <= 1_000; seq++) one.send(grown(threadId, seq));
    await hears(ears, grown(threadId, 1_000));

    expect(ears.heard).toEqual([grown(threadId, 1_000)]);
  });

  test('a process that has left hears nothing more', async () => {
    await using fixture = await openFixture();
    await using one = await fixture.open();
    await using other = await fixture.open();
    const leaving = await fixture.open();
    using atLeaving = listenTo(leaving);
    using atOther = listenTo(other);

    await leaving[Symbol.asyncDispose]();
    one.send({ kind: 'wake' });
    await hears(atOther, { kind: 'wake' });

    expect(atLeaving.heard).toEqual([]);
  });

  test('the last words of a process are heard', async () => {
    await using fixture = await openFixture();
    await using other = await fixture.open();
    using ears = listenTo(other);
    const leaving = await fixture.open();

    leaving.send({ kind: 'released' });
    await leaving[Symbol.asyncDispose]();

    await hears(ears, { kind: 'released' });
  });

  test('a listener that throws disturbs neither the sender nor the other processes', async () => {
    await using fixture = await openFixture();
    const logger = new RecordingLogger();
    await using one = await fixture.open({ logger });
    await using other = await fixture.open();
    using ears = listenTo(other);
    using _broken = one.listen(() => {
      throw new Error('a bug');
    });
    const sent = grown();

    expect(() => one.send(sent)).not.toThrow();
    await hears(ears, sent);
    other.send({ kind: 'wake' });

    await until(
      () => logger.at('error'),
      (errors) => errors.length === 2,
    );
  });

  test('what no process of ours has written is ignored, with one warning', async () => {
    await using fixture = await openFixture();
    const logger = new RecordingLogger();
    await using one = await fixture.open({ channel: 'noisy', logger });
    await using other = await fixture.open({ channel: 'noisy' });
    using ears = listenTo(one);
    const stop = { kind: 'stop', runId: 'no id' };
    const from = '0198c0de-0000-4000-8000-000000000000';

    for (const text of [
      'no json',
      '"text"',
      '{"signals":[]}',
      JSON.stringify({ from, signals: [stop, { kind: 'new' }, { kind: 'wake' }] }),
    ])
      await fixture.write('noisy', text);
    await hears(ears, { kind: 'wake' });
    const after = grown();
    other.send(after);
    await hears(ears, after);

    expect(ears.heard).toEqual([{ kind: 'wake' }, after]);
    expect(logger.at('warn')).toEqual(['Ignored a message on the signals channel']);
    expect(logger.at('debug')).toHaveLength(3);
  });
}

function interruption(openFixture: () => Promise<SharedFixture>): void {
  const isAway = (logger: RecordingLogger) =>
    until(
      () => logger.at('warn'),
      (warnings) => warnings.length > 0,
    );

  test('after a cut there is a resync, signals flow again both ways, and the log has one line of each', async () => {
    await using fixture = await openFixture();
    await using proxy = await fixture.proxy();
    const logger = new RecordingLogger();
    await using one = await fixture.open({ through: proxy, logger });
    await using other = await fixture.open();
    using atOne = listenTo(one);
    using atOther = listenTo(other);

    proxy.cut();
    await hears(atOne, { kind: 'resync' });
    const there = grown();
    const back = grown();
    one.send(there);
    await hears(atOther, there);
    other.send(back);
    await hears(atOne, back);

    expect(atOne.heard).toEqual([{ kind: 'resync' }, there, back]);
    expect(logger.at('warn')).toEqual(['Messaging connection lost; continuing with delays']);
    expect(logger.at('info')).toEqual(['Messaging connection restored']);
  });

  test('while the engine is away its own signals are heard at once, and the others hear them when it is back', async () => {
    await using fixture = await openFixture();
    await using proxy = await fixture.proxy();
    const logger = new RecordingLogger();
    await using one = await fixture.open({ through: proxy, logger });
    await using other = await fixture.open();
    using atOne = listenTo(one);
    using atOther = listenTo(other);
    const sent = grown();

    proxy.refuse();
    await isAway(logger);
    one.send(sent);
    const heardMeanwhile = [...atOne.heard];
    proxy.restore();

    await hears(atOther, sent);
    expect(heardMeanwhile).toEqual([sent]);
    expect(atOther.heard).toEqual([sent]);
  });

  test('what is too much to keep while the engine is away is a resync for the others', async () => {
    await using fixture = await openFixture();
    await using proxy = await fixture.proxy();
    const logger = new RecordingLogger();
    await using one = await fixture.open({ through: proxy, logger });
    await using other = await fixture.open();
    using ears = listenTo(other);

    proxy.refuse();
    await isAway(logger);
    for (let n = 0; n < 10_000; n++) one.send(grown());
    proxy.restore();

    await hears(ears, { kind: 'resync' });
    expect(ears.heard.length).toBeLessThanOrEqual(2_001);
  });

  test('a process can leave while the engine is away', async () => {
    await using fixture = await openFixture();
    await using proxy = await fixture.proxy();
    const logger = new RecordingLogger();
    const one = await fixture.open({ through: proxy, logger });

    proxy.refuse();
    await isAway(logger);
    one.send({ kind: 'wake' });

    await one[Symbol.asyncDispose]();
  });

  test('an engine that says nothing any more is noticed by the missing echo', async () => {
    await using fixture = await openFixture();
    await using proxy = await fixture.proxy();
    const logger = new RecordingLogger();
    const clock = new AdvancingClock();
    await using one = await fixture.open({ through: proxy, logger, clock });
    await using other = await fixture.open();
    using ears = listenTo(one);
    const signal: Signal = grown();

    proxy.stall();
    proxy.restore();
    // Ten seconds until the next echo is asked for, five until it is given up.
    await until(
      () => {
        clock.advance(5_000);
        return logger.at('warn');
      },
      (warnings) => warnings.length > 0,
    );
    await hears(ears, { kind: 'resync' });
    other.send(signal);

    await hears(ears, signal);
  });

  test('an engine that cannot be reached at the start is an error of one line, without the password', async () => {
    await using fixture = await openFixture();
    await using proxy = await fixture.proxy();
    proxy.refuse();

    const error = await fixture.open({ through: proxy }).then(
      () => null,
      (reason: unknown) => reason,
    );

    expect(error).toBeInstanceOf(SignalsError);
    expect((error as Error).message).toMatch(
      new RegExp(`^Cannot use .* at 127.0.0.1:${proxy.port} for signals between processes: .+$`),
    );
    expect((error as Error).message).not.toContain('secret');
  });
}
