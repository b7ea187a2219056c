import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { DeliveryId } from '../../src/domain/ids.ts';
import { PLAIN_DEPLOYMENT, type WebhookSettings } from '../../src/orchestrator/ports/deployment.ts';
import { endpointSecret, HttpWebhooks, type HttpWebhooksOptions } from '../../src/webhooks/http-webhooks.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { answerWith, hang, WebhookReceiver } from '../support/webhook-receiver.ts';

const SECRETS = [Buffer.alloc(24, 1), Buffer.alloc(24, 2)].map(
  (bytes) => `whsec_${bytes.toString('base64')}`,
);
const id = '0198f0a2-0000-7000-8000-000000000001' as DeliveryId;
const body = '{"run_id":"r1"}';
const { signal } = new AbortController();

const webhooks = (options: Partial<HttpWebhooksOptions> = {}, url: Partial<WebhookSettings['url']> = {}) =>
  new HttpWebhooks({
    settings: { headers: {}, url: { ...PLAIN_DEPLOYMENT.webhooks.url, ...url } },
    allowed: ['127.0.0.1'],
    secrets: [],
    clock: systemClock,
    ...options,
  });

describe('a URL', () => {
  test.each([
    ['/hooks/run', 'must be an absolute URL'],
    ['hook', 'must be an absolute http: or https: URL'],
    ['ftp://example.com/x', 'must be an http: or https: URL (got ftp:)'],
    ['http://10.0.0.1/x', 'must not be at 10.0.0.1'],
    ['http://[fe80::1]/x', 'must not be at fe80::1'],
    ['http://[::ffff:10.0.0.1]/x', 'must not be at ::ffff:a00:1'],
    ['http://[::10.0.0.1]/x', 'must not be at ::a00:1'],
    ['http://[2002:a00:1::]/x', 'must not be at 2002:a00:1::'],
    ['http://[64:ff9b::a00:1]/x', 'must not be at 64:ff9b::a00:1'],
    ['http://[64:ff9b:1::a00:1]/x', 'must not be at 64:ff9b:1::a00:1'],
    ['https://user@example.com/x', 'must not contain a user name or a password'],
    ['https://:secret@example.com/x', 'must not contain a user name or a password'],
    ['http://0x7f.2/x', 'must not be at 127.0.0.2'],
    ['http://2130706434/x', 'must not be at 127.0.0.2'],
    ['http://localhost:3000/x', 'must not be at localhost'],
    ['http://api.localhost/x', 'must not be at api.localhost'],
    ['http://localhost./x', 'must not be at localhost.'],
    ['http://api.LOCALHOST./x', 'must not be at api.localhost.'],
    ['http://localhost../x', 'must not be at localhost..'],
  ])('%s is refused: it %s', async (url, problem) => {
    await using sender = webhooks();

    expect(sender.resolve(url)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test.each([
    [{ requireHttps: true }, 'http://example.com/', 'must be an https: URL'],
    [{ maxUrlLength: 20 }, 'https://example.com/too-long', 'must be at most 20 characters long'],
    [
      { allowedDomains: ['*.corp.com', 'example.com'] },
      'https://corp.com/',
      'must be at one of these hosts: *.corp.com, example.com',
    ],
    [{ allowedDomains: ['*.corp.com'] }, 'https://evilcorp.com/', 'must be at one of these hosts'],
    [{ allowedPorts: [443, 8443] }, 'http://example.com/', 'must use one of these ports: 443, 8443'],
  ])('that breaks the rule %o of langgraph.json is refused', async (rules, url, problem) => {
    await using sender = webhooks({}, rules);

    expect(sender.resolve(url)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test('that keeps all the rules is taken as it is written, made normal', async () => {
    await using sender = webhooks(
      {},
      { allowedDomains: ['*.corp.com'], allowedPorts: [443], requireHttps: true },
    );

    expect(sender.resolve('https://Hooks.Corp.com:443/a?b=c')).toEqual({
      url: 'https://hooks.corp.com/a?b=c',
    });
  });

  test('that is a path means this server, where loopback is allowed', async () => {
    await using sender = webhooks({ baseUrl: () => 'http://127.0.0.1:4000' }, { disableLoopback: false });

    expect(sender.resolve('/hooks/run')).toEqual({ url: 'http://127.0.0.1:4000/hooks/run' });
  });
});

describe('a delivery', () => {
  test('carries id, time and a signature by each secret of its endpoint, which Standard Webhooks verifies', async () => {
    await using receiver = await WebhookReceiver.start();
    await using sender = webhooks({ secrets: SECRETS });

    expect(await sender.send({ id, url: receiver.url(), body }, signal)).toEqual({
      kind: 'answered',
      statusCode: 204,
    });

    const [{ headers, body: got }] = (await receiver.got(1)) as [(typeof receiver.received)[number]];
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': id });
    const own = SECRETS.map((secret) => endpointSecret(secret, new URL(receiver.url('/hook?any=query'))));
    for (const secret of own)
      expect(new Webhook(secret).verify(got, headers as Record<string, string>)).toEqual({ run_id: 'r1' });
    for (const other of [SECRETS[0]!, endpointSecret(SECRETS[0]!, new URL(receiver.url('/other')))])
      expect(() => new Webhook(other).verify(got, headers as Record<string, string>)).toThrow();
    expect(() => new Webhook(own[0]!).verify(`${got} `, headers as Record<string, string>)).toThrow();
  });

  test('carries the headers of langgraph.json to the host that was named, not to where that redirects', async () => {
    await using other = await WebhookReceiver.start();
    await using receiver = await WebhookReceiver.start();
    receiver.answer = answerWith(307, { location: other.url('/moved') });
    await using sender = webhooks({
      settings: { ...PLAIN_DEPLOYMENT.webhooks, headers: { 'x-token': 'secret' } },
    });

    expect(await sender.send({ id, url: receiver.url(), body }, signal)).toEqual({
      kind: 'answered',
      statusCode: 204,
    });

    expect(receiver.received[0]?.headers['x-token']).toBe('secret');
    expect(other.received[0]).toMatchObject({ path: '/moved', body });
    expect(other.received[0]?.headers['x-token']).toBeUndefined();
  });

  test('is not redirected to an address that is not allowed', async () => {
    await using receiver = await WebhookReceiver.start();
    receiver.answer = answerWith(308, { location: 'http://169.254.169.254/latest/meta-data' });
    await using sender = webhooks();

    expect(await sender.send({ id, url: receiver.url(), body }, signal)).toEqual({
      kind: 'failed',
      error: 'redirected to a URL that is not allowed',
      detail: expect.stringContaining('must not be at 169.254.169.254'),
    });
  });

  test('that is redirected in a circle ends', async () => {
    await using receiver = await WebhookReceiver.start();
    receiver.answer = answerWith(307, { location: '/hook' });
    await using sender = webhooks();

    expect(await sender.send({ id, url: receiver.url(), body }, signal)).toEqual({
      kind: 'failed',
      error: 'more than 3 redirects',
    });
    expect(receiver.received).toHaveLength(4);
  });

  test('does not follow a redirect that would change the request', async () => {
    await using receiver = await WebhookReceiver.start();
    receiver.answer = answerWith(302, { location: '/elsewhere' });
    await using sender = webhooks();

    expect(await sender.send({ id, url: receiver.url(), body }, signal)).toEqual({
      kind: 'answered',
      statusCode: 302,
    });
    expect(receiver.received).toHaveLength(1);
  });

  test('to a name that resolves to a private address is refused, also when it resolved to a public one before', async () => {
    await using receiver = await WebhookReceiver.start();
    await using sender = webhooks({ allowed: [], lookup: async () => [{ address: '127.0.0.1', family: 4 }] });

    expect(sender.resolve(`http://rebound.example:${receiver.port}/`)).toEqual({
      url: `http://rebound.example:${receiver.port}/`,
    });
    expect(await sender.send({ id, url: `http://rebound.example:${receiver.port}/`, body }, signal)).toEqual({
      kind: 'failed',
      error: 'the host has no allowed address',
      detail: 'rebound.example has no allowed address',
    });
    expect(receiver.received).toEqual([]);
  });

  test('to localhost is refused however it is written, when it was accepted by rules of before, too', async () => {
    await using receiver = await WebhookReceiver.start();
    await using sender = webhooks({ lookup: async () => [{ address: '127.0.0.1', family: 4 }] });

    for (const host of ['localhost', 'localhost.', 'hooks.localhost.'])
      expect(await sender.send({ id, url: `http://${host}:${receiver.port}/`, body }, signal)).toEqual({
        kind: 'failed',
        error: expect.stringContaining(`the URL must not be at ${host}`),
      });
    expect(receiver.received).toEqual([]);
  });

  test('goes to the addresses of a name that are allowed, and to a host that is allowed by its name', async () => {
    await using receiver = await WebhookReceiver.start();
    const lookup = async () => [
      { address: '10.0.0.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    await using mixed = webhooks({ lookup });
    await using named = webhooks({
      allowed: ['hooks.internal'],
      lookup: async () => [{ address: '127.0.0.1', family: 4 }],
    });

    expect(
      await mixed.send({ id, url: `http://mixed.example:${receiver.port}/`, body }, signal),
    ).toMatchObject({ statusCode: 204 });
    expect(
      await named.send({ id, url: `http://hooks.internal:${receiver.port}/`, body }, signal),
    ).toMatchObject({ statusCode: 204 });
  });

  test('to a receiver that hangs is given up when its time is over', async () => {
    await using receiver = await WebhookReceiver.start();
    receiver.answer = hang;
    const clock = new AdvancingClock();
    await using sender = webhooks({ clock });

    const sent = sender.send({ id, url: receiver.url(), body }, signal);
    await receiver.got(1);
    await clock.advance(10_001);

    expect(await sent).toEqual({ kind: 'failed', error: 'no response within 10 s' });
  });

  test('to a receiver that never ends its answer is given up, too', async () => {
    await using receiver = await WebhookReceiver.start();
    receiver.answer = (response) => response.writeHead(200).write('{');
    const clock = new AdvancingClock();
    await using sender = webhooks({ clock });

    const sent = sender.send({ id, url: receiver.url(), body }, signal);
    await receiver.got(1);
    await clock.advance(10_001);

    expect(await sent).toEqual({ kind: 'failed', error: 'no response within 10 s' });
  });

  test('to nobody says why', async () => {
    await using receiver = await WebhookReceiver.start();
    await receiver.stop();
    await using sender = webhooks();

    expect(await sender.send({ id, url: receiver.url(), body }, signal)).toEqual({
      kind: 'failed',
      error: 'the connection was refused',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('that is broken off rejects with the reason', async () => {
    await using receiver = await WebhookReceiver.start();
    receiver.answer = hang;
    await using sender = webhooks();
    const broken = new AbortController();

    const sent = sender.send({ id, url: receiver.url(), body }, broken.signal);
    await receiver.got(1);
    broken.abort(new Error('The server is stopping'));

    await expect(sent).rejects.toThrow('The server is stopping');
  });
});
