import type { Json } from './json.ts';

/**
 * The value that a text is the beginning of: what is open is closed, a member without its value is left out.
 * Null where it is the beginning of none. As parsePartialJson of @langchain/core 1.4, with which LangChain
 * reads the arguments of streamed tool calls.
 */
export function parsePartialJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    try {
      return new PartialJson(text.trim()).read();
    } catch {
      return null;
    }
  }
}

const LITERALS = [
  ['null', null],
  ['true', true],
  ['false', false],
] as const;
const ESCAPED: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '\\': '\\',
  '"': '"',
  '/': '/',
};

class PartialJson {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Json {
    const value = this.#value();
    if (!this.#isAtEnd()) throw this.#unexpected();
    return value;
  }

  #value(): Json {
    if (this.#isAtEnd()) throw this.#unexpected();
    if (this.#take('{')) return this.#object();
    if (this.#take('[')) return this.#list();
    if (this.#take('"')) return this.#string();
    for (const [word, value] of LITERALS) {
      const piece = this.#text.slice(this.#at, this.#at + word.length);
      if (!word.startsWith(piece)) continue;
      this.#at += piece.length;
      return value;
    }
    return this.#number();
  }

  #object(): Json {
    const members = new Map<string, Json>();
    if (!this.#take('}'))
      while (!this.#isAtEnd()) {
        this.#expect('"');
        const key = this.#string();
        if (this.#isAtEnd()) break;
        this.#expect(':');
        if (this.#isAtEnd()) break;
        members.set(key, this.#value());
        if (this.#isAtEnd() || this.#take('}')) break;
        this.#expect(',');
      }
    return Object.fromEntries(members);
  }

  #list(): Json {
    const items: Json[] = [];
    if (!this.#take(']'))
      while (!this.#isAtEnd()) {
        items.push(this.#value());
        if (this.#isAtEnd() || this.#take(']')) break;
        this.#expect(',');
      }
    return items;
  }

  /** Behind its quotation mark. */
  #string(): string {
    let value = '';
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at++];
      if (character === '"') return value;
      value += character === '\\' ? this.#escaped() : character;
    }
    return value;
  }

  #escaped(): string {
    const character = this.#text[this.#at];
    if (character === undefined) return '\\';
    this.#at += 1;
    if (character !== 'u') {
      const meant = ESCAPED[character];
      if (meant === undefined) throw this.#unexpected();
      return meant;
    }
    const code = this.#text.slice(this.#at, this.#at + 4);
    if (!/^[\da-f]*$/i.test(code)) throw this.#unexpected();
    this.#at += code.length;
    return code.length === 4 ? String.fromCharCode(Number.parseInt(code, 16)) : `u${code}`;
  }

  #number(): number {
    const number = /-?(?:0|[1-9]\d*)?(?:\.\d*)?(?:e[+-]?\d*)?/iy;
    number.lastIndex = this.#at;
    const [text = ''] = /[-\d]/.test(this.#text[this.#at] ?? '') ? (number.exec(this.#text) ?? []) : [];
    const value = text === '-' ? 0 : Number.parseFloat(text);
    if (Number.isNaN(value)) throw this.#unexpected();
    this.#at += text.length;
    return value;
  }

  #isAtEnd(): boolean {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#at >= this.#text.length;
  }

  #take(character: string): boolean {
    if (this.#isAtEnd() || this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw this.#unexpected();
  }

  #unexpected(): SyntaxError {
    return new SyntaxError(`Unexpected text at ${this.#at}`);
  }
}
