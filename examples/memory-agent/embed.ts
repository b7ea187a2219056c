const TOPICS = [/tea|coffee|drink|thirsty/, /dog|cat|animal|pet/, /sail|swim|sea|holiday/];

/**
 * What each text is about, as numbers. A model does this better: "embed": "openai:text-embedding-3-small",
 * "dims": 1536.
 */
export const embed = async (texts: readonly string[]): Promise<number[][]> =>
  texts.map((text) => TOPICS.map((topic) => (topic.test(text.toLowerCase()) ? 1 : 0)));
