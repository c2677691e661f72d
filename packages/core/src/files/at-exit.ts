const tasks = new Set<() => void>()

/**
 * Runs a task, which cannot wait, when the process exits: at its end, by `process.exit`, or with an exception.
 * A signal that nobody handles ends a process without it. All tasks share one listener.
 *
 * @returns Forgets the task. With the last one the listener goes.
 */
export function atExit(task: () => void): () => void {
  if (tasks.size === 0) globalThis.process?.on('exit', runAll)
  tasks.add(task)
  return () => {
    if (tasks.delete(task) && tasks.size === 0) globalThis.process?.off('exit', runAll)
  }
}

function runAll(): void {
  for (const task of tasks) task()
}
