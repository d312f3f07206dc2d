import type { Keypair, TransactionInstruction } from '@solana/web3.js';
import { Connection, Keypair as Keys, LAMPORTS_PER_SOL, SystemProgram, Transaction } from '@solana/web3.js';
import {
  AuthorityType,
  createAssociatedTokenAccountInstruction,
  createBurnInstruction,
  createInitializeMint2Instruction,
  createMintToInstruction,
  createSetAuthorityInstruction,
  getAssociatedTokenAddressSync,
  MINT_SIZE,
  TOKEN_PROGRAM_ID,
} from '@solana/spl-token';

const RENT = LAMPORTS_PER_SOL / 100;

/** A token of the real program; amounts are in its smallest unit. */
export interface Token {
  readonly mint: string;
  /** The token account that holds what was minted. */
  readonly holder: string;
  /** The wallet that pays and may mint. */
  readonly wallet: string;
  readonly mintMore: (amount: bigint) => Promise<void>;
  readonly burn: (amount: bigint) => Promise<void>;
  /** Nobody can mint, or freeze, from here on. */
  readonly dropAuthority: (which: 'mint' | 'freeze') => Promise<void>;
}

/** Creates a token whose wallet may mint and freeze. */
export async function createToken(url: string, decimals: number, program = TOKEN_PROGRAM_ID): Promise<Token> {
  const connection = new Connection(url, 'confirmed');
  const [wallet, mint] = [Keys.generate(), Keys.generate()];
  const [me, token] = [wallet.publicKey, mint.publicKey];
  const holder = getAssociatedTokenAddressSync(token, me, false, program);
  const send = (...instructions: readonly TransactionInstruction[]) => submit(connection, [wallet], instructions);

  await connection.requestAirdrop(me, 10 * LAMPORTS_PER_SOL);
  const account = { fromPubkey: me, newAccountPubkey: token, space: MINT_SIZE, lamports: RENT, programId: program };
  await submit(
    connection,
    [wallet, mint],
    [
      SystemProgram.createAccount(account),
      createInitializeMint2Instruction(token, decimals, me, me, program),
      createAssociatedTokenAccountInstruction(me, holder, me, token, program),
    ],
  );
  const types = { mint: AuthorityType.MintTokens, freeze: AuthorityType.FreezeAccount };
  return {
    mint: token.toBase58(),
    holder: holder.toBase58(),
    wallet: me.toBase58(),
    mintMore: (amount) => send(createMintToInstruction(token, holder, me, amount, [], program)),
    burn: (amount) => send(createBurnInstruction(holder, token, me, amount, [], program)),
    dropAuthority: (which) => send(createSetAuthorityInstruction(token, me, types[which], null, [], program)),
  };
}

async function submit(
  connection: Connection,
  signers: readonly Keypair[],
  instructions: readonly TransactionInstruction[],
): Promise<void> {
  const { blockhash } = await connection.getLatestBlockhash();
  const transaction = new Transaction({ recentBlockhash: blockhash, feePayer: signers[0]?.publicKey ?? null });
  transaction.add(...instructions).sign(...signers);
  await connection.sendRawTransaction(transaction.serialize(), { skipPreflight: true });
}
