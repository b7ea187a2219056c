/*
 * Runs in the browser between GraphiQL's own script and the call that renders it: it completes the options of that call.
 * A classic script, so everything is in a block.
 */
{
  const thread = new URLSearchParams(location.search).get('thread');

  const post = async (request, headers) => {
    const response = await fetch(location.pathname, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
      body: JSON.stringify(request),
    });
    return response.json();
  };

  /** Puts the id of the thread's newest run in place of "LAST_RUN", so that the scenario needs no copying of ids. */
  const withNewestRun = async (query, headers) => {
    if (!query.includes('"LAST_RUN"')) return query;
    const { data } = await post(
      { query: `{ thread(id: ${JSON.stringify(thread)}) { runs(last: 1) { nodes { id } } } }` },
      headers,
    );
    const run = data?.thread?.runs.nodes[0];
    return run === undefined ? query : query.replaceAll('"LAST_RUN"', JSON.stringify(run.id));
  };

  const lineOf = ({ type, text, toolCalls = [], partial = false }) => {
    const calls = toolCalls.map(({ name, args }) => {
      const given = Object.entries(args ?? {}).map(
        ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
      );
      return `${name}(${given.join(', ')})`;
    });
    return `${type}: ${[text, ...calls].filter(Boolean).join(' ')}${partial ? ' (cut off)' : ''}`;
  };

  /**
   * The result pane shows one result at a time, the latest. Of `messages` that would be a word or two, so this adds up what came until now.
   * Works with what the tab selects; a changed selection shows less.
   */
  const addUp = () => {
    const messages = new Map();
    const runs = new Map();
    const put = (message) => messages.set(message.id ?? messages.size, message);
    const apply = {
      MessagesReset: (event) => {
        messages.clear();
        event.messages?.forEach(put);
      },
      MessageStarted: ({ message }) => message && put(message),
      MessageDelta: ({ messageId, text = '' }) => {
        const message = messages.get(messageId) ?? { id: messageId, type: 'ai', text: '' };
        put({ ...message, text: message.text + text });
      },
      MessageCompleted: ({ message }) => message && put(message),
      RunStatusChanged: ({ run }) =>
        run && runs.set(run.id, run.endReason ? `${run.status} (${run.endReason})` : run.status),
    };
    return (result) => {
      const event = result.data?.messages;
      if (!Object.hasOwn(apply, event?.__typename)) return result;
      apply[event.__typename](event);
      const seenRuns = runs.size > 0 && { runs: [...runs.values()] };
      return { conversation: [...messages.values()].map(lineOf), ...seenRuns, latestEvent: event };
    };
  };

  /** One subscription over a WebSocket of its own, protocol graphql-transport-ws, as the observable that GraphiQL takes. */
  const subscribe = (request) => ({
    subscribe(observer) {
      const socket = new WebSocket(
        `${location.origin.replace(/^http/, 'ws')}${location.pathname}`,
        'graphql-transport-ws',
      );
      const say = (message) => socket.send(JSON.stringify(message));
      const shown = addUp();
      const leave = () => {
        socket.onmessage = socket.onclose = null; // what still comes would land in the tab that is open then
        socket.close(1000);
      };
      socket.onopen = () => say({ type: 'connection_init' });
      socket.onmessage = ({ data }) => {
        const { type, payload } = JSON.parse(data);
        switch (type) {
          case 'connection_ack':
            say({ id: '1', type: 'subscribe', payload: request });
            break;
          case 'ping':
            say({ type: 'pong' });
            break;
          case 'next':
            observer.next(shown(payload));
            break;
          case 'error':
            observer.next({ errors: payload });
            leave();
            observer.complete();
            break;
          case 'complete':
            leave();
            observer.complete();
        }
      };
      socket.onclose = ({ code, reason }) => {
        observer.error(
          new Error(
            `The connection was closed (${[code, reason].filter(Boolean).join(': ')}). Press play to subscribe again.`,
          ),
        );
      };
      return { unsubscribe: leave };
    },
  });

  /** A request as an observable: leaving the tab unsubscribes, so that a late answer (joinRun takes its time) doesn't land in the next tab. */
  const observe = (answer) => ({
    subscribe(observer) {
      let left = false;
      answer.then(
        (result) => {
          if (left) return;
          observer.next(result);
          observer.complete();
        },
        (error) => left || observer.error(error),
      );
      return {
        unsubscribe() {
          left = true;
        },
      };
    },
  });

  const fetcher = async ({ query: written, operationName: chosen, variables }, { headers } = {}) => {
    const query = await withNewestRun(written, headers);
    // For a moment after the tab was changed, the chosen name is the former tab's.
    const operationName = chosen && query.includes(chosen) ? chosen : undefined;
    const request = { query, operationName, variables };
    const isSubscription = new RegExp(`^\\s*subscription\\b\\s*${operationName ?? ''}`, 'm').test(query);
    return isSubscription ? subscribe(request) : observe(post(request, headers));
  };

  // Tabs belong to this browser tab and its thread: a reload keeps them, another visit starts anew. Settings are for all.
  const tabsKey = `interject:${thread}:tabs`;
  const TABS = 'graphiql:tabState';
  const OF_ACTIVE_TAB = ['graphiql:query', 'graphiql:variables', 'graphiql:headers'];
  // Headers hold keys and tokens. GraphiQL writes those of every operation into its history, which outlives the browser tab.
  const HISTORY = ['graphiql:queries', 'graphiql:favorites'];
  const withoutHeaders = (stored) =>
    stored && JSON.stringify(JSON.parse(stored), (name, value) => (name === 'headers' ? undefined : value));
  for (const key of HISTORY)
    if (localStorage.getItem(key)) localStorage.setItem(key, withoutHeaders(localStorage.getItem(key)));
  localStorage.removeItem('graphiql:headers');
  const storage = {
    get length() {
      return localStorage.length;
    },
    getItem(key) {
      if (key === TABS) return sessionStorage.getItem(tabsKey);
      if (HISTORY.includes(key)) return withoutHeaders(localStorage.getItem(key));
      if (!OF_ACTIVE_TAB.includes(key)) return localStorage.getItem(key);
      // GraphiQL opens one more tab when this is not what a tab has, and it stores the two at different times.
      const { tabs, activeTabIndex } = JSON.parse(sessionStorage.getItem(tabsKey) ?? '{"tabs":[]}');
      return tabs[activeTabIndex]?.[key.slice('graphiql:'.length)] ?? null;
    },
    setItem(key, value) {
      if (key === TABS) sessionStorage.setItem(tabsKey, value);
      else if (HISTORY.includes(key)) localStorage.setItem(key, withoutHeaders(value));
      else if (!OF_ACTIVE_TAB.includes(key)) localStorage.setItem(key, value);
    },
    removeItem(key) {
      if (key === TABS) sessionStorage.removeItem(tabsKey);
      else localStorage.removeItem(key);
    },
    clear() {
      sessionStorage.removeItem(tabsKey);
      for (const key of Object.keys(localStorage))
        if (key.startsWith('graphiql:')) localStorage.removeItem(key);
    },
  };

  // GraphiQL computes a wrong place for tabs that were there from the start and shows it as soon as one is pressed: the tab jumps away from under
  // the pointer, and the first click on it is lost.
  document.head.insertAdjacentHTML(
    'beforeend',
    '<style>.graphiql-tab { transform: none !important; }</style>',
  );

  const render = YogaGraphiQL.renderYogaGraphiQL;
  // Yoga's page persists headers unless its user says otherwise; undefined leaves that to the user, and it is off until then.
  // onEditQuery would put the query into the address, where a reload asks the server to execute it.
  YogaGraphiQL.renderYogaGraphiQL = (root, options) =>
    render(root, { ...options, fetcher, storage, shouldPersistHeaders: undefined, onEditQuery: () => {} });
}
