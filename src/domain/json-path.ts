/** Steps that a place's text shows, and characters of each of them: paths and keys may be as long as a request's body. */
const MAX_STEPS = 12;
const MAX_KEY = 64;

const IDENTIFIER = /^[A-Za-z_$][\w$-]*$/;

/** A place within a JSON value: `[0].artifact.rows[0].id`, `data["a key"]`; '' is the value itself. */
export function textOfPath(path: readonly (string | number)[]): string {
  const shown = path.slice(0, MAX_STEPS).map((step, index) => textOfStep(step, index === 0));
  return shown.join('') + (path.length > MAX_STEPS ? '…' : '');
}

function textOfStep(step: string | number, isFirst: boolean): string {
  if (typeof step === 'number') return `[${step}]`;
  const key = step.length > MAX_KEY ? `${step.slice(0, MAX_KEY)}…` : step;
  if (!IDENTIFIER.test(step)) return `[${JSON.stringify(key)}]`;
  return isFirst ? key : `.${key}`;
}
