/** How much clients may ask of one process. Each is a setting. */
export type Limits = {
  /** Longest HTTP body and longest WebSocket message, of every protocol. */
  readonly maxRequestBytes: number;
};

export const DEFAULT_LIMITS: Limits = {
  maxRequestBytes: 32 * 1024 * 1024,
};

/** Why a request's body is refused, for an error. */
export const bodyTooLarge = (maxBytes: number): string =>
  `The request's body is larger than ${maxBytes} bytes, the limit of this server (INTERJECT_MAX_REQUEST_BYTES).`;
