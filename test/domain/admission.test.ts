import { describe, expect, test } from 'vitest';
import { type Admission, decideAdmission, type Unfinished } from '../../src/domain/admission.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { MultitaskStrategy } from '../../src/domain/run.ts';

const id = (name: string) => name as RunId;
const running = (name: string): Unfinished => ({ id: id(name), status: 'RUNNING' });
const waiting = (name: string): Unfinished => ({ id: id(name), status: 'PENDING' });

type Situation = {
  readonly name: string;
  readonly unfinished: readonly Unfinished[];
  readonly expected: Record<MultitaskStrategy, Admission>;
};

const start: Admission = { kind: 'start' };
const supersede = (
  action: 'INTERRUPT' | 'ROLLBACK',
  names: readonly string[],
  stopped: string | null,
): Admission => ({
  kind: 'supersede',
  action,
  waiting: names.map(id),
  running: stopped === null ? null : id(stopped),
});
const both = (names: readonly string[], stopped: string | null) => ({
  INTERRUPT: supersede('INTERRUPT', names, stopped),
  ROLLBACK: supersede('ROLLBACK', names, stopped),
});

const situations: readonly Situation[] = [
  {
    name: 'no run is unfinished',
    unfinished: [],
    expected: { REJECT: start, ENQUEUE: start, INTERRUPT: start, ROLLBACK: start },
  },
  {
    name: 'one run waits',
    unfinished: [waiting('w1')],
    expected: {
      REJECT: { kind: 'refuse', blockedBy: id('w1') },
      ENQUEUE: { kind: 'wait', behind: id('w1') },
      ...both(['w1'], null),
    },
  },
  {
    name: 'several runs wait',
    unfinished: [waiting('w1'), waiting('w2')],
    expected: {
      REJECT: { kind: 'refuse', blockedBy: id('w1') },
      ENQUEUE: { kind: 'wait', behind: id('w2') },
      ...both(['w1', 'w2'], null),
    },
  },
  {
    name: 'a run is running',
    unfinished: [running('r')],
    expected: {
      REJECT: { kind: 'refuse', blockedBy: id('r') },
      ENQUEUE: { kind: 'wait', behind: id('r') },
      ...both([], 'r'),
    },
  },
  {
    name: 'a run is running and others wait',
    unfinished: [running('r'), waiting('w1'), waiting('w2')],
    expected: {
      REJECT: { kind: 'refuse', blockedBy: id('r') },
      ENQUEUE: { kind: 'wait', behind: id('w2') },
      ...both(['w1', 'w2'], 'r'),
    },
  },
  {
    name: 'a run is running that overtook a delayed one',
    unfinished: [waiting('delayed'), running('r')],
    expected: {
      REJECT: { kind: 'refuse', blockedBy: id('delayed') },
      ENQUEUE: { kind: 'wait', behind: id('r') },
      ...both(['delayed'], 'r'),
    },
  },
];

describe.each(situations)('when $name', ({ unfinished, expected }) => {
  test.each(Object.entries(expected))('%s is decided as the table says', (strategy, admission) => {
    expect(decideAdmission(strategy as MultitaskStrategy, unfinished)).toEqual(admission);
  });
});

test('a strategy that does not exist is refused loudly', () => {
  expect(() => decideAdmission('STEER' as MultitaskStrategy, [running('r')])).toThrow(
    'Unexpected value: "STEER"',
  );
});
