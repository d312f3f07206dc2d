/** Options that several verbs share, as commander takes them. */
export const CONFIG = ['--config <file>', 'configuration file (default: tocsin.yaml, if there is one)'] as const;
export const DATA = ['--data <folder>', "folder of the worker's private database"] as const;
export const BY = ['--by <name>', 'who says so (default: your login)'] as const;
