import { setTimeout as sleep } from 'node:timers/promises';
import type { PrivateEngine } from '../support/private-engine.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import type { TestDatabase } from '../support/test-database.ts';
import type { Balancer } from './balancer.ts';
import type { Fleet } from './fleet.ts';
import type { Fault } from './plan.ts';

type Targets = {
  readonly fleet: Fleet;
  readonly balancer: Balancer;
  readonly database: TestDatabase;
  /** Between the servers and the database; null where that is a file. */
  readonly link: TcpProxy | null;
  /** Null where no engine is used. */
  readonly engine: PrivateEngine | null;
};

/** Does to the servers, and to what is between them and around them, what the plan says. */
export class Faults {
  readonly counts = {
    cuts: 0,
    cutConnections: 0,
    databaseCuts: 0,
    cutDatabaseConnections: 0,
    databaseSevered: 0,
    engineRestarts: 0,
  };
  readonly #targets: Targets;
  #engine: Promise<void> = Promise.resolve();
  #link: Promise<void> = Promise.resolve();

  constructor(targets: Targets) {
    this.#targets = targets;
  }

  /** Resolves when it is under way; what it broke mends by itself, see `healed`. */
  async inflict(fault: Fault): Promise<void> {
    const { fleet, balancer, database } = this.#targets;
    switch (fault.do) {
      case 'kill':
        return fleet.kill(fault.process, fault.downMs);
      case 'terminate':
        return fleet.terminate(fault.process, fault.downMs);
      case 'pause':
        return fleet.pause(fault.process, fault.pauseMs);
      case 'cut':
        this.counts.cuts += 1;
        this.counts.cutConnections += balancer.cut();
        return;
      case 'restart-messaging':
        this.#engine = this.#engine.then(() => this.#restartEngine(fault.downMs));
        return;
      case 'cut-database':
        this.counts.databaseCuts += 1;
        this.counts.cutDatabaseConnections += await database.cutConnections();
        return;
      case 'sever-database':
        this.#link = this.#link.then(() => this.#sever(fault.downMs));
        return;
    }
  }

  /** Resolves when engine and database are there and no process is paused or down. */
  async healed(): Promise<void> {
    await this.#engine;
    await this.#link;
    await this.#targets.fleet.heal();
  }

  async #sever(downMs: number): Promise<void> {
    const { link } = this.#targets;
    if (link === null) return;
    link.refuse();
    await sleep(downMs);
    link.restore();
    this.counts.databaseSevered += 1;
  }

  async #restartEngine(downMs: number): Promise<void> {
    const { engine } = this.#targets;
    if (engine === null) return;
    await engine.kill();
    await sleep(downMs);
    await engine.start();
    this.counts.engineRestarts += 1;
  }
}
