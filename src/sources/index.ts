export { coingecko_price } from './reference/coingecko_price.ts';
export { defillama_price } from './reference/defillama_price.ts';
export { defillama_tvl } from './reference/defillama_tvl.ts';
export { file_csv } from './reference/file_csv.ts';
export { http_json } from './reference/http_json.ts';
export { spl_mint } from './solana/spl_mint.ts';
