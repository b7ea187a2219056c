import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { describe, expect, test } from 'vitest';
import { citiesIn, decideReply } from '../../examples/weather-agent/conversation.ts';
import { cityName, weatherIn } from '../../examples/weather-agent/weather.ts';

const human = (text: string) => new HumanMessage(text);
const says = (text: string) => new AIMessage(text);
const partial = (text: string) => new AIMessage({ content: text, response_metadata: { partial: true } });
const calls = (...cities: string[]) =>
  new AIMessage({
    content: '',
    tool_calls: cities.map((query) => ({ id: `call-${query}`, name: 'weather_search', args: { query } })),
  });
const report = (city: string) =>
  new ToolMessage({ tool_call_id: `call-${city}`, content: `report on ${city}.` });
const stopped = (city: string) =>
  new ToolMessage({ tool_call_id: `call-${city}`, content: 'stopped before it finished', status: 'error' });
const answerTo = (...messages: BaseMessage[]): string => {
  const reply = decideReply(messages);
  return reply.kind === 'answer' ? reply.text : `looks up ${reply.cities.join(', ')}`;
};

describe('the cities that a message asks for', () => {
  test.each([
    ["what's the weather in sf?", ['sf']],
    ["what's the weather in nyc?", ['nyc']],
    ['What is the weather like in San Francisco right now, please?', ['San Francisco']],
    ['weather in sf and nyc?', ['sf', 'nyc']],
    ['Will it rain in Oslo, Rome & the Hague today?', ['Oslo', 'Rome', 'Hague']],
    ['the forecast for Berlin for tomorrow', ['Berlin']],
    ['weather nyc', ['nyc']],
    ['Is it hot in Rio de Janeiro at noon?', ['Rio de Janeiro']],
    ['tell me about the weather in São Paulo', ['São Paulo']],
    ['what about nyc?', ['nyc']],
    ['actually, New York City', ['New York City']],
    ['nyc!', ['nyc']],
    ['weather in sf and San Francisco', ['San Francisco']],
    ["what's the weather?", []],
    ['hello there', []],
    ['I live in Berlin and like it', []],
    ['weather in the place where my mother was born', []],
    ['', []],
  ])('%s', (text, cities) => {
    expect(citiesIn(text)).toEqual(cities);
  });
});

describe('the weather', () => {
  test('it is 60 degrees and foggy in sf, 90 and sunny in nyc, in whichever spelling', () => {
    expect(weatherIn('sf')).toEqual({ city: 'San Francisco', degrees: 60, sky: 'foggy' });
    expect(weatherIn(' New  York ')).toEqual({ city: 'New York', degrees: 90, sky: 'sunny' });
  });

  test('it is always the same in any other city', () => {
    expect(weatherIn('oslo')).toEqual(weatherIn('OSLO'));
    expect(weatherIn('oslo')).not.toEqual({ ...weatherIn('rome'), city: 'Oslo' });
    expect(cityName('são paulo')).toBe('São Paulo');
  });
});

describe('what the demo model says', () => {
  test('it looks a city up, then tells what the tool said', () => {
    expect(answerTo(human('weather in sf?'))).toBe('looks up sf');
    expect(answerTo(human('weather in sf?'), calls('sf'), report('sf'))).toMatch(/^report on sf\. /);
  });

  test('it looks several cities up at once', () => {
    expect(answerTo(human('weather in sf and nyc?'))).toBe('looks up sf, nyc');
    expect(
      answerTo(human('weather in sf and nyc?'), calls('sf', 'nyc'), report('sf'), report('nyc')),
    ).toMatch(/^report on sf\. report on nyc\. /);
  });

  test('it says what it can do when nobody asks for the weather, and asks for the city when none is named', () => {
    expect(answerTo(human('hi'))).toMatch(/weather agent/);
    expect(answerTo()).toMatch(/weather agent/);
    expect(answerTo(human("what's the weather?"))).toMatch(/Which city/);
  });

  test('after a complete answer only what was asked since counts', () => {
    const before = [human('weather in sf?'), calls('sf'), report('sf'), says('Foggy.')];

    expect(answerTo(...before, human('weather in nyc?'))).toBe('looks up nyc');
    expect(answerTo(...before, human('thanks'))).toMatch(/weather agent/);
    expect(answerTo(...before, human('weather in sf?'))).toBe('looks up sf');
  });

  test('a run that was interrupted after its tool answered leaves nothing to look up twice', () => {
    const history = [human('weather in sf?'), calls('sf'), report('sf'), human('weather in nyc?')];

    expect(answerTo(...history)).toBe('looks up nyc');
    expect(answerTo(...history, calls('nyc'), report('nyc'))).toMatch(/^report on sf\. report on nyc\. /);
  });

  test('a partial answer does not count as one', () => {
    const history = [
      human('weather in sf?'),
      calls('sf'),
      report('sf'),
      partial("It's 60"),
      human('weather in nyc?'),
    ];

    expect(answerTo(...history, calls('nyc'), report('nyc'))).toMatch(/^report on sf\. report on nyc\. /);
  });

  test('several human messages in a row are all answered', () => {
    expect(answerTo(human('weather in sf?'), human('weather in nyc?'), human('hello?'))).toBe(
      'looks up sf, nyc',
    );
  });

  test('a look-up that was stopped is tried again in the next turn', () => {
    expect(answerTo(human('weather in sf?'), calls('sf'), stopped('sf'), human('weather in nyc?'))).toBe(
      'looks up sf, nyc',
    );
  });

  test('a look-up that fails in this turn is admitted and not tried for ever', () => {
    expect(answerTo(human('weather in sf?'), calls('sf'), stopped('sf'))).toMatch(
      /^I couldn't find out about San Francisco\./,
    );
  });

  test('a tool answer to an unknown call is passed over', () => {
    expect(answerTo(human('weather in sf?'), report('sf'))).toBe('looks up sf');
  });
});
