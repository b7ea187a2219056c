import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { newThreadId, parseThreadId, type ThreadId } from '../../domain/ids.ts';
import { sendJson } from '../../http/respond.ts';
import type { Logger } from '../../orchestrator/ports/environment.ts';
import { scenarioTabs } from './scenario-tabs.ts';

/** Whether a browser asks for a page to show, rather than a client for data. */
export const isPageRequest = ({ method, url = '', headers: { accept = '' } }: IncomingMessage): boolean =>
  method === 'GET' && accept.includes('text/html') && !/[?&]query=/.test(url);

type Playground = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The graph that the scenario runs. */
  readonly graphId: string;
  readonly logger: Logger;
};

/**
 * Sends GraphiQL as one page that needs nothing from the network. The thread to play on is in the address, so
 * that a reload keeps it and a second window can share it; who comes without one is sent on to a new one.
 */
export async function sendPlayground({ request, response, graphId, logger }: Playground): Promise<void> {
  const threadId = threadOf(request);
  if (threadId === null) {
    response.writeHead(302, { location: `?thread=${newThreadId()}`, 'cache-control': 'no-store' }).end();
    return;
  }
  try {
    const page = await renderPage(threadId, graphId);
    response
      .writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        ...UNFRAMED,
      })
      .end(page);
  } catch (error) {
    logger.error({ err: error }, 'Rendering the playground failed');
    sendJson(response, 500, { error: 'The playground could not be rendered.' });
  }
}

/** Another site's page that shows this one in a frame could have its user press play. */
const UNFRAMED = { 'content-security-policy': "frame-ancestors 'self'", 'x-frame-options': 'SAMEORIGIN' };

const threadOf = ({ url = '' }: IncomingMessage): ThreadId | null =>
  parseThreadId(new URLSearchParams(url.split('?')[1]).get('thread') ?? '');

const RENDER_CALL = 'YogaGraphiQL.renderYogaGraphiQL(';

/**
 * GraphiQL's scripts are 9 MB of text: they are loaded for the first page, so that a server without visitors
 * does not hold them.
 */
async function renderPage(threadId: ThreadId, graphId: string): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const page = renderGraphiQL({
    title: 'Interject',
    defaultTabs: scenarioTabs({ threadId, graphId }),
    defaultEditorToolsVisibility: false, // the scenario has no variables
  });
  const at = page.lastIndexOf(RENDER_CALL);
  if (at === -1)
    throw new Error(`GraphiQL's page does not contain ${RENDER_CALL}…), which the playground extends`);
  return `${page.slice(0, at)}${await readFile(new URL('./page.js', import.meta.url), 'utf8')}\n${page.slice(at)}`;
}
