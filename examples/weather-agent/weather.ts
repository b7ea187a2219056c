import { tool } from '@langchain/core/tools';
import { z } from 'zod';
import { type Pace, pause } from './pace.ts';

/** A report on one city, as the tool tells it. */
export type Weather = { readonly city: string; readonly degrees: number; readonly sky: string };

const CITIES = new Map([
  ['sf', 'San Francisco'],
  ['san francisco', 'San Francisco'],
  ['nyc', 'New York'],
  ['new york', 'New York'],
  ['new york city', 'New York'],
  ['berlin', 'Berlin'],
  ['london', 'London'],
  ['paris', 'Paris'],
  ['tokyo', 'Tokyo'],
]);
const REPORTS = new Map<string, Omit<Weather, 'city'>>([
  ['San Francisco', { degrees: 60, sky: 'foggy' }],
  ['New York', { degrees: 90, sky: 'sunny' }],
]);
const SKIES = ['sunny', 'cloudy', 'rainy', 'windy', 'foggy'] as const;

/**
 * The spellings that are recognised even where nothing around them says that a place is meant. Lower case.
 */
export const knownCities: readonly string[] = [...CITIES.keys()];

/**
 * One name for all spellings of a city: `sf`, `SF` and `san francisco` are `San Francisco`; unknown ones are
 * capitalised.
 */
export function cityName(query: string): string {
  const spelled = query.trim().replace(/\s+/g, ' ').toLowerCase();
  return CITIES.get(spelled) ?? spelled.replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
}

/** The weather of a city: invented, and always the same for the same city. */
export function weatherIn(query: string): Weather {
  const city = cityName(query);
  const hash = fnv1a(city);
  const report = REPORTS.get(city) ?? {
    degrees: 40 + (hash % 56),
    sky: SKIES[(hash >>> 8) % SKIES.length] ?? 'sunny',
  };
  return { city, ...report };
}

/** FNV-1a, 32 bits: stable across processes and platforms. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/**
 * The agent's only tool. It takes `pace.toolMs`, like a call over a network would, and rejects at once when
 * the run is stopped.
 */
export const createWeatherSearch = (pace: Pace) =>
  tool(
    async ({ query }, config) => {
      await pause(pace.toolMs, config?.signal);
      const { city, degrees, sky } = weatherIn(query);
      return `It's ${degrees} degrees and ${sky} in ${city}.`;
    },
    {
      name: 'weather_search',
      description: 'Looks up the current weather in a city.',
      schema: z.object({ query: z.string().describe('The city, for example "sf" or "Berlin"') }),
    },
  );
