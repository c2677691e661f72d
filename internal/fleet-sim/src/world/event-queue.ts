/** Something that happens at a time. Without `run` it was cancelled. */
export interface QueuedEvent {
  readonly at: number
  /** Of two events at the same time, the one that was added first comes first. */
  readonly order: number
  run: (() => void) | undefined
}

/** A binary heap: the earliest event stands at its root. */
export class EventQueue {
  readonly #heap: QueuedEvent[] = []
  #added = 0

  get next(): QueuedEvent | undefined {
    return this.#heap[0]
  }

  add(at: number, run: () => void): QueuedEvent {
    const event: QueuedEvent = { at, order: this.#added++, run }
    this.#heap.push(event)
    this.#rise(event)
    return event
  }

  take(): QueuedEvent | undefined {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (last && last !== first) this.#sink(last)
    return first
  }

  /** From the end of the heap towards the root. */
  #rise(event: QueuedEvent): void {
    const heap = this.#heap
    let index = heap.length - 1
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex]
      if (!parent || isBefore(parent, event)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = event
  }

  /** From the root, whose event was taken. */
  #sink(event: QueuedEvent): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      const left = heap[2 * index + 1]
      const right = heap[2 * index + 2]
      const isRight = left && right && isBefore(right, left)
      const child = isRight ? right : left
      if (!child || isBefore(event, child)) break
      heap[index] = child
      index = 2 * index + (isRight ? 2 : 1)
    }
    heap[index] = event
  }
}

function isBefore(one: QueuedEvent, other: QueuedEvent): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}
