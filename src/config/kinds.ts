import type { z } from 'zod';
import type { NotifierKind } from '../model/config.ts';
import type { SourceKind } from '../model/source.ts';

/** A kind whose options are known only to itself: what `options` reads is what `make` takes. */
type Any<Kind> = Omit<Kind, 'options'> & { readonly options: z.ZodType };

export type AnySourceKind = Any<SourceKind>;
export type AnyNotifierKind = Any<NotifierKind>;

export type SourceKinds = Readonly<Record<string, AnySourceKind>>;
export type NotifierKinds = Readonly<Record<string, AnyNotifierKind>>;
