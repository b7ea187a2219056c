import { expect, test } from 'vitest';
import { type AssistantContent, contentOf } from '../../src/domain/assistant.ts';

test('a version keeps the content of its assistant, and nothing else of it', () => {
  const content: AssistantContent = {
    graphId: 'agent',
    name: 'Agent',
    description: null,
    config: { tags: ['a'] },
    context: { user: 'ann' },
    metadata: { team: 'x' },
  };

  expect(contentOf({ ...content, version: 3 } as AssistantContent)).toEqual(content);
});
