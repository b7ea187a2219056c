import { createRequire } from 'node:module';

/** Version of the LangGraph.js that graphs run on. */
export const langgraphVersion: string = (
  createRequire(import.meta.url)('@langchain/langgraph/package.json') as { readonly version: string }
).version;
