/** A window of an ordered list, as a Relay connection asks for it (keyset paging). */
export type Window<K> = {
  /** Only what comes after this key in list order. */
  readonly after?: K | undefined;
  /** Only what comes before this key in list order. */
  readonly before?: K | undefined;
  readonly limit: number;
  /** Take the window from the end of the list; the result is then in reverse list order. */
  readonly inverted: boolean;
};
