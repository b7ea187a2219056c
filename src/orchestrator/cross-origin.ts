import type { CorsSettings } from './ports/deployment.ts';

/** Whether a page of this origin may ask the server. */
export const allowsOrigin = ({ allowOrigins, allowOriginPattern }: CorsSettings, origin: string): boolean =>
  allowOrigins.includes('*') || allowOrigins.includes(origin) || (allowOriginPattern?.test(origin) ?? false);

/** What Access-Control-Allow-Origin says to a page of this origin; null: the header is left out, and the browser refuses. */
export function answeredOrigin(settings: CorsSettings, origin: string): string | null {
  if (!allowsOrigin(settings, origin)) return null;
  return settings.allowOrigins.includes('*') && !settings.allowCredentials ? '*' : origin;
}
