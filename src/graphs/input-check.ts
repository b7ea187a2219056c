import type { Json } from '../domain/json.ts';
import { describeThrown, isErrorLike, read } from '../domain/thrown.ts';
import type { ValidationIssue } from '../orchestrator/ports/graph-host.ts';
import type { CompiledGraph } from './graph-source.ts';
import { messageIssues } from './message-check.ts';
import { acceptsMessages } from './repair/input-schema.ts';

/** The check that LangGraph makes of a run's input before anything else. It isn't public, but it is the one that decides. */
type WithInputCheck = { _validateInput?(input: unknown): Promise<unknown> };

/** Zod's issues, and those of the standard schema, have these in common. */
type SchemaIssue = { readonly message?: unknown; readonly path?: readonly unknown[] };

/** What the graph's runtime schema, or its messages channel, says against this input; [] for nothing. */
export async function checkInput(graph: CompiledGraph, input: Json): Promise<readonly ValidationIssue[]> {
  try {
    await (graph as unknown as WithInputCheck)._validateInput?.(input);
  } catch (error) {
    return toIssues(error);
  }
  return acceptsMessages(graph) ? messageIssues(graph, input) : [];
}

/** A StateSchema checks field by field and tells of the issues in the text of its error. */
const FIELD_ERROR = /^Validation failed for field "([^"]*)": (\[.*\])$/s;

function toIssues(error: unknown): ValidationIssue[] {
  const issues = isErrorLike(error) ? read(error, 'issues') : undefined;
  if (Array.isArray(issues)) return issues.map((issue: SchemaIssue) => toIssue([], issue));
  const message = describeThrown(error).message;
  const [, field, listed] = FIELD_ERROR.exec(message) ?? [];
  if (field === undefined || listed === undefined) return [{ path: [], message }];
  return (JSON.parse(listed) as SchemaIssue[]).map((issue) => toIssue([field], issue));
}

function toIssue(above: readonly string[], { path = [], message }: SchemaIssue): ValidationIssue {
  // The standard schema allows { key } in place of a key.
  const keys = path.map((part) => (typeof part === 'object' && part !== null ? (part as { key?: unknown }).key : part));
  return { path: [...above, ...keys.map(String)], message: String(message ?? 'is not valid') };
}
