import { createHmac } from 'node:crypto';

/** Sets these keys apart from whatever else may be derived from the secret. */
const PURPOSE = 'interject webhook endpoint v1';

/**
 * The Standard Webhooks secret of one endpoint, derived from the server's. Callers choose the URLs that webhooks go to: with one secret for all, a
 * caller's own receiver would get bodies whose signatures another receiver accepts.
 *
 * @param secret base64, with or without `whsec_`
 * @param url its origin and path count, its query doesn't
 */
export function endpointSecret(secret: string, url: URL): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const derived = createHmac('sha256', key).update(`${PURPOSE}\n${url.origin}${url.pathname}`).digest('base64');
  return `whsec_${derived}`;
}
