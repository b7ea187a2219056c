/** What the tabs are about: the thread that they play on, and the graph that runs there. */
export type Scenario = { readonly threadId: string; readonly graphId: string };

type Tab = { readonly query: string };

/**
 * The tabs that GraphiQL opens with: they play double-texting on one thread, click by click. Lines are short
 * enough for the editor of a window 1,400 pixels wide. `LAST_RUN` is for page.js to replace.
 */
export function scenarioTabs(scenario: Scenario): Tab[] {
  const tabs = [createThread, firstRun, secondRun, watch, join, state];
  return tabs.map((tab) => ({ query: tab(scenario).trim() }));
}

const createThread = ({ threadId }: Scenario): string => `
# 1 of 6: A thread to talk on. All tabs share it.
# Press play, then go from tab to tab.
# (For another one, open the page without "?thread=…".)
mutation CreateThread {
  createThread(
    id: "${threadId}"
    ifExists: RETURN
  ) {
    __typename
    ... on Thread { id status }
    ... on Error { message }
  }
}`;

const firstRun = ({ threadId, graphId }: Scenario): string => `
# 2 of 6: A question. The demo agent takes about five
# seconds. Press play and continue before it is done.
mutation FirstRun {
  createRun(
    threadId: "${threadId}"
    assistantId: "${graphId}"
    input: { messages: [{
      role: "user"
      content: "what's the weather in sf?"
    }] }
  ) {
    __typename
    ... on Run { id status createdAt }
    ... on Error { message }
  }
}`;

const secondRun = ({ threadId, graphId }: Scenario): string => `
# 3 of 6: The user doesn't wait for the answer and asks
# again: this run interrupts the first one.
# (Afterwards, play 2 and 3 with other strategies.)
mutation SecondRun {
  createRun(
    threadId: "${threadId}"
    assistantId: "${graphId}"
    input: { messages: [{
      role: "user"
      content: "what's the weather in nyc?"
    }] }
    # or REJECT, ENQUEUE, ROLLBACK
    multitaskStrategy: INTERRUPT
  ) {
    __typename
    ... on Run { id status createdAt }
    ... on Error { message }
  }
}`;

const watch = ({ threadId }: Scenario): string => `
# 4 of 6: The conversation, live. This page adds up the
# events; "latestEvent" is the last one, as it came.
# (Leaving the tab ends the subscription. To watch while
# you play, open this address in a second window.)
subscription Messages {
  messages(
    threadId: "${threadId}"
    fromStart: true
  ) {
    __typename
    ... on MessagesReset { messages { ...line } }
    ... on MessageStarted { message { ...line } }
    ... on MessageDelta { messageId text }
    ... on MessageCompleted { message { ...line } }
    ... on RunStatusChanged {
      run { id status endReason }
    }
  }
}

fragment line on Message {
  id
  type
  text
  ... on AIMessage { partial toolCalls { name args } }
}`;

const join = ({ threadId }: Scenario): string => `
# 5 of 6: Wait for a run. In place of "LAST_RUN", this
# page sends the id of the thread's newest run.
mutation JoinRun {
  joinRun(
    threadId: "${threadId}"
    runId: "LAST_RUN"
  ) {
    __typename
    ... on JoinedRun {
      run { id status endReason }
      state { messages { type text } }
    }
    ... on Error { message }
  }
}`;

const state = ({ threadId }: Scenario): string => `
# 6 of 6: The result: how each run ended, and a
# conversation in which every tool call has its answer.
query State {
  thread(id: "${threadId}") {
    status
    runs {
      nodes { id status endReason supersededBy { id } }
    }
    messages {
      type
      text
      ... on AIMessage { toolCalls { name args } }
    }
  }
}`;
