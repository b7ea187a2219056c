import { builder } from '../builder.ts';
import { DeletedType, IfExistsEnum } from '../common-types.ts';
import { AlreadyExistsError, NotFoundError, ValidationError } from '../error-types.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { AssistantRef } from './assistant-type.ts';

const ID = "The assistant's id, or a graph's name for its default assistant.";

builder.mutationField('createAssistant', (t) =>
  t.field({
    type: AssistantRef,
    description: 'Creates an assistant: a graph with its own configuration.',
    errors: {
      types: [AlreadyExistsError, NotFoundError, ValidationError],
      union: { name: 'CreateAssistantResult', description: 'The assistant, or why it was not created.' },
    },
    args: {
      graphId: t.arg.id({ required: true, description: 'The name of its graph in langgraph.json.' }),
      id: t.arg.id({ description: 'Its UUID. Null: the server generates one.' }),
      name: t.arg.string({ description: 'A display name. Null: Untitled.' }),
      description: t.arg.string({ description: 'A description of its purpose.' }),
      config: t.arg({
        type: 'JSON',
        description: "LangGraph's config for its runs: { configurable, tags, recursion_limit }.",
      }),
      context: t.arg({
        type: 'JSON',
        description:
          "The graph's runtime context for its runs. An alternative to config.configurable; set one of them.",
      }),
      metadata: t.arg({ type: 'JSON', description: 'An object to attach to it and to its runs.' }),
      ifExists: t.arg({
        type: IfExistsEnum,
        required: true,
        defaultValue: 'RAISE',
        description: 'The behavior if an assistant with this id exists.',
      }),
    },
    resolve: async (_root, { graphId, ifExists, ...args }, { orchestrator, owner }) =>
      unwrapOrThrow(
        await orchestrator.assistants.create({
          owner,
          graphId,
          ifExists,
          id: args.id ?? undefined,
          ...fieldsOf(args),
        }),
      ).value,
  }),
);

builder.mutationField('updateAssistant', (t) =>
  t.field({
    type: AssistantRef,
    description:
      'Creates a new version of an assistant and selects it. Omitted arguments leave values unchanged.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: {
        name: 'UpdateAssistantResult',
        description: 'The updated assistant, or why it was not changed.',
      },
    },
    args: {
      id: t.arg.id({ required: true, description: ID }),
      graphId: t.arg.id({ description: 'The name of another graph.' }),
      name: t.arg.string({ description: 'Its display name.' }),
      description: t.arg.string({ description: 'A description of its purpose.' }),
      config: t.arg({ type: 'JSON', description: 'Replaces its config.' }),
      context: t.arg({ type: 'JSON', description: 'Replaces its context, and with it config.configurable.' }),
      metadata: t.arg({
        type: 'JSON',
        description: 'Merged into the metadata: given keys replace existing ones, other keys stay.',
      }),
    },
    resolve: async (_root, { id, graphId, ...args }, { orchestrator, owner }) =>
      unwrapOrThrow(
        await orchestrator.assistants.update({ owner, id, graphId: graphId ?? undefined, ...fieldsOf(args) }),
      ).value,
  }),
);

builder.mutationField('setLatestAssistantVersion', (t) =>
  t.field({
    type: AssistantRef,
    description:
      'Selects the version of an assistant that later runs use. The next update creates a version after the highest one.',
    errors: {
      types: [NotFoundError],
      union: {
        name: 'SetLatestAssistantVersionResult',
        description: 'The updated assistant, or why it was not changed.',
      },
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
    description:
      'Deletes an assistant with its versions and runs; stops unfinished runs first. Default assistants cannot be deleted.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: {
        name: 'DeleteAssistantResult',
        description: 'The deletion, or why the assistant was not deleted.',
      },
    },
    args: {
      id: t.arg.id({ required: true, description: "The assistant's id." }),
      deleteThreads: t.arg.boolean({
        required: true,
        defaultValue: false,
        description:
          'Also delete its threads: those with its id as assistant_id in their metadata, and those on which only it has run.',
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
