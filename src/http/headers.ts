import type { FastifyReply } from 'fastify';

const COMMON = {
  'x-content-type-options': 'nosniff',
  // Without any referrer a browser hides where a form was sent from, and forms of ours would be refused.
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** For answers that are no page. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'";

/** bull-board's own files and inline styles; its web font from elsewhere is refused. */
export const JOBS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** A page whose one style and one script carry the nonce. */
export function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Sets what every answer carries; a route that says more replaces the policy. */
export function secure(reply: FastifyReply): void {
  reply.headers({ ...COMMON, 'content-security-policy': NOTHING });
}
