/**
 * The records of stored values: objects that stand for what JSON doesn't have, as LangGraph's serializer writes them. All have a member `lc`,
 * and what isn't one of them never has (ADR 0023).
 */
export const MARK = 'lc';
/** The type of the one record of our own: a plain object by its entries, because its keys are those of records. */
export const ENTRIES = 'entries';
/** LangChain's own wrapping of such objects within messages, which older versions stored. */
export const LEGACY_ESCAPE = '__lc_escaped__';
