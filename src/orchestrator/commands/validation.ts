import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { RunCommand } from '../../domain/run.ts';
import { configFaults } from '../../domain/run-options.ts';
import type { ThreadTtl } from '../../domain/thread.ts';
import type { MetadataLimits } from '../context.ts';
import type { Superstep, ValidationIssue } from '../ports/graph-host.ts';
import type { WebhookPolicy } from '../ports/webhooks.ts';
import type { CreateRun } from '../requests.ts';

export const issue = (path: string, message: string): ValidationIssue => ({
  path: path === '' ? [] : path.split('.'),
  message,
});

/** What createRun's arguments say, once they are known to make sense. */
export type ValidCreateRun = {
  readonly input: Json;
  readonly command: RunCommand | null;
  readonly config: JsonObject;
  readonly context: Json;
  readonly metadata: JsonObject;
  readonly afterMs: number;
  readonly timeoutMs: number | null;
  /** Absolute. */
  readonly webhook: string | null;
};

const jsonObject = z.custom<JsonObject>(isJsonObject, 'must be a JSON object');
const MAX_SECONDS = 10 * 365 * 24 * 60 * 60;

const gotoTarget = z.union([
  z.string().min(1),
  z.strictObject({ node: z.string().min(1), input: z.unknown() }),
]);
const commandSchema = z
  .strictObject(
    {
      resume: z.unknown().optional(),
      update: z
        .union([jsonObject, z.array(z.tuple([z.string(), z.unknown()]))], {
          error: 'must be an object or a list of [key, value] pairs',
        })
        .optional(),
      goto: z
        .union([gotoTarget, z.array(gotoTarget)], {
          error: 'must be a node name, { node, input }, or a list of these',
        })
        .optional(),
    },
    {
      error: (bad) =>
        bad.code === 'unrecognized_keys'
          ? `contains unknown members (${bad.keys.join(', ')}); allowed: resume, update, goto`
          : 'must be an object',
    },
  )
  .refine(
    (command) => Object.keys(command).length > 0,
    'must contain at least one of resume, update and goto',
  );

/** A state update resumes nothing. */
const updateCommandSchema = z.object(
  { update: commandSchema.shape.update, goto: commandSchema.shape.goto },
  'must be an object with update and goto',
);

const argumentsSchema = z
  .object({
    config: jsonObject,
    metadata: jsonObject,
    afterSeconds: z
      .number('must be a number')
      .min(0, 'must be 0 or more')
      .max(MAX_SECONDS, `must be at most ${MAX_SECONDS} (ten years)`),
    timeoutSeconds: z
      .number('must be a number')
      .gt(0, 'must be greater than 0')
      .max(MAX_SECONDS, `must be at most ${MAX_SECONDS} (ten years)`),
    idempotencyKey: z.string().min(1, 'must not be empty').max(255, 'must have at most 255 characters'),
  })
  .partial();

/**
 * What would hang or break a run with this config, or make it another run than its caller means. See
 * configFaults.
 */
export const configIssues = (config: JsonObject, threadId: string | null): ValidationIssue[] =>
  configFaults(config, threadId?.toLowerCase() ?? null).map(({ path, message }) => ({
    path: ['config', ...path],
    message,
  }));

