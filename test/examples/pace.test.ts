import { HumanMessage } from '@langchain/core/messages';
import { describe, expect, test } from 'vitest';
import { decideReply, type Reply } from '../../examples/weather-agent/conversation.ts';
import { chunksOf } from '../../examples/weather-agent/demo-model.ts';
import { chunkDelays, paceFrom, paceOf, pause, schedule } from '../../examples/weather-agent/pace.ts';

const question = [new HumanMessage("what's the weather in sf?")];
const lookUp: Reply = { kind: 'look-up', cities: ['sf'] };
const answer = (cities: number): Reply => ({
  kind: 'answer',
  text: 'word '.repeat(cities * 10 + 20).trim(),
  afterTools: true,
});
const phases = (factor: number, cities = 1) =>
  schedule(paceOf(factor), {
    toolCall: chunksOf(lookUp, question).length,
    answer: chunksOf(answer(cities), question).length,
  });

describe('the schedule of a run', () => {
  test('it has its tool call by one second, its tool answer well before two, and its first token well after', () => {
    const { toolCallStarts, toolCallStreamed, toolAnswered, answerStarts } = phases(1);

    expect(decideReply(question)).toEqual(lookUp);
    expect(toolCallStarts).toBeGreaterThanOrEqual(300);
    expect(toolCallStreamed).toBeLessThanOrEqual(1000);
    expect(toolAnswered).toBeLessThanOrEqual(1600);
    expect(answerStarts).toBeGreaterThanOrEqual(2600);
    expect(answerStarts).toBeLessThanOrEqual(2800);
  });

  test('it is in mid-answer at three seconds and ends at about five, however long the answer is', () => {
    for (const cities of [1, 2, 5]) {
      const { answerStarts, answerEnds } = phases(1, cities);

      expect(answerStarts).toBeLessThan(2900);
      expect(answerEnds).toBeGreaterThan(4500);
      expect(answerEnds).toBeLessThan(5200);
    }
  });

  test('a factor stretches every phase alike, and 0 leaves nothing to wait for', () => {
    expect(phases(2).toolAnswered).toBe(phases(1).toolAnswered * 2);
    expect(phases(0)).toEqual({
      toolCallStarts: 0,
      toolCallStreamed: 0,
      toolAnswered: 0,
      answerStarts: 0,
      answerEnds: 0,
    });
  });

  test('the first chunk waits for the lead, the others share the span without a gap too long to watch', () => {
    expect(chunkDelays(3, 100, 50, 90)).toEqual([100, 25, 25]);
    expect(chunkDelays(3, 100, 5000, 90)).toEqual([100, 90, 90]);
    expect(chunkDelays(1, 100, 50, 90)).toEqual([100]);
    expect(chunkDelays(0, 100, 50, 90)).toEqual([]);
  });
});

describe('the pace that the environment asks for', () => {
  test('it is the normal one unless said otherwise', () => {
    expect(paceFrom({})).toEqual(paceOf(1));
    expect(paceFrom({ INTERJECT_DEMO_PACE: '' })).toEqual(paceOf(1));
    expect(paceFrom({ INTERJECT_DEMO_PACE: '0' })).toEqual(paceOf(0));
    expect(paceFrom({ INTERJECT_DEMO_PACE: '0.5' })).toEqual(paceOf(0.5));
  });

  test.each(['fast', '-1', 'Infinity'])('%s is refused by name', (value) => {
    expect(() => paceFrom({ INTERJECT_DEMO_PACE: value })).toThrow(
      new RegExp(`INTERJECT_DEMO_PACE .*"${value}"`),
    );
  });
});

describe('a pause', () => {
  test('it ends as soon as its signal aborts', async () => {
    const controller = new AbortController();
    const hour = pause(3_600_000, controller.signal);

    controller.abort();

    await expect(hour).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });

  test('it does not begin on a signal that has aborted, not even one of no length', async () => {
    await expect(pause(3_600_000, AbortSignal.abort())).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    await expect(pause(0, AbortSignal.abort())).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
  });
});
