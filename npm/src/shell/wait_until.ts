// How a shell is handed what goes on after an answer: by whoever runs the program.

/** Keeps a task alive after the response has left, where the runtime can. */
export type WaitUntil = (task: Promise<unknown>) => void
