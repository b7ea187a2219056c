import type { Channel } from '@langchain/protocol';
import { z } from 'zod';
import { absent, text } from '../schemas/common.ts';

const CHANNELS = ['values', 'updates', 'messages', 'tools', 'lifecycle', 'input', 'checkpoints', 'tasks', 'custom'] as const;

const channel = z.custom<Channel>(
  (value) => CHANNELS.some((one) => one === value) || (typeof value === 'string' && /^custom:.+$/.test(value)),
  `must be one of ${CHANNELS.join(', ')}, custom:<name>`,
);

/** Which events a stream or a subscription is to get. */
export const eventsRequest = z
  .object({
    channels: z.array(channel, 'must be a list of channels').min(1, 'must have at least one channel'),
    namespaces: absent(z.array(z.array(text()))),
    depth: absent(z.int().min(0)),
    since: absent(z.int().min(0)),
  })
  .meta({
    id: 'ProtocolEventStreamRequest',
    description: 'Channels, namespaces by prefix, depth below them, and the seq to go on behind.',
  });
