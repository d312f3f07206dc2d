import { z } from 'zod';
import { solanaAddress } from '../../model/schema.ts';
import type { RawSample, SourceContext, SourceKind } from '../../model/source.ts';
import { SourceError } from '../../model/source.ts';

const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const TOKEN_2022 = 'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb';
const MINT_BYTES = 82;
const MULTISIG_BYTES = 355;
/** Extended Token-2022 accounts say here what they are: 1 is a mint. */
const TYPE_BYTE = 165;
const AUTHORITIES = [{ authority: 'mint' }, { authority: 'freeze' }] as const;

const options = z.strictObject({});

export const spl_mint: SourceKind<z.infer<typeof options>> = {
  kind: 'spl_mint',
  about: 'Supply of a Solana token (SPL Token or Token-2022), and whether somebody can still mint or freeze it.',
  reads: 'solana',
  options,
  needs: ['asset', 'chain', 'address'],
  metrics: ['supply_tokens', 'authority_set_bool'],
  upstream: 'chain',
  make: (_, context) => {
    const address = mintOf(context);
    return {
      yields: [
        { metric: 'supply_tokens' },
        ...AUTHORITIES.map((labels) => ({ metric: 'authority_set_bool', labels }) as const),
      ],
      collect: async ({ solana }) => {
        const account = await solana.account(address);
        if (account === undefined) throw refused(`${solana.chain} has no account "${address}".`);
        return decodeMint(address, account);
      },
    };
  },
};

/**
 * Layout of a mint: `Option<Pubkey>` mint authority at 0, supply u64 at 36, decimals u8 at 44, initialised u8 at 45,
 * `Option<Pubkey>` freeze authority at 46, little-endian; https://github.com/solana-program/token, `Mint`.
 */
function decodeMint(address: string, { data, owner }: { data: Uint8Array; owner: string }): readonly RawSample[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (owner !== TOKEN && owner !== TOKEN_2022) {
    throw refused(`"${address}" belongs to program "${owner}", not to a token program.`);
  }
  if (!isMint(data, owner) || view.getUint8(45) !== 1) throw refused(`"${address}" is no token mint.`);
  const [mint, freeze] = AUTHORITIES;
  return [
    { metric: 'supply_tokens', value: Number(view.getBigUint64(36, true)) / 10 ** view.getUint8(44) },
    { metric: 'authority_set_bool', labels: mint, value: view.getUint32(0, true) },
    { metric: 'authority_set_bool', labels: freeze, value: view.getUint32(46, true) },
  ];
}

function isMint(data: Uint8Array, owner: string): boolean {
  if (data.length === MINT_BYTES) return true;
  return owner === TOKEN_2022 && data.length !== MULTISIG_BYTES && data[TYPE_BYTE] === 1;
}

/** @throws {Error} when the asset's address is none of Solana. */
function mintOf({ asset, chain, address }: SourceContext): string {
  const checked = solanaAddress().safeParse(address);
  if (checked.success) return checked.data;
  throw new Error(`asset "${asset?.id}" has "${address}" on ${chain}; ${checked.error.issues[0]?.message}`);
}

function refused(message: string): SourceError {
  return new SourceError(`${message} Check the asset's address.`, { retryable: false });
}
