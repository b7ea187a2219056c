import { isJsonObject, type Json } from '../../domain/json.ts';
import { withoutHalf } from '../../domain/whole-characters.ts';

const TEXT_TYPES: ReadonlySet<unknown> = new Set(['text', 'text_delta', 'output_text']);

/**
 * What of a cut-off message's content may stay: its text. A string stays as it is; of blocks only text blocks stay, reduced to type and
 * text, so that any provider takes them back. Half-built tool calls and hidden reasoning go: a provider refuses the one without its
 * arguments, the other without its signature. A surrogate pair that was cut in two goes too.
 *
 * @returns null when no text is left; white space alone is none (providers refuse messages of it)
 */
export function partialText(content: Json): Json {
  if (typeof content === 'string') return isBlank(withoutHalf(content)) ? null : withoutHalf(content);
  if (!Array.isArray(content)) return null;
  const texts = content.map(textOfBlock).filter((text) => !isBlank(text));
  return texts.length === 0 ? null : texts.map((text) => ({ type: 'text', text }));
}

function textOfBlock(block: Json): string {
  if (typeof block === 'string') return withoutHalf(block);
  if (!isJsonObject(block) || !TEXT_TYPES.has(block['type'])) return '';
  const { text, thought } = block;
  return typeof text === 'string' && thought !== true ? withoutHalf(text) : '';
}

const isBlank = (text: string): boolean => text.trim() === '';
