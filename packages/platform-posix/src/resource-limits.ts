/** Limits of a process, soft and hard; bytes, or Infinity. */
import { EINVAL, EPERM } from './errno.ts';
import {
  RLIMIT_AS,
  RLIMIT_COUNT,
  RLIMIT_DATA,
  RLIMIT_MEMLOCK,
  RLIMIT_STACK,
} from './linux-constants.ts';

export interface ResourceLimit {
  readonly soft: number;
  readonly hard: number;
}

const RLIMIT_CORE = 4;
export const RLIMIT_NPROC = 6;
const RLIMIT_NOFILE = 7;
const RLIMIT_NICE = 13;
const RLIMIT_RTPRIO = 14;

const UNLIMITED: ResourceLimit = {
  soft: Number.POSITIVE_INFINITY,
  hard: Number.POSITIVE_INFINITY,
};

/** Processes and threads that a guest may have: what stops a fork bomb. */
export const MOST_TASKS = 1024;

/** What a process starts with, by resource; every other one is unlimited. */
const DEFAULTS: Readonly<Record<number, ResourceLimit>> = {
  [RLIMIT_STACK]: { soft: 8 << 20, hard: Number.POSITIVE_INFINITY },
  [RLIMIT_MEMLOCK]: { soft: 8 << 20, hard: 8 << 20 },
  [RLIMIT_AS]: UNLIMITED,
  [RLIMIT_DATA]: UNLIMITED,
  [RLIMIT_CORE]: { soft: 0, hard: Number.POSITIVE_INFINITY },
  [RLIMIT_NPROC]: { soft: MOST_TASKS, hard: MOST_TASKS },
  [RLIMIT_NOFILE]: { soft: 1024, hard: 1 << 16 },
  [RLIMIT_NICE]: { soft: 0, hard: 0 },
  [RLIMIT_RTPRIO]: { soft: 0, hard: 0 },
};

export class ResourceLimits {
  private readonly limits: Map<number, ResourceLimit> = new Map();

  /** The soft limit of a resource, bytes. */
  soft(resource: number): number {
    return this.get(resource)!.soft;
  }

  /** A limit, or null when there is no such resource. */
  get(resource: number): ResourceLimit | null {
    if (!(resource >= 0 && resource < RLIMIT_COUNT)) return null;
    return this.limits.get(resource) ?? DEFAULTS[resource] ?? UNLIMITED;
  }

  /** Sets a limit as a process without privileges may: 0, -EINVAL or -EPERM. */
  set(resource: number, limit: ResourceLimit): number {
    const before = this.get(resource);
    if (before === null || limit.soft > limit.hard) return -EINVAL;
    if (limit.hard > before.hard) return -EPERM;
    this.limits.set(resource, limit);
    return 0;
  }

  copy(): ResourceLimits {
    const copy = new ResourceLimits();
    for (const [resource, limit] of this.limits) copy.limits.set(resource, limit);
    return copy;
  }
}
