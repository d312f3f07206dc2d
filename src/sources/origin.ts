import { basename } from 'node:path';
import type { ChainBlock, Origin } from '../model/sample.ts';
import { shownUrl } from '../model/shown.ts';
import type { HttpReads, Source, SourceIo, Together } from '../model/source.ts';

/** The same clients, and the addresses that are read through them. */
export interface Witness {
  readonly io: SourceIo;
  /** Host and path, in the order of reading. */
  readonly urls: readonly string[];
  /** By chain: the block of each that a source over several of them asked for. */
  readonly blocks: ReadonlyMap<string, ChainBlock>;
}

/** Makes one witness for each source of a batch. Requests made together are asked for by many and fetched by one. */
export function witnesses(io: SourceIo): () => Witness {
  const fetched = new Map<string, string>();
  const wrapped = new Map<unknown, unknown>();
  const noting = <Item, Answer>(together: Together<Item, Answer>): Together<Item, Answer> => {
    const known = wrapped.get(together) as Together<Item, Answer> | undefined;
    if (known !== undefined) return known;
    const note = (url: string) => void fetched.set(together.name, url);
    const noted = {
      ...together,
      fetch: (items: readonly Item[], http: HttpReads) => together.fetch(items, watched(http, note)),
    };
    wrapped.set(together, noted);
    return noted;
  };
  return () => {
    const urls: string[] = [];
    const http: HttpReads = {
      json: watched(io.http, (url) => void urls.push(url)).json,
      together: async (together, item) => {
        const answer = await io.http.together(noting(together), item);
        urls.push(fetched.get(together.name) ?? together.name);
        return answer;
      },
    };
    const text = (path: string) => {
      urls.push(`file:${basename(path)}`);
      return io.file.text(path);
    };
    const blocks = new Map<string, ChainBlock>();
    const chains = (chain: string) => {
      const evm = io.chains(chain);
      blocks.set(chain, { chain, block: Number(evm.block.number), hash: evm.block.hash });
      return evm;
    };
    return { io: { ...io, http, file: { text }, chains }, urls, blocks };
  };
}

function watched(http: HttpReads, note: (url: string) => void): HttpReads {
  return {
    ...http,
    json: (url, headers) => {
      if (URL.canParse(url)) note(shownUrl(new URL(url)));
      return http.json(url, headers);
    },
  };
}

/** Where a run of this source read its values. */
export function originOf(source: Source, { io, urls, blocks }: Witness): Origin {
  if (source.reads === 'evm') {
    const { block } = io.evm;
    const { at: tag } = source;
    return { chain: io.evm.chain, block: Number(block.number), hash: block.hash, ...(tag && { tag }) };
  }
  if (source.reads === 'solana') return { chain: io.solana.chain, slot: io.solana.slot };
  if (source.reads === 'chains') return { blocks: [...blocks.values()] };
  const url = urls[0];
  return url === undefined ? {} : { url };
}
