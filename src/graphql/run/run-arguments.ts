import type { ArgumentRef, FieldMap, InputFieldRef, InputShapeFromFields } from '@pothos/core';
import type { Cron } from '../../domain/cron.ts';
import type { Json } from '../../domain/json.ts';
import type { RunContent } from '../../orchestrator/requests.ts';
import { builder } from '../builder.ts';
import { StreamModeEnum } from './run-enums.ts';

type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never;

/** What the descriptions say at one place and not at another. */
type Words = {
  readonly input: string;
  /** Added to those of breakpoints. */
  readonly noBreakpoints?: string;
};

/** What every run is asked for with: arguments of createRun and of crons. */
export const runArguments = (words: Words) => builder.args((arg) => argumentsOf(arg, words));

const argumentsOf = (
  arg: PothosSchemaTypes.InputFieldBuilder<Types, 'Arg'>,
  { input, noBreakpoints = '' }: Words,
) => ({
  input: arg.field({ type: 'JSON', description: input }),
  config: arg.field({
    type: 'JSON',
    description: "LangGraph's config: { configurable, tags, recursion_limit }. Overrides the assistant's.",
  }),
  context: arg.field({
    type: 'JSON',
    description: "The graph's runtime context, in the form of its context schema.",
  }),
  interruptBefore: arg.stringList({
    description: `Pause before these nodes; ["*"]: before every node.${noBreakpoints}`,
  }),
  interruptAfter: arg.stringList({
    description: `Pause after these nodes; ["*"]: after every node.${noBreakpoints}`,
  }),
  streamModes: arg.field({
    type: [StreamModeEnum],
    description: 'Records EVENTS too; all other modes are always recorded.',
  }),
});

type Arguments = ReturnType<typeof argumentsOf>;
type InputFields = {
  readonly [K in keyof Arguments]: Arguments[K] extends ArgumentRef<Types, infer T>
    ? InputFieldRef<Types, T>
    : never;
};

/** The same as fields of an input: Pothos's two builders differ in their types only. */
export const runInputFields = argumentsOf as unknown as (
  t: PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>,
  words: Words,
) => InputFields;

type Given = InputShapeFromFields<Arguments> & { readonly metadata?: Json | undefined };

/** As the orchestrator takes them: null counts as not given. */
export const toRunContent = (args: Given): RunContent => ({
  input: args.input ?? undefined,
  config: args.config ?? undefined,
  context: args.context ?? undefined,
  metadata: args.metadata ?? undefined,
  interruptBefore: args.interruptBefore,
  interruptAfter: args.interruptAfter,
  recordEvents: args.streamModes?.includes('EVENTS'),
});

/** The options that a cron's runs are created with, as its fields. */
export const cronOptionFields = (t: PothosSchemaTypes.ObjectFieldBuilder<Types, Cron>): FieldMap => ({
  interruptBefore: t.stringList({
    nullable: true,
    description: 'The nodes before which its runs pause. Null: the breakpoints the graph was compiled with.',
    resolve: ({ payload }) => payload.interruptBefore && [...payload.interruptBefore],
  }),
  interruptAfter: t.stringList({
    nullable: true,
    description: 'The nodes after which its runs pause. Null: the breakpoints the graph was compiled with.',
    resolve: ({ payload }) => payload.interruptAfter && [...payload.interruptAfter],
  }),
});
