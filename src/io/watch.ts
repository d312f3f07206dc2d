import { watch } from 'chokidar';

/** Editors and volume mounts change a file in several steps: ms of quiet before it is read. */
const SETTLE = 200;

/** Calls back once after each burst of changes below these folders and files; ones that are not there yet are waited for. Returns how to stop. */
export function watchFiles(paths: readonly string[], onChange: () => void): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch([...paths], { ignoreInitial: true });
  watcher.on('all', () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE);
  });
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}
