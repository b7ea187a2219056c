import { isJsonObject, type JsonObject } from '../../domain/json.ts';

/**
 * The object that a text is the beginning of, as far as it goes: open strings, lists and objects are closed, a member without its value is
 * left out. Null where it is no object, or not yet.
 */
export function partialObject(text: string): JsonObject | null {
  for (const end of endsOf(text)) {
    try {
      const parsed: unknown = JSON.parse(end);
      return isJsonObject(parsed as never) ? (parsed as JsonObject) : null;
    } catch {
      // The next one leaves more out.
    }
  }
  return null;
}

/** The text completed, then the text without its last member, completed. */
function* endsOf(text: string): Generator<string> {
  const { closers, inString, lastComma } = scan(text);
  yield `${text}${inString ? '"' : ''}${closers}`;
  if (lastComma !== null) yield `${text.slice(0, lastComma.at)}${lastComma.closers}`;
  else if (text.trimStart().startsWith('{')) yield '{}';
}

type Scanned = {
  readonly closers: string;
  readonly inString: boolean;
  readonly lastComma: { readonly at: number; readonly closers: string } | null;
};

function scan(text: string): Scanned {
  const open: string[] = [];
  let inString = false;
  let lastComma: Scanned['lastComma'] = null;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') open.push('}');
    else if (character === '[') open.push(']');
    else if (character === '}' || character === ']') open.pop();
    else if (character === ',') lastComma = { at, closers: open.toReversed().join('') };
  }
  return { closers: open.toReversed().join(''), inString, lastComma };
}
