/**
 * Unchanged programs of the LangGraph Platform against a server of this service: the double-texting scenario
 * in JavaScript, and in cURL.
 *
 *   npx node examples/langgraph-sdk.ts
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Client } from '@langchain/langgraph-sdk';
import { play } from './langgraph-sdk/scenario.ts';
import { startServer } from './support/server.ts';

await using server = await startServer('weather-agent');
const apiUrl = new URL(server.url).origin;

console.log('\n## JavaScript');
await play(new Client({ apiUrl }));

console.log('\n## cURL');
execFileSync(fileURLToPath(new URL('./langgraph-sdk/scenario.sh', import.meta.url)), [apiUrl], {
  stdio: 'inherit',
});
