// In a project of your own: from 'interject/client'
import type { Message } from '../../src/client/public.ts';

/** A message as a person reads it, a line for its text and one for each tool that it calls. */
export function lines(message: Message): string[] {
  switch (message.__typename) {
    case 'AIMessage': {
      const calls = message.toolCalls.map((call) =>
        row('ai', `calls ${call.name}(${JSON.stringify(call.args)})`),
      );
      const text =
        message.text === ''
          ? []
          : [row('ai', message.partial ? `${message.text}… (stopped here)` : message.text)];
      return [...text, ...calls];
    }
    case 'ToolMessage':
      return [row('tool', message.status === 'error' ? `(${message.status}) ${message.text}` : message.text)];
    default:
      return [row(message.type, message.text)];
  }
}

function row(role: string, text: string): string {
  return `${role.padEnd(6)} ${text}`;
}
