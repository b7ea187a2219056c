/**
 * What a search says of its page: where the next one begins, and at least how many there are (protocol.md §0.6). With more behind the page the
 * total is a lower bound, as counting all of them costs more than the page.
 */
export const pageHeaders = ({ offset, count, hasMore }: PageInfo): Record<string, string> => {
  const end = offset + count;
  return hasMore ? { 'x-pagination-next': String(end), 'x-pagination-total': String(end + 1) } : { 'x-pagination-total': String(end) };
};

export type PageInfo = { readonly offset: number; readonly count: number; readonly hasMore: boolean };
