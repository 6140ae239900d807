interface Task {
  readonly time: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Virtual timers: due by time, then by creation. */
export class Scheduler {
  private readonly heap: Task[] = [];
  private created = 0;

  at(time: number, run: () => void): () => void {
    const task: Task = { time, order: this.created, run };
    this.created += 1;
    this.push(task);
    return () => {
      task.run = undefined;
    };
  }

  nextTime(): number {
    let first = this.heap[0];
    while (first !== undefined && first.run === undefined) {
      this.pop();
      first = this.heap[0];
    }
    return first === undefined ? Infinity : first.time;
  }

  runNext(): void {
    const task = this.pop();
    task?.run?.();
  }

  private push(task: Task): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(task);
    while (index > 0) {
      const parentIndex = (index - 1) >>> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(task, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = task;
  }

  private pop(): Task | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const leftIndex = 2 * index + 1;
      const left = heap[leftIndex];
      if (left === undefined) break;
      const right = heap[leftIndex + 1];
      const childIndex = right !== undefined && isBefore(right, left) ? leftIndex + 1 : leftIndex;
      const child = heap[childIndex];
      if (child === undefined || !isBefore(child, last)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(left: Task, right: Task): boolean {
  return left.time < right.time || (left.time === right.time && left.order < right.order);
}
