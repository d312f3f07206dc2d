export { email } from './email.ts';
export { inbox } from './inbox.ts';
export { log } from './log.ts';
export { slack_webhook } from './slack_webhook.ts';
