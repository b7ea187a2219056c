import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Vector } from '../../domain/embedding.ts';
import { describeThrown } from '../../domain/thrown.ts';
import type { Embedding, StoreIndexSettings } from '../../orchestrator/ports/deployment.ts';
import type { Embedder, SemanticIndex } from '../../orchestrator/ports/item-store.ts';
import { explainImportFailure } from './loader.ts';

/** An embedding that could not be loaded. The message names it and the cause. */
export class EmbeddingLoadError extends Error {
  override readonly name = 'EmbeddingLoadError';

  constructor(embed: string, why: string, cause?: unknown) {
    super(`The embedding "${embed}" of store.index in langgraph.json cannot be loaded: ${why}`, { cause });
  }
}

/**
 * Where LangChain has each provider's embeddings: the package, which the user's project has to have, and the
 * class.
 */
const PROVIDERS: Readonly<Record<string, readonly [module: string, className: string]>> = {
  azure_openai: ['@langchain/openai', 'AzureOpenAIEmbeddings'],
  bedrock: ['@langchain/aws', 'BedrockEmbeddings'],
  cohere: ['@langchain/cohere', 'CohereEmbeddings'],
  google_genai: ['@langchain/google-genai', 'GoogleGenerativeAIEmbeddings'],
  google_vertexai: ['@langchain/google-vertexai', 'VertexAIEmbeddings'],
  mistralai: ['@langchain/mistralai', 'MistralAIEmbeddings'],
  ollama: ['@langchain/ollama', 'OllamaEmbeddings'],
  openai: ['@langchain/openai', 'OpenAIEmbeddings'],
};

/**
 * What `store.index` says, loaded: LangChain's embeddings of a provider, or an export that is such an object
 * or a function from texts to vectors. Rejects with EmbeddingLoadError.
 *
 * @param langgraphJson whose project the providers' packages are looked for in, before this server's own
 */
export async function loadSemanticIndex(
  { dims, embed, fields }: StoreIndexSettings,
  langgraphJson: string,
): Promise<SemanticIndex> {
  const embedder =
    embed.kind === 'MODEL' ? await providersEmbedder(embed, langgraphJson) : await exportedEmbedder(embed);
  return { dims, fields, embedder };
}

async function providersEmbedder(
  { provider, model }: Extract<Embedding, { kind: 'MODEL' }>,
  langgraphJson: string,
): Promise<Embedder> {
  const embed = `${provider}:${model}`;
  const known = PROVIDERS[provider];
  if (known === undefined)
    throw new EmbeddingLoadError(embed, `supported providers are ${Object.keys(PROVIDERS).join(', ')}`);
  const [name, className] = known;
  const module = await imported(
    embed,
    () => import(fromProject(name, langgraphJson) ?? name),
    `install ${name} in your project`,
  );
  const embeddings = module[className];
  if (typeof embeddings !== 'function')
    throw new EmbeddingLoadError(embed, `${name} does not export ${className}`);
  try {
    return toEmbedder(embed, new (embeddings as new (options: object) => unknown)({ model }));
  } catch (error) {
    throw new EmbeddingLoadError(embed, describeThrown(error).message, error);
  }
}

async function exportedEmbedder({
  file,
  exportName,
}: Extract<Embedding, { kind: 'EXPORT' }>): Promise<Embedder> {
  const embed = `${file}:${exportName}`;
  if (!existsSync(file)) throw new EmbeddingLoadError(embed, 'file not found');
  const module = await imported(embed, () => import(pathToFileURL(file).href), null);
  return toEmbedder(embed, await module[exportName || 'default']);
}

type Module = Readonly<Record<string, unknown>>;

async function imported(embed: string, load: () => Promise<Module>, hint: string | null): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    throw new EmbeddingLoadError(
      embed,
      `${explainImportFailure(error)}${hint === null ? '' : ` (${hint})`}`,
      error,
    );
  }
}

/** Null: the project doesn't have it. */
function fromProject(name: string, langgraphJson: string): string | null {
  try {
    return pathToFileURL(createRequire(langgraphJson).resolve(name)).href;
  } catch {
    return null; // the server's own copy, if it has one; the import reports its absence
  }
}

type EmbedTexts = (texts: string[]) => Promise<Vector[]> | Vector[];

function toEmbedder(embed: string, made: unknown): Embedder {
  if (isEmbeddings(made))
    return {
      embedQuery: async (text) => made.embedQuery(text),
      embedDocuments: async (texts) => made.embedDocuments([...texts]),
    };
  if (typeof made !== 'function')
    throw new EmbeddingLoadError(
      embed,
      'the export must be a LangChain embeddings object, or a function from a list of strings to a list of vectors',
    );
  const embedTexts = made as EmbedTexts;
  return {
    embedQuery: async (text) => (await embedTexts([text]))[0] ?? [],
    embedDocuments: async (texts) => embedTexts([...texts]),
  };
}

type Embeddings = {
  embedQuery(text: string): Promise<number[]>;
  embedDocuments(texts: string[]): Promise<number[][]>;
};

const isEmbeddings = (made: unknown): made is Embeddings =>
  typeof made === 'object' &&
  made !== null &&
  typeof (made as Partial<Embeddings>).embedQuery === 'function' &&
  typeof (made as Partial<Embeddings>).embedDocuments === 'function';
