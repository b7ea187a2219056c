import { createHash } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import type { Assistant } from '../../domain/assistant.ts';
import type { PendingInterrupt } from '../../domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { DEFAULT_RUN_OPTIONS, type RequestedRunOptions, runOptions } from '../../domain/run-options.ts';
import type { RunDeps } from '../context.ts';
import type { HeaderPatterns } from '../ports/deployment.ts';
import type { GraphCall, ValidationIssue } from '../ports/graph-host.ts';
import type { CreateRun } from '../requests.ts';
import { issue, type ValidCreateRun } from './validation.ts';

type Hashed = {
  readonly command: CreateRun;
  readonly valid: ValidCreateRun;
  readonly threadId: string;
  readonly assistantId: string;
};

/**
 * Equal for two createRun calls that ask for the same thing: whatever the order of keys in their JSON,
 * whether a default was given or left out, and whether the assistant was named by its id or its graph. Owner,
 * key and the request's headers are not part of it.
 */
export function requestHash({ command, valid, threadId, assistantId }: Hashed): string {
  const { strategy, keepPartialOutput, keepPendingInput } = command;
  const { interruptBefore, interruptAfter, recordEvents } = runOptions(command);
  return sha256({
    ...valid,
    config: Object.fromEntries(Object.entries(valid.config).filter(([, value]) => value !== null)),
    threadId,
    assistantId,
    ...{ strategy, keepPartialOutput, keepPendingInput },
    ...chosenOptions(command),
    // Stored hashes have these whether they were chosen or not.
    ...{ interruptBefore, interruptAfter, recordEvents },
    checkpointId: command.checkpointId ?? null,
    request: command.request ?? null,
    threadMetadata: command.threadMetadata ?? null,
    newThread: command.newThread ?? null,
  });
}

/**
 * The hash of versions before 0.2, which keys stored by them still have: a call that is repeated across the
 * update finds its run.
 */
export function earlierRequestHash({ command, threadId }: Pick<Hashed, 'command' | 'threadId'>): string {
  const { owner: _owner, idempotencyKey: _key, headers: _headers, ...request } = command;
  return sha256({
    ...request,
    ...chosenOptions(command),
    recordEvents: runOptions(command).recordEvents,
    threadId,
  });
}

/**
 * A default is undefined, and not hashed: calls that do not use a new option keep their hashes when it is
 * added.
 */
function chosenOptions(command: CreateRun): RequestedRunOptions {
  const defaults: Readonly<Record<string, unknown>> = DEFAULT_RUN_OPTIONS;
  return Object.fromEntries(
    Object.entries(runOptions(command)).map(([name, value]) => [
      name,
      value === defaults[name] ? undefined : value,
    ]),
  );
}

const sha256 = (value: object): string =>
  createHash('sha256')
    .update(stringify(value) ?? '')
    .digest('hex');

/** Interrupt ids are 32 hexadecimal digits (protocol.md §1.6). */
const INTERRUPT_ID = /^[0-9a-f]{32}$/;

/**
 * Does this resume value answer interrupts that are pending? An object whose keys are all interrupt ids
 * answers those it names; any other value answers the one that is pending.
 */
export function checkResume(resume: Json, pending: readonly PendingInterrupt[]): readonly ValidationIssue[] {
  if (pending.length === 0)
    return [issue('command.resume', 'nothing to resume: the checkpoint has no pending interrupts')];
  const ids = pending.map(({ id }) => id);
  const named = isJsonObject(resume) ? Object.keys(resume) : [];
  if (named.length > 0 && named.every((key) => INTERRUPT_ID.test(key))) {
    const unknown = named.filter((id) => !ids.includes(id));
    return unknown.map((id) =>
      issue(`command.resume.${id}`, `not a pending interrupt; pending are ${ids.join(', ')}`),
    );
  }
  if (pending.length > 1)
    return [
      issue(
        'command.resume',
        `several interrupts are pending: resume with an object keyed by interrupt id (${ids.join(', ')})`,
      ),
    ];
  return [];
}

/** Longer names are cut in messages. */
const MAX_NAME = 100;
/** So many nodes of a field are named; the others are counted. */
const MAX_NAMED = 10;

/**
 * The breakpoints of the command that name nodes which the graph does not have. Nothing is known where the
 * graph can't be built with this configuration. Runs user code, so outside of a transaction.
 */
export async function unknownBreakpoints(
  { graphs }: Pick<RunDeps, 'graphs'>,
  requested: RequestedRunOptions,
  { graphId }: Pick<Assistant, 'graphId'>,
  call: GraphCall,
): Promise<readonly ValidationIssue[]> {
  const { interruptBefore, interruptAfter } = runOptions(requested);
  const fields = Object.entries({ interruptBefore, interruptAfter });
  if (fields.every(([, nodes]) => nodes === null || nodes.every((node) => node === '*'))) return [];
  const known = await graphs.nodes(graphId, call);
  return known === null ? [] : fields.flatMap(([field, nodes]) => issuesOf(field, nodes ?? [], known));
}

function issuesOf(field: string, nodes: readonly string[], known: readonly string[]): ValidationIssue[] {
  const all = new Set(known).add('*');
  const unknown = [...new Set(nodes)].filter((node) => !all.has(node));
  const named = unknown
    .slice(0, MAX_NAMED)
    .map((node) => issue(field, `the graph has no node "${cut(node)}"; its nodes are ${known.join(', ')}`));
  const more = unknown.length - named.length;
  return more === 0 ? named : [...named, issue(field, `${more} more unknown nodes`)];
}

const cut = (name: string): string =>
  name.length > MAX_NAME ? `${name.slice(0, MAX_NAME).toWellFormed()}…` : name;

/** Secrets that no pattern reaches. */
const NEVER = new Set(['x-api-key', 'x-tenant-id', 'x-service-key']);
/** Secrets that only their full name reaches, never a wildcard. */
const ONLY_BY_NAME = new Set(['authorization', 'proxy-authorization', 'cookie']);

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The headers that become config.configurable of a run, by their names in lower case (protocol.md §7.4). */
export function configurableHeaders(patterns: HeaderPatterns | null, headers: Headers): JsonObject {
  if (patterns === null) return {};
  const chosen: Record<string, string> = {};
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase();
    if (value !== undefined && isIncluded(patterns, name))
      chosen[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return chosen;
}

function isIncluded({ includes, excludes }: HeaderPatterns, name: string): boolean {
  if (NEVER.has(name) || matches(excludes, name)) return false;
  return ONLY_BY_NAME.has(name) ? includes.includes(name) : matches(includes, name);
}

const matches = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => toPattern(pattern).test(name));

const toPattern = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );

/**
 * Lets calls that share a key run one after the other, in the order in which they came. Calls with other
 * keys, and with none, run at once.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Resolves and rejects as `act` does. That an earlier call failed is of no concern to the later ones. */
  async take<T>(key: string | null, act: () => Promise<T>): Promise<T> {
    if (key === null) return act();
    const earlier = this.#last.get(key);
    const mine = earlier === undefined ? act() : earlier.then(act, act);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