/** Checks createRun's arguments by themselves; whether they fit the thread is decided under its lock. */
export function validateCreateRun(
  request: CreateRun,
  webhooks: WebhookPolicy,
): { readonly valid: ValidCreateRun } | { readonly issues: readonly ValidationIssue[] } {
  const issues: ValidationIssue[] = [];
  const parsed = argumentsSchema.safeParse({
    config: request.config ?? undefined,
    metadata: request.metadata ?? undefined,
    afterSeconds: request.afterSeconds,
    timeoutSeconds: request.timeoutSeconds,
    idempotencyKey: request.idempotencyKey,
  });
  if (!parsed.success) issues.push(...issuesOf(parsed.error));
  const command = parseCommand(request.command ?? null, issues);
  const input = request.input ?? null;
  if (input !== null && command !== null)
    issues.push(issue('command', 'input and command cannot be combined'));
  if (isJsonObject(request.config)) issues.push(...configIssues(request.config, request.threadId));
  const webhook = request.webhook === undefined ? { url: null } : webhooks.resolve(request.webhook);
  if ('problem' in webhook) issues.push(issue('webhook', webhook.problem));
  if (issues.length > 0 || 'problem' in webhook) return { issues };
  return {
    valid: {
      input,
      command,
      config: (request.config ?? {}) as JsonObject,
      context: request.context ?? null,
      metadata: (request.metadata ?? {}) as JsonObject,
      afterMs: Math.round((request.afterSeconds ?? 0) * 1_000),
      timeoutMs:
        request.timeoutSeconds === undefined ? null : Math.max(1, Math.round(request.timeoutSeconds * 1_000)),
      webhook: webhook.url,
    },
  };
}

function parseCommand(command: Json, issues: ValidationIssue[]): RunCommand | null {
  if (command === null) return null;
  const parsed = commandSchema.safeParse(withoutNulls(command));
  if (parsed.success) return parsed.data as RunCommand;
  issues.push(...issuesOf(parsed.error, ['command']));
  return null;
}

/** Null members mean absent, as the protocol's clients send them; only resume may be null by itself. */
const withoutNulls = (command: Json): Json =>
  isJsonObject(command)
    ? Object.fromEntries(Object.entries(command).filter(([key, value]) => key === 'resume' || value !== null))
    : command;

/** What is wrong with the supersteps of a state update by themselves. */
export function validateSupersteps(supersteps: readonly Superstep[]): readonly ValidationIssue[] {
  if (supersteps.length === 0 || supersteps.some(({ updates }) => updates.length === 0))
    return [issue('supersteps', 'must contain at least one superstep, each with at least one update')];
  return supersteps.flatMap(({ updates }, step) =>
    updates.flatMap(({ command }, index) => {
      const parsed = command == null ? null : updateCommandSchema.safeParse(withoutNulls(command));
      return parsed?.error === undefined
        ? []
        : issuesOf(parsed.error, ['supersteps', String(step), 'updates', String(index), 'command']);
    }),
  );
}

const MAX_TTL_MINUTES = MAX_SECONDS / 60;
export const validateTtl = (ttl: ThreadTtl | null | undefined): readonly ValidationIssue[] =>
  ttl == null || (ttl.minutes > 0 && ttl.minutes <= MAX_TTL_MINUTES)
    ? []
    : [issue('ttl.minutes', `must be greater than 0 and at most ${MAX_TTL_MINUTES} (ten years)`)];

/**
 * Metadata that clients send, of a thread, run, assistant or cron, checked where it comes in: keys that the
 * server adds don't count, and what was stored under another limit stays usable. Where it is merged with
 * stored metadata, the result is checked.
 */
export function metadataSizeIssues(
  { metadata, config }: { readonly metadata?: Json | undefined; readonly config?: Json | undefined },
  { maxMetadataBytes }: MetadataLimits,
): ValidationIssue[] {
  const objects = { metadata, 'config.metadata': isJsonObject(config) ? config['metadata'] : undefined };
  return Object.entries(objects).flatMap(([path, value]) => {
    const bytes = value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
    if (bytes <= maxMetadataBytes) return [];
    return [
      issue(
        path,
        `is too large: ${bytes} bytes of JSON, limit ${maxMetadataBytes} (INTERJECT_MAX_METADATA_BYTES)`,
      ),
    ];
  });
}

export const validateMetadata = (metadata: Json | undefined): readonly ValidationIssue[] =>
  metadata === undefined || metadata === null || isJsonObject(metadata)
    ? []
    : [issue('metadata', 'must be a JSON object')];

const issuesOf = (error: z.ZodError, prefix: readonly string[] = []): ValidationIssue[] =>
  error.issues.map(({ path, message }) => ({ path: [...prefix, ...path.map(String)], message }));
