/** Lets callers that come while an answer is being made share it, and gives up on it after `limitMs` of real time. */
export function shared<T>(make: () => Promise<T>, limitMs: number): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= limited(make(), limitMs).finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function limited<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${limitMs} ms.`)), limitMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
