/** The package's entry point `interject/client`. Only examples and tests of the published API import it. */
export type {
  Assistant,
  AssistantChange,
  AssistantGraphResult,
  AssistantsClient,
  AssistantsFilter,
  AssistantVersion,
  AssistantVersionsFilter,
  CreateAssistantResult,
  DeleteAssistantResult,
  GraphSchemasResult,
  NewAssistant,
  SetLatestAssistantVersionResult,
  SubgraphsResult,
  UpdateAssistantResult,
} from './assistants-client.ts';
export { type ClientOptions, createClient, type InterjectClient } from './client.ts';
export {
  type Conversation,
  type ConversationMessage,
  emptyConversation,
  reduceMessages,
} from './conversation.ts';
export type {
  CreateCronResult,
  Cron,
  CronChange,
  CronCountFilter,
  CronsClient,
  CronsFilter,
  DeleteCronResult,
  NewCron,
  UpdateCronResult,
} from './crons-client.ts';
export { InterjectError, RefusedError, type Success, unwrap } from './errors.ts';
export type { DocumentOf, Fetch } from './http.ts';
export type { RetryWait } from './retry.ts';
export type { WebSocketClass } from './socket.ts';
export type * from './types.ts';
