import { z } from 'zod';

// https://docs.slack.dev/reference/block-kit/blocks
const text = (most: number, type: z.ZodType<string> = z.enum(['plain_text', 'mrkdwn'])) =>
  z.strictObject({
    type,
    text: z.string().min(1).max(most),
    emoji: z.boolean().optional(),
    verbatim: z.boolean().optional(),
  });

const block = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('header'),
    text: text(150, z.literal('plain_text')),
    block_id: z.string().max(255).optional(),
  }),
  z
    .strictObject({
      type: z.literal('section'),
      text: text(3000).optional(),
      fields: z.array(text(2000)).min(1).max(10).optional(),
    })
    .refine(({ text: own, fields }) => own !== undefined || fields !== undefined, 'a section needs text or fields'),
  z.strictObject({ type: z.literal('context'), elements: z.array(text(3000)).min(1).max(10) }),
  z.strictObject({
    type: z.literal('actions'),
    elements: z
      .array(
        z.strictObject({
          type: z.literal('button'),
          action_id: z.string().min(1).max(255),
          text: text(75, z.literal('plain_text')),
          value: z.string().max(2000).optional(),
          url: z.string().max(3000).optional(),
          style: z.enum(['primary', 'danger']).optional(),
        }),
      )
      .min(1)
      .max(25),
  }),
  z.strictObject({ type: z.literal('divider') }),
]);

const message = z.strictObject({
  text: z.string().min(1).max(40_000),
  blocks: z.array(block).min(1).max(50),
  unfurl_links: z.boolean(),
  unfurl_media: z.boolean(),
});

// Measured by others: https://github.com/slackapi/bolt-js/issues/2509
const TOGETHER = 13_200;

/** What Slack would refuse in a message, in words; empty when it is fine. */
export function complaintsAbout(payload: unknown): string[] {
  const { error } = message.safeParse(payload);
  if (error !== undefined) return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const { blocks } = payload as { readonly blocks: unknown };
  const size = JSON.stringify(blocks).length;
  return size > TOGETHER ? [`blocks: ${size} characters together, at most ${TOGETHER} are accepted`] : [];
}
