/** A page without the items that the server could not read: it sends null for them, beside an error each. */
export const readable = <Node, Rest extends object>(
  page: Rest & { readonly nodes: readonly (Node | null)[] },
): Rest & { readonly nodes: readonly Node[] } => ({ ...page, nodes: page.nodes.filter((node) => node !== null) });
