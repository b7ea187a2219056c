import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { cityName, knownCities } from './weather.ts';

/** What the demo model says next. */
export type Reply =
  | { readonly kind: 'look-up'; readonly cities: readonly string[] }
  | { readonly kind: 'answer'; readonly text: string; readonly afterTools: boolean };

const CAPABILITIES =
  "Hello! I'm the weather agent of Interject's demo. Ask me about the weather in any city, or in several at once, and ask again while I'm still answering.";
const WHICH_CITY = 'Happy to look that up! Which city do you have in mind? You can name several.';

/**
 * Decides what to say to a conversation, which may hold partial answers, stopped tool calls and several human
 * messages in a row. Every city that was asked for since the last complete answer is due: one that no tool
 * has reported on is looked up first. A look-up that failed is tried again when the user has said something
 * since, and admitted otherwise.
 */
export function decideReply(messages: readonly BaseMessage[]): Reply {
  const open = messages.slice(messages.findLastIndex(isCompleteAnswer) + 1);
  const questions = open.filter((message) => HumanMessage.isInstance(message)).map((message) => message.text);
  const cities = distinct(questions.flatMap(citiesIn));
  if (cities.length === 0) {
    return {
      kind: 'answer',
      text: questions.some((text) => TOPIC.test(text)) ? WHICH_CITY : CAPABILITIES,
      afterTools: false,
    };
  }

  const thisTurn = open.slice(open.findLastIndex((message) => HumanMessage.isInstance(message)) + 1);
  const reports = toolAnswers(open, (answer) => answer.status !== 'error');
  const failures = toolAnswers(thisTurn, (answer) => answer.status === 'error');
  const due = cities.filter((city) => !reports.has(cityName(city)) && !failures.has(cityName(city)));
  if (due.length > 0) return { kind: 'look-up', cities: due };
  const told = cities.map(
    (city) => reports.get(cityName(city)) ?? `I couldn't find out about ${cityName(city)}.`,
  );
  return {
    kind: 'answer',
    text: `${told.join(' ')} ${advice(told.at(-1) ?? '')}`,
    afterTools: thisTurn.some((message) => ToolMessage.isInstance(message)),
  };
}

/**
 * An answer to the user, as opposed to a request for tools or to one that was cut off (Interject marks
 * those).
 */
function isCompleteAnswer(message: BaseMessage): boolean {
  if (!AIMessage.isInstance(message)) return false;
  return (message.tool_calls ?? []).length === 0 && message.response_metadata['partial'] !== true;
}

/** What tools answered, by city; the newest answer counts. */
function toolAnswers(
  messages: readonly BaseMessage[],
  wanted: (answer: ToolMessage) => boolean,
): Map<string, string> {
  const asked = new Map<string, string>();
  const answers = new Map<string, string>();
  for (const message of messages) {
    if (AIMessage.isInstance(message)) {
      for (const call of message.tool_calls ?? []) {
        if (call.id !== undefined && typeof call.args['query'] === 'string')
          asked.set(call.id, cityName(call.args['query']));
      }
    } else if (ToolMessage.isInstance(message) && wanted(message)) {
      const city = asked.get(message.tool_call_id);
      if (city !== undefined) answers.set(city, message.text);
    }
  }
  return answers;
}

const TOPIC = /\b(?:weather|forecast|temperature|degrees|rain(?:y|ing)?|sunny|warm|cold|hot)\b/i;
/** "what about nyc?", "and in nyc?", "actually, nyc": how people double-text. */
const FOLLOW_UP = /\b(?:what|how) about\b|^\W*(?:and|or|no|wait|sorry|actually|also)\b/i;
const PLACE = /\b(?:in|for|at|(?:what|how) about)\s+((?:(?!\b(?:in|for|at)\b)[^?.!;\n])+)/gi;
const SEPARATOR = /\s*(?:,|&|\band\b|\bor\b|\bthen\b)\s*/i;
const NO_PLACE =
  /\b(?:right now|now|today|tonight|tomorrow|this week(?:end)?|the (?:moment|morning|afternoon|evening|weekend)|noon|night|currently|instead|please|thanks|too|again|like)\b/gi;
const KNOWN = new RegExp(`\\b(?:${[...knownCities].sort((a, b) => b.length - a.length).join('|')})\\b`, 'gi');
/** Longer ones are more of a sentence than of a name. */
const MAX_CITY_WORDS = 3;

/** The cities whose weather a message asks for, spelled as in it, each once; [] when it asks for none. */
export function citiesIn(text: string): string[] {
  if (!TOPIC.test(text) && !FOLLOW_UP.test(text))
    return new RegExp(`^\\W*${KNOWN.source}\\W*$`, 'i').test(text) ? (text.match(KNOWN) ?? []) : [];
  const places = [...text.matchAll(PLACE)]
    .flatMap((match) => (match[1] ?? '').replace(NO_PLACE, '').split(SEPARATOR))
    .map((place) => place.replace(/^\W*(?:the\s+)?|[^\p{L}\p{N}]+$/giu, ''))
    .filter((place) => place !== '' && place.split(/\s+/).length <= MAX_CITY_WORDS);
  return distinct(places.length > 0 ? places : (text.match(KNOWN) ?? []));
}

const distinct = (cities: readonly string[]): string[] => [
  ...new Map(cities.map((city) => [cityName(city), city])).values(),
];

/** A word on what to do about the weather, so that an answer is long enough to be watched and interrupted. */
function advice(report: string): string {
  switch (/\b(?:sunny|cloudy|rainy|windy|foggy)\b/.exec(report)?.[0]) {
    case 'sunny':
      return 'The sky stays clear until the evening, so bring sunglasses and plenty of water, and look for some shade around noon.';
    case 'cloudy':
      return 'The clouds should hold all day without any rain, which makes it a good day for a long walk or for a museum.';
    case 'rainy':
      return 'Showers come and go until the evening, so take an umbrella with you and keep a pair of dry shoes at hand.';
    case 'windy':
      return 'Gusts pick up in the afternoon, so hold on to your hat, and think twice before you go out on the water.';
    case 'foggy':
      return 'The fog should thin out by noon, so take a light jacket along and expect a brighter afternoon down by the water.';
    default:
      return 'Ask me again in a while, or about another city: I am glad to look it up for you at any time.';
  }
}
