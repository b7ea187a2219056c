import { type Assistant, type AssistantContent, contentOf } from '../../domain/assistant.ts';
import { newAssistantId, parseAssistantId } from '../../domain/ids.ts';
import type { Context } from '../context.ts';
import type { Found, Invalid, NotFound } from '../orchestrator.ts';
import { issue, metadataSizeIssues } from '../validation.ts';
import { applyFields, fieldIssues } from './assistant-fields.ts';
import type { CreateAssistant, CreateAssistantOutcome, SetLatestVersion, UpdateAssistant } from './assistants.ts';
import type { DefaultAssistants } from './default-assistants.ts';

export type AssistantDeps = Pick<Context, 'store' | 'graphs' | 'options'> & { readonly defaults: DefaultAssistants };

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

export async function updateAssistant(deps: AssistantDeps, command: UpdateAssistant): Promise<Found<Assistant> | NotFound | Invalid> {
  const issues = fieldIssues(command, deps.options.limits);
  if (issues.length > 0) return { kind: 'invalid', issues };
  const { graphId } = command;
  if (graphId !== undefined && !deps.graphs.has(graphId)) return noGraph(graphId);
  return change<NotFound | Invalid>(deps, command, async (tx, assistant) => {
    const version = assistant.newestVersion + 1;
    const content = { ...applyFields(assistant, command), graphId: graphId ?? assistant.graphId };
    const tooLarge = command.metadata == null ? [] : metadataSizeIssues({ metadata: content.metadata }, deps.options.limits);
    if (tooLarge.length > 0) return { kind: 'invalid', issues: tooLarge };
    await tx.assistants.putVersion(assistant.owner, { ...content, assistantId: assistant.id, version, createdAt: tx.now });
    return { content, version };
  });
}

export function setLatestVersion(deps: AssistantDeps, command: SetLatestVersion): Promise<Found<Assistant> | NotFound> {
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
