type Variables = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{\{\s*env\.(\w+)\s*\}\}/g;

/**
 * Header values with `${{ env.NAME }}` replaced by the variable (protocol.md §8.2). Only names that begin with `prefix` may be used, so that
 * a header can't give away any other secret of the process.
 *
 * @throws Error that names header and variable when it isn't set or may not be used
 */
export function fillInVariables(headers: Readonly<Record<string, string>>, prefix: string, variables: Variables): Record<string, string> {
  const lookUp = (header: string, name: string): string => {
    if (!name.startsWith(prefix))
      throw new Error(`webhooks.headers.${header}: the variable ${name} can't be used, only those that begin with ${prefix} can`);
    const value = variables[name];
    if (value === undefined) throw new Error(`webhooks.headers.${header}: the variable ${name} is not set`);
    return value;
  };
  return Object.fromEntries(
    Object.entries(headers).map(([header, template]) => [
      header,
      template.replaceAll(REFERENCE, (_reference, name: string) => lookUp(header, name)),
    ]),
  );
}
