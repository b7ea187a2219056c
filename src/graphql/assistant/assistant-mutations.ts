import { builder } from '../builder.ts';
import { DeletedType, IfExistsEnum } from '../common-types.ts';
import { AlreadyExistsError, NotFoundError, ValidationError } from '../error-types.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { AssistantRef } from './assistant-type.ts';

const ID = "The assistant's id, or a graph's name for its default assistant.";

builder.mutationField('createAssistant', (t) =>
  t.field({
    type: AssistantRef,
    description: 'Creates an assistant: a graph with a configuration of its own.',
    errors: {
      types: [AlreadyExistsError, NotFoundError, ValidationError],
      union: { name: 'CreateAssistantResult', description: 'The assistant, or why there is none.' },
    },
    args: {
      graphId: t.arg.id({ required: true, description: 'The name of its graph in langgraph.json.' }),
      id: t.arg.id({ description: 'A UUID for it; null: the server makes one.' }),
      name: t.arg.string({ description: 'What people call it; null: Untitled.' }),
      description: t.arg.string({ description: 'What it is for.' }),
      config: t.arg({ type: 'JSON', description: "LangGraph's config for its runs: { configurable, tags, recursion_limit }." }),
      context: t.arg({
        type: 'JSON',
        description: "The graph's runtime context for its runs. The same as config.configurable: give one of them.",
      }),
      metadata: t.arg({ type: 'JSON', description: 'An object to attach to it and to its runs.' }),
      ifExists: t.arg({
        type: IfExistsEnum,
        required: true,
        defaultValue: 'RAISE',
        description: 'What to do when there is an assistant with this id already.',
      }),
    },
    resolve: async (_root, { graphId, ifExists, ...args }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.assistants.create({ owner, graphId, ifExists, id: args.id ?? undefined, ...fieldsOf(args) })).value,
  }),
);

builder.mutationField('updateAssistant', (t) =>
  t.field({
    type: AssistantRef,
    description: 'Makes a new version of an assistant and selects it. What is not given stays.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { name: 'UpdateAssistantResult', description: 'The assistant as it is now, or why nothing was changed.' },
    },
    args: {
      id: t.arg.id({ required: true, description: ID }),
      graphId: t.arg.id({ description: 'The name of another graph.' }),
      name: t.arg.string({ description: 'What people call it.' }),
      description: t.arg.string({ description: 'What it is for.' }),
      config: t.arg({ type: 'JSON', description: 'Replaces its config.' }),
      context: t.arg({ type: 'JSON', description: 'Replaces its context, which is config.configurable too.' }),
      metadata: t.arg({ type: 'JSON', description: 'An object; its members replace those of the same name.' }),
    },
    resolve: async (_root, { id, graphId, ...args }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.assistants.update({ owner, id, graphId: graphId ?? undefined, ...fieldsOf(args) })).value,
  }),
);

builder.mutationField('setLatestAssistantVersion', (t) =>
  t.field({
    type: AssistantRef,
    description: 'Selects a version of an assistant: what its next runs get. The next change is numbered after the highest version.',
    errors: {
      types: [NotFoundError],
      union: { name: 'SetLatestAssistantVersionResult', description: 'The assistant as it is now, or why nothing was changed.' },
    },
    args: {
      id: t.arg.id({ required: true, description: ID }),
      version: t.arg.int({ required: true, description: 'The version to select.' }),
    },
    resolve: async (_root, { id, version }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.assistants.setLatest({ owner, id, version })).value,
  }),
);

builder.mutationField('deleteAssistant', (t) =>
  t.field({
    type: DeletedType,
    description: "Removes an assistant with its versions and runs; what runs is stopped first. A graph's default assistant stays.",
    errors: {
      types: [NotFoundError, ValidationError],
      union: { name: 'DeleteAssistantResult', description: 'That the assistant is gone, or why it is not.' },
    },
    args: {
      id: t.arg.id({ required: true, description: "The assistant's id." }),
      deleteThreads: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'Remove its threads too: those whose metadata names it as assistant_id, and those on which nobody else has run.',
      }),
    },
    resolve: async (_root, { id, deleteThreads }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.assistants.delete({ owner, id, deleteThreads })),
  }),
);

type Given<T> = { readonly [K in keyof T]?: T[K] | null | undefined };
type Fields = { name: string; description: string; config: unknown; context: unknown; metadata: unknown };

/** Null means not given. */
const fieldsOf = <T extends Given<Fields>>({ name, description, config, context, metadata }: T) => ({
  name: name ?? undefined,
  description: description ?? undefined,
  config: (config ?? undefined) as T['config'] & {},
  context: (context ?? undefined) as T['context'] & {},
  metadata: (metadata ?? undefined) as T['metadata'] & {},
});
