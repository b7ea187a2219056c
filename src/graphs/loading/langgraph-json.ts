import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import type { Deployment } from '../../orchestrator/ports/deployment.ts';
import { deploymentFields, toDeployment } from './deployment-fields.ts';
import { type Unheeded, unsupportedFields } from './unsupported-fields.ts';

/** Version of the LangGraph.js that graphs run on. */
export const langgraphVersion: string = (
  createRequire(import.meta.url)('@langchain/langgraph/package.json') as { readonly version: string }
).version;

/** One entry of `graphs`: where the graph is. */
export type GraphReference = {
  readonly graphId: string;
  /** Absolute path. */
  readonly file: string;
  readonly exportName: string;
  readonly description: string | null;
};

/** A langgraph.json, read and checked (protocol.md §8). */
export type LanggraphJson = {
  /** Absolute path of the file itself. */
  readonly file: string;
  /** In the order of the file; at least one. */
  readonly graphs: readonly GraphReference[];
  /**
   * What `env` says, from the map or the file it names; {} for a list of names, which are inherited anyway.
   * Variables that are set already win.
   */
  readonly env: Readonly<Record<string, string>>;
  readonly deployment: Deployment;
  /** What it says and this server doesn't do. */
  readonly unsupported: Unheeded;
};

/** A langgraph.json that can't be used. The message names the file, the field and what is allowed. */
export class LanggraphJsonError extends Error {
  override readonly name = 'LanggraphJsonError';
}

const MODULE_REFERENCE =
  'must be "<path>:<export>", such as "./agent.ts:graph" (without <export>: the default export)';
const ENV = 'must be the path of an env file, a map of variables, or a list of names to inherit';
const GRAPH_ID = /^[^\s|:]+$/;

const moduleReference = z.string(MODULE_REFERENCE).regex(/^[^:]+:[^:]*$/, MODULE_REFERENCE);
const schema = z.looseObject(
  {
    graphs: z
      .record(
        z.string().regex(GRAPH_ID, 'a graph id must not contain spaces, "|" or ":"'),
        z.union(
          [
            moduleReference,
            z.looseObject({ path: moduleReference, description: z.string('must be a string').optional() }),
          ],
          {
            error: `${MODULE_REFERENCE}, or { "path": "<path>:<export>", "description"?: string }`,
          },
        ),
        'must be a map from graph ids to "<path>:<export>"',
      )
      .refine((graphs) => Object.keys(graphs).length > 0, 'must contain at least one graph'),
    env: z
      .union(
        [
          z.string(),
          z.array(z.string()),
          z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
        ],
        { error: ENV },
      )
      .optional(),
    ...deploymentFields,
  },
  'must be a JSON object',
);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks a langgraph.json, and the env file it may name. Paths in it are relative to its own
 * folder. Rejects with LanggraphJsonError for a file that is missing, isn't JSON or breaks the rules.
 *
 * @param environment variables that headers of webhooks may refer to, beside those of `env`, over which they
 * win
 */
export async function readLanggraphJson(path: string, environment: Environment = {}): Promise<LanggraphJson> {
  const file = resolve(path);
  const content = await readJson(file);
  const parsed = schema.safeParse(content);
  if (!parsed.success)
    throw new LanggraphJsonError(`${file}: ${parsed.error.issues.map(describe).join('; ')}`);
  refuseAuth(file, content as Record<string, unknown>);
  const { graphs, ...fields } = parsed.data;
  const env = await readEnv(file, fields.env);
  return {
    file,
    graphs: Object.entries(graphs).map(([graphId, entry]) => toReference(file, graphId, entry)),
    env,
    deployment: readDeployment(file, fields, { ...env, ...environment }),
    unsupported: unsupportedFields(content as Record<string, unknown>), // in the file's own order
  };
}

/** A start that passed over it would serve everyone what the file's author meant to protect. */
function refuseAuth(file: string, { auth }: Readonly<Record<string, unknown>>): void {
  if (auth === undefined || auth === null || auth === false) return;
  throw new LanggraphJsonError(
    `${file}: auth is not supported: requests would not be authenticated. Remove it and authenticate callers in a proxy`,
  );
}

function readDeployment(
  file: string,
  fields: Parameters<typeof toDeployment>[0],
  variables: Environment,
): Deployment {
  try {
    return toDeployment(fields, file, variables);
  } catch (error) {
    throw new LanggraphJsonError(`${file}: ${reasonOf(error)}`, { cause: error });
  }
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new LanggraphJsonError(`${file}: cannot be read (${reasonOf(error)})`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LanggraphJsonError(`${file}: is not valid JSON (${reasonOf(error)})`, { cause: error });
  }
}

type Entry = string | { readonly path: string; readonly description?: string | undefined };

function toReference(file: string, graphId: string, entry: Entry): GraphReference {
  const { path, description } = typeof entry === 'string' ? { path: entry, description: undefined } : entry;
  const colon = path.indexOf(':');
  return {
    graphId,
    file: resolve(dirname(file), path.slice(0, colon)),
    exportName: path.slice(colon + 1) || 'default',
    description: description ?? null,
  };
}

type Env = z.infer<typeof schema>['env'];

async function readEnv(file: string, env: Env): Promise<Record<string, string>> {
  if (env === undefined || Array.isArray(env)) return {};
  if (typeof env !== 'string')
    return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
  const envFile = resolve(dirname(file), env);
  try {
    return parseEnv(await readFile(envFile, 'utf8')) as Record<string, string>;
  } catch (error) {
    throw new LanggraphJsonError(`${file}: env: ${envFile} cannot be read (${reasonOf(error)}); env ${ENV}`, {
      cause: error,
    });
  }
}

const describe = (issue: z.core.$ZodIssue): string => {
  const field = issue.path.map(String).join('.');
  // An issue of a record's key says what is wrong with the key in issues of its own.
  const message =
    issue.code === 'invalid_key' ? issue.issues.map((inner) => inner.message).join(', ') : issue.message;
  return field === '' ? message : `${field}: ${message}`;
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'file not found' : error.message;
};
