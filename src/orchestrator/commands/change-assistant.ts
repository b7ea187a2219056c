import { isDeepStrictEqual } from 'node:util';
import { type Assistant, type AssistantContent, contentOf } from '../../domain/assistant.ts';
import { newAssistantId, type Owner, parseAssistantId } from '../../domain/ids.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { synchronized } from '../../domain/run-options.ts';
import type { Context, MetadataLimits } from '../context.ts';
import type { Exists, Found, Invalid, NotFound } from '../outcomes.ts';
import type { ValidationIssue } from '../ports/graph-host.ts';
import type { DefaultAssistants } from './default-assistants.ts';
import { configIssues, issue, metadataSizeIssues } from './validation.ts';

const MAX_NAME = 1_000;

/** What is wrong with them by themselves; [] for nothing. */
function fieldIssues(
  { name, config, context, metadata }: AssistantFields,
  limits: MetadataLimits,
): ValidationIssue[] {
  const issues: ValidationIssue[] = metadataSizeIssues({ config, metadata }, limits);
  if (name !== undefined && (name.trim() === '' || name.length > MAX_NAME))
    issues.push(issue('name', `must have 1 to ${MAX_NAME} characters`));
  for (const [path, value] of Object.entries({ config, context, metadata }))
    if (value !== undefined && value !== null && !isJsonObject(value))
      issues.push(issue(path, 'must be a JSON object'));
  if (!isJsonObject(config)) return issues;
  issues.push(...configIssues(config, null));
  const { configurable } = config;
  if (isJsonObject(configurable) && isJsonObject(context) && !isDeepStrictEqual(configurable, context))
    issues.push(issue('context', 'must equal config.configurable if both are set'));
  return issues;
}

/** The content with what is given in its place: config and context replaced and in sync, metadata merged. */
function applyFields(content: AssistantContent, fields: AssistantFields): AssistantContent {
  const config = objectOr(fields.config, null);
  const context = objectOr(fields.context, null);
  const hasConfigurable = config !== null && 'configurable' in config;
  return {
    graphId: content.graphId,
    name: fields.name ?? content.name,
    description: fields.description ?? content.description,
    ...synchronized(config ?? content.config, context ?? (hasConfigurable ? undefined : content.context)),
    metadata: { ...content.metadata, ...objectOr(fields.metadata, {}) },
  };
}

const objectOr = <T>(value: unknown, otherwise: T): JsonObject | T =>
  isJsonObject(value) ? value : otherwise;

export type AssistantDeps = Pick<Context, 'store' | 'graphs' | 'options'> & {
  readonly defaults: DefaultAssistants;
};

export const noAssistant = (id: string): NotFound => ({ kind: 'notFound', what: 'Assistant', id });
const noGraph = (id: string): NotFound => ({ kind: 'notFound', what: 'Graph', id });

export async function createAssistant(
  { store, graphs, defaults, options }: AssistantDeps,
  command: CreateAssistant,
): Promise<CreateAssistantOutcome> {
  const { owner, graphId, ifExists } = command;
  const issues = fieldIssues(command, options.limits);
  const id = command.id === undefined ? newAssistantId() : parseAssistantId(command.id);
  if (id === null) issues.push(issue('id', 'must be a UUID'));
  if (id === null || issues.length > 0) return { kind: 'invalid', issues };
  if (!graphs.has(graphId)) return noGraph(graphId);
  await defaults.ensure(owner);
  const blank = { graphId, name: 'Untitled', description: null, config: {}, context: {}, metadata: {} };
  return store.transaction(async (tx): Promise<CreateAssistantOutcome> => {
    const assistant: Assistant = {
      ...applyFields(blank, command),
      id,
      owner,
      version: 1,
      newestVersion: 1,
      isDefault: false,
      createdAt: tx.now,
      updatedAt: tx.now,
    };
    if (await tx.assistants.insert(assistant)) return { kind: 'ok', value: assistant };
    const existing = ifExists === 'RETURN' ? await tx.assistants.lock(owner, id) : null;
    return existing === null ? { kind: 'exists', what: 'Assistant', id } : { kind: 'ok', value: existing };
  });
}

export async function updateAssistant(
  deps: AssistantDeps,
  command: UpdateAssistant,
): Promise<Found<Assistant> | NotFound | Invalid> {
  const issues = fieldIssues(command, deps.options.limits);
  if (issues.length > 0) return { kind: 'invalid', issues };
  const { graphId } = command;
  if (graphId !== undefined && !deps.graphs.has(graphId)) return noGraph(graphId);
  return change<NotFound | Invalid>(deps, command, async (tx, assistant) => {
    const version = assistant.newestVersion + 1;
    const content = { ...applyFields(assistant, command), graphId: graphId ?? assistant.graphId };
    const tooLarge =
      command.metadata == null ? [] : metadataSizeIssues({ metadata: content.metadata }, deps.options.limits);
    if (tooLarge.length > 0) return { kind: 'invalid', issues: tooLarge };
    await tx.assistants.putVersion(assistant.owner, {
      ...content,
      assistantId: assistant.id,
      version,
      createdAt: tx.now,
    });
    return { content, version };
  });
}

export function setLatestVersion(
  deps: AssistantDeps,
  command: SetLatestVersion,
): Promise<Found<Assistant> | NotFound> {
  const { version } = command;
  return change<NotFound>(deps, command, async (tx, { owner, id }) => {
    const found = Number.isSafeInteger(version) ? await tx.assistants.version(owner, id, version) : null;
    if (found === null) return { kind: 'notFound', what: 'AssistantVersion', id: String(version) };
    return { content: contentOf(found), version };
  });
}

type Tx = Parameters<Parameters<Context['store']['transaction']>[0]>[0];
type Selected = { readonly content: AssistantContent; readonly version: number };

/** Selects what `select` says under the assistant's lock; what it refuses changes nothing. */
async function change<Refused extends NotFound | Invalid>(
  { store, defaults }: AssistantDeps,
  { owner, id: given }: Pick<UpdateAssistant, 'owner' | 'id'>,
  select: (tx: Tx, assistant: Assistant) => Promise<Selected | Refused>,
): Promise<Found<Assistant> | NotFound | Refused> {
  const id = defaults.idOf(given);
  if (id === null) return noAssistant(given);
  await defaults.ensure(owner);
  return store.transaction(async (tx) => {
    const assistant = await tx.assistants.lock(owner, id);
    if (assistant === null || !defaults.isShown(assistant)) return noAssistant(given);
    const selected = await select(tx, assistant);
    if ('kind' in selected) return selected;
    const { content, version } = selected;
    const newestVersion = Math.max(assistant.newestVersion, version);
    const changed: Assistant = { ...assistant, ...content, version, newestVersion, updatedAt: tx.now };
    await tx.assistants.update(changed);
    return { kind: 'ok', value: changed };
  });
}

/** Null counts as not given. */
type AssistantFields = {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly config?: Json | undefined;
  readonly context?: Json | undefined;
  readonly metadata?: Json | undefined;
};

export type CreateAssistant = AssistantFields & {
  readonly owner: Owner;
  readonly id?: string | undefined;
  readonly graphId: string;
  readonly ifExists: 'RAISE' | 'RETURN';
};

export type CreateAssistantOutcome = Found<Assistant> | NotFound | Invalid | Exists;

/** config and context replace, metadata is merged (shallow). */
export type UpdateAssistant = AssistantFields & {
  readonly owner: Owner;
  readonly id: string;
  readonly graphId?: string | undefined;
};

export type SetLatestVersion = { readonly owner: Owner; readonly id: string; readonly version: number };
