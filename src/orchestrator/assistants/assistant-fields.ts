import { isDeepStrictEqual } from 'node:util';
import type { AssistantContent } from '../../domain/assistant.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { synchronized } from '../../domain/run-settings.ts';
import type { Limits } from '../limits.ts';
import type { ValidationIssue } from '../ports/graph-host.ts';
import { configIssues, issue, metadataSizeIssues } from '../validation.ts';
import type { AssistantFields } from './assistants.ts';

const MAX_NAME = 1_000;

/** What is wrong with them by themselves; [] for nothing. */
export function fieldIssues({ name, config, context, metadata }: AssistantFields, limits: Limits): ValidationIssue[] {
  const issues: ValidationIssue[] = metadataSizeIssues({ config, metadata }, limits);
  if (name !== undefined && (name.trim() === '' || name.length > MAX_NAME))
    issues.push(issue('name', `must have from 1 to ${MAX_NAME} characters`));
  for (const [path, value] of Object.entries({ config, context, metadata }))
    if (value !== undefined && value !== null && !isJsonObject(value)) issues.push(issue(path, 'must be a JSON object'));
  if (!isJsonObject(config)) return issues;
  issues.push(...configIssues(config, null));
  const { configurable } = config;
  if (isJsonObject(configurable) && isJsonObject(context) && !isDeepStrictEqual(configurable, context))
    issues.push(issue('context', 'is the same as config.configurable: give one of them, or both alike'));
  return issues;
}

/** The content with what is given in its place: config and context replaced and in sync, metadata merged. */
export function applyFields(content: AssistantContent, fields: AssistantFields): AssistantContent {
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

const objectOr = <T>(value: unknown, otherwise: T): JsonObject | T => (isJsonObject(value) ? value : otherwise);
