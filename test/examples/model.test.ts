import { ChatOpenAI } from '@langchain/openai';
import { afterEach, expect, test, vi } from 'vitest';
import { DemoChatModel } from '../../examples/weather-agent/demo-model.ts';
import { chooseModel } from '../../examples/weather-agent/model.ts';
import { paceOf } from '../../examples/weather-agent/pace.ts';

const choose = (env: NodeJS.ProcessEnv) => chooseModel(env, paceOf(0));

afterEach(() => {
  vi.unstubAllEnvs();
});

test('without INTERJECT_MODEL the demo has its own model', async () => {
  expect(await choose({})).toBeInstanceOf(DemoChatModel);
  expect(await choose({ INTERJECT_MODEL: '' })).toBeInstanceOf(DemoChatModel);
});

test('INTERJECT_MODEL and a key make it a real one', async () => {
  vi.stubEnv('OPENAI_API_KEY', 'no-key-of-anybody');

  const model = await choose({ INTERJECT_MODEL: 'openai:gpt-5', OPENAI_API_KEY: 'no-key-of-anybody' });

  expect(model.getName()).not.toBe(new DemoChatModel(paceOf(0)).getName());
  expect(
    await ('_getModelInstance' in model && (model._getModelInstance as () => Promise<unknown>)()),
  ).toBeInstanceOf(ChatOpenAI);
});

test.each([
  ['openai:gpt-5', 'OPENAI_API_KEY is not set'],
  ['anthropic:claude-sonnet-4-5', 'ANTHROPIC_API_KEY is not set'],
  ['groq:llama', 'npm install @langchain/groq'],
  ['nobody:model', 'nobody:model'],
  ['gpt-5', 'name the provider'],
])('%s is refused by saying what is missing', async (name, reason) => {
  const choice = choose({ INTERJECT_MODEL: name });

  await expect(choice).rejects.toThrow(`INTERJECT_MODEL is "${name}"`);
  await expect(choice).rejects.toThrow(reason);
});
