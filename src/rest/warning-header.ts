import type { Accepted } from '../orchestrator/orchestrator.ts';

/** Longest text of one warning, and of all of them: clients limit the size of a response's headers. */
const MAX_TEXT = 300;
const MAX_HEADER = 3_000;

/**
 * What was ignored of a request, as a `Warning` header: one `299 - "place: reason; ignored"` for each (299: a persistent warning of any kind,
 * RFC 7234 §5.5). No header when nothing was.
 */
export function warningHeader({ ignored = [] }: Pick<Accepted<unknown>, 'ignored'>): Record<string, string> {
  const warnings = ignored.map(({ path, message }) => `299 - ${quoted(`${placeOf(path)}: ${message}`)}`);
  if (warnings.length === 0) return {};
  const header = warnings.join(', ');
  if (header.length <= MAX_HEADER) return { warning: header };
  return { warning: [...fitting(warnings), `299 - "there are more warnings"`].join(', ') };
}

/** As the protocol names the members of its bodies; a batch's body is the list itself. */
const placeOf = ([first = '', ...rest]: readonly string[]): string =>
  [...(first === 'runs' ? [] : [first]), ...rest].join('.').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A quoted-string of printable ASCII: everything else is percent-encoded, so that no name can end the header. */
function quoted(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
  const printable = short.toWellFormed().replaceAll(/[^\x20-\x7e]+/g, encodeURIComponent);
  return `"${printable.replaceAll(/["\\]/g, '\\$&')}; ignored"`;
}

function fitting(warnings: readonly string[]): string[] {
  let length = 0;
  return warnings.filter((warning) => {
    length += warning.length + 2;
    return length <= MAX_HEADER;
  });
}
