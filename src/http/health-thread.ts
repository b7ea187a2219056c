import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock.ts';
import { type Readiness, respondReadiness, sendHealth } from './health.ts';
import type { FromHealthThread, HealthThreadData, ToHealthThread } from './health-port.ts';
import { BEAT_MS, busyReason } from './loop-watch.ts';
import { sendJson } from './respond.ts';

/**
 * A main thread that has been blocked for so long is taken for stuck: /health fails, so that the process is
 * restarted.
 */
const STUCK_MS = 5 * 60_000;

// Runs as a worker thread (health-port.ts). The main thread may not get to any message for seconds, so what
// matters is read from the shared beats.
const main = parentPort;
if (main === null) throw new Error('health-thread.ts runs as a worker thread');
const { host, port, busyMs, beats } = workerData as HealthThreadData;
const count = new Int32Array(beats);

/** Answers that the main thread owes, by the question's id. */
const owed = new Map<number, ServerResponse>();
let asked = 0;
let seen = Atomics.load(count, 0);
/** Since the main thread's last beat. */
let silentMs = 0;
let blockedMs = 0;
let lastLookMs = systemClock.monotonicMs();

const say = (message: FromHealthThread): void => main.postMessage(message);
const busy = (): Readiness => ({ ready: false, reason: busyReason(blockedMs) });

/** Counts only time in which this thread ran: a process that was suspended as a whole wasn't blocked. */
function look(): void {
  const nowMs = systemClock.monotonicMs();
  const beat = Atomics.load(count, 0);
  silentMs = beat === seen ? silentMs + Math.min(nowMs - lastLookMs, 2 * BEAT_MS) : 0;
  blockedMs = Math.max(0, silentMs - BEAT_MS);
  seen = beat;
  lastLookMs = nowMs;
  if (blockedMs > busyMs) {
    for (const response of owed.values()) respondReadiness(response, busy());
    owed.clear();
  }
  systemClock.timer(BEAT_MS, look);
}

main.on('message', ({ id, readiness }: ToHealthThread) => {
  const response = owed.get(id);
  owed.delete(id);
  if (response !== undefined) respondReadiness(response, readiness);
});

const server = createServer((request, response) => {
  const path = (request.url ?? '/').split('?', 1)[0];
  if (path === '/health') {
    if (blockedMs > STUCK_MS) sendJson(response, 503, { status: 'stuck', reason: busyReason(blockedMs) });
    else sendHealth(response);
  } else if (path === '/ready') {
    if (blockedMs > busyMs) {
      respondReadiness(response, busy());
      return;
    }
    const id = ++asked;
    owed.set(id, response);
    response.once('close', () => owed.delete(id));
    say({ kind: 'READY?', id });
  } else sendJson(response, 404, { error: 'This port serves only /health and /ready.' });
});

server.once('error', (error: NodeJS.ErrnoException) =>
  say({ kind: 'FAILED', code: error.code ?? null, message: error.message }),
);
server.listen(port, host, () => {
  say({ kind: 'LISTENING', port: (server.address() as AddressInfo).port });
  look();
});
